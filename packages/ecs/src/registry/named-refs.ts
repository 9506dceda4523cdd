import { headerFields, mergeContexts, type CommitContext } from "../commit-context.ts";
import type { Clock } from "../clock.ts";
import { RefConflictError } from "../errors.ts";
import { parseCommitId, parseEcsId, type EcsId, type IdSource } from "../ids.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";
import { allPages } from "../storage/all-pages.ts";
import type { EntityStorage, NamedRef, RefMove } from "../storage/contract.ts";

export interface RefMoveOptions {
  /** What the ref must point at now; null for "must not exist yet". Absent: anything. */
  readonly expected?: EcsId | null | undefined;
  readonly context?: CommitContext | undefined;
}

/** Named pointers to versions: tags and branches. Each move is a commit of the audit trail. */
export class NamedRefs {
  readonly #storage: EntityStorage;
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #context: () => CommitContext;

  constructor(options: {
    storage: EntityStorage;
    clock: Clock;
    ids: IdSource;
    /** What every commit says. */
    context: () => CommitContext;
  }) {
    this.#storage = options.storage;
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.#context = options.context;
  }

  /** The version that a name points at. */
  async get(name: string): Promise<EcsId | undefined> {
    const { items } = await this.#storage.refs({ names: [checked(name)] }, { limit: 1 });
    return items[0]?.to;
  }

  /**
   * Points a name at a stored version.
   *
   * @throws RefConflictError when it doesn't point at `expected`
   * @throws MissingVersionError when the version is not stored
   */
  set(name: string, version: EcsId, options: RefMoveOptions = {}): Promise<void> {
    return this.#move({ name: checked(name), to: parseEcsId(version) }, options, "refs.set");
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
    move: Pick<RefMove, "name" | "to">,
    { expected, context }: RefMoveOptions,
    operation: string,
  ): Promise<void> {
    const result = await this.#storage.commit({
      header: {
        id: parseCommitId(this.#ids.next()),
        createdAt: new Date(this.#clock.now()).toISOString(),
        ...headerFields(mergeContexts({ operation }, this.#context(), context)),
      },
      versions: [],
      mustBeHeads: [],
      refMoves: [expected === undefined ? move : { ...move, expected }],
    });
    if (result.status === "conflict")
      throw new RefConflictError(move.name, expected ?? null, result.refs[0]?.to);
  }
}

function checked(name: string): string {
  if (typeof name === "string" && name !== "" && !/[\0\p{Surrogate}]/u.test(name)) return name;
  const code: EcsErrorCode = "MI_REGISTRY_USAGE";
  throw new MiError(code, "a ref's name is a text of one character or more, without NUL");
}
