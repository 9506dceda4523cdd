import type { Clock } from "../../clock.ts";
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
import { monotonicClock } from "./clock.ts";

/** The name of a call of a storage. */
export type StorageMethod = keyof EntityStorage;

/** One call that ended. */
export interface StorageCall {
  readonly method: StorageMethod;
  readonly milliseconds: number;
  /**
   * How much it was about: the versions of a commit, the ids that were asked for, the versions of a tree, the items of
   * a page; 0 for the other methods, and for a tree or a page that failed.
   */
  readonly size: number;
  /** `conflict` is the answer to a commit. */
  readonly outcome: "done" | "conflict" | "failed";
  /** What it rejected with. */
  readonly error?: unknown;
}

/** What the calls of one method add up to. */
export interface StorageTotals {
  /** Calls that ended. */
  readonly calls: number;
  /** Calls that have not ended yet. */
  readonly pending: number;
  readonly conflicts: number;
  readonly failures: number;
  readonly size: number;
  readonly milliseconds: number;
  /** The longest call. */
  readonly longest: number;
}

/** Who is told of calls, and by what clock. */
export interface InstrumentedStorageOptions {
  /** Measures durations. Default: one that never goes back. */
  readonly clock?: Clock | undefined;
  /**
   * Told each call when it has ended, before its caller is. What it throws is its own fault: it reaches the process as
   * an uncaught error, not the caller.
   */
  readonly onCall?: ((call: StorageCall) => void) | undefined;
}

const nothing: StorageTotals = {
  calls: 0,
  pending: 0,
  conflicts: 0,
  failures: 0,
  size: 0,
  milliseconds: 0,
  longest: 0,
};

/**
 * Counts and times every call of a storage, and tells them one by one. It changes no call and no answer.
 *
 * @example
 * const storage = new InstrumentedStorage(inner, {
 *   onCall: ({ method, milliseconds }) => histogram.record(method, milliseconds),
 * });
 * storage.totals("commit").longest;
 */
export class InstrumentedStorage implements EntityStorage {
  readonly #inner: EntityStorage;
  readonly #clock: Clock;
  readonly #onCall: ((call: StorageCall) => void) | undefined;
  readonly #totals = new Map<StorageMethod, StorageTotals>();

  /** @param inner belongs to this instance from now on: `close` closes it */
  constructor(inner: EntityStorage, options: InstrumentedStorageOptions = {}) {
    this.#inner = inner;
    this.#clock = options.clock ?? monotonicClock;
    this.#onCall = options.onCall;
  }

  /** What the calls of a method add up to since the start or the last `reset`. */
  totals(method: StorageMethod): StorageTotals {
    return this.#totals.get(method) ?? nothing;
  }

  /** Counts from zero again; calls under way stay counted as pending. */
  reset(): void {
    for (const [method, { pending }] of this.#totals)
      this.#totals.set(method, { ...nothing, pending });
  }

  commit(commit: Commit): Promise<CommitResult> {
    return this.#call("commit", () => this.#inner.commit(commit), {
      asked: commit.versions.length,
      outcome: ({ status }) => (status === "conflict" ? "conflict" : "done"),
    });
  }

  read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]> {
    return this.#call("read", () => this.#inner.read(ids), { asked: ids.length });
  }

  readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    const answered = (tree: readonly StoredVersion[]): number => tree.length;
    return this.#call("readTree", () => this.#inner.readTree(roots), { answered });
  }

  heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]> {
    return this.#call("heads", () => this.#inner.heads(lineages), { asked: lineages.length });
  }

  versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>> {
    return this.#call("versions", () => this.#inner.versions(query, page), { answered: itemsOf });
  }

  commits(query: CommitQuery, page: PageOf): Promise<Page<StoredCommit>> {
    return this.#call("commits", () => this.#inner.commits(query, page), { answered: itemsOf });
  }

  refs(query: RefQuery, page: PageOf): Promise<Page<NamedRef>> {
    return this.#call("refs", () => this.#inner.refs(query, page), { answered: itemsOf });
  }

  /** How much the storage below holds; counted like any call. */
  stats(): Promise<StorageStats> {
    return this.#call("stats", () => this.#inner.stats());
  }

  clear(): Promise<void> {
    return this.#call("clear", () => this.#inner.clear());
  }

  close(): Promise<void> {
    return this.#call("close", () => this.#inner.close());
  }

  async #call<T>(
    method: StorageMethod,
    work: () => Promise<T>,
    measure: {
      readonly asked?: number;
      readonly answered?: (answer: T) => number;
      readonly outcome?: (answer: T) => StorageCall["outcome"];
    } = {},
  ): Promise<T> {
    const { asked = 0, answered, outcome } = measure;
    this.#add(method, { pending: 1 });
    const start = this.#clock.now();
    const end = (call: Pick<StorageCall, "outcome" | "size" | "error">): void => {
      this.#ended({ method, milliseconds: this.#clock.now() - start, ...call });
    };
    let answer: T;
    try {
      answer = await work();
    } catch (error) {
      end({ outcome: "failed", size: asked, error });
      throw error;
    }
    end({ outcome: outcome?.(answer) ?? "done", size: answered?.(answer) ?? asked });
    return answer;
  }

  #ended(call: StorageCall): void {
    const { method, outcome, size, milliseconds } = call;
    this.#add(method, {
      calls: 1,
      pending: -1,
      conflicts: outcome === "conflict" ? 1 : 0,
      failures: outcome === "failed" ? 1 : 0,
      size,
      milliseconds,
    });
    try {
      this.#onCall?.(call);
    } catch (error) {
      // What happened has happened: the caller's answer is not the listener's to take.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #add(method: StorageMethod, more: Partial<Omit<StorageTotals, "longest">>): void {
    const before = this.totals(method);
    const {
      calls = 0,
      pending = 0,
      conflicts = 0,
      failures = 0,
      size = 0,
      milliseconds = 0,
    } = more;
    this.#totals.set(method, {
      calls: before.calls + calls,
      pending: before.pending + pending,
      conflicts: before.conflicts + conflicts,
      failures: before.failures + failures,
      size: before.size + size,
      milliseconds: before.milliseconds + milliseconds,
      longest: Math.max(before.longest, milliseconds),
    });
  }
}

function itemsOf({ items }: Page<unknown>): number {
  return items.length;
}
