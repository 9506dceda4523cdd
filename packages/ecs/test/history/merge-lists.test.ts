import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mergeLists, type ListMerge } from "../../src/history/merge-lists.ts";

const merge = (base: string, ours: string, theirs: string): ListMerge<string> =>
  mergeLists([...base], [...ours], [...theirs], (letter) => letter);

const text = (result: ListMerge<string>): string => {
  expect(result.conflicts).toEqual([]);
  return result.merged.join("");
};

const seed = { seed: 20260102, numRuns: 500 };
const letters = fc.string({ unit: fc.constantFrom(..."abcd"), maxLength: 12 });

/** A base, and two lists that random edits made of it. Each inserts letters of its own. */
const edited = fc
  .tuple(fc.nat(12), fc.array(fc.tuple(fc.nat(12), fc.nat(2), fc.nat(2), fc.boolean())))
  .map(([length, edits]) => {
    const base = Array.from({ length }, (_, i) => i);
    const sides: [number[], number[]] = [[...base], [...base]];
    for (const [index, [at, remove, insert, isOurs]] of edits.entries())
      sides[isOurs ? 0 : 1].splice(
        at,
        remove,
        ...Array.from({ length: insert }, (_, i) => 100 + 10 * index + i),
      );
    return { base, ours: sides[0], theirs: sides[1] };
  });

const sorted = (list: readonly number[]): number[] => list.toSorted((a, b) => a - b);

