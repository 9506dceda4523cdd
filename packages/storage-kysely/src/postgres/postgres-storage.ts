import type { Kysely } from "kysely";
import type pg from "pg";
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
import { makePostgresViews } from "../views/make-postgres-views.ts";
import { requestedViews } from "../views/requested-views.ts";
import type { ViewTypes } from "../views/requested-views.ts";
import type { NoViews, PostgresTypes, ViewTables } from "../views/view-tables.ts";
import { requireOptions } from "../require-options.ts";
import { requireTransaction } from "../within.ts";
import type { CallersTransaction } from "../within.ts";
import { KnownVersions } from "./commit/known-versions.ts";
import { checkServer } from "./check-server.ts";
import { clearTables } from "./clear-tables.ts";
import { databaseOf } from "./database.ts";
import { findProblems } from "./find-problems.ts";
import { migrate, quoted } from "./migrate.ts";
import { openPool } from "./open-pool.ts";
import type { OpenedPool } from "./open-pool.ts";
import type { PostgresOptions } from "./postgres-options.ts";
import { PoolSession, TransactionSession } from "./session.ts";
import { sizeStatement } from "./size-on-disk.ts";
import { StorageView } from "./storage-view.ts";

/**
 * Keeps versions in a PostgreSQL database. Each call is one statement on any connection of a pool, so calls run side by
 * side; a commit of any size is one round trip.
 *
 * @example
 * const storage = await PostgresStorage.open(process.env["DATABASE_URL"], { max: 20 });
 */
export class PostgresStorage<Views extends object = NoViews> implements EntityStorage {
  /** The tables and views, for reads of your own, over the same pool; see the README for what is in them. */
  readonly db: Kysely<Tables & Views>;
  readonly #opened: OpenedPool;
  readonly #session: PoolSession;
  readonly #schemaName: string;
  readonly #known = new KnownVersions();
  readonly #view: StorageView;
  #closing: Promise<void> | undefined;

  private constructor(
    opened: OpenedPool,
    session: PoolSession,
    schemaName: string,
    durability: "full" | "normal",
  ) {
    this.#opened = opened;
    this.#session = session;
    this.#schemaName = schemaName;
    const synchronousCommit = durability === "full" ? "on" : "off";
    this.#view = new StorageView(session, quoted(schemaName), synchronousCommit, this.#known);
    this.db = databaseOf(session, schemaName);
  }

  /**
   * Opens a database by its URL, with a pool of connections of its own, or on a pool of `pg` that the caller owns and
   * ends. Tables that are missing are made; what is there stays.
   *
   * @throws StorageError with code MI_STORAGE_OPEN, MI_STORAGE_CONNECTION, MI_STORAGE_PERMISSION,
   * MI_STORAGE_SCHEMA_NEWER, MI_STORAGE_CORRUPT or MI_STORAGE_USAGE, naming the database and what to do.
   */
  static async open<const Views extends ViewTypes | undefined = undefined>(
    urlOrPool: string | pg.Pool,
    options: PostgresOptions<Views> = {},
  ): Promise<PostgresStorage<ViewTables<Views, PostgresTypes>>> {
    requireOptions(options);
    const views = requestedViews(options.views ?? []);
    const opened = openPool(urlOrPool, options);
    const { durability = "full", prepare, schema } = options;
    const { pool, place, asked } = opened;
    try {
      const plain = new PoolSession(pool, place, false);
      const { isDirect } = await plain.use((client) => checkServer(client, place, asked));
      const name = await migrate(plain, schema);
      const session = new PoolSession(pool, place, prepare ?? isDirect);
      if (views.length > 0) await makePostgresViews(session, name, views);
      return new PostgresStorage<ViewTables<Views, PostgresTypes>>(
        opened,
        session,
        name,
        durability,
      );
    } catch (error) {
      await release(opened);
      throw error;
    }
  }

  /**
   * A view of the storage that reads and writes in a transaction of yours, begun with any Kysely on this database: what it commits is there when your
   * transaction is, together with your own rows, and isn't when that is rolled back. Conflicts,
   * missing versions and ids that are used again leave your transaction as it was; an error of the server ends it, as
   * with any statement. It never begins, ends or rolls back a transaction, and is of no use after yours.
   *
   * @example
   * await db.transaction().execute(async (trx) => {
   *   const registry = new EntityRegistry({ storage: storage.within(trx), types: [Note] });
   *   const note = await registry.register(new Note({ text: "paid" }));
   *   await trx.insertInto("payments").values({ note: note.ecsId }).execute();
   * });
   */
  within(transaction: CallersTransaction): EntityStorage {
    this.#view.requireOpen();
    requireTransaction(transaction, this.#session.place);
    const session = new TransactionSession(transaction, this.#session.place);
    return new StorageView(session, quoted(this.#schemaName), null, undefined);
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

  /** Bytes of the tables and their indexes. */
  async sizeOnDisk(): Promise<number> {
    this.#view.requireOpen();
    const [row] = await this.#session.run<readonly [size: number]>(
      sizeStatement(quoted(this.#schemaName)),
      [],
    );
    return row?.[0] ?? 0;
  }

  /**
   * Everything in the database that contradicts itself, an empty list when nothing does: heads, references, list
   * segments and contents. It reads all of the database, in one transaction.
   */
  async verify(): Promise<readonly Problem[]> {
    this.#view.requireOpen();
    return findProblems(this.#session, this.#schemaName);
  }

  async clear(): Promise<void> {
    this.#view.requireOpen();
    this.#forget();
    try {
      await clearTables(this.#session, quoted(this.#schemaName));
    } finally {
      this.#forget();
    }
  }

  /** Ends the use of this instance, when the calls under way have ended. A pool that was handed in stays open. */
  async close(): Promise<void> {
    this.#closing ??= this.#view.close().then(() => release(this.#opened));
    return this.#closing;
  }

  #forget(): void {
    this.#known.forget();
    this.#view.forget();
  }
}

async function release({ pool, isOwned, letGo }: OpenedPool): Promise<void> {
  if (isOwned) await pool.end();
  letGo();
}
