import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { sequenceEdits, type SequenceEdit } from "../../src/history/sequence-diff.ts";

const sequence = (members: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(members), { maxLength: 30 });

function applied<T>(
  before: readonly T[],
  after: readonly T[],
  edits: readonly SequenceEdit[],
): T[] {
  const out: T[] = [];
  let done = 0;
  for (const { at, remove, from, insert } of edits) {
    out.push(...before.slice(done, at), ...after.slice(from, from + insert));
    done = at + remove;
  }
  return [...out, ...before.slice(done)];
}

/** The plainest way: the table of all pairs of prefixes. */
function longestCommon(a: readonly number[], b: readonly number[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const x of a) {
    const next = [0];
    for (const [j, y] of b.entries())
      next.push(x === y ? (row[j] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0));
    row = next;
  }
  return row[b.length] ?? 0;
}

const count = (edits: readonly SequenceEdit[]): number =>
  edits.reduce((sum, { remove, insert }) => sum + remove + insert, 0);

const seed = { seed: 20260101 };

describe("sequenceEdits", () => {
  test("the edits turn the one into the other, ascending, with something kept between two", () => {
    fc.assert(
      fc.property(
        fc.nat(20).chain((n) => fc.tuple(sequence(n), sequence(n))),
        ([a, b]) => {
          const edits = sequenceEdits(a, b);
          expect(applied(a, b, edits)).toEqual(b);
          let end = -1;
          for (const { at, remove, insert } of edits) {
            expect(at).toBeGreaterThan(end);
            expect(remove + insert).toBeGreaterThan(0);
            end = at + remove;
          }
        },
      ),
      { ...seed, numRuns: 500 },
    );
  });

  test("no edits are fewer when no member occurs twice", () => {
    const shuffled = fc.shuffledSubarray(Array.from({ length: 25 }, (_, i) => i));
    fc.assert(
      fc.property(shuffled, shuffled, (a, b) => {
        expect(count(sequenceEdits(a, b))).toBe(a.length + b.length - 2 * longestCommon(a, b));
      }),
      { ...seed, numRuns: 300 },
    );
  });

  test("no edits are fewer while they are few, however often a member occurs", () => {
    fc.assert(
      fc.property(
        fc.nat(9).chain((n) => fc.tuple(sequence(n), sequence(n))),
        ([a, b]) => {
          expect(count(sequenceEdits(a, b))).toBe(a.length + b.length - 2 * longestCommon(a, b));
        },
      ),
      { ...seed, numRuns: 500 },
    );
  });

  test("with thousands of edits too the one becomes the other, and unique members keep the longest run", () => {
    const some = (length: number, members: number): fc.Arbitrary<number[]> =>
      fc.array(fc.nat(members), { minLength: length, maxLength: length, size: "max" });
    fc.assert(
      fc.property(some(1_500, 900), some(1_500, 900), (a, b) => {
        expect(applied(a, b, sequenceEdits(a, b))).toEqual(b);
      }),
      { ...seed, numRuns: 10 },
    );
    const all = Array.from({ length: 1_500 }, (_, i) => i);
    const [before, after] = [all.map((i) => (i * 7) % 1_500), all.map((i) => (i * 11) % 1_500)];
    const tail = all.slice(0, 200).map((i) => -1 - ((i * i) % 7));
    const [a, b] = [
      [...before, ...tail, 9_001],
      [...after, ...tail.toSpliced(100, 1), 9_002],
    ];
    expect(applied(a, b, sequenceEdits(a, b))).toEqual(b);
    expect(count(sequenceEdits(a, b))).toBe(a.length + b.length - 2 * longestCommon(a, b));
  });

  test("10,000 members: edits anywhere, all reversed, all alike, nothing in common", () => {
    const base = Array.from({ length: 10_000 }, (_, i) => i);
    const edited = base.toSpliced(9_990, 1).toSpliced(5_000, 0, -1).toSpliced(10, 2, -2, -3);
    expect(sequenceEdits(base, edited)).toEqual([
      { at: 10, remove: 2, from: 10, insert: 2 },
      { at: 5_000, remove: 0, from: 5_000, insert: 1 },
      { at: 9_990, remove: 1, from: 9_991, insert: 0 },
    ]);
    expect(count(sequenceEdits(base, base.toReversed()))).toBe(2 * 9_999);
    expect(
      sequenceEdits(
        base.map(() => 0),
        [0, 0],
      ),
    ).toEqual([{ at: 2, remove: 9_998, from: 2, insert: 0 }]);
    const pairs = base.map((i) => i >> 1);
    expect(
      sequenceEdits(
        pairs,
        base.map((i) => -1 - (i >> 1)),
      ),
    ).toEqual([{ at: 0, remove: 10_000, from: 0, insert: 10_000 }]);
    expect(sequenceEdits(pairs, pairs.toSpliced(7_000, 2, -1).toSpliced(3, 1))).toHaveLength(2);
  });

  test("1 and '1' are different keys", () => {
    expect(sequenceEdits([1], ["1"])).toEqual([{ at: 0, remove: 1, from: 0, insert: 1 }]);
  });
});
