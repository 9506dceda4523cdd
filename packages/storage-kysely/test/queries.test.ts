import Database from "better-sqlite3";
import { Fixtures } from "@mi/conformance";
import type { EcsId, EntityRecord } from "@mi/ecs";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { SqliteStorage } from "../src/sqlite/sqlite-storage.ts";

let queries: string[];
let database: Database.Database;
let storage: SqliteStorage;
let make: Fixtures;

beforeEach(async () => {
  queries = [];
  database = new Database(":memory:", {
    verbose: (sql) => {
      if (!/^(BEGIN|COMMIT)/.test(String(sql))) queries.push(String(sql));
    },
  });
  storage = await SqliteStorage.open(database);
  make = new Fixtures(1);
});

/** How many queries the work ran. */
async function queriesOf(work: () => Promise<unknown>): Promise<number> {
  queries.length = 0;
  await work();
  return queries.length;
}

function commit(...versions: EntityRecord[]) {
  return storage.commit(make.commit({ versions }));
}

describe("a tree is read with at most three queries", () => {
  test("a chain of ten thousand versions, each in the list or the reference of the next", async () => {
    const versions: EntityRecord[] = [];
    for (let i = 0; i < 10_000; i++) {
      const below = versions.slice(-1);
      versions.push(make.version(i % 2 === 0 ? { refs: below } : { lists: [below] }));
    }
    await commit(...versions);
    const root = versions.slice(-1).map(({ ecsId }) => ecsId);
    let found: readonly unknown[] = [];
    expect(await queriesOf(async () => (found = await storage.readTree(root)))).toBeLessThan(4);
    expect(found).toHaveLength(10_000);
  });

  test("a root with lists, one long and of versions that hold others and the root before", async () => {
    const shared = make.version();
    const tools = Array.from({ length: 3 }, () => make.version());
    const before = make.version({ refs: [shared], lists: [tools] });
    const members = Array.from({ length: 100 }, (_, i) =>
      make.version(i % 10 === 0 ? { refs: [before], lists: [tools.slice(1), []] } : {}),
    );
    const [first] = members;
    const twice = first === undefined ? members : [...members, first];
    const root = make.version({ parent: before, refs: [shared], lists: [tools, [], twice] });
    const other = make.version({ lists: [members.slice(0, 50)] });
    await commit(shared, ...tools, before, ...members, other, root);
    let found: Awaited<ReturnType<SqliteStorage["readTree"]>> = [];
    const read = async () => (found = await storage.readTree([other.ecsId, root.ecsId]));
    expect(await queriesOf(read)).toBe(3);
    const all = [shared, ...tools, before, ...members, other, root];
    expect(found.map(({ record }) => record.ecsId).toSorted()).toEqual(
      all.map(({ ecsId }) => ecsId).toSorted(),
    );
    const byId = new Map(found.map(({ record }) => [record.ecsId, record]));
    for (const { ecsId, refs, lists } of all) {
      const record = byId.get(ecsId);
      expect(record?.refs).toEqual(refs);
      expect(record?.lists.map((list) => [...list])).toEqual(lists.map((list) => [...list]));
    }
  });

  test("a list of versions that hold nothing needs two", async () => {
    const members = Array.from({ length: 100 }, () => make.version());
    const root = make.version({ lists: [members] });
    await commit(...members, root);
    expect(await queriesOf(() => storage.readTree([root.ecsId]))).toBe(2);
    expect(await queriesOf(() => storage.readTree(members.map(({ ecsId }) => ecsId)))).toBe(1);
  });

  test("a list of twenty thousand members that was edited in its middle", async () => {
    const members = Array.from({ length: 20_000 }, () => make.version());
    const base = make.version({ lists: [members] });
    await commit(...members, base);
    const [other] = members.slice(-1);
    const insert = other === undefined ? [] : [other.ecsId];
    const write = make.edited(base, [[{ at: 9_000, remove: 1, insert }]]);
    await storage.commit(make.commit({ versions: [write] }));
    const root = [write.record.ecsId];
    let found: Awaited<ReturnType<SqliteStorage["readTree"]>> = [];
    expect(await queriesOf(async () => (found = await storage.readTree(root)))).toBe(2);
    expect(found).toHaveLength(20_000);
    const thread = found.find(({ record }) => record.ecsId === write.record.ecsId);
    const expected = members.map(({ ecsId }) => ecsId);
    expected.splice(9_000, 1, ...insert);
    expect([...(thread?.record.lists[0] ?? [])]).toEqual(expected);
  });
});

test("any number of versions is read with the same few queries, in the order asked", async () => {
  const leaves = Array.from({ length: 5_000 }, () => make.version());
  const holders = Array.from({ length: 200 }, (_, i) =>
    make.version({ refs: leaves.slice(i, i + 2), lists: [leaves.slice(i, i + 20)] }),
  );
  await commit(...leaves, ...holders);
  const ids = [...holders, ...leaves].map(({ ecsId }) => ecsId).toReversed();
  const asked: EcsId[] = [...ids, make.ecsId(), ...ids.slice(0, 3)];
  let read: Awaited<ReturnType<SqliteStorage["read"]>> = [];
  expect(await queriesOf(async () => (read = await storage.read(asked)))).toBeLessThan(4);
  expect(read.map((stored) => stored?.record.ecsId)).toEqual([
    ...ids,
    undefined,
    ...ids.slice(0, 3),
  ]);
  expect(await queriesOf(() => storage.read(ids.slice(0, 1)))).toBe(1);
  expect(await queriesOf(() => storage.read([]))).toBe(0);
});

test("a page of versions, commits, refs or heads is one query, and one more where types are named", async () => {
  let base = make.version({ type: "Thread" });
  await commit(base);
  for (let i = 0; i < 300; i++) {
    const next = make.version({ parent: base });
    await commit(next, make.version({ type: "Other" }));
    base = next;
  }
  const { lineageId } = base;
  const page = { limit: 1000 };
  expect(await queriesOf(() => storage.versions({ lineageId }, page))).toBe(1);
  expect(await queriesOf(() => storage.versions({ headsOnly: true }, page))).toBe(1);
  expect(await queriesOf(() => storage.versions({ types: ["Thread", "Other"] }, page))).toBe(2);
  expect(await queriesOf(() => storage.commits({ lineageId }, page))).toBe(1);
  expect(await queriesOf(() => storage.refs({ prefix: "a" }, page))).toBe(1);
  expect(await queriesOf(() => storage.heads([lineageId, make.lineageId()]))).toBe(1);
});

test("a listing of one lineage, type or commit goes through an index and sorts nothing", async () => {
  await commit(make.version({ type: "Thread" }), make.version({ type: "Other" }));
  const { lineageId } = make.version();
  const page = { limit: 10 };
  await storage.versions({ lineageId }, page);
  await storage.versions({ lineageId, headsOnly: true }, { ...page, descending: true });
  await storage.versions({ types: ["Thread", "Other"], headsOnly: true }, page);
  await storage.versions({ types: ["Thread"] }, page);
  await storage.versions({ commitId: make.commitId() }, page);
  await storage.commits({ correlationId: "request" }, page);
  await storage.refs({ prefix: "release/" }, page);
  for (const query of queries.filter((sql) => sql.includes("limit"))) {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${query}`).all() as { detail: string }[];
    const details = plan.map(({ detail }) => detail);
    const wasteful = details.filter((detail) => /^SCAN (?!k$)\w+$|TEMP B-TREE/.test(detail));
    expect({ query, details, wasteful }).toEqual({ query, details, wasteful: [] });
  }
});
