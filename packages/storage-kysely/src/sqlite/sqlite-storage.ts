import type BetterSqlite3 from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
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
import type { Problem } from "../verify/problem.ts";
import { requireOptions } from "../require-options.ts";
import { requireTransaction } from "../within.ts";
import type { CallersTransaction } from "../within.ts";
import { makeSqliteViews } from "../views/make-sqlite-views.ts";
import { requestedViews } from "../views/requested-views.ts";
import type { ViewTypes } from "../views/requested-views.ts";
import type { NoViews, SqliteTypes, ViewTables } from "../views/view-tables.ts";
import type { Connection } from "./connection.ts";
import { findProblems } from "./find-problems.ts";
import { openConnection } from "./open-connection.ts";
import type { SqliteOptions } from "./open-connection.ts";
import { sqliteError } from "./sqlite-errors.ts";
import { StorageView } from "./storage-view.ts";

/**
 * Keeps versions in a SQLite database. Each call does all its work at once, in one transaction, before it returns its
 * promise: no other call of this process can come in between, and a long one keeps the process busy.
 *
 * @example
 * const storage = await SqliteStorage.open("app.sqlite", { durability: "normal" });
 */
export class SqliteStorage<Views extends object = NoViews> implements EntityStorage {
  /**
   * The tables and views, for reads of your own; see the README for what is in them. It shares the connection: while a
   * transaction of yours is open on it, `commit` and `clear` are refused with `MI_STORAGE_BUSY`.
   */
  readonly db: Kysely<Tables & Views>;
  readonly #connection: Connection;
  readonly #ownsDatabase: boolean;
  readonly #view: StorageView;
  #isClosed = false;

  private constructor(connection: Connection, ownsDatabase: boolean) {
    this.#connection = connection;
    this.#ownsDatabase = ownsDatabase;
    this.#view = new StorageView(connection, "own");
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
  static async open<const Views extends ViewTypes | undefined = undefined>(
    pathOrDatabase: string | BetterSqlite3.Database,
    options: SqliteOptions<Views> = {},
  ): Promise<SqliteStorage<ViewTables<Views, SqliteTypes>>> {
    requireOptions(options);
    const views = requestedViews(options.views ?? []);
    const ownsDatabase = typeof pathOrDatabase === "string";
    const connection = await openConnection(pathOrDatabase, options);
    try {
      if (views.length > 0) makeSqliteViews(connection, views);
      return new SqliteStorage<ViewTables<Views, SqliteTypes>>(connection, ownsDatabase);
    } catch (error) {
      // Statements can't be prepared for tables that somebody changed.
      if (ownsDatabase) connection.close();
      throw sqliteError(error, connection.place);
    }
  }

  /**
   * A view of the storage that reads and writes in a transaction of yours, which must be on the same connection: one
   * of `storage.db`, or of your own Kysely over the `Database` that the storage was opened on. What it commits is there
   * when your transaction is, together with your own rows, and isn't when that is rolled back. A commit that fails
   * undoes itself alone. It never begins, ends or rolls back a transaction, and is of no use after yours.
   *
   * @example
   * await storage.db.transaction().execute(async (trx) => {
   *   const registry = new EntityRegistry({ storage: storage.within(trx), types: [Note] });
   *   await registry.register(new Note({ text: "together with my own rows" }));
   * });
   */
  within(transaction: CallersTransaction): EntityStorage {
    this.#view.requireOpen();
    requireTransaction(transaction, this.#connection.place);
    return new StorageView(this.#connection, transaction);
  }

  async commit(commit: Commit): Promise<CommitResult> {
    return this.#view.commit(commit);
  }

  async read(ids: readonly EcsId[]): Promise<readonly (StoredVersion | undefined)[]> {
    return this.#view.read(ids);
  }

  async readTree(roots: readonly EcsId[]): Promise<readonly StoredVersion[]> {
    return this.#view.readTree(roots);
  }

  async heads(lineages: readonly LineageId[]): Promise<readonly (readonly EcsId[])[]> {
    return this.#view.heads(lineages);
  }

  async versions(query: VersionQuery, page: PageOf): Promise<Page<VersionInfo>> {
    return this.#view.versions(query, page);
  }

  async commits(query: CommitQuery, page: PageOf): Promise<Page<StoredCommit>> {
    return this.#view.commits(query, page);
  }

  async refs(query: RefQuery, page: PageOf): Promise<Page<NamedRef>> {
    return this.#view.refs(query, page);
  }

  async stats(): Promise<StorageStats> {
    return this.#view.stats();
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
    await this.#view.clear();
  }

  /** Ends the use of this instance. A database that the caller handed in stays open. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#view.close();
    if (this.#ownsDatabase) this.#connection.close();
  }

  #open(): Connection {
    this.#view.requireOpen();
    return this.#connection;
  }
}
