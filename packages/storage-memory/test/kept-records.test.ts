import { Fixtures } from "@mi/conformance";
import { RefList } from "@mi/ecs";
import type { EntityRecord } from "@mi/ecs";
import { MemoryMedium, MemoryStorage } from "@mi/storage-memory";
import { describe, expect, test } from "@jest/globals";

describe("what is stored can't be changed", () => {
  test("a record is kept as a frozen copy, of whatever it was made", async () => {
    const { make, storage } = setUp();
    const member = make.version();
    const frozen = make.version({ refs: [member], lists: [[member]] });
    const records: readonly EntityRecord[] = [
      frozen,
      { ...frozen, ecsId: make.ecsId() },
      Object.freeze({ ...frozen, ecsId: make.ecsId(), refs: [...frozen.refs] }),
      Object.freeze({ ...frozen, ecsId: make.ecsId(), lists: [...frozen.lists] }),
    ];
    for (const record of records) {
      const kept = await stored(storage, make, member, record);
      expect(kept).not.toBe(record);
      expect(kept).toEqual(record);
      expect([kept, kept?.refs, kept?.lists].every(Object.isFrozen)).toBe(true);
    }
  });

  test("a record that computes what it says is kept as it said it, though it is frozen", async () => {
    const { make, storage } = setUp();
    const member = make.version();
    const frozen = make.version();
    let data = frozen.data;
    const own = Object.freeze(
      Object.defineProperty({ ...frozen, ecsId: make.ecsId() }, "data", { get: () => data }),
    );
    const { data: _, ...others } = { ...frozen, ecsId: make.ecsId() };
    const prototype = Object.defineProperty({}, "data", { get: () => data });
    const inherited = Object.freeze(Object.assign(Object.create(prototype), others));
    const kept = [
      await stored(storage, make, member, own),
      await stored(storage, make, member, inherited),
    ];
    data = "changed";
    expect(kept.map((record) => record?.data)).toEqual([frozen.data, frozen.data]);
  });

  test("what a commit was made of may be changed afterwards", async () => {
    const { make, storage } = setUp();
    const version = make.version();
    const header = { ...make.header({ actor: "ada" }) };
    const refs = [version.ecsId];
    const record = { ...make.version(), refs };
    await storage.commit(make.commit({ versions: [version, record], header }));
    refs.length = 0;
    record.data = "changed";
    header.actor = "eve";
    const [kept] = await storage.read([record.ecsId]);
    expect(kept?.record.refs).toEqual([version.ecsId]);
    expect(kept?.record.data).not.toBe("changed");
    const { items } = await storage.commits({}, { limit: 1 });
    expect(items[0]?.actor).toBe("ada");
  });

  test("all that is read of versions, commits and refs is frozen", async () => {
    const { make, storage } = setUp();
    const version = make.version();
    const refMoves = [{ name: "main", to: version.ecsId }];
    await storage.commit(make.commit({ versions: [version], refMoves }));
    const read = [
      ...(await storage.read([version.ecsId])),
      ...(await storage.readTree([version.ecsId])),
      ...(await storage.versions({}, { limit: 1 })).items,
      ...(await storage.commits({}, { limit: 1 })).items,
      ...(await storage.refs({}, { limit: 1 })).items,
    ];
    expect(read).toHaveLength(5);
    expect(read.every(Object.isFrozen)).toBe(true);
  });
});

test("no object that a reader can reach, by any property, can be changed", async () => {
  const { make, storage } = setUp();
  const members = Array.from({ length: 1_100 }, () => make.version());
  const base = make.version({ refs: members.slice(0, 2), lists: [members, []] });
  const grown = make.edited(base, [[{ at: 500, remove: 1, insert: [base.ecsId] }], []]);
  const copied = { ...grown.record, ecsId: make.ecsId(), lists: [copyOf(base.lists[0])] };
  const versions = [...members, base, grown, { record: copied, bases: [null] }];
  const refMoves = [{ name: "main", to: base.ecsId }];
  await storage.commit(make.commit({ versions, refMoves }));
  const answers = [
    await storage.read([base.ecsId, grown.record.ecsId, copied.ecsId]),
    await storage.readTree([base.ecsId]),
    (await storage.versions({}, { limit: 10 })).items,
    (await storage.commits({}, { limit: 10 })).items,
    (await storage.refs({}, { limit: 10 })).items,
  ];
  const reached = reachable(answers.flat());
  expect(reached.length).toBeGreaterThan(1_200);
  expect(reached.filter((value) => !Object.isFrozen(value))).toEqual([]);
});

