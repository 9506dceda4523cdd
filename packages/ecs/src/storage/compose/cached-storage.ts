import type { EcsId, LineageId } from "../../ids.ts";
import type {
  Commit,
  CommitQuery,
  CommitResult,
  EntityStorage,
  NamedRef,
  Page,
  PageOf,
  RefQuery,
  StorageStats,
  StoredCommit,
  StoredVersion,
  VersionInfo,
  VersionQuery,
} from "../contract.ts";
import { referencedIds } from "../read-tree-by-levels.ts";
import { RecordCache } from "./record-cache.ts";

/** Which cache is used. */
export interface CachedStorageOptions {
  /** Shared with the other instances of the same database. Default: one of its own, with the default size. */
  readonly cache?: RecordCache | undefined;
}

/** After so many levels of a tree that the cache does not have, the storage below reads the rest at once. */
const mostLevels = 2;

/**
 * A storage that keeps the versions it has read, over any other storage. A version never changes, so none of them is
 * ever out of date; heads, refs, listings and commits always come from below.
 *
 * One thing it can't see: a `clear` in another process. What this one has read stays readable here until it is evicted
 * or cleared here. Instances that share a `RecordCache` see each other's.
 *
 * @example
 * const cache = new RecordCache({ maxBytes: 256 * 2 ** 20 });
 * const storage = new CachedStorage(await SqliteStorage.open(path), { cache });
 */
export class CachedStorage implements EntityStorage {
  readonly #inner: EntityStorage;
  readonly #cache: RecordCache;
  #isClosed = false;

  /** @param inner belongs to this instance from now on: `close` closes it */
  constructor(inner: EntityStorage, options: CachedStorageOptions = {}) {
    this.#inner = inner;
    this.#cache = options.cache ?? new RecordCache();
  }

  commit(commit: Commit): Promise<CommitResult> {
    return this.#inner.commit(commit);
  }

  async read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]> {
    if (this.#isPassedBy()) return this.#inner.read(ids);
    const { generation } = this.#cache;
    const found = new Map(ids.map((id) => [id, this.#cache.get(id)]));
    const missing = [...found.keys()].filter((id) => found.get(id) === undefined);
    for (const stored of await this.#readBelow(missing)) found.set(stored.record.ecsId, stored);
    // Cleared meanwhile: what the cache had and what was read after that are of two states.
    const isMixed = missing.length > 0 && missing.length < found.size;
    if (isMixed && generation !== this.#cache.generation) return this.#inner.read(ids);
    return ids.map((id) => found.get(id));
  }

  async readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    if (this.#isPassedBy()) return this.#inner.readTree(roots);
    const { generation } = this.#cache;
    const mayBeAbsent = new Set(roots);
    const found = new Map<EcsId, StoredVersion>();
    let missing = this.#walk(new Set(roots), found);
    for (let level = 0; missing.length > 0; level++) {
      const isRest = level === mostLevels;
      const read = await (isRest ? this.#readTreeBelow(missing) : this.#readBelow(missing));
      if (generation !== this.#cache.generation) return this.#inner.readTree(roots);
      const next = new Set<EcsId>();
      for (const stored of read) take(stored, found, next);
      const isWhole = missing.every((id) => found.has(id) || mayBeAbsent.has(id));
      if (!isWhole) {
        // Cleared by somebody else, or corrupt: what the cache has is no part of the answer.
        this.#cache.clear();
        return this.#inner.readTree(roots);
      }
      missing = isRest ? [] : this.#walk(next, found);
    }
    return [...found.values()];
  }

  heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]> {
    return this.#inner.heads(lineages);
  }

  versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>> {
    return this.#inner.versions(query, page);
  }

  commits(query: CommitQuery, page: PageOf): Promise<Page<StoredCommit>> {
    return this.#inner.commits(query, page);
  }

  refs(query: RefQuery, page: PageOf): Promise<Page<NamedRef>> {
    return this.#inner.refs(query, page);
  }

  /** How much the storage below holds. */
  stats(): Promise<StorageStats> {
    return this.#inner.stats();
  }

  clear(): Promise<void> {
    return this.#cache.clearWith(() => this.#inner.clear());
  }

  /** Closes the storage below. The cache keeps what it has, for others. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#inner.close();
  }

  /** When the storage below has to answer alone: it says what a closed one says, and what is left while it is cleared. */
  #isPassedBy(): boolean {
    return this.#isClosed || this.#cache.isClearing;
  }

  /** Follows what the cache has, from these ids on; the ids that it came to and does not have. */
  #walk(waiting: Set<EcsId>, found: Map<EcsId, StoredVersion>): readonly EcsId[] {
    const missing: EcsId[] = [];
    // A set that grows while it is walked: each id is visited once.
    for (const id of waiting) {
      if (found.has(id)) continue;
      const stored = this.#cache.get(id);
      if (stored === undefined) missing.push(id);
      else take(stored, found, waiting);
    }
    return missing;
  }

  /** Those that are stored. */
  async #readBelow(ids: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    if (ids.length === 0) return [];
    const { generation } = this.#cache;
    const read = await this.#inner.read(ids);
    const stored = read.filter((version) => version !== undefined);
    for (const version of stored) this.#cache.add(version, generation);
    return stored;
  }

  async #readTreeBelow(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    const { generation } = this.#cache;
    const tree = await this.#inner.readTree(roots);
    for (const version of tree) this.#cache.add(version, generation);
    return tree;
  }
}

/** Notes a version of a tree, and what it refers to as still to be visited. */
function take(stored: StoredVersion, found: Map<EcsId, StoredVersion>, waiting: Set<EcsId>): void {
  found.set(stored.record.ecsId, stored);
  for (const id of referencedIds(stored.record)) if (!found.has(id)) waiting.add(id);
}
