import { describe, expect, test } from "@jest/globals";
import { diffTrees, type TreeDiff } from "../../src/history/tree-diff.ts";
import type { EntityRecord } from "../../src/storage/contract.ts";
import { ecsId, lineageId, recordOf, ref, refs } from "./fixtures/records.ts";

const byId = (records: readonly EntityRecord[]): Map<EntityRecord["ecsId"], EntityRecord> =>
  new Map(records.map((record) => [record.ecsId, record]));

const diff = (from: number, to: number, ...records: EntityRecord[]): TreeDiff =>
  diffTrees(byId(records), ecsId(from), ecsId(to));

/** Version `id` of entity `lineage`. */
const version = (
  id: number,
  lineage: number,
  fields: Record<string, unknown>,
  parent?: number,
  mergedFrom?: number,
): EntityRecord => recordOf(fields, { id, lineage, parent, mergedFrom });

const member = (id: number, lineage: number): unknown => ({
  type: "Thing",
  lineageId: lineageId(lineage),
  ecsId: ecsId(id),
});

describe("diffTrees", () => {
  test("a page edited, one added, one removed, one the same", () => {
    const result = diff(
      1,
      2,
      version(1, 1, { pages: refs(11, 12, 13) }),
      version(2, 1, { pages: refs(11, 22, 24) }, 1),
      version(11, 11, { n: 1 }),
      version(12, 12, { n: 1 }),
      version(13, 13, { n: 1 }),
      version(22, 12, { n: 2 }, 12),
      version(24, 14, { n: 1 }),
    );
    expect(result).toMatchObject({ from: ecsId(1), to: ecsId(2), unchanged: 1 });
    expect(result.added).toEqual([member(24, 14)]);
    expect(result.removed).toEqual([member(13, 13)]);
    expect(result.changed.map(({ from, to }) => [from, to])).toEqual([
      [ecsId(1), ecsId(2)],
      [ecsId(12), ecsId(22)],
    ]);
    expect(result.changed[1]?.changes).toEqual([{ path: ["n"], kind: "modified", old: 1, new: 2 }]);
    expect(result.changed[0]?.changes).toMatchObject([
      { path: ["pages"], edits: [{ at: 1, remove: 2, insert: [ecsId(22), ecsId(24)] }] },
    ]);
  });

  test("a version and itself: all of its tree is unchanged", () => {
    const result = diff(1, 1, version(1, 1, { a: ref(2), b: ref(2) }), version(2, 2, {}));
    expect(result).toMatchObject({ added: [], removed: [], changed: [], unchanged: 2 });
  });

  test("what moved from one holder to another is unchanged, and so is all that it holds", () => {
    const result = diff(
      1,
      2,
      version(1, 1, { a: ref(3), b: null }),
      version(2, 1, { a: null, b: ref(5) }, 1),
      version(3, 3, { own: ref(4) }),
      version(4, 4, {}),
      version(5, 5, { moved: ref(3) }),
    );
    expect(result.added).toEqual([member(5, 5)]);
    expect(result.removed).toEqual([]);
    expect(result.changed).toHaveLength(1);
    expect(result.unchanged).toBe(2);
  });

  test("roots of different lineages are compared with each other", () => {
    const result = diff(1, 2, version(1, 1, { n: 1 }), version(2, 2, { n: 2 }));
    expect(result.changed).toMatchObject([{ from: ecsId(1), to: ecsId(2) }]);
    expect([result.added, result.removed, result.unchanged]).toEqual([[], [], 0]);
  });

  test("a root that the other tree holds deeper down", () => {
    const inner = version(1, 1, { n: 1 });
    const outer = version(2, 2, { held: ref(1) });
    expect(diff(1, 2, inner, outer)).toMatchObject({
      added: [member(2, 2)],
      removed: [],
      changed: [],
      unchanged: 1,
    });
    expect(diff(2, 1, inner, outer)).toMatchObject({
      added: [],
      removed: [member(2, 2)],
      changed: [],
      unchanged: 1,
    });
  });

  test("several versions of one entity in a tree: each with the one it was made from", () => {
    const result = diff(
      1,
      2,
      version(1, 1, { all: refs(11, 12) }),
      version(2, 1, { all: refs(24, 23, 25) }, 1),
      version(11, 5, { n: 1 }),
      version(12, 5, { n: 2 }, 11),
      version(23, 5, { n: 3 }, 11),
      version(24, 5, { n: 4 }, 12),
      version(25, 5, { n: 5 }, 24),
    );
    expect(result.changed.slice(1).map(({ from, to }) => [from, to])).toEqual([
      [ecsId(12), ecsId(24)],
      [ecsId(11), ecsId(23)],
    ]);
    expect(result.added).toEqual([member(25, 5)]);
  });

  test("several versions, merge parents and none: a merge parent counts, the rest in document order", () => {
    const result = diff(
      1,
      2,
      version(1, 1, { all: refs(11, 12, 13) }),
      version(2, 1, { all: refs(21, 22) }, 1),
      version(11, 5, { n: 1 }),
      version(12, 5, { n: 2 }),
      version(13, 5, { n: 3 }),
      version(21, 5, { n: 4 }, 99),
      version(22, 5, { n: 5 }, 98, 11),
    );
    expect(result.changed.slice(1).map(({ from, to }) => [from, to])).toEqual([
      [ecsId(12), ecsId(21)],
      [ecsId(11), ecsId(22)],
    ]);
    expect(result.removed).toEqual([member(13, 5)]);
  });

  test("one version of an entity stays and a second one comes in: it is added", () => {
    const result = diff(
      1,
      2,
      version(1, 1, { all: refs(11) }),
      version(2, 1, { all: refs(11, 12) }, 1),
      version(11, 5, { n: 1 }),
      version(12, 5, { n: 2 }, 11),
    );
    expect(result.added).toEqual([member(12, 5)]);
    expect(result.unchanged).toBe(1);
  });

  test("circles, and chains of 10,000", () => {
    const circle = diff(
      1,
      3,
      version(1, 1, { next: ref(2) }),
      version(2, 2, { next: ref(1) }),
      version(3, 1, { next: ref(4) }, 1),
      version(4, 2, { next: ref(3) }, 2),
    );
    expect(circle.changed.map(({ from, to }) => [from, to])).toEqual([
      [ecsId(1), ecsId(3)],
      [ecsId(2), ecsId(4)],
    ]);
    const chain = (start: number): EntityRecord[] =>
      Array.from({ length: 10_000 }, (_, i) =>
        version(start + i, 1 + i, { next: i === 9_999 ? null : ref(start + i + 1) }),
      );
    const long = diff(1, 20_001, ...chain(1), ...chain(20_001));
    expect(long.changed).toHaveLength(10_000);
    expect(long.changed[9_999]?.changes).toEqual([]);
  });

  test("a version that is missing is an error that names it", () => {
    expect(() => diff(1, 1, version(1, 1, { a: ref(2) }))).toThrow(ecsId(2));
    expect(() => diff(1, 3, version(1, 1, {}))).toThrow(ecsId(3));
  });
});
