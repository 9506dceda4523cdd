import { StorageError } from "../../errors.ts";
import type { EcsId } from "../../ids.ts";
import type { EntityRecord, StoredVersion } from "../contract.ts";
import { RefList } from "../ref-list.ts";

/** How large a cache may get. */
export interface RecordCacheOptions {
  /** The most bytes to hold, as estimated from the lengths of texts and lists. Default: 64 MiB. */
  readonly maxBytes?: number | undefined;
}

/** What a cache holds, and how often that helped. */
export interface RecordCacheStatus {
  readonly versions: number;
  /** Estimated. */
  readonly bytes: number;
  /** Versions that were asked for and found here, and those that were not. */
  readonly hits: number;
  readonly misses: number;
}

interface Entry {
  readonly stored: StoredVersion;
  readonly bytes: number;
}

const defaultMaxBytes = 64 * 2 ** 20;
/** What a version costs besides its text and its references: objects, ids, the map's own entry. */
const bytesOfAVersion = 600;
const bytesOfAnId = 64;

/**
 * Versions by id, up to a number of bytes; the one that was not used for longest goes first. One cache serves all
 * `CachedStorage` instances of one database in a process. Do not share it between databases.
 */
export class RecordCache {
  readonly #maxBytes: number;
  /** In the order of their last use. */
  readonly #entries = new Map<EcsId, Entry>();
  #bytes = 0;
  #hits = 0;
  #misses = 0;
  #generation = 0;
  #clearing = 0;

  constructor({ maxBytes = defaultMaxBytes }: RecordCacheOptions = {}) {
    if (!(maxBytes >= 0))
      throw new StorageError(
        "MI_STORAGE_USAGE",
        `the maxBytes of a RecordCache must be a number of 0 or more, got ${maxBytes}`,
      );
    this.#maxBytes = maxBytes;
  }

  /** Changes with each `clear`: what was read before one must not be added after it, nor be answered with what comes after it. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether a storage is being cleared: what it holds may be gone at any moment, so nothing is kept of it. */
  get isClearing(): boolean {
    return this.#clearing > 0;
  }

  /** A version that was kept; `undefined` when it must be read. */
  get(id: EcsId): StoredVersion | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return entry.stored;
  }

  /** Keeps a version that was read while the cache was in `generation`; a frozen copy where it is not frozen. */
  add(stored: StoredVersion, generation: number): void {
    const { ecsId } = stored.record;
    const bytes = bytesOf(stored.record);
    if (generation !== this.#generation || this.isClearing) return;
    if (bytes > this.#maxBytes || this.#entries.has(ecsId)) return;
    this.#entries.set(ecsId, { stored: frozen(stored), bytes });
    this.#bytes += bytes;
    for (const [id, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#entries.delete(id);
      this.#bytes -= entry.bytes;
    }
  }

  /** Forgets all versions; what is still being read is not kept either. */
  clear(): void {
    this.#generation++;
    this.#entries.clear();
    this.#bytes = 0;
  }

  /** Clears a storage below, and forgets all versions: before it and after it, and keeps none in between. */
  async clearWith(clearBelow: () => Promise<void>): Promise<void> {
    this.clear();
    this.#clearing++;
    try {
      await clearBelow();
    } finally {
      // Also after an error: whether anything was deleted isn't known then.
      this.#clearing--;
      this.clear();
    }
  }

  /** How much it holds, and how often that helped. */
  status(): RecordCacheStatus {
    return {
      versions: this.#entries.size,
      bytes: this.#bytes,
      hits: this.#hits,
      misses: this.#misses,
    };
  }
}

/** Lists count in full, though versions may share their pieces: the limit holds also where they don't. */
function bytesOf({ data, type, refs, lists }: EntityRecord): number {
  const ids = lists.reduce((sum, list) => sum + list.length, refs.length);
  return bytesOfAVersion + 2 * (data.length + type.length) + bytesOfAnId * ids;
}

/** Every reader gets the same object, so none may be able to change it. */
function frozen({ record, commitId, sequence }: StoredVersion): StoredVersion {
  return Object.freeze({
    record: Object.freeze({
      ...record,
      refs: Object.freeze([...record.refs]),
      lists: Object.freeze(record.lists.map((list) => RefList.from(list))),
    }),
    commitId,
    sequence,
  });
}
