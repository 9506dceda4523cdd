import type BetterSqlite3 from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { StorageError } from "@mi/ecs";
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
import type { Tables } from "../tables.ts";
import { checkStorable } from "../texts.ts";
import { clearTables } from "./clear-tables.ts";
import { Committer } from "./commit/committer.ts";
import type { Connection } from "./connection.ts";
import { openConnection } from "./open-connection.ts";
import type { SqliteOptions } from "./open-connection.ts";
import { sqliteError } from "./sqlite-errors.ts";
import { HeadsReader } from "./read/heads-reader.ts";
import { listCommits } from "./read/list-commits.ts";
import { listRefs } from "./read/list-refs.ts";
import { listVersions } from "./read/list-versions.ts";
import { readStats } from "./read/read-stats.ts";
import { VersionReader } from "./read/version-reader.ts";
import { findProblems } from "./find-problems.ts";
import type { Problem } from "../verify/problem.ts";

/**
 * Keeps versions in a SQLite database. Each call does all its work at once, in one transaction, before it returns its
 * promise: no other call of this process can come in between, and a long one keeps the process busy.
 *
 * @example
 * const storage = await SqliteStorage.open("app.sqlite", { durability: "normal" });
 */
export class SqliteStorage implements EntityStorage {
  /**
   * The tables, for reads of your own; see the README for what is in them. It shares the connection: while a
   * transaction of yours is open on it, `commit` and `clear` are refused with `MI_STORAGE_BUSY`.
   */
  readonly db: Kysely<Tables>;
  readonly #connection: Connection;
  readonly #ownsDatabase: boolean;
  readonly #reader: VersionReader;
  readonly #heads: HeadsReader;
  readonly #committer: Committer;
  #isClosed = false;

  private constructor(connection: Connection, ownsDatabase: boolean) {
    this.#connection = connection;
    this.#ownsDatabase = ownsDatabase;
    this.#reader = new VersionReader(connection);
    this.#heads = new HeadsReader(connection);
    this.#committer = new Committer(connection, this.#reader);
    this.db = new Kysely({ dialect: new SqliteDialect({ database: connection.database }) });
  }

  /**
   * Opens a database file, which is made when it isn't there, or ":memory:", or a `Database` of better-sqlite3 that the
   * caller owns and closes. Tables that are missing are made; what is there stays. Of a caller's database, foreign
   * keys, the write-ahead log and `synchronous` are switched on for the whole connection.
   *
   * @throws StorageError with code MI_STORAGE_OPEN, MI_STORAGE_PERMISSION, MI_STORAGE_SCHEMA_NEWER, MI_STORAGE_BUSY,
   * MI_STORAGE_CORRUPT or MI_STORAGE_USAGE, naming the path and what to do.
   */
  static async open(
    pathOrDatabase: string | BetterSqlite3.Database,
    options: SqliteOptions = {},
  ): Promise<SqliteStorage> {
    const ownsDatabase = typeof pathOrDatabase === "string";
    const connection = await openConnection(pathOrDatabase, options);
    try {
      return new SqliteStorage(connection, ownsDatabase);
    } catch (error) {
      // Statements can't be prepared for tables that somebody changed.
      if (ownsDatabase) connection.close();
      throw sqliteError(error, connection.place);
    }
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const connection = this.#open();
    checkStorable(commit);
    return connection.writing(() => this.#committer.apply(commit));
  }

  async read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]> {
    return this.#open().reading(() => this.#reader.read(ids));
  }

  async readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    return this.#open().reading(() => this.#reader.readTree(roots));
  }

  async heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]> {
    return this.#open().reading(() => this.#heads.heads(lineages));
  }

  async versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>> {
    const connection = this.#open();
    return connection.reading(() => listVersions(connection, query, page));
  }

  async commits(query: CommitQuery, page: PageOf): Promise<Page<StoredCommit>> {
    const connection = this.#open();
    return connection.reading(() => listCommits(connection, query, page));
  }

  async refs(query: RefQuery, page: PageOf): Promise<Page<NamedRef>> {
    const connection = this.#open();
    return connection.reading(() => listRefs(connection, query, page));
  }

  async stats(): Promise<StorageStats> {
    const connection = this.#open();
    return connection.reading(() => readStats(connection));
  }

  /** Bytes of the database, what its write-ahead log still holds back included. */
  async sizeOnDisk(): Promise<number> {
    const connection = this.#open();
    return connection.reading(
      () => connection.pragma("page_count") * connection.pragma("page_size"),
    );
  }

  /**
   * Everything in the database that contradicts itself, an empty list when nothing does: heads, references, list
   * segments, contents, and the file. It reads all of the database.
   */
  async verify(): Promise<readonly Problem[]> {
    return findProblems(this.#open());
  }

  async clear(): Promise<void> {
    clearTables(this.#open());
  }

  /** Ends the use of this instance. A database that the caller handed in stays open. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#ownsDatabase) this.#connection.close();
  }

  #open(): Connection {
    if (this.#isClosed || !this.#connection.database.open)
      throw new StorageError(
        "MI_STORAGE_CLOSED",
        `${this.#connection.place} was closed; open it again to go on`,
      );
    return this.#connection;
  }
}
