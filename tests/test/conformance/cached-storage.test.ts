import { describe, expect, test } from "@jest/globals";
import { Fixtures } from "@mi/conformance";
import type { EntityRecord, EntityStorage, StoredVersion, VersionWrite } from "@mi/ecs";
import { CachedStorage, InstrumentedStorage, RecordCache } from "@mi/ecs/storage";
import { MemoryMedium, MemoryStorage } from "@mi/storage-memory";
import { delegating } from "./delegating.ts";

function setUp(maxBytes?: number) {
  const make = new Fixtures(1);
  const medium = new MemoryMedium();
  const cache = new RecordCache({ maxBytes });
  const below = new InstrumentedStorage(new MemoryStorage({ medium }));
  const storage = new CachedStorage(below, { cache });
  const commit = (...versions: readonly (EntityRecord | VersionWrite)[]) =>
    storage.commit(make.commit({ versions }));
  return { make, medium, cache, below, storage, commit };
}

const ids = (records: readonly EntityRecord[]) => records.map(({ ecsId }) => ecsId);

test("a version is read from below once, whether alone or in a tree", async () => {
  const { make, below, storage, commit } = setUp();
  const leaf = make.version();
  const root = make.version({ lists: [[leaf]] });
  await commit(leaf, root);
  await storage.read([root.ecsId, root.ecsId, leaf.ecsId]);
  expect(below.totals("read")).toMatchObject({ calls: 1, size: 2 });
  expect((await storage.read([leaf.ecsId, root.ecsId]))[1]?.record).toEqual(root);
  expect(await storage.readTree([root.ecsId])).toHaveLength(2);
  expect(below.totals("read").calls).toBe(1);
  expect(below.totals("readTree").calls).toBe(0);
});

test("what is not stored is asked for each time", async () => {
  const { make, below, storage, commit } = setUp();
  const version = make.version();
  expect(await storage.read([version.ecsId])).toEqual([undefined]);
  await commit(version);
  expect((await storage.read([version.ecsId]))[0]?.record).toEqual(version);
  expect(below.totals("read").calls).toBe(2);
});

test("the next version of a long list costs the versions that are new", async () => {
  const { make, below, storage, commit } = setUp();
  const members = Array.from({ length: 500 }, () => make.version());
  const thread = make.version({ lists: [members] });
  await commit(...members, thread);
  await storage.readTree([thread.ecsId]);
  const added = make.version();
  const next = make.edited(thread, [[{ at: 500, remove: 0, insert: [added.ecsId] }]]);
  await commit(added, next);
  below.reset();
  expect(await storage.readTree([next.record.ecsId])).toHaveLength(502);
  expect(below.totals("read")).toMatchObject({ calls: 2, size: 2 });
  expect(below.totals("readTree").calls).toBe(0);
});

test("a deep tree that is not cached costs three calls below", async () => {
  const { make, below, storage, commit } = setUp();
  const chain: EntityRecord[] = [];
  for (let i = 0; i < 100; i++) chain.push(make.version({ refs: chain.slice(-1) }));
  await commit(...chain);
  const tree = await storage.readTree(ids(chain.slice(-1)));
  expect(tree).toHaveLength(100);
  expect([below.totals("read").calls, below.totals("readTree").calls]).toEqual([2, 1]);
  await storage.readTree(ids(chain.slice(-1)));
  expect([below.totals("read").calls, below.totals("readTree").calls]).toEqual([2, 1]);
});

test("it holds no more bytes than it may, and lets go of what was not used for longest", async () => {
  const { make, cache, below, storage, commit } = setUp(10_000);
  const data = JSON.stringify("x".repeat(1000));
  const versions = [0, 1, 2, 3].map(() => make.version({ data }));
  const [first, second, third, fourth] = versions;
  await commit(...versions);
  for (const version of [first, second, third, first, fourth])
    await storage.read(version ? [version.ecsId] : []);
  const { bytes, versions: count } = cache.status();
  expect(bytes).toBeLessThanOrEqual(10_000);
  expect(count).toBe(3);
  below.reset();
  await storage.read(ids([first, third, fourth].flatMap((version) => version ?? [])));
  expect(below.totals("read").calls).toBe(0);
  await storage.read(ids(versions.slice(1, 2)));
  expect(below.totals("read").calls).toBe(1);
});

test("a version that is larger than the cache is not kept, and puts nothing out", async () => {
  const { make, cache, storage, commit } = setUp(5_000);
  const [small, large] = [make.version(), make.version({ data: `"${"x".repeat(10_000)}"` })];
  await commit(small, large);
  await storage.read([small.ecsId, large.ecsId]);
  expect(cache.status()).toMatchObject({ versions: 1, hits: 0, misses: 2 });
  expect((await storage.read([large.ecsId]))[0]?.record).toEqual(large);
  await storage.read([small.ecsId]);
  expect(cache.status()).toMatchObject({ hits: 1 });
});

