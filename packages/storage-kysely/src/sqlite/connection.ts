import type BetterSqlite3 from "better-sqlite3";
import {
  CompiledQuery,
  DummyDriver,
  Kysely,
  sql,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Compilable } from "kysely";
import { StorageError } from "@mi/ecs";
import type { Tables } from "../tables.ts";
import { outsideTransaction } from "../within.ts";
import type { CallersTransaction } from "../within.ts";
import { sqliteError } from "./sqlite-errors.ts";

/** Builds queries, typed by the tables, and runs none. */
export const queries = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** Stands in a prepared query for an argument. Arguments are passed in the order in which they stand in its SQL. */
export const argument = sql<never>`?`;

/** The values of an array, for `in`: one parameter however many they are. */
export function jsonValues(values: readonly (string | number)[]) {
  return sql<never>`(select value from json_each(${JSON.stringify(values)}))`;
}

/**
 * A database and the statements that were prepared for it. Kysely builds the SQL; the driver runs it, because Kysely's
 * own driver prepares every statement anew and begins transactions as readers, which fail where writers wait.
 */
export class Connection {
  readonly database: BetterSqlite3.Database;
  /** Names the database in messages. */
  readonly place: string;
  readonly #reading: (work: () => unknown) => unknown;
  readonly #writing: (work: () => unknown) => unknown;
  readonly #prepared = new Map<string, BetterSqlite3.Statement<unknown[]>>();

  constructor(database: BetterSqlite3.Database, place: string) {
    this.database = database;
    this.place = place;
    // Made once: the driver takes longer to make one than to begin and end a transaction.
    const run = database.transaction((work: () => unknown) => work());
    connectionId(database);
    this.#reading = run.deferred;
    this.#writing = run.immediate;
  }

  /** A statement that answers no rows. */
  command<Args extends unknown[]>(query: Compilable): BetterSqlite3.Statement<Args, never> {
    return this.#prepare(query);
  }

  /** A query whose rows come as arrays of columns. */
  rows<Args extends unknown[], Row extends readonly unknown[]>(
    query: Compilable,
  ): BetterSqlite3.Statement<Args, Row> {
    return this.#prepare<Args, Row>(query).raw();
  }

  /** A query of one column, whose rows come as its values. */
  values<Args extends unknown[], Value>(query: Compilable): BetterSqlite3.Statement<Args, Value> {
    return this.#prepare<Args, Value>(query).pluck();
  }

  /** Runs a query that was put together for this call. Those of the same SQL are prepared once. */
  select<Row>({ sql: text, parameters }: CompiledQuery<Row>): readonly Row[] {
    return this.#kept(text)
      .raw(false)
      .all(...parameters) as Row[];
  }

  /** As {@link select}, with rows as arrays of columns: a third faster where there are many. */
  selectRows<Row extends readonly unknown[]>({
    sql: text,
    parameters,
  }: CompiledQuery): readonly Row[] {
    return this.#kept(text)
      .raw()
      .all(...parameters) as Row[];
  }

  /** A whole number that the database knows about itself. */
  pragma(name: string): number {
    return Number(this.database.pragma(name, { simple: true }));
  }

  /** All that `work` reads is one state of the database. */
  reading<T>(work: () => T): T {
    return this.#guard(() => this.#reading(work) as T);
  }

  /** All that `work` writes is written or nothing is. It waits for other writers before it begins. */
  writing<T>(work: () => T): T {
    this.requireNoTransaction();
    return this.#guard(() => this.#writing(work) as T);
  }

  /** Runs work in the transaction that the owner has begun. When it fails, what it wrote is undone, and no more. */
  async withinTransaction<T>(transaction: CallersTransaction, work: () => T): Promise<T> {
    await this.#requireOnIt(transaction);
    if (!this.database.inTransaction) throw outsideTransaction(this.place);
    // Inside a transaction, the driver makes it a savepoint.
    return this.#guard(() => this.#reading(work) as T);
  }

  /** What is written in a transaction of the owner would be lost with it after it was acknowledged. */
  requireNoTransaction(): void {
    if (this.database.inTransaction)
      throw new StorageError(
        "MI_STORAGE_BUSY",
        `${this.place} is in a transaction that its owner has begun on this connection; repeat the call when it has ended`,
        { retryable: true, details: { place: this.place } },
      );
  }

  /** Writes the log back as far as no reader needs it any more, without waiting for one, and lets go of the database. */
  close(): void {
    try {
      if (!this.database.inTransaction) this.database.pragma("wal_checkpoint(PASSIVE)");
    } catch {
      // On a full disk, say. What was acknowledged stays in the log, and who opens the database next finds it there.
    }
    this.#guard(() => void this.database.close());
  }

  /** Fails for a transaction that has ended, or of another connection: the work would be part of whatever is open here. */
  async #requireOnIt(transaction: CallersTransaction): Promise<void> {
    const asked = CompiledQuery.raw("select mi_connection() as id");
    let id: number | bigint | undefined;
    try {
      const { rows } = await transaction.executeQuery<{ id: number | bigint }>(asked);
      id = rows[0]?.id;
    } catch (error) {
      throw outsideTransaction(this.place, error);
    }
    if (Number(id) !== connectionId(this.database)) throw outsideTransaction(this.place);
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw sqliteError(error, this.place);
    }
  }

  #kept(text: string): BetterSqlite3.Statement<unknown[]> {
    let statement = this.#prepared.get(text);
    if (statement === undefined) {
      statement = this.database.prepare<unknown[]>(text).safeIntegers(false);
      this.#prepared.set(text, statement);
    }
    return statement;
  }

  #prepare<Args extends unknown[], Row = never>(
    query: Compilable,
  ): BetterSqlite3.Statement<Args, Row> {
    // A caller's database may be set to answer bigint; keys and positions are numbers here.
    return this.database.prepare<Args, Row>(query.compile().sql).safeIntegers(false);
  }
}

/** By which SQL tells one connection of this process from another: as the function `mi_connection()`. */
const ids = new WeakMap<BetterSqlite3.Database, number>();
let lastId = 0;

function connectionId(database: BetterSqlite3.Database): number {
  const known = ids.get(database);
  if (known !== undefined) return known;
  const id = ++lastId;
  database.function("mi_connection", () => id);
  ids.set(database, id);
  return id;
}

/** The key of the row that was inserted. */
export function rowid({ lastInsertRowid }: BetterSqlite3.RunResult): number {
  return Number(lastInsertRowid);
}
