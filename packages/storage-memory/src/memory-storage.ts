import { readTreeByLevels, StorageError } from "@mi/ecs";
import type {
  Commit,
  CommitQuery,
  CommitResult,
  EcsId,
  EntityStorage,
  LineageId,
  NamedRef,
  Page,
  PageOf,
  RefQuery,
  StorageStats,
  StoredCommit,
  StoredVersion,
  VersionInfo,
  VersionQuery,
} from "@mi/ecs";
import { applyCommit } from "./apply-commit.ts";
import { MemoryMedium, storeOf } from "./memory-medium.ts";
import type { Store } from "./store.ts";

/** How a storage in memory behaves. */
export interface MemoryStorageOptions {
  /** What to keep the data in, to share it with other instances. Default: a fresh one. */
  readonly medium?: MemoryMedium | undefined;
}

/**
 * Keeps versions in memory. Versions share the pieces of their lists, so that a long history costs about what its
 * newest version and its changes cost.
 *
 * Every call does all its work at once, before it returns its promise: no other call can come in between.
 */
export class MemoryStorage implements EntityStorage {
  readonly #store: Store;
  #isClosed = false;

  constructor(options: MemoryStorageOptions = {}) {
    this.#store = storeOf(options.medium ?? new MemoryMedium());
  }

  async commit(commit: Commit): Promise<CommitResult> {
    return applyCommit(this.#open(), commit);
  }

  async read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]> {
    const { versions } = this.#open();
    return ids.map((id) => versions.get(id)?.stored);
  }

  async readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    const { versions } = this.#open();
    return readTreeByLevels(async (ids) => ids.map((id) => versions.get(id)?.stored), roots);
  }

  async heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]> {
    const { versions } = this.#open();
    return lineages.map((lineage) => versions.headsOf(lineage));
  }

  async versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>> {
    return this.#open().versions.list(query, page);
  }

  async commits(query: CommitQuery, page: PageOf): Promise<Page<StoredCommit>> {
    return this.#open().commits.list(query, page);
  }

  async refs(query: RefQuery, page: PageOf): Promise<Page<NamedRef>> {
    return this.#open().refs.list(query, page);
  }

  /** How much it holds. */
  async stats(): Promise<StorageStats> {
    const { versions, commits } = this.#open();
    return { versions: versions.size, lineages: versions.lineageCount, commits: commits.size };
  }

  async clear(): Promise<void> {
    this.#open().clear();
  }

  /** Ends the use of this instance. The data stays in its medium, for other instances. */
  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #open(): Store {
    if (this.#isClosed)
      throw new StorageError(
        "MI_STORAGE_CLOSED",
        "This MemoryStorage was closed; make a new one on the same medium to go on with its data",
      );
    return this.#store;
  }
}
