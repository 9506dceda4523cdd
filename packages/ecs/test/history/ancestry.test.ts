import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Ancestry } from "../../src/history/ancestry.ts";
import type { EcsId } from "../../src/ids.ts";
import { ecsId } from "./fixtures/records.ts";

interface Parents {
  readonly parentId: EcsId | null;
  readonly mergedFromId: EcsId | null;
}

type History = Map<EcsId, Parents>;

/** Versions by number, each with its parents. */
function history(parents: Readonly<Record<number, readonly number[]>>): History {
  return new Map(
    Object.entries(parents).map(([id, [parent, mergedFrom]]) => [
      ecsId(Number(id)),
      {
        parentId: parent === undefined ? null : ecsId(parent),
        mergedFromId: mergedFrom === undefined ? null : ecsId(mergedFrom),
      },
    ]),
  );
}

const of = (versions: History, a: number, b: number): readonly EcsId[] =>
  new Ancestry(versions).nearestCommon(ecsId(a), ecsId(b));

const ids = (...numbers: number[]): EcsId[] => numbers.map(ecsId);

/** Each version made from one or two of those before it, or from none. */
const random = fc
  .array(fc.tuple(fc.nat(5), fc.nat(8)), { minLength: 1, maxLength: 14 })
  .map((steps) =>
    history(
      Object.fromEntries(
        steps.map(([first, second], index) => [
          index + 1,
          [index - first, index - second].filter((id, i, all) => id > 0 && all.indexOf(id) === i),
        ]),
      ),
    ),
  );

/** By the definition: every pair is asked. */
function byDefinition(versions: History, a: EcsId, b: EcsId): EcsId[] {
  const isAncestor = (of: EcsId, id: EcsId): boolean => {
    const { parentId, mergedFromId } = versions.get(of) ?? { parentId: null, mergedFromId: null };
    return (
      of === id ||
      (parentId !== null && isAncestor(parentId, id)) ||
      (mergedFromId !== null && isAncestor(mergedFromId, id))
    );
  };
  const common = [...versions.keys()].filter((id) => isAncestor(a, id) && isAncestor(b, id));
  return common
    .filter((id) => !common.some((other) => other !== id && isAncestor(other, id)))
    .sort();
}

describe("Ancestry", () => {
  test("two branches: where they parted", () => {
    const versions = history({ 1: [], 2: [1], 3: [2], 4: [2], 5: [4] });
    expect(of(versions, 3, 5)).toEqual(ids(2));
  });

  test("of a version and one made from it, and of a version and itself: the first", () => {
    const versions = history({ 1: [], 2: [1], 3: [2] });
    expect(of(versions, 1, 3)).toEqual(ids(1));
    expect(of(versions, 3, 1)).toEqual(ids(1));
    expect(of(versions, 2, 2)).toEqual(ids(2));
  });

  test("after a merge: what was merged in last", () => {
    const versions = history({ 1: [], 2: [1], 3: [1], 4: [2, 3], 5: [3] });
    expect(of(versions, 4, 5)).toEqual(ids(3));
  });

  test("criss-cross: both, the one made first at the front, whichever way it is asked", () => {
    const versions = history({ 1: [], 2: [1], 3: [1], 4: [2, 3], 5: [3, 2] });
    expect(of(versions, 4, 5)).toEqual(ids(2, 3));
    expect(of(versions, 5, 4)).toEqual(ids(2, 3));
    const other = new Map([...versions].reverse());
    expect(of(other, 4, 5)).toEqual(ids(2, 3));
  });

  test("none for histories that never met, for unknown versions, and beyond what is known", () => {
    const versions = history({ 1: [], 2: [1], 3: [], 4: [3], 5: [77], 6: [77] });
    expect(of(versions, 2, 4)).toEqual([]);
    expect(of(versions, 2, 99)).toEqual([]);
    expect(of(versions, 5, 6)).toEqual([]);
  });

  test("as the definition says, for any history", () => {
    fc.assert(
      fc.property(random, fc.nat(), fc.nat(), (versions, x, y) => {
        const all = [...versions.keys()];
        const [a, b] = [all[x % all.length], all[y % all.length]];
        if (a === undefined || b === undefined) throw new Error("no versions");
        expect(new Ancestry(versions).nearestCommon(a, b)).toEqual(byDefinition(versions, a, b));
      }),
      { seed: 20260107, numRuns: 1_000 },
    );
  });

  test("branches of 10,000 versions", () => {
    const parents: Record<number, number[]> = { 1: [] };
    for (let i = 2; i <= 20_001; i++) parents[i] = [i <= 3 ? 1 : i - 2];
    expect(of(history(parents), 20_000, 20_001)).toEqual(ids(1));
  });

  test("looks no further back than to where the versions parted, however long their history is", () => {
    const parents: Record<number, number[]> = { 1: [] };
    for (let i = 2; i <= 10_000; i++) parents[i] = [i - 1];
    // Three crossings on top: each side merges the other's last version.
    for (let i = 10_001; i <= 10_006; i += 2) {
      parents[i] = i === 10_001 ? [10_000] : [i - 2, i - 1];
      parents[i + 1] = i === 10_001 ? [10_000] : [i - 1, i - 2];
    }
    let asked = 0;
    class Counting extends Map<EcsId, Parents> {
      override get(id: EcsId): Parents | undefined {
        asked++;
        return super.get(id);
      }
    }
    const ancestry = new Ancestry(new Counting(history(parents)));
    asked = 0;
    expect(ancestry.nearestCommon(ecsId(10_005), ecsId(10_006))).toEqual(ids(10_003, 10_004));
    expect(ancestry.nearestCommon(ids(10_001), ecsId(10_002))).toEqual(ids(10_000));
    expect(ancestry.descends(ecsId(10_006), ecsId(10_000))).toBe(true);
    expect(ancestry.descends(ecsId(10_006), ecsId(10_005))).toBe(false);
    expect(asked).toBeLessThan(30);
  });

  test("a version descends from itself and what it was made from, not from what came beside or after", () => {
    const ancestry = new Ancestry(history({ 1: [], 2: [1], 3: [1], 4: [2, 3], 5: [3], 6: [77] }));
    const origins = (id: number): number[] =>
      [1, 2, 3, 4, 5, 6, 77].filter((from) => ancestry.descends(ecsId(id), ecsId(from)));
    expect(origins(4)).toEqual([1, 2, 3, 4]);
    expect(origins(5)).toEqual([1, 3, 5]);
    expect([origins(1), origins(6), origins(77)]).toEqual([[1], [6], []]);
  });
});