describe("a hint", () => {
  test("never decides what a list holds: the list of the record is kept", async () => {
    const { make, storage } = setUp();
    const [a, b, c] = [make.version(), make.version(), make.version()];
    const base = make.version({ lists: [[a, b]] });
    const record = make.version({ lists: [[b, a, c]] });
    await storage.commit(make.commit({ versions: [a, b, c, base] }));
    const edits = [{ at: 2, remove: 0, insert: [c.ecsId] }];
    const bases = [{ of: base.ecsId, list: 0, edits }];
    await storage.commit(make.commit({ versions: [{ record, bases }] }));
    const [kept] = await storage.read([record.ecsId]);
    expect(kept?.record.lists[0]).toBe(record.lists[0]);
  });

  test("that does not fit lets no missing member in", async () => {
    const { make, storage } = setUp();
    const [a, b] = [make.version(), make.version()];
    const base = make.version({ lists: [[a, b]] });
    await storage.commit(make.commit({ versions: [a, b, base] }));
    const absent = make.ecsId();
    const record = make.version({ lists: [RefList.from([a.ecsId, absent])] });
    const bases = [{ of: base.ecsId, list: 0, edits: [] }];
    await expect(
      storage.commit(make.commit({ versions: [{ record, bases }] })),
    ).rejects.toMatchObject({ code: "MI_STORAGE_MISSING_VERSION", missing: [absent] });
  });

  test("that is wrong about one member of a long list lets no missing member in", async () => {
    const { make, storage } = setUp();
    const members = Array.from({ length: 200 }, () => make.version());
    const base = make.version({ lists: [members] });
    await storage.commit(make.commit({ versions: [...members, base] }));
    for (const at of [1, 50, 101, 198]) {
      const absent = make.ecsId();
      const ids = members.map(({ ecsId }) => ecsId).with(at, absent);
      const record = make.version({ lists: [ids] });
      const bases = [{ of: base.ecsId, list: 0, edits: [] }];
      await expect(
        storage.commit(make.commit({ versions: [{ record, bases }] })),
      ).rejects.toMatchObject({ code: "MI_STORAGE_MISSING_VERSION", missing: [absent] });
    }
  });

  test("may name a version that comes earlier in the same commit", async () => {
    const { make, storage } = setUp();
    const members = [make.version(), make.version()];
    const base = make.version({ lists: [members] });
    const absent = make.ecsId();
    const next = make.edited(base, [[{ at: 2, remove: 0, insert: [absent] }]]);
    const commit = make.commit({ versions: [...members, base, next] });
    await expect(storage.commit(commit)).rejects.toMatchObject({ missing: [absent] });
    const fine = make.edited(base, [[{ at: 0, remove: 1, insert: [] }]]);
    await storage.commit(make.commit({ versions: [...members, base, fine] }));
    const [kept] = await storage.read([fine.record.ecsId]);
    expect([...(kept?.record.lists[0] ?? [])]).toEqual([members[1]?.ecsId]);
  });
});

test("instances on one medium share their data, and others don't", async () => {
  const make = new Fixtures(1);
  const medium = new MemoryMedium();
  const version = make.version();
  await new MemoryStorage({ medium }).commit(make.commit({ versions: [version] }));
  expect(await new MemoryStorage({ medium }).stats()).toMatchObject({ versions: 1 });
  expect(await new MemoryStorage().stats()).toMatchObject({ versions: 0 });
});

function setUp(): { readonly make: Fixtures; readonly storage: MemoryStorage } {
  return { make: new Fixtures(1), storage: new MemoryStorage() };
}

/** Every object that can be come to by properties, but for what classes have. */
function reachable(roots: readonly unknown[]): readonly object[] {
  const found = new Set<object>();
  for (const waiting = [...roots]; waiting.length > 0;) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null || found.has(value)) continue;
    found.add(value);
    for (const key of Reflect.ownKeys(value)) waiting.push(Reflect.get(value, key));
  }
  return [...found];
}

function copyOf(list: RefList | undefined): RefList {
  const members = [...(list ?? [])];
  return {
    length: members.length,
    at: (index) => members.at(index),
    slice: (from, to) => members.slice(from, to),
    [Symbol.iterator]: () => members[Symbol.iterator](),
  };
}

async function stored(
  storage: MemoryStorage,
  make: Fixtures,
  member: EntityRecord,
  record: EntityRecord,
): Promise<EntityRecord | undefined> {
  await storage.commit(make.commit({ versions: [member, record] }));
  const [version] = await storage.read([record.ecsId]);
  return version?.record;
}
