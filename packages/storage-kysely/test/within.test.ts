import Database from "better-sqlite3";
import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import type { Transaction } from "kysely";
import { Fixtures } from "@mi/conformance";
import { entity, EntityRegistry } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";
import { listenedPool } from "@mi/postgres-server";
import { emptySchema } from "@mi/postgres-server/jest";
import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { PostgresStorage } from "../src/postgres/postgres-storage.ts";
import { SqliteStorage } from "../src/sqlite/sqlite-storage.ts";
import { scratchPath } from "./scratch-folder.ts";

interface Own {
  payments: { note: string };
}

interface Opened {
  readonly storage: EntityStorage & {
    within(transaction: Transaction<Own>): EntityStorage;
    verify(): Promise<readonly unknown[]>;
  };
  /** The program's own tables, in the same database. */
  readonly db: Kysely<Own>;
  close(): Promise<void>;
}

const engines: readonly (readonly [string, () => Promise<Opened>])[] = [
  [
    "SQLite",
    async () => {
      const database = new Database(scratchPath());
      const storage = await SqliteStorage.open(database);
      const db = new Kysely<Own>({ dialect: new SqliteDialect({ database }) });
      return { storage, db, close: async () => void database.close() };
    },
  ],
  [
    "PostgreSQL",
    async () => {
      const pool = listenedPool({ connectionString: (await emptySchema()).url });
      const storage = await PostgresStorage.open(pool);
      const db = new Kysely<Own>({ dialect: new PostgresDialect({ pool }) });
      return { storage, db, close: async () => pool.end() };
    },
  ],
];

class Note extends entity("Note", { text: z.string() }) {}

