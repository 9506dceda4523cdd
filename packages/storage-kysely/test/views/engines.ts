import Database from "better-sqlite3";
import type { EntityStorage } from "@mi/ecs";
import { listenedPool } from "@mi/postgres-server";
import { emptySchema } from "@mi/postgres-server/jest";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";
import type { ViewTypes } from "../../src/views/requested-views.ts";
import { scratchPath } from "../scratch-folder.ts";

export type Row = Readonly<Record<string, unknown>>;

/** An empty database of an engine, and a connection to it as somebody has who knows SQL alone. */
export interface Medium {
  /** What a process opens it by. */
  readonly place: string;
  /** Each opens as a process of its own would. */
  open(views?: ViewTypes): Promise<EntityStorage>;
  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Runs what answers no rows. */
  execute(sql: string): Promise<void>;
  /** The steps of a plan, one to a line. */
  plan(sql: string, values?: readonly unknown[]): Promise<string>;
  close(): Promise<void>;
}

export const engines: readonly (readonly [name: string, make: () => Promise<Medium>])[] = [
  ["SQLite", sqliteMedium],
  ["PostgreSQL", postgresMedium],
];

async function sqliteMedium(): Promise<Medium> {
  const path = scratchPath();
  const opened: SqliteStorage<object>[] = [];
  const database = new Database(path);
  const query = async (sql: string, values: readonly unknown[] = []) =>
    database.prepare(sql).all(...values) as Row[];
  return {
    place: path,
    open: async (views) => {
      const storage = await SqliteStorage.open(path, { durability: "normal", views });
      opened.push(storage);
      return storage;
    },
    // Each parameter once, and in order.
    query: (sql, values) => query(sql.replaceAll(/\$\d/g, "?"), values),
    execute: async (sql) => void database.exec(sql),
    plan: async (sql, values) => {
      const rows = await query(`EXPLAIN QUERY PLAN ${sql.replaceAll(/\$\d/g, "?")}`, values);
      // Constants, and what is in memory for one row, are no tables.
      const isOfMemory = /^(MATERIALIZE f|SCAN (f|i|CONSTANT ROW|m VIRTUAL TABLE .*))$/;
      const steps = rows.map(({ detail }) => String(detail));
      return steps.filter((step) => !isOfMemory.test(step)).join("\n");
    },
    close: async () => {
      for (const storage of opened) await storage.close();
      database.close();
    },
  };
}

async function postgresMedium(): Promise<Medium> {
  const { url } = await emptySchema();
  const opened: PostgresStorage<object>[] = [];
  const pool = listenedPool({ connectionString: url, max: 1 });
  const query = async (sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> => {
    const { rows } = await pool.query<Row>(sql, [...values]);
    return rows;
  };
  return {
    place: url,
    open: async (views) => {
      const storage = await PostgresStorage.open(url, { max: 2, views });
      opened.push(storage);
      return storage;
    },
    query,
    execute: async (sql) => void (await query(sql)),
    plan: async (sql, values) => {
      await query("analyze");
      // A small table is read whole by preference; what is read so all the same has no index.
      await query("set enable_seqscan = off");
      const rows = await query(`EXPLAIN ${sql}`, values);
      return rows.map((row) => String(row["QUERY PLAN"])).join("\n");
    },
    close: async () => {
      for (const storage of opened) await storage.close();
      await pool.end();
    },
  };
}
