import Database from "better-sqlite3";
import { sql } from "kysely";
import { emptyDatabase, testServer } from "@mi/postgres-server/jest";
import { expect, test } from "@jest/globals";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";
import { scratchPath } from "../scratch-folder.ts";
import { BusyWriters } from "./busy-writers.ts";
import { checkLedger } from "./check-ledger.ts";
import type { CheckedStorage } from "./place.ts";

/** What was acknowledged before a backup began is in it, and it can be written to. */
async function expectSound(
  backup: CheckedStorage,
  acknowledged: ReadonlySet<string>,
  seed: number,
): Promise<void> {
  expect(await backup.verify()).toEqual([]);
  const { items } = await backup.commits({}, { limit: 100_000 });
  const there = new Set<string>(items.map(({ id }) => id));
  expect([...acknowledged].filter((id) => !there.has(id))).toEqual([]);
  const writers = new BusyWriters(backup, seed, 1);
  await writers.acknowledgeMore(5);
  await writers.stop();
  expect(await backup.stats()).toMatchObject({ commits: items.length + writers.acknowledged });
  expect(await backup.verify()).toEqual([]);
}

test.each<
  readonly [string, (storage: SqliteStorage, path: string, to: string) => Promise<unknown>]
>([
  ["vacuum into", async ({ db }, _path, to) => sql`vacuum into ${to}`.execute(db)],
  [
    "the backup of the driver",
    async (_storage, path, to) => {
      const other = new Database(path, { readonly: true });
      await other.backup(to);
      other.close();
    },
  ],
])("a SQLite backup by %s while others write is whole, and goes on", async (_name, backup) => {
  const path = scratchPath();
  const storage = await SqliteStorage.open(path, { durability: "normal" });
  const writers = new BusyWriters(storage, 1, 2);
  await writers.acknowledgeMore(50);
  const acknowledged = new Set(writers.ledger.acknowledged);
  const to = scratchPath();
  await backup(storage, path, to);
  await writers.acknowledgeMore(20);
  await writers.stop();
  expect(await checkLedger(storage, writers.ledger)).toEqual([]);
  const copy = await SqliteStorage.open(to);
  await expectSound(copy, acknowledged, 7);
  await copy.close();
  await storage.close();
});

test("a copy of a PostgreSQL database is whole, and goes on", async () => {
  const url = new URL(await emptyDatabase());
  const storage = await PostgresStorage.open(url.href);
  const writers = new BusyWriters(storage, 1, 3);
  await writers.acknowledgeMore(50);
  await writers.stop();
  await storage.close();
  const name = url.pathname.slice(1);
  const { query } = await testServer();
  await query(`create database ${name}_copy template ${name}`);
  url.pathname = `/${name}_copy`;
  const copy = await PostgresStorage.open(url.href);
  await expectSound(copy, writers.ledger.acknowledged, 7);
  await copy.close();
  await query(`drop database ${name}_copy`);
});
