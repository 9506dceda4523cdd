import type { CommitContext } from "../commit-context.ts";
import { requireState, type Home, type PlannedRefMove } from "../entity/warm-state.ts";
import { parseEcsId, type EcsId } from "../ids.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";
import { allPages } from "../storage/all-pages.ts";
import type { EntityStorage, NamedRef } from "../storage/contract.ts";
import { currentTrace, refuseClosed } from "../trace/trace.ts";

/** What a move of a named ref expects and says. */
export interface RefMoveOptions {
  /** What the ref must point at now; null for "must not exist yet". Absent: anything. */
  readonly expected?: EcsId | null | undefined;
  readonly context?: CommitContext | undefined;
}

/**
 * Named pointers to versions: tags and branches. Each move is a commit of the audit trail; inside a traced call it is part
 * of the call's commit, and what `get` answers until then is the present place.
 */
export class NamedRefs {
  readonly #storage: EntityStorage;
  readonly #home: Home;

  constructor(storage: EntityStorage, home: Home) {
    this.#storage = storage;
    this.#home = home;
  }

  /** The version that a name points at. */
  async get(name: string): Promise<EcsId | undefined> {
    const { items } = await this.#storage.refs({ names: [checked(name)] }, { limit: 1 });
    return items[0]?.to;
  }

  /**
   * Points a name at a stored version. An entity stands for its version: inside a traced call, for the one that the call's
   * commit gives it.
   *
   * @example
   * await registry.transaction(async () => {
   *   thread.title = "final";
   *   await registry.refs.set("published", thread);
   * });
   * @throws RefConflictError when it doesn't point at `expected`
   * @throws MissingVersionError when the version is not stored
   */
  set(name: string, version: EcsId | object, options: RefMoveOptions = {}): Promise<void> {
    const to = typeof version === "string" ? parseEcsId(version) : requireState(version);
    return this.#move({ name: checked(name), to }, options, "refs.set");
  }

  /** Takes a name away; a missing one is no error unless `expected` says that it must be there. */
  delete(name: string, options: RefMoveOptions = {}): Promise<void> {
    return this.#move({ name: checked(name), to: null }, options, "refs.delete");
  }

  /** By name, ascending. */
  async *list(options: { readonly prefix?: string | undefined } = {}): AsyncGenerator<NamedRef> {
    const { prefix } = options;
    for await (const page of allPages((after, limit) =>
      this.#storage.refs(prefix === undefined ? {} : { prefix }, { after, limit }),
    ))
      yield* page;
  }

  async #move(
    target: Pick<PlannedRefMove, "name" | "to">,
    { expected, context }: RefMoveOptions,
    operation: string,
  ): Promise<void> {
    const move = expected === undefined ? target : { ...target, expected };
    const trace = currentTrace();
    if (trace === undefined) {
      await this.#home.forkAll([], { operation, ...context }, [move]);
      return;
    }
    refuseClosed(trace, `The ref ${JSON.stringify(target.name)}`);
    if (context !== undefined) trace.contexts.push(context);
    trace.refMoves.push({ home: this.#home, move });
  }
}

function checked(name: string): string {
  if (typeof name === "string" && name !== "" && !/[\0\p{Surrogate}]/u.test(name)) return name;
  const code: EcsErrorCode = "MI_REGISTRY_USAGE";
  throw new MiError(
    code,
    `a ref's name is a text of one character or more, without NUL, got ${JSON.stringify(name)}`,
  );
}
