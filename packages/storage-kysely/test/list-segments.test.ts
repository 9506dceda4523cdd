import Database from "better-sqlite3";
import { Fixtures, Random } from "@mi/conformance";
import type { EcsId, EntityRecord, ListBase, ListEdit, VersionWrite } from "@mi/ecs";
import { describe, expect, test } from "@jest/globals";
import { MAX_RUNS } from "../src/lists/pieces.ts";
import { SqliteStorage } from "../src/sqlite/sqlite-storage.ts";
import { scratchPath } from "./scratch-folder.ts";

interface Setup {
  readonly make: Fixtures;
  readonly database: Database.Database;
  readonly storage: SqliteStorage;
  /** Versions to put into lists, stored already. */
  readonly members: readonly EcsId[];
  count(table: string): number;
}

async function setUp(memberCount: number, seed = 1): Promise<Setup> {
  const make = new Fixtures(seed);
  const database = new Database(":memory:");
  const storage = await SqliteStorage.open(database);
  const members = Array.from({ length: memberCount }, () => make.version());
  await storage.commit(make.commit({ versions: members }));
  return {
    make,
    database,
    storage,
    members: members.map(({ ecsId }) => ecsId),
    count: (table) => Number(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get()),
  };
}

async function listOf(storage: SqliteStorage, id: EcsId): Promise<readonly EcsId[]> {
  const [stored] = await storage.read([id]);
  return [...(stored?.record.lists[0] ?? [])];
}

describe("what a list adds to the database", () => {
  test("appended members are the only new items, in the segment that was there", async () => {
    const { make, storage, members, count } = await setUp(50);
    let base = make.version({ lists: [members.slice(0, 10)] });
    await storage.commit(make.commit({ versions: [base] }));
    for (let at = 10; at < 50; at += 4) {
      const write = make.edited(base, [[{ at, remove: 0, insert: members.slice(at, at + 4) }]]);
      await storage.commit(make.commit({ versions: [write] }));
      base = write.record;
    }
    expect([count("mi_segments"), count("mi_segment_items"), count("mi_segment_runs")]).toEqual([
      1, 50, 0,
    ]);
    expect(await listOf(storage, base.ecsId)).toEqual(members);
  });

  test("an unchanged list, and one that lost its end, add no items and no segment", async () => {
    const { make, storage, members, count } = await setUp(20);
    const base = make.version({ lists: [members] });
    const same = make.edited(base, [[]]);
    const shorter = make.edited(base, [[{ at: 15, remove: 5, insert: [] }]]);
    for (const version of [base, same, shorter])
      await storage.commit(make.commit({ versions: [version] }));
    expect([count("mi_segments"), count("mi_segment_items")]).toEqual([1, 20]);
    expect(await listOf(storage, same.record.ecsId)).toEqual(members);
    expect(await listOf(storage, shorter.record.ecsId)).toEqual(members.slice(0, 15));
  });

  test("a fork of an old version opens a segment that borrows what came before", async () => {
    const { make, storage, members, count } = await setUp(30);
    const old = make.version({ lists: [members.slice(0, 20)] });
    const newer = make.edited(old, [[{ at: 20, remove: 0, insert: members.slice(20, 25) }]]);
    const fork = make.edited(old, [[{ at: 20, remove: 0, insert: members.slice(25, 28) }]]);
    for (const version of [old, newer, fork])
      await storage.commit(make.commit({ versions: [version] }));
    expect([count("mi_segments"), count("mi_segment_items"), count("mi_segment_runs")]).toEqual([
      2, 28, 1,
    ]);
    expect(await listOf(storage, newer.record.ecsId)).toEqual(members.slice(0, 25));
    expect(await listOf(storage, fork.record.ecsId)).toEqual([
      ...members.slice(0, 20),
      ...members.slice(25, 28),
    ]);
  });

  test("what is appended after a change in the middle goes on in the new segment", async () => {
    const { make, storage, members, count } = await setUp(40);
    const base = make.version({ lists: [members.slice(0, 30)] });
    const [other = base.ecsId] = members.slice(30);
    const changed = make.edited(base, [[{ at: 9, remove: 1, insert: [other] }]]);
    const longer = make.edited(changed.record, [
      [{ at: 30, remove: 0, insert: members.slice(31, 33) }],
    ]);
    for (const version of [base, changed, longer])
      await storage.commit(make.commit({ versions: [version] }));
    expect([count("mi_segments"), count("mi_segment_items"), count("mi_segment_runs")]).toEqual([
      2, 33, 2,
    ]);
    const expected = [...members.slice(0, 30), ...members.slice(31, 33)];
    expected[9] = other;
    expect(await listOf(storage, longer.record.ecsId)).toEqual(expected);
  });

  test("no segment borrows more than a bounded number of runs, however often it is edited", async () => {
    const { make, storage, database, members } = await setUp(601);
    const random = new Random(3);
    const model = members.slice(0, 600);
    let base = make.version({ lists: [model] });
    await storage.commit(make.commit({ versions: [base] }));
    for (let i = 0; i < 150; i++) {
      const at = random.below(600);
      const insert = members.slice(600);
      model.splice(at, 1, ...insert);
      const write = make.edited(base, [[{ at, remove: 1, insert }]]);
      await storage.commit(make.commit({ versions: [write] }));
      base = write.record;
    }
    const most = database
      .prepare(
        "SELECT max(runs) FROM (SELECT count(*) AS runs FROM mi_segment_runs GROUP BY segment_key)",
      )
      .pluck()
      .get();
    expect(Number(most)).toBeGreaterThan(1);
    expect(Number(most)).toBeLessThanOrEqual(MAX_RUNS);
    expect(await listOf(storage, base.ecsId)).toEqual(model);
    expect(await storage.verify()).toEqual([]);
  });

  test("versions with one and the same list are read with one and the same object", async () => {
    const { make, storage, members } = await setUp(100);
    const base = make.version({ lists: [members] });
    const same = make.edited(base, [[]]);
    for (const version of [base, same]) await storage.commit(make.commit({ versions: [version] }));
    const [a, b] = await storage.read([base.ecsId, same.record.ecsId]);
    expect(a?.record.lists[0]).toBe(b?.record.lists[0]);
  });
});

