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
import { StorageError } from "@mi/ecs";
import { KnownLists } from "../lists/known-lists.ts";
import { basesToRead, withRightHints } from "../lists/right-hints.ts";
import { checkStorable } from "../texts.ts";
import { clearedWithin } from "../within.ts";
import type { CallersTransaction } from "../within.ts";
import { clearTables } from "./clear-tables.ts";
import { Committer } from "./commit/committer.ts";
import type { Connection } from "./connection.ts";
import { HeadsReader } from "./read/heads-reader.ts";
import { listCommits } from "./read/list-commits.ts";
import { listRefs } from "./read/list-refs.ts";
import { listVersions } from "./read/list-versions.ts";
import { readStats } from "./read/read-stats.ts";
import { VersionReader } from "./read/version-reader.ts";

/** What the work of a view is done in: a transaction of its own for each call, or one that its caller has begun. */
export type WorksIn = "own" | CallersTransaction;

/** The statements of a connection, prepared once, and what is known of the lists that were read and written by them. */
class Prepared {
  readonly knownLists = new KnownLists();
  readonly reader: VersionReader;
  readonly heads: HeadsReader;
  readonly committer: Committer;

  constructor(connection: Connection, worksIn: WorksIn) {
    this.reader = new VersionReader(connection);
    this.heads = new HeadsReader(connection);
    this.committer = new Committer(connection, this.reader, worksIn === "own");
  }
}

/** The storage contract over a connection. */
export class StorageView implements EntityStorage {
  readonly #connection: Connection;
  readonly #prepared: Prepared;
  readonly #in: WorksIn;
  #isClosed = false;

  constructor(connection: Connection, worksIn: WorksIn) {
    this.#connection = connection;
    this.#prepared = new Prepared(connection, worksIn);
    this.#in = worksIn;
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.requireOpen();
    checkStorable(commit);
    const { committer, reader, knownLists } = this.#prepared;
    const apply = (): CommitResult => {
      const bases = reader.read(basesToRead(commit, knownLists));
      return committer.apply(withRightHints(commit, knownLists, bases));
    };
    // Nothing is waited for in a transaction of its own: all is done when this returns.
    const result =
      this.#in === "own"
        ? this.#connection.writing(apply)
        : await this.#connection.withinTransaction(this.#in, apply);
    if (result.status !== "conflict")
      for (const { record } of commit.versions) knownLists.note(record);
    return result;
  }

  async read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]> {
    return this.#readingVersions((reader) => reader.read(ids));
  }

  async readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    return this.#readingVersions((reader) => reader.readTree(roots));
  }

  async heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]> {
    return this.#reading(() => this.#prepared.heads.heads(lineages));
  }

  async versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>> {
    return this.#reading(() => listVersions(this.#connection, query, page));
  }

  async commits(query: CommitQuery, page: PageOf): Promise<Page<StoredCommit>> {
    return this.#reading(() => listCommits(this.#connection, query, page));
  }

  async refs(query: RefQuery, page: PageOf): Promise<Page<NamedRef>> {
    return this.#reading(() => listRefs(this.#connection, query, page));
  }

  async stats(): Promise<StorageStats> {
    return this.#reading(() => readStats(this.#connection));
  }

  async clear(): Promise<void> {
    this.requireOpen();
    if (this.#in !== "own") throw clearedWithin(this.#connection.place);
    this.#prepared.knownLists.clear();
    clearTables(this.#connection);
  }

  /** Ends the use of this instance; the connection is its maker's. */
  async close(): Promise<void> {
    this.#isClosed = true;
  }

  requireOpen(): void {
    if (this.#isClosed || !this.#connection.database.open)
      throw new StorageError(
        "MI_STORAGE_CLOSED",
        `${this.#connection.place} was closed; open it again to go on`,
      );
  }

  async #readingVersions<T extends StoredVersion | undefined>(
    read: (reader: VersionReader) => readonly T[],
  ): Promise<readonly T[]> {
    const { reader, knownLists } = this.#prepared;
    // Of another one's transaction that is open on this connection it isn't known whether it comes to an end.
    const isCertain = this.#in !== "own" || !this.#connection.database.inTransaction;
    const versions = await this.#reading(() => read(reader));
    if (isCertain) for (const stored of versions) if (stored) knownLists.note(stored.record);
    return versions;
  }

  /** Of a transaction of its own, all work is done when this returns. */
  async #reading<T>(work: () => T): Promise<T> {
    this.requireOpen();
    return this.#in === "own"
      ? this.#connection.reading(work)
      : this.#connection.withinTransaction(this.#in, work);
  }
}