describe("mergeLists", () => {
  test.each([
    ["two appends: ours, then theirs", "abc", "abcX", "abcYZ", "abcXYZ"],
    ["two insertions at the front", "abc", "Xabc", "Yabc", "XYabc"],
    ["insertions at different places", "abc", "aXbc", "abYc", "aXbYc"],
    ["into an empty list", "", "X", "Y", "XY"],
    ["what both inserted stands once", "abc", "abcXY", "abcXZ", "abcXYZ"],
    ["what both inserted stands once, in the middle too", "a", "aPXQ", "aRX", "aPRXQ"],
    ["what both inserted stands once, in ours's order", "a", "aXY", "aYX", "aXY"],
    ["both removed the same", "abc", "ac", "ac", "ac"],
    ["each removed its own", "abcde", "acde", "abce", "ace"],
    ["removals that overlap", "abcdef", "aef", "abf", "af"],
    ["equal replacements", "abc", "aXc", "aXc", "aXc"],
    ["neighbours replaced", "abcd", "aXcd", "abYd", "aXYd"],
    ["one side's edit alone", "abc", "abc", "aXbc", "aXbc"],
    ["an insertion beside a removal", "abc", "abXc", "ac", "aXc"],
    ["the end removed here, an append there", "abc", "ab", "abcX", "abX"],
    ["an insertion before what the other replaced", "abc", "aXbc", "aYc", "aXYc"],
    ["a move here, an append there", "abc", "bca", "abcX", "bcaX"],
    ["moved by both to different places", "abcd", "bcad", "bcda", "bcad"],
    ["moved by both, the other way round", "abcd", "bcda", "bcad", "bcad"],
    ["inserted by both at different places", "abc", "Xabc", "abcX", "Xabc"],
    ["repeated members are repeated", "aa", "aaa", "aXa", "aXaa"],
  ])("%s", (_name, base, ours, theirs, merged) => {
    expect(text(merge(base, ours, theirs))).toBe(merged);
  });

  test("different edits of one place are a conflict, with what each side has, and the rest is merged", () => {
    expect(merge("abcdefg", "PaXYdefg", "abZdefgQ")).toEqual({
      merged: [..."Pa", ..."defgQ"],
      conflicts: [{ at: 2, baseAt: 1, base: ["b", "c"], ours: ["X", "Y"], theirs: ["b", "Z"] }],
    });
    expect(merge("abc", "aXc", "ac").conflicts).toEqual([
      { at: 1, baseAt: 1, base: ["b"], ours: ["X"], theirs: [] },
    ]);
    expect(merge("abcd", "abXcd", "ad").conflicts).toEqual([
      { at: 1, baseAt: 1, base: ["b", "c"], ours: ["b", "X", "c"], theirs: [] },
    ]);
  });

  test("several conflicts: each outcome put in at its place, from the last to the first, makes the list whole", () => {
    const { merged, conflicts } = merge("abcdef", "1bcd2fX", "3bcd4fY");
    expect(conflicts.map(({ at, ours, theirs }) => [at, ours, theirs])).toEqual([
      [0, ["1"], ["3"]],
      [3, ["2"], ["4"]],
    ]);
    const whole = [...merged];
    for (const { at, ours } of conflicts.toReversed()) whole.splice(at, 0, ...ours);
    expect(whole.join("")).toBe("1bcd2fXY");
  });

  test("a conflict's place counts without what was left out", () => {
    const { merged, conflicts } = merge("abcdef", "bacd1f", "bcad2f");
    expect(merged.join("")).toBe("bacdf");
    expect(conflicts).toEqual([{ at: 4, baseAt: 4, base: ["e"], ours: ["1"], theirs: ["2"] }]);
  });

  test("an unedited side changes nothing, and equal sides are the outcome", () => {
    fc.assert(
      fc.property(letters, letters, (base, x) => {
        expect(text(merge(base, x, base))).toBe(x);
        expect(text(merge(base, base, x))).toBe(x);
        expect(text(merge(base, x, x))).toBe(x);
      }),
      seed,
    );
  });

  test("with the sides exchanged there are the same conflicts, and the same members", () => {
    fc.assert(
      fc.property(letters, letters, letters, (base, x, y) => {
        const one = merge(base, x, y);
        const other = merge(base, y, x);
        expect(other.merged.toSorted()).toEqual(one.merged.toSorted());
        expect(other.conflicts.map((c) => ({ ...c, ours: c.theirs, theirs: c.ours }))).toEqual(
          one.conflicts,
        );
      }),
      seed,
    );
  });

  test("every member that a side inserted is there, and none that a side removed", () => {
    fc.assert(
      fc.property(edited, ({ base, ours, theirs }) => {
        const { merged, conflicts } = mergeLists(base, ours, theirs, (member) => member);
        const open = conflicts.flatMap((conflict) => [
          ...conflict.base,
          ...conflict.ours,
          ...conflict.theirs,
        ]);
        const wanted = [
          ...base.filter((m) => ours.includes(m) && theirs.includes(m)),
          ...[...ours, ...theirs].filter((m) => !base.includes(m)),
        ];
        expect(sorted(merged.filter((m) => !open.includes(m)))).toEqual(
          sorted(wanted.filter((m) => !open.includes(m))),
        );
        for (const conflict of conflicts) {
          expect(base.slice(conflict.baseAt, conflict.baseAt + conflict.base.length)).toEqual(
            conflict.base,
          );
          expect(conflict.ours).not.toEqual(conflict.theirs);
        }
      }),
      seed,
    );
  });

  test("members are the same when their keys are", () => {
    const member = (id: number, note: string): { id: number; note: string } => ({ id, note });
    const { merged } = mergeLists(
      [member(1, "base")],
      [member(1, "ours"), member(2, "ours")],
      [member(1, "theirs"), member(2, "theirs"), member(3, "theirs")],
      ({ id }) => id,
    );
    expect(merged.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  test("10,000 members with edits on both sides, and lists that have nothing in common", () => {
    const base = Array.from({ length: 10_000 }, (_, i) => i);
    const ours = base.toSpliced(9_000, 0, -1).toSpliced(0, 1);
    const theirs = [...base.toSpliced(5_000, 1), -2];
    const keyOf = (member: number): number => member;
    expect(mergeLists(base, ours, theirs, keyOf)).toEqual({
      merged: [...ours.toSpliced(4_999, 1), -2],
      conflicts: [],
    });
    expect(
      mergeLists(
        base,
        base.map((m) => m + 20_000),
        base.map((m) => m + 40_000),
        keyOf,
      ).conflicts,
    ).toHaveLength(1);
  });
});

describe("Whatever both sides do to a list of different members", () => {
  type Step = readonly ["move" | "insert" | "remove", number, number];

  const steps = (kinds: readonly Step[0][]): fc.Arbitrary<readonly Step[]> =>
    fc.array(fc.tuple(fc.constantFrom(...kinds), fc.nat(20), fc.nat(20)), { maxLength: 6 });

  function edited(base: readonly number[], edits: readonly Step[], firstNew: number): number[] {
    const list = [...base];
    for (const [index, [kind, from, to]] of edits.entries()) {
      if (kind === "insert") list.splice(from % (list.length + 1), 0, firstNew + index);
      else {
        const [member] = list.splice(from % Math.max(1, list.length), 1);
        if (kind === "move" && member !== undefined) list.splice(to % (list.length + 1), 0, member);
      }
    }
    return list;
  }

  const base = fc.nat(8).map((length) => Array.from({ length }, (_, i) => i));

  test("rearrangements and insertions are no conflict, and each member stands there once", () => {
    fc.assert(
      fc.property(base, steps(["move", "insert"]), steps(["move", "insert"]), (before, a, b) => {
        const [ours, theirs] = [edited(before, a, 100), edited(before, b, 200)];
        const { merged, conflicts } = mergeLists(before, ours, theirs, (member) => member);
        expect(conflicts).toEqual([]);
        expect(merged.toSorted((x, y) => x - y)).toEqual(
          [...new Set([...ours, ...theirs])].toSorted((x, y) => x - y),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test("no member stands there twice, and what nobody removed is there or in a conflict", () => {
    const kinds = ["move", "insert", "remove"] as const;
    fc.assert(
      fc.property(base, steps(kinds), steps(kinds), (before, a, b) => {
        const [ours, theirs] = [edited(before, a, 100), edited(before, b, 200)];
        const { merged, conflicts } = mergeLists(before, ours, theirs, (member) => member);
        expect(new Set(merged).size).toBe(merged.length);
        const there = new Set([
          ...merged,
          ...conflicts.flatMap((conflict) => [...conflict.ours, ...conflict.theirs]),
        ]);
        const kept = [...ours, ...theirs].filter(
          (member) => member >= 100 || (ours.includes(member) && theirs.includes(member)),
        );
        expect(kept.filter((member) => !there.has(member))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});