describe("a hint decides only what is shared", () => {
  const edit = (at: number, remove: number, insert: readonly EcsId[]): ListEdit => ({
    at,
    remove,
    insert,
  });

  test.each<[string, (s: Setup, base: EntityRecord, other: EntityRecord) => Partial<ListBase>]>([
    ["names another version", (_, __, other) => ({ of: other.ecsId })],
    ["names a version that isn't stored", ({ make }) => ({ of: make.ecsId() })],
    ["names a list that the version doesn't have", () => ({ list: 7 })],
    ["is one member short", ({ members }) => ({ edits: [edit(10, 0, members.slice(10, 11))] })],
    ["inserts another member", ({ members }) => ({ edits: [edit(10, 0, members.slice(0, 2))] })],
    ["begins after the end", ({ members }) => ({ edits: [edit(11, 0, members.slice(10, 12))] })],
    [
      "removes more than there is",
      ({ members }) => ({ edits: [edit(9, 3, members.slice(9, 12))] }),
    ],
    ["has a position that is no whole number", () => ({ edits: [edit(1.5, 0, [])] })],
    ["has a negative position", () => ({ edits: [edit(-1, 0, []), edit(-1, 1, [])] })],
    [
      "goes backwards",
      ({ members }) => ({ edits: [edit(10, 0, members.slice(10, 12)), edit(0, 0, [])] }),
    ],
  ])("a hint that %s is not followed", async (_what, wrong) => {
    const setup = await setUp(20);
    const { make, storage, members } = setup;
    const base = make.version({ lists: [members.slice(0, 10)] });
    const other = make.version({ lists: [members.slice(0, 10).toReversed()] });
    await storage.commit(make.commit({ versions: [base, other] }));
    const right = make.edited(base, [[edit(10, 0, members.slice(10, 12))]]);
    const [hint] = right.bases;
    if (hint === null || hint === undefined) throw new Error("the fixture gave no hint");
    const write: VersionWrite = {
      record: right.record,
      bases: [{ ...hint, ...wrong(setup, base, other) }],
    };
    await storage.commit(make.commit({ versions: [write] }));
    expect(await listOf(storage, right.record.ecsId)).toEqual(members.slice(0, 12));
    expect(await storage.verify()).toEqual([]);
  });

  test("a member that only a wrong hint speaks of is still looked for", async () => {
    const { make, storage, members } = await setUp(10);
    const stranger = make.ecsId();
    const base = make.version({ lists: [members] });
    await storage.commit(make.commit({ versions: [base] }));
    const record = make.version({ parent: base, lists: [[stranger, ...members.slice(1)]] });
    const write = { record, bases: [{ of: base.ecsId, list: 0, edits: [] }] };
    await expect(storage.commit(make.commit({ versions: [write] }))).rejects.toMatchObject({
      code: "MI_STORAGE_MISSING_VERSION",
      missing: [stranger],
    });
  });
});

