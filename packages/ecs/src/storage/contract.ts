import type { CommitId, EcsId, LineageId } from "../ids.ts";
import type { ListEdit } from "./list-edit.ts";
import type { RefList } from "./ref-list.ts";

/**
 * The storage contract: what a backend keeps and answers.
 *
 * A backend speaks only of records, commits, heads, named refs and pages. It has no opinion on what changed, what must
 * fork or how versions merge: all of that is computed in the core from records, so that a program behaves the same on
 * every backend. Every instant is an ISO 8601 text in UTC with milliseconds, as `Date.prototype.toISOString` writes it.
 */

/** A place in a listing: opaque, and valid while others write and after the store was reopened. */
export type Cursor = string;

/**
 * The cold snapshot: one immutable version, flat. It is frozen, and its content is all of it, byte for byte.
 */
export interface EntityRecord {
  readonly ecsId: EcsId;
  readonly lineageId: LineageId;
  /** The version that this one was forked from. It stops being a head. */
  readonly parentId: EcsId | null;
  /** The other version that a merge took in. It stops being a head too. */
  readonly mergedFromId: EcsId | null;
  readonly type: string;
  readonly schemaVersion: number;
  readonly createdAt: string;
  /**
   * The entity's own fields as text of the record codec. `{"$ref":i}` stands for `refs[i]`, `{"$list":k}` for
   * `lists[k]`; a user's key that begins with "$" is escaped.
   */
  readonly data: string;
  /** Every strong reference outside lists, in document order: so that trees of unknown types can be walked. */
  readonly refs: readonly EcsId[];
  /** Every array of references, at any path, in document order. */
  readonly lists: readonly RefList[];
}

/** Says that a list equals list `list` of the stored version `of` after `edits` (ascending, not overlapping). */
export interface ListBase {
  readonly of: EcsId;
  readonly list: number;
  readonly edits: readonly ListEdit[];
}

/** One version of a commit. */
export interface VersionWrite {
  readonly record: EntityRecord;
  /** One entry per list of the record. A hint on what can be shared: a backend may store the list whole. */
  readonly bases: readonly (ListBase | null)[];
}

/** Who committed, when, why and by what operation. */
export interface CommitHeader {
  readonly id: CommitId;
  readonly createdAt: string;
  readonly operation: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly correlationId: string | null;
  /** The version that made this commit happen, e.g. a tool call or a run. */
  readonly cause: EcsId | null;
  /** Text of the record codec: an object. */
  readonly metadata: string;
}

/** A name and the version that it points at. */
export interface NamedRef {
  readonly name: string;
  readonly to: EcsId;
}

/** One named ref that a commit moves. */
export interface RefMove {
  readonly name: string;
  /** The version to point at, or null to delete the ref. */
  readonly to: EcsId | null;
  /** What the ref must point at now, null for "must not exist". Absent: anything. */
  readonly expected?: EcsId | null | undefined;
}

/** What is written at once: all of it or nothing. */
export interface Commit {
  readonly header: CommitHeader;
  /** In any order; they may refer to each other in cycles. */
  readonly versions: readonly VersionWrite[];
  /** Each must be a head when the commit is applied, or the commit is a conflict. */
  readonly mustBeHeads: readonly EcsId[];
  readonly refMoves: readonly RefMove[];
}

/** What became of a commit. */
export type CommitResult =
  | { readonly status: "committed" | "already-committed"; readonly sequence: number }
  | {
      readonly status: "conflict";
      /** The present heads of each lineage of which a version in `mustBeHeads` is no head any more. */
      readonly heads: ReadonlyMap<LineageId, readonly EcsId[]>;
      /** The present state of each named ref that was not as expected; a missing one is left out. */
      readonly refs: readonly NamedRef[];
    };

/** A version with its place in storage order. */
export interface StoredVersion {
  readonly record: EntityRecord;
  readonly commitId: CommitId;
  /** The place of its commit in storage order, 1 or more. Versions of one commit share it. */
  readonly sequence: number;
}