test("a read that was under way during a clear is not kept", async () => {
  const make = new Fixtures(1);
  const medium = new MemoryMedium();
  const cache = new RecordCache();
  let release = (): void => undefined;
  const inner = new MemoryStorage({ medium });
  const slow = delegating(inner, {
    async read(asked) {
      const answer = await inner.read(asked);
      await new Promise<void>((resolve) => (release = resolve));
      return answer;
    },
  });
  const version = make.version();
  await inner.commit(make.commit({ versions: [version] }));
  const reading = new CachedStorage(slow, { cache }).read([version.ecsId]);
  await Promise.resolve();
  const other = new CachedStorage(new MemoryStorage({ medium }), { cache });
  await other.clear();
  release();
  expect((await reading)[0]?.record).toEqual(version);
  expect(await other.read([version.ecsId])).toEqual([undefined]);
});

describe("a read that a clear overtakes is of one state, before it or after it", () => {
  /** A root that is cached and a leaf that is not, over a storage whose reads wait until they are let go. */
  async function overtaken() {
    const make = new Fixtures(1);
    const medium = new MemoryMedium();
    const cache = new RecordCache();
    const inner = new MemoryStorage({ medium });
    const held: (() => void)[] = [];
    let isHolding = false;
    const slow = delegating(inner, {
      async read(asked) {
        if (isHolding) await new Promise<void>((resolve) => held.push(resolve));
        return inner.read(asked);
      },
    });
    const storage = new CachedStorage(slow, { cache });
    const leaf = make.version();
    const root = make.version({ refs: [leaf] });
    await storage.commit(make.commit({ versions: [leaf, root] }));
    await storage.read([root.ecsId]);
    isHolding = true;
    return {
      ids: [root.ecsId, leaf.ecsId],
      root: root.ecsId,
      storage,
      inner,
      cache,
      letGo: () => {
        isHolding = false;
        for (const release of held) release();
      },
    };
  }

  test("that begins and ends within it", async () => {
    const { ids, root, storage, letGo } = await overtaken();
    const [read, tree] = [storage.read(ids), storage.readTree([root])];
    await storage.clear();
    letGo();
    expect(await read).toEqual([undefined, undefined]);
    expect(await tree).toEqual([]);
  });

  test("that is still under way when the read ends, whoever clears", async () => {
    const { ids, root, inner, cache, letGo } = await overtaken();
    let finish = (): void => undefined;
    const slowClear = delegating(inner, {
      async clear() {
        await inner.clear();
        await new Promise<void>((resolve) => (finish = resolve));
      },
    });
    const clearing = new CachedStorage(slowClear, { cache }).clear();
    const reader = new CachedStorage(inner, { cache });
    letGo();
    expect(await reader.read(ids)).toEqual([undefined, undefined]);
    expect(await reader.readTree([root])).toEqual([]);
    finish();
    await clearing;
    expect(await reader.read(ids)).toEqual([undefined, undefined]);
  });

  test("and what is read while it is under way is not kept", async () => {
    const { ids, inner, cache } = await overtaken();
    let finish = (): void => undefined;
    const failing = delegating(inner, {
      async clear() {
        await new Promise<void>((resolve) => (finish = resolve));
        throw new RangeError("it could not be cleared");
      },
    });
    const clearing = new CachedStorage(failing, { cache }).clear();
    const reader = new CachedStorage(inner, { cache });
    expect((await reader.read(ids)).every((version) => version !== undefined)).toBe(true);
    expect(cache.status().versions).toBe(0);
    finish();
    await expect(clearing).rejects.toThrow("could not be cleared");
    await reader.read(ids);
    expect(cache.status().versions).toBe(2);
  });
});

test("a tree of which a part is gone below is answered as the storage below does", async () => {
  const { make, medium, cache, storage, commit } = setUp();
  const leaf = make.version();
  const root = make.version({ refs: [leaf] });
  await commit(leaf, root);
  await storage.read([root.ecsId]);
  await new MemoryStorage({ medium }).clear();
  expect(await storage.readTree([root.ecsId])).toEqual([]);
  expect(cache.status().versions).toBe(0);
  const corrupt: EntityStorage = delegating(new MemoryStorage(), {
    read: async (asked) => asked.map((id) => (id === root.ecsId ? stored(root) : undefined)),
    readTree: () => Promise.reject(new RangeError("the tree is broken")),
  });
  await expect(new CachedStorage(corrupt).readTree([root.ecsId])).rejects.toThrow("broken");
});

test("after close it is as closed as the storage below, also for what it has", async () => {
  const { make, storage, commit } = setUp();
  const version = make.version();
  await commit(version);
  await storage.readTree([version.ecsId]);
  await storage.close();
  const closed = { code: "MI_STORAGE_CLOSED" };
  await expect(storage.read([version.ecsId])).rejects.toMatchObject(closed);
  await expect(storage.readTree([version.ecsId])).rejects.toMatchObject(closed);
});

test("a size that is none is refused", () => {
  for (const maxBytes of [-1, Number.NaN])
    expect(() => new RecordCache({ maxBytes })).toThrow(/maxBytes/);
});

function stored(record: EntityRecord): StoredVersion {
  return { record, commitId: new Fixtures(2).commitId(), sequence: 1 };
}
