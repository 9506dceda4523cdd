import type { CommitHeader, VersionInfo } from "../storage/contract.ts";
import type { EcsId, LineageId } from "../ids.ts";
import type { EndedCall } from "../entity/warm-state.ts";

/** What a registry tells those who listen, by the name of the event. */
export interface RegistryEvents {
  /** A commit was written. */
  readonly commit: {
    readonly header: CommitHeader;
    readonly sequence: number;
    readonly versions: readonly Pick<
      VersionInfo,
      "ecsId" | "lineageId" | "parentId" | "mergedFromId" | "type"
    >[];
  };
  /** A commit was refused, because somebody else had made newer versions. */
  readonly conflict: { readonly lineages: readonly LineageId[] };
  /** Trees were loaded: their roots, and how many warm copies were made. */
  readonly load: { readonly roots: readonly EcsId[]; readonly copies: number };
  /** A traced call ended. Reported as far as the registry's trace severity goes. */
  readonly trace: EndedCall;
}

type Listener<Name extends keyof RegistryEvents> = (
  event: RegistryEvents[Name],
) => void | Promise<void>;

/** Calls listeners in the order in which they came. */
export class EventBus {
  readonly #listeners: { [Name in keyof RegistryEvents]: Set<Listener<Name>> } = {
    commit: new Set(),
    conflict: new Set(),
    load: new Set(),
    trace: new Set(),
  };
  readonly #onFault: (error: unknown, event: keyof RegistryEvents) => void;

  /** @param onFault told what a listener threw: what it was told has happened, so its fault is its own */
  constructor(onFault: (error: unknown, event: keyof RegistryEvents) => void) {
    this.#onFault = onFault;
  }

  /** @returns a function that ends the listening */
  on<Name extends keyof RegistryEvents>(name: Name, listener: Listener<Name>): () => void {
    // A wrapper for each call: the same function given twice is called twice, and ended one by one.
    const own: Listener<Name> = (event) => listener(event);
    this.#listeners[name].add(own);
    return () => {
      this.#listeners[name].delete(own);
    };
  }

  /** Whether anybody listens. */
  isHeard(name: keyof RegistryEvents): boolean {
    return this.#listeners[name].size > 0;
  }

  emit<Name extends keyof RegistryEvents>(name: Name, event: RegistryEvents[Name]): void {
    for (const listener of Array.from(this.#listeners[name]))
      try {
        const ending = listener(event);
        if (ending !== undefined)
          Promise.resolve(ending).catch((error: unknown) => {
            this.#onFault(error, name);
          });
      } catch (error) {
        this.#onFault(error, name);
      }
  }
}