/** A version without its payload. */
export type VersionInfo = Omit<EntityRecord, "data" | "refs" | "lists"> & {
  readonly commitId: CommitId;
  readonly sequence: number;
};

/** Which page of a listing is wanted. */
export interface PageOf {
  /** Where the page begins: the `next` of the page before. Absent: at the start. */
  readonly after?: Cursor | undefined;
  /** 1 or more. */
  readonly limit: number;
  readonly descending?: boolean | undefined;
}

/** One page of a listing. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The cursor of the page after this one; `undefined` when there was no further item. */
  readonly next: Cursor | undefined;
}

/** Which versions are wanted: those that match all that is given. */
export interface VersionQuery {
  readonly lineageId?: LineageId | undefined;
  readonly types?: readonly string[] | undefined;
  readonly headsOnly?: boolean | undefined;
  readonly commitId?: CommitId | undefined;
}

/** Which commits are wanted: those that match all that is given. */
export interface CommitQuery {
  readonly lineageId?: LineageId | undefined;
  readonly actor?: string | undefined;
  readonly operation?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Inclusive lower bound of `createdAt`. */
  readonly since?: string | undefined;
  /** Exclusive upper bound of `createdAt`. */
  readonly until?: string | undefined;
}

/** Which named refs are wanted: those that match all that is given. */
export interface RefQuery {
  readonly names?: readonly string[] | undefined;
  readonly prefix?: string | undefined;
}

/** A commit header with its place in storage order. */
export type StoredCommit = CommitHeader & { readonly sequence: number };

/** How much a storage holds. */
export interface StorageStats {
  readonly versions: number;
  readonly lineages: number;
  readonly commits: number;
}

/** What a backend implements. After `close` every method rejects with a `StorageError` of code `MI_STORAGE_CLOSED`. */
export interface EntityStorage {
  /**
   * Writes all of the commit or nothing, with these checks in the same transaction, in this order:
   *
   * 1. A known commit id: with another header it is an `IdReuseError`; else the versions that are still missing are
   *    added, and with none missing the answer is `already-committed`.
   * 2. A stored ecsId: equal content is skipped, other content is an `IdReuseError`.
   * 3. A parent, merge parent, reference, list member or target of a ref move that is neither stored nor in this
   *    commit: `MissingVersionError`.
   * 4. A version of `mustBeHeads` that is no head, or a ref that is not as expected: `conflict`. Heads and refs of a
   *    commit that is known already are not checked again.
   *
   * A lost connection is a `StorageError` with `retryable`; the caller repeats the same commit.
   */
  commit(commit: Commit): Promise<CommitResult>;

  /** In the order of the ids, duplicates kept; `undefined` for an id that is not stored. */
  read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]>;

  /**
   * The roots and all that they reach by references and lists, each version once, in any order. A root that is not
   * stored is left out.
   *
   * @throws CorruptionError when any other version of a tree is missing.
   */
  readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]>;

  /**
   * The heads of each lineage, in the order of the ids asked; by sequence, the last is the latest. Versions of one
   * commit keep the order that they had in it. An unknown lineage has none.
   */
  heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]>;

  /**
   * Versions in storage order (by sequence, then by place in the commit), payloads untouched. No page ever gains an
   * item before its cursor, whoever writes meanwhile.
   */
  versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>>;

  /** Commits in storage order. `lineageId` selects those that made a version of that lineage. */
  commits(query: CommitQuery, page: PageOf): Promise<Page<StoredCommit>>;

  /** Named refs by name, ascending by UTF-16 code units. */
  refs(query: RefQuery, page: PageOf): Promise<Page<NamedRef>>;

  /** How much it holds. */
  stats(): Promise<StorageStats>;

  /** Deletes everything. */
  clear(): Promise<void>;

  /** Ends the use of this instance; what it opened is released. Calling it again does nothing. */
  close(): Promise<void>;
}