/** A few edits, ascending, and the list after them. */
function randomEdits(random: Random, list: readonly EcsId[], members: readonly EcsId[]) {
  const edits: ListEdit[] = [];
  const after: EcsId[] = [];
  let from = 0;
  const insertSome = (): readonly EcsId[] => {
    const start = random.below(members.length);
    return members.slice(start, start + random.below(4));
  };
  for (let i = random.below(3); i >= 0; i--) {
    // Mostly at the end, as conversations grow.
    const at = random.below(3) > 0 ? list.length : from + random.below(list.length - from + 1);
    const remove = random.below(2) * random.below(Math.min(6, list.length - at + 1));
    const insert = insertSome();
    if (at < from) break;
    after.push(...list.slice(from, at), ...insert);
    edits.push({ at, remove, insert });
    from = at + remove;
    if (from >= list.length) break;
  }
  after.push(...list.slice(from));
  return { edits, after };
}

test.each([1, 2, 3, 4])(
  "random edits of random versions, with and without hints, read back as a plain array says (seed %i)",
  async (seed) => {
    const path = scratchPath();
    const make = new Fixtures(seed);
    const random = new Random(seed);
    const members = Array.from({ length: 60 }, () => make.version());
    const ids = members.map(({ ecsId }) => ecsId);
    const model = new Map<EcsId, readonly EcsId[]>();
    const versions: EntityRecord[] = [make.version({ lists: [ids.slice(0, 30)] })];
    const problems: unknown[] = [];
    let storage = await SqliteStorage.open(path, { durability: "normal" });
    await storage.commit(make.commit({ versions: [...members, ...versions] }));
    for (const { ecsId } of versions) model.set(ecsId, ids.slice(0, 30));

    for (let step = 0; step < 300; step++) {
      // Half of the time the newest one.
      const base =
        versions[random.below(2) === 0 ? versions.length - 1 : random.below(versions.length)];
      if (base === undefined) throw new Error("there is always a version");
      const { edits, after } = randomEdits(random, model.get(base.ecsId) ?? [], ids);
      const write = make.edited(base, [edits]);
      const bases = random.below(10) === 0 ? [null] : write.bases;
      await storage.commit(make.commit({ versions: [{ record: write.record, bases }] }));
      versions.push(write.record);
      model.set(write.record.ecsId, after);
      if (step % 100 === 99) {
        problems.push(...(await storage.verify()));
        await storage.close();
        storage = await SqliteStorage.open(path, { durability: "normal" });
      }
    }
    expect(problems).toEqual([]);
    expect((await storage.stats()).versions).toBe(60 + versions.length);
    const read = await storage.read([...model.keys()]);
    const lists = read.map((stored) => [...(stored?.record.lists[0] ?? [])]);
    expect(lists).toEqual([...model.values()]);
    for (const version of versions.slice(-20)) {
      const tree = await storage.readTree([version.ecsId]);
      expect(new Set(tree.map(({ record }) => record.ecsId))).toEqual(
        new Set([version.ecsId, ...(model.get(version.ecsId) ?? [])]),
      );
    }
    await storage.close();
  },
);

test("several versions of one commit that go on from one list are all stored", async () => {
  const make = new Fixtures(1);
  const database = new Database(":memory:");
  const storage = await SqliteStorage.open(database);
  const members = Array.from({ length: 50 }, () => make.version());
  const base = make.version({ lists: [members.slice(0, 40)] });
  await storage.commit(make.commit({ versions: [...members, base] }));
  const branches = members
    .slice(40, 43)
    .map(({ ecsId }) => make.edited(base, [[{ at: 40, remove: 0, insert: [ecsId] }]]));
  await storage.commit(make.commit({ versions: branches }));
  const read = await storage.read(branches.map(({ record }) => record.ecsId));
  expect(read.map((stored) => stored?.record.lists[0]?.at(40))).toEqual(
    members.slice(40, 43).map(({ ecsId }) => ecsId),
  );
  const items = database.prepare("SELECT count(*) FROM mi_segment_items").pluck().get();
  expect(items).toBe(43);
  expect(await storage.verify()).toEqual([]);
  database.close();
});
