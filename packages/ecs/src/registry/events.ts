import type { CommitHeader, VersionInfo } from "../storage/contract.ts";
import type { EcsId, LineageId } from "../ids.ts";
import type { EndedCall } from "../entity/warm-state.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";

/** What a registry tells those who listen, by the name of the event. */
export interface RegistryEvents {
  /** A commit of this registry was written. What an import brings was made elsewhere, and isn't told. */
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

type Listener<Name extends keyof RegistryEvents> = (event: RegistryEvents[Name]) => unknown;

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
    const listeners = this.#listeners[name];
    if (listeners === undefined) {
      const code: EcsErrorCode = "MI_REGISTRY_USAGE";
      const known = Object.keys(this.#listeners).join(", ");
      throw new MiError(code, `there is no event ${JSON.stringify(name)}; the events are ${known}`);
    }
    // A wrapper for each call: the same function given twice is called twice, and ended one by one.
    const own: Listener<Name> = (event) => listener(event);
    listeners.add(own);
    return () => {
      listeners.delete(own);
    };
  }

  /** Whether anybody listens. */
  isHeard(name: keyof RegistryEvents): boolean {
    return this.#listeners[name].size > 0;
  }

  emit<Name extends keyof RegistryEvents>(name: Name, event: RegistryEvents[Name]): void {
    for (const listener of Array.from(this.#listeners[name]))
      try {
        // A listener may be asynchronous: nobody waits for it, but its fault is told too.
        Promise.resolve(listener(event)).catch((error: unknown) => {
          this.#onFault(error, name);
        });
      } catch (error) {
        this.#onFault(error, name);
      }
  }
}