describe.each(engines)("within a transaction of the program on %s", (_name, open) => {
  async function opened(): Promise<Opened> {
    const all = await open();
    await all.db.schema.createTable("payments").addColumn("note", "text").execute();
    return all;
  }
  const rows = async ({ db }: Opened) => db.selectFrom("payments").selectAll().execute();

  test("entities and rows are there together, and are not there together", async () => {
    const all = await opened();
    const { storage, db } = all;
    const pay = (text: string, isGood: boolean) =>
      db.transaction().execute(async (trx) => {
        const registry = new EntityRegistry({ storage: storage.within(trx), types: [Note] });
        const note = await registry.register(new Note({ text }));
        note.text = `${text}, paid`;
        await note.fork();
        await trx.insertInto("payments").values({ note: note.ecsId }).execute();
        expect(await registry.has(note.ecsId)).toBe(true);
        if (!isGood) throw new Error("no money");
        return note.ecsId;
      });
    await expect(pay("lost", false)).rejects.toThrow("no money");
    expect(await storage.stats()).toEqual({ versions: 0, lineages: 0, commits: 0 });
    const kept = await pay("kept", true);
    expect(await storage.stats()).toEqual({ versions: 2, lineages: 1, commits: 2 });
    expect(await rows(all)).toEqual([{ note: kept }]);
    expect((await storage.read([kept]))[0]?.record.data).toBe('{"text":"kept, paid"}');
    expect(await storage.verify()).toEqual([]);
    await all.close();
  });

  test("a commit that is refused leaves the rest of the transaction as it was", async () => {
    const all = await opened();
    const { storage, db } = all;
    const make = new Fixtures(1);
    const first = make.version();
    const second = make.version({ parent: first });
    await storage.commit(make.commit({ versions: [first] }));
    await storage.commit(make.commit({ versions: [second] }));
    const third = make.version({ parent: second });
    await db.transaction().execute(async (trx) => {
      const view = storage.within(trx);
      await trx.insertInto("payments").values({ note: "before" }).execute();
      const stale = make.commit({
        versions: [make.version({ parent: first })],
        mustBeHeads: [first],
      });
      expect(await view.commit(stale)).toMatchObject({ status: "conflict" });
      const missing = make.commit({ versions: [make.version({ refs: [make.version()] })] });
      await expect(view.commit(missing)).rejects.toMatchObject({
        code: "MI_STORAGE_MISSING_VERSION",
      });
      const reused = make.commit({ versions: [{ ...first, data: '{"other":1}' }] });
      await expect(view.commit(reused)).rejects.toMatchObject({ code: "MI_STORAGE_ID_REUSE" });
      expect(await view.commit(make.commit({ versions: [third] }))).toMatchObject({
        status: "committed",
      });
      // It sees its own, in listings too.
      expect((await view.commits({}, { limit: 10 })).items).toHaveLength(3);
      expect(await view.readTree([third.ecsId])).toHaveLength(1);
    });
    expect(await rows(all)).toEqual([{ note: "before" }]);
    expect(await storage.heads([first.lineageId])).toEqual([[third.ecsId]]);
    expect(await storage.verify()).toEqual([]);
    await all.close();
  });

  test("a view of a transaction that has ended is refused, also while another one is open", async () => {
    const all = await opened();
    const { storage, db } = all;
    const make = new Fixtures(2);
    const ended: EntityStorage[] = [];
    await db.transaction().execute(async (trx) => void ended.push(storage.within(trx)));
    const rolledBack = db.transaction().execute(async (trx) => {
      ended.push(storage.within(trx));
      throw new Error("no money");
    });
    await expect(rolledBack).rejects.toThrow("no money");
    const controlled = await db.startTransaction().execute();
    ended.push(storage.within(controlled));
    await controlled.rollback().execute();
    ended.push(storage.within(controlled));
    const expectRefused = async (): Promise<void> => {
      for (const view of ended) {
        const calls = [view.commit(make.commit({ versions: [make.version()] })), view.stats()];
        for (const call of calls)
          await expect(call).rejects.toMatchObject({
            code: "MI_STORAGE_USAGE",
            message: expect.stringContaining("use a view inside the transaction"),
          });
      }
    };
    await expectRefused();
    await db.transaction().execute(expectRefused);
    expect(await storage.stats()).toMatchObject({ commits: 0 });
    await all.close();
  });

  test("savepoints take back what was committed after them, and the view goes on", async () => {
    const all = await opened();
    const { storage, db } = all;
    const make = new Fixtures(3);
    const [kept, taken] = [make.version(), make.version({ type: "Brand.New" })];
    const trx = await db.startTransaction().execute();
    const view = storage.within(trx);
    await view.commit(make.commit({ versions: [kept] }));
    const inner = await trx.savepoint("inner").execute();
    await storage.within(inner).commit(make.commit({ versions: [taken] }));
    await view.commit(make.commit({ versions: [make.version({ type: "Brand.New" })] }));
    expect(await view.stats()).toMatchObject({ commits: 3 });
    await inner.rollbackToSavepoint("inner").execute();
    expect(await view.stats()).toMatchObject({ commits: 1 });
    // A type whose row was taken back is made again.
    await view.commit(make.commit({ versions: [taken] }));
    await trx.commit().execute();
    expect(await storage.stats()).toMatchObject({ commits: 2 });
    expect(await storage.read([kept.ecsId, taken.ecsId])).not.toContain(undefined);
    expect(await storage.verify()).toEqual([]);
    await all.close();
  });

  test("a view takes a transaction, clears nothing, and closes nothing but itself", async () => {
    const all = await opened();
    const { storage, db } = all;
    const usage = expect.objectContaining({ code: "MI_STORAGE_USAGE" });
    expect(() => storage.within(db as Transaction<Own>)).toThrow(usage);
    expect(() => storage.within(undefined as unknown as Transaction<Own>)).toThrow(usage);
    await db.transaction().execute(async (trx) => {
      const view = storage.within(trx);
      await expect(view.clear()).rejects.toMatchObject({ code: "MI_STORAGE_USAGE" });
      await view.close();
      await expect(view.stats()).rejects.toMatchObject({ code: "MI_STORAGE_CLOSED" });
      await trx.insertInto("payments").values({ note: "after" }).execute();
    });
    expect(await rows(all)).toEqual([{ note: "after" }]);
    await storage.close();
    expect(() => storage.within(db as Transaction<Own>)).toThrow(
      expect.objectContaining({ code: "MI_STORAGE_CLOSED" }),
    );
    await all.close();
  });
});

test("a transaction on another SQLite database is refused, also while one is open on this", async () => {
  const database = new Database(scratchPath());
  const storage = await SqliteStorage.open(database);
  const db = new Kysely<Own>({ dialect: new SqliteDialect({ database }) });
  const other = new Database(scratchPath());
  const otherStorage = await SqliteStorage.open(other);
  const others = new Kysely<Own>({ dialect: new SqliteDialect({ database: other }) });
  const make = new Fixtures(4);
  const expectRefused = async (trx: Transaction<Own>): Promise<void> => {
    const commit = make.commit({ versions: [make.version()] });
    await expect(storage.within(trx).commit(commit)).rejects.toMatchObject({
      code: "MI_STORAGE_USAGE",
    });
  };
  await others.transaction().execute(async (trx) => {
    await expectRefused(trx);
    await db.transaction().execute(() => expectRefused(trx));
  });
  // A database that no storage is on.
  const bare = new Kysely<Own>({
    dialect: new SqliteDialect({ database: new Database(":memory:") }),
  });
  await bare.transaction().execute((trx) => db.transaction().execute(() => expectRefused(trx)));
  expect([await storage.stats(), await otherStorage.stats()]).toMatchObject([
    { commits: 0 },
    { commits: 0 },
  ]);
  database.close();
  other.close();
});
