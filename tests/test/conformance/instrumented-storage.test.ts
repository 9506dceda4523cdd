import { expect, test } from "@jest/globals";
import { Fixtures } from "@mi/conformance";
import { InstrumentedStorage } from "@mi/ecs/storage";
import type { StorageCall, StorageMethod } from "@mi/ecs/storage";
import { ManualClock } from "@mi/ecs/testing";
import { MemoryStorage } from "@mi/storage-memory";
import { delegating } from "./delegating.ts";

function setUp() {
  const make = new Fixtures(1);
  const clock = new ManualClock();
  const calls: StorageCall[] = [];
  const inner = new MemoryStorage();
  let pause = 0;
  const slow = delegating(inner, {
    commit(commit) {
      clock.advance((pause += 10));
      return inner.commit(commit);
    },
  });
  const storage = new InstrumentedStorage(slow, { clock, onCall: (call) => calls.push(call) });
  return { make, calls, storage };
}

test("every method is counted, with what it was about", async () => {
  const { make, calls, storage } = setUp();
  const leaf = make.version();
  const root = make.version({ refs: [leaf] });
  const refMoves = [{ name: "main", to: root.ecsId }];
  await storage.commit(make.commit({ versions: [leaf, root], refMoves }));
  await storage.read([leaf.ecsId, make.ecsId(), root.ecsId]);
  await storage.readTree([root.ecsId]);
  await storage.heads([leaf.lineageId]);
  await storage.versions({}, { limit: 1 });
  await storage.commits({}, { limit: 5 });
  await storage.refs({}, { limit: 5 });
  await storage.stats();
  await storage.clear();
  await storage.close();
  const sizes: Readonly<Record<StorageMethod, number>> = {
    commit: 2,
    read: 3,
    readTree: 2,
    heads: 1,
    versions: 1,
    commits: 1,
    refs: 1,
    stats: 0,
    clear: 0,
    close: 0,
  };
  expect(Object.fromEntries(calls.map(({ method, size }) => [method, size]))).toEqual(sizes);
  expect(new Set(calls.map(({ outcome }) => outcome))).toEqual(new Set(["done"]));
  for (const { method } of calls)
    expect(storage.totals(method)).toMatchObject({ calls: 1, pending: 0, size: sizes[method] });
});

test("durations come from the clock, added up, with the longest apart", async () => {
  const { make, calls, storage } = setUp();
  for (let i = 0; i < 3; i++) await storage.commit(make.commit());
  expect(calls.map(({ milliseconds }) => milliseconds)).toEqual([10, 20, 30]);
  expect(storage.totals("commit")).toMatchObject({ calls: 3, milliseconds: 60, longest: 30 });
});

test("a conflict and a failure are told apart from what went well, and come through unchanged", async () => {
  const { make, calls, storage } = setUp();
  const conflict = await storage.commit(make.commit({ mustBeHeads: [make.ecsId()] }));
  expect(conflict.status).toBe("conflict");
  const dangling = make.version({ refs: [make.ecsId()] });
  const failure = await storage.commit(make.commit({ versions: [dangling] })).catch((e) => e);
  expect(failure).toMatchObject({ code: "MI_STORAGE_MISSING_VERSION" });
  expect(calls.map(({ outcome, error }) => [outcome, error])).toEqual([
    ["conflict", undefined],
    ["failed", failure],
  ]);
  expect(storage.totals("commit")).toMatchObject({ calls: 2, conflicts: 1, failures: 1 });
});

test("a call that has not ended is pending, also over a reset", async () => {
  let release = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (release = resolve));
  const inner = new MemoryStorage();
  const storage = new InstrumentedStorage(
    delegating(inner, { stats: () => waiting.then(() => inner.stats()) }),
  );
  await storage.heads([]);
  const call = storage.stats();
  expect(storage.totals("stats")).toMatchObject({ calls: 0, pending: 1 });
  storage.reset();
  expect(storage.totals("heads").calls).toBe(0);
  expect(storage.totals("stats")).toMatchObject({ calls: 0, pending: 1 });
  release();
  await call;
  expect(storage.totals("stats")).toMatchObject({ calls: 1, pending: 0 });
});

test("without a clock and a listener it measures by a clock that never goes back", async () => {
  const storage = new InstrumentedStorage(new MemoryStorage());
  await storage.stats();
  expect(storage.totals("stats").milliseconds).toBeGreaterThanOrEqual(0);
});
