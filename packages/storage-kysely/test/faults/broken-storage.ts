import type { Commit, CommitResult, EntityStorage } from "@mi/ecs";

/** What a writer needs of a storage. */
export type Written = Pick<EntityStorage, "commit" | "heads" | "read">;

/**
 * How a storage breaks its promises, to prove that the checks notice. `split`: a commit is written in two transactions.
 * `early`: a commit is acknowledged first and written before the next call. Nobody sees either while nothing breaks.
 */
export type Break = "split" | "early";

/**
 * A storage with one promise broken; all else goes to the sound one below. `between` is called between the two
 * transactions of a commit that is split.
 */
export function broken(
  storage: EntityStorage,
  how: Break | undefined,
  between: () => void,
): Written {
  if (how === undefined) return storage;
  return how === "split" ? new SplitStorage(storage, between) : new EarlyStorage(storage);
}

class SplitStorage implements Written {
  readonly #storage: EntityStorage;
  readonly #between: () => void;

  constructor(storage: EntityStorage, between: () => void) {
    this.#storage = storage;
    this.#between = between;
  }

  async commit({ header, versions, mustBeHeads, refMoves }: Commit): Promise<CommitResult> {
    const first = { header, versions: versions.slice(0, -1), mustBeHeads, refMoves: [] };
    const result = await this.#storage.commit(first);
    if (result.status === "conflict") return result;
    this.#between();
    // The versions that are still missing are added to a commit that is known.
    const rest = { header, versions: versions.slice(-1), mustBeHeads: [], refMoves };
    await this.#storage.commit(rest);
    return result;
  }

  async heads(...args: Parameters<EntityStorage["heads"]>): ReturnType<EntityStorage["heads"]> {
    return this.#storage.heads(...args);
  }

  async read(...args: Parameters<EntityStorage["read"]>): ReturnType<EntityStorage["read"]> {
    return this.#storage.read(...args);
  }
}

class EarlyStorage implements Written {
  readonly #storage: EntityStorage;
  #unwritten: Commit | undefined;

  constructor(storage: EntityStorage) {
    this.#storage = storage;
  }

  async commit(commit: Commit): Promise<CommitResult> {
    await this.#write();
    this.#unwritten = commit;
    return { status: "committed", sequence: 1 };
  }

  async heads(...args: Parameters<EntityStorage["heads"]>): ReturnType<EntityStorage["heads"]> {
    await this.#write();
    return this.#storage.heads(...args);
  }

  async read(...args: Parameters<EntityStorage["read"]>): ReturnType<EntityStorage["read"]> {
    await this.#write();
    return this.#storage.read(...args);
  }

  async #write(): Promise<void> {
    const commit = this.#unwritten;
    this.#unwritten = undefined;
    if (commit !== undefined) await this.#storage.commit(commit);
  }
}
