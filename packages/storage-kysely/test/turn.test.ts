import Database from "better-sqlite3";
import { Fixtures } from "@mi/conformance";
import type { Commit, EntityRecord } from "@mi/ecs";
import { expect, test } from "@jest/globals";
import { SqliteStorage } from "../src/sqlite/sqlite-storage.ts";

const TABLES = [
  "mi_commits",
  "mi_versions",
  "mi_heads",
  "mi_references",
  "mi_version_lists",
  "mi_segments",
  "mi_segment_items",
  "mi_segment_runs",
  "mi_named_refs",
  "mi_late_versions",
] as const;

/** A thread that grows by two messages of about 300 bytes with each commit. */
class Thread {
  readonly #make = new Fixtures(1);
  #newest: EntityRecord | undefined;

  next(): Commit {
    const make = this.#make;
    const data = JSON.stringify({ role: "user", content: "word ".repeat(55) });
    const messages = [0, 1].map(() => make.version({ type: "Message", data }));
    const insert = messages.map(({ ecsId }) => ecsId);
    const fields = { type: "Thread", data: '{"name":"a thread","messages":{"$list":0}}' };
    const base = this.#newest;
    if (base === undefined) {
      this.#newest = make.version({ ...fields, lists: [messages] });
      return make.commit({ versions: [...messages, this.#newest] });
    }
    const at = base.lists[0]?.length ?? 0;
    const write = make.edited(base, [[{ at, remove: 0, insert }]], fields);
    this.#newest = write.record;
    return make.commit({ versions: [...messages, write], mustBeHeads: [base] });
  }
}

function rowsOf(database: Database.Database): Record<(typeof TABLES)[number], number> {
  const count = (table: string) =>
    Number(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
  return Object.fromEntries(TABLES.map((table) => [table, count(table)])) as ReturnType<
    typeof rowsOf
  >;
}

test("a turn adds its two messages, one version of the thread, one commit, and nothing else", async () => {
  const database = new Database(":memory:");
  const storage = await SqliteStorage.open(database);
  const thread = new Thread();
  await storage.commit(thread.next());
  const before = rowsOf(database);
  for (let i = 0; i < 10; i++) await storage.commit(thread.next());
  const after = rowsOf(database);
  const perTurn = Object.fromEntries(
    TABLES.map((table) => [table, (after[table] - before[table]) / 10]),
  );
  expect(perTurn).toEqual({
    mi_commits: 1,
    mi_versions: 3,
    // One for each message; that of the thread takes the place of the one before.
    mi_heads: 2,
    mi_references: 0,
    mi_version_lists: 1,
    mi_segments: 0,
    mi_segment_items: 2,
    mi_segment_runs: 0,
    mi_named_refs: 0,
    mi_late_versions: 0,
  });
  database.close();
});

test("a turn runs the same statements and takes the same bytes at any length", async () => {
  let statements = 0;
  const database = new Database(":memory:", { verbose: () => statements++ });
  const storage = await SqliteStorage.open(database);
  const thread = new Thread();
  const perTurn = async (turns: number) => {
    const [before, bytes] = [statements, await storage.sizeOnDisk()];
    for (let i = 0; i < turns; i++) await storage.commit(thread.next());
    const ran = statements;
    return {
      statements: (ran - before) / turns,
      bytes: ((await storage.sizeOnDisk()) - bytes) / turns,
    };
  };
  await perTurn(100);
  const early = await perTurn(500);
  await perTurn(1500);
  const late = await perTurn(500);
  expect(late.bytes / early.bytes).toBeLessThan(1.05);
  expect(late.bytes / early.bytes).toBeGreaterThan(0.95);
  // One statement was run for the size.
  expect(Math.round(late.statements)).toBe(Math.round(early.statements));
  expect(late.bytes).toBeLessThan(1800);
  database.close();
});

test("a commit of a thousand versions is one transaction", async () => {
  const seen: string[] = [];
  const database = new Database(":memory:", { verbose: (sql) => seen.push(String(sql)) });
  const storage = await SqliteStorage.open(database);
  const make = new Fixtures(1);
  const versions = Array.from({ length: 1000 }, () => make.version());
  seen.length = 0;
  await storage.commit(make.commit({ versions }));
  expect(seen.filter((sql) => /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT)/.test(sql))).toEqual([
    "BEGIN IMMEDIATE",
    "COMMIT",
  ]);
  database.close();
});
