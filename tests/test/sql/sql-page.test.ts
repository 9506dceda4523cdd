import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { listenedPool } from "@mi/postgres-server";
import { emptyDatabase } from "@mi/postgres-server/jest";
import { PostgresStorage } from "@mi/storage-kysely/postgres";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { storeConversations, types } from "./conversations.ts";
import { questionsOf } from "./questions.ts";
import type { Engine } from "./questions.ts";

type Ask = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

const engines: readonly (readonly [Engine, () => Promise<readonly [Ask, () => Promise<void>]>])[] =
  [
    ["SQLite", sqlite],
    ["PostgreSQL", postgres],
  ];

async function sqlite(): Promise<readonly [Ask, () => Promise<void>]> {
  const database = new Database(":memory:");
  const storage = await SqliteStorage.open(database, { views: types });
  await storeConversations(storage);
  const ask: Ask = async (sql) => database.prepare<[], Record<string, unknown>>(sql).all();
  return [
    ask,
    async () => {
      await storage.close();
      database.close();
    },
  ];
}

async function postgres(): Promise<readonly [Ask, () => Promise<void>]> {
  const pool = listenedPool({ connectionString: await emptyDatabase(), max: 2 });
  const storage = await PostgresStorage.open(pool, { views: types });
  await storeConversations(storage);
  const ask: Ask = async (sql) => (await pool.query<Record<string, unknown>>(sql)).rows;
  return [
    ask,
    async () => {
      await storage.close();
      await pool.end();
    },
  ];
}

describe.each(engines)("on %s, docs/sql.md answers", (engine, open) => {
  let ask: Ask;
  let close: () => Promise<void>;

  beforeAll(async () => {
    [ask, close] = await open();
  });

  afterAll(async () => close());

  const asked = questionsOf().filter((question) => (question.engine ?? engine) === engine);

  test.each(asked.map((question) => [question.title, question] as const))(
    "%s",
    async (_title, { sql, answer }) => {
      const rows = await ask(sql);
      const found = rows.map((row) => Object.values(row).map(textOf));
      expect([Object.keys(rows[0] ?? {}), ...found]).toEqual(answer);
    },
  );
});

/** As the page writes a value; NULL is an empty cell. */
function textOf(value: unknown): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
