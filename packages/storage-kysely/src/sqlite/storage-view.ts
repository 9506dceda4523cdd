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
import { checkStorable } from "../texts.ts";
import { clearedWithin } from "../within.ts";
import { clearTables } from "./clear-tables.ts";
import { Committer } from "./commit/committer.ts";
import type { Connection } from "./connection.ts";
import { HeadsReader } from "./read/heads-reader.ts";
import { listCommits } from "./read/list-commits.ts";
import { listRefs } from "./read/list-refs.ts";
import { listVersions } from "./read/list-versions.ts";
import { readStats } from "./read/read-stats.ts";
import { VersionReader } from "./read/version-reader.ts";

/** The statements of a connection, prepared once. */
export class Prepared {
  readonly reader: VersionReader;
  readonly heads: HeadsReader;
  readonly committer: Committer;

  constructor(connection: Connection) {
    this.reader = new VersionReader(connection);
    this.heads = new HeadsReader(connection);
    this.committer = new Committer(connection, this.reader);
  }
}

/** Whose transaction the work of a view is done in: one of its own for each call, or one that its owner has begun. */
export type TransactionOwner = "storage" | "caller";

/** The storage contract over a connection. */
export class StorageView implements EntityStorage {
  readonly #connection: Connection;
  readonly #prepared: Prepared;
  readonly #owner: TransactionOwner;
  #isClosed = false;

  constructor(connection: Connection, prepared: Prepared, owner: TransactionOwner) {
    this.#connection = connection;
    this.#prepared = prepared;
    this.#owner = owner;
  }

  async commit(commit: Commit): Promise<CommitResult> {
    this.requireOpen();
    checkStorable(commit);
    const apply = (): CommitResult => this.#prepared.committer.apply(commit);
    return this.#owner === "caller"
      ? this.#connection.withinTransaction(apply)
      : this.#connection.writing(apply);
  }

  async read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]> {
    return this.#reading(() => this.#prepared.reader.read(ids));
  }

  async readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    return this.#reading(() => this.#prepared.reader.readTree(roots));
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
    if (this.#owner === "caller") throw clearedWithin(this.#connection.place);
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

  #reading<T>(work: () => T): T {
    this.requireOpen();
    return this.#owner === "caller"
      ? this.#connection.withinTransaction(work)
      : this.#connection.reading(work);
  }
}
