import { join } from "node:path";
import Database from "better-sqlite3";
import type { Cursor, EntityStorage, LineageId } from "@mi/ecs";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { SqliteFloor } from "../floor/sqlite-floor.ts";
import { collectGarbage } from "../measure/heap.ts";
import type { Bench, Line } from "../measure/line.ts";
import { count, medianTime } from "../measure/quantity.ts";
import { inScratchFolder } from "../measure/scratch.ts";
import { timed } from "../measure/stopwatch.ts";
import { Conversation } from "../subject/conversation.ts";
import { sqliteRegistry } from "../subject/storages.ts";

const VERSIONS = 10_000;
const PAGES = [VERSIONS, 1_000, 100];
const WARM_UP = 5;
const SAMPLES = 15;

export const listVersions: Bench = {
  name: "list-versions",
  title: `list ${VERSIONS} versions of a lineage without payloads, SQLite`,
  run: () =>
    inScratchFolder(async (folder) => {
      const path = join(folder, "ours.sqlite");
      const registry = await sqliteRegistry(path);
      const conversation = await Conversation.start(registry);
      await conversation.growTo(VERSIONS - 1);
      const floor = new SqliteFloor(join(folder, "floor.sqlite"));
      floor.growTo(VERSIONS);
      const lineage = conversation.thread.lineageId;
      const lines: Line[] = [];
      for (const limit of PAGES) lines.push(await compare(registry.storage, floor, lineage, limit));
      floor.close();
      await registry.close();
      lines.push(await statementsOf(path, lineage));
      return lines;
    }),
};

async function compare(
  storage: EntityStorage,
  floor: SqliteFloor,
  lineage: LineageId,
  limit: number,
): Promise<Line> {
  const ours: number[] = [];
  const raw: number[] = [];
  for (let i = 0; i < WARM_UP + SAMPLES; i++) {
    collectGarbage();
    ours.push(await timed(() => listAll(storage, lineage, limit)));
    collectGarbage();
    raw.push(await timed(() => requireAll(floor.listVersions().length)));
  }
  return {
    what: limit === VERSIONS ? "in one page" : `in pages of ${limit}`,
    measured: medianTime(ours.slice(WARM_UP)),
    against: { what: "one SELECT", measured: medianTime(raw.slice(WARM_UP)) },
    // One page is what a listing of this length should take; small pages show what a page costs.
    target: limit === VERSIONS ? { bound: 3 } : undefined,
  };
}

async function listAll(storage: EntityStorage, lineageId: LineageId, limit: number) {
  let found = 0;
  let after: Cursor | undefined;
  do {
    const page = await storage.versions({ lineageId }, { after, limit });
    found += page.items.length;
    after = page.next;
  } while (after !== undefined);
  requireAll(found);
}

/** Statements that a list of all versions runs, but for those that begin and end the transaction. */
async function statementsOf(path: string, lineageId: LineageId): Promise<Line> {
  const statements: string[] = [];
  const database = new Database(path, { verbose: (text) => statements.push(String(text)) });
  const storage = await SqliteStorage.open(database, { durability: "normal" });
  statements.length = 0;
  await listAll(storage, lineageId, VERSIONS);
  await storage.close();
  database.close();
  const queries = statements.filter((text) => /^\s*(select|with)/i.test(text));
  return {
    what: "queries for one page of all",
    measured: count(queries.length),
    against: { what: "one SELECT", measured: count(1) },
    target: { bound: 1 },
  };
}

function requireAll(found: number): void {
  if (found !== VERSIONS) throw new Error(`expected ${VERSIONS} versions, got ${found}`);
}
