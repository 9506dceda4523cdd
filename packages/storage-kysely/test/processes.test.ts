import Database from "better-sqlite3";
import { Fixtures, Random } from "@mi/conformance";
import type { EcsId, LineageId } from "@mi/ecs";
import { expect, test } from "@jest/globals";
import { SqliteStorage } from "../src/sqlite/sqlite-storage.ts";
import { outputOf, runChild } from "./child/run-child.ts";
import { scratchPath } from "./scratch-folder.ts";

const make = new Fixtures(1);

/** Begins an entity with an empty list. */
async function begin(path: string): Promise<LineageId> {
  const storage = await SqliteStorage.open(path);
  const root = make.version({ type: "Thread", lists: [[]] });
  await storage.commit(make.commit({ versions: [root] }));
  await storage.close();
  return root.lineageId;
}

/** The list of the only head. */
async function listOfHead(storage: SqliteStorage, lineageId: LineageId): Promise<readonly EcsId[]> {
  const [heads = []] = await storage.heads([lineageId]);
  expect(heads).toHaveLength(1);
  const [head] = await storage.read(heads);
  return [...(head?.record.lists[0] ?? [])];
}

test("of several processes that write one entity, each commit is one version on one line", async () => {
  const path = scratchPath();
  const lineage = await begin(path);
  const outputs = await Promise.all(
    [11, 12, 13].map((seed) => outputOf("write-commits.ts", [path, String(seed), lineage, "40"])),
  );
  expect(outputs.flatMap((output) => output.split("\n"))).toHaveLength(120);

  const storage = await SqliteStorage.open(path);
  const { items } = await storage.versions({ lineageId: lineage }, { limit: 1000 });
  const parents = items.map(({ parentId }) => parentId);
  expect(parents).toEqual([null, ...items.slice(0, -1).map(({ ecsId }) => ecsId)]);
  expect(await listOfHead(storage, lineage)).toHaveLength(240);
  expect(await storage.stats()).toMatchObject({ versions: 361, commits: 121 });
  expect(await storage.verify()).toEqual([]);
  await storage.close();
});

test("processes that open an empty path at once all succeed, and the tables are made once", async () => {
  const path = scratchPath();
  const outputs = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      outputOf("write-commits.ts", [path, String(20 + i), make.lineageId(), "1"]),
    ),
  );
  expect(outputs.map((output) => output.slice(0, 4))).toEqual(Array(6).fill("ack "));
  const database = new Database(path);
  expect(database.prepare("SELECT number FROM mi_migrations").pluck().all()).toEqual([1]);
  expect(database.prepare("SELECT count(*) FROM mi_commits").pluck().get()).toBe(6);
  database.close();
});

test("a writer killed at any moment leaves a sound database with all that it acknowledged", async () => {
  const path = scratchPath();
  const random = new Random(7);
  const lineage = await begin(path);
  const acknowledged: string[] = [];
  let killed = 0;
  for (let round = 0; round < 6; round++) {
    const until = 1 + random.below(60);
    const {
      process: child,
      lines,
      ended,
    } = runChild("write-commits.ts", [path, String(100 + round), lineage, "100000"]);
    let seen = 0;
    for await (const line of lines) {
      const [word, id = ""] = line.split(" ");
      expect(word).toBe("ack");
      acknowledged.push(id);
      // It goes on writing until the signal arrives: what is printed meanwhile counts too.
      if (++seen === until) child.kill("SIGKILL");
    }
    if ((await ended) === "SIGKILL") killed++;

    const storage = await SqliteStorage.open(path);
    expect(await storage.verify()).toEqual([]);
    const { items } = await storage.commits({}, { limit: 100_000 });
    const stored = new Set<string>(items.map(({ id }) => id));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(await listOfHead(storage, lineage)).toHaveLength(2 * (items.length - 1));
    await storage.close();
  }
  expect(killed).toBe(6);
});
