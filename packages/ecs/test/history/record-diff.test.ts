import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { diffRecords, type FieldChange } from "../../src/history/record-diff.ts";
import { ecsId, recordOf, ref, refs } from "./fixtures/records.ts";
import { plainData, valueAt } from "./fixtures/plain-data.ts";

const changes = (before: unknown, after: unknown): readonly FieldChange[] =>
  diffRecords(recordOf({ value: before }), recordOf({ value: after })).changes;

/** The paths below the field, with the kind's first letter. */
const told = (before: unknown, after: unknown): string[] =>
  changes(before, after).map(({ kind, path }) => `${kind[0]} ${path.slice(1).join(".")}`);

const nested = (levels: number, innermost: unknown): unknown => {
  let value = innermost;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { in: value };
  return value;
};

describe("The diff of two versions", () => {
  test("names both versions, the lineage and the type", () => {
    const diff = diffRecords(
      recordOf({ a: 1 }, { id: 1, lineage: 7, type: "T" }),
      recordOf({ a: 2 }, { id: 2, lineage: 7, type: "T" }),
    );
    expect(diff).toMatchObject({ from: ecsId(1), to: ecsId(2), type: "T" });
    expect(diff.changes).toEqual([{ path: ["a"], kind: "modified", old: 1, new: 2 }]);
  });

  test("a field, and a key of nested data, is added, removed or modified, with old and new", () => {
    const before = recordOf({ gone: 1, same: "x", data: { deep: { a: 1, b: 2 } } });
    const after = recordOf({ same: "x", data: { deep: { a: 1, b: 3, c: null } }, come: [] });
    expect(diffRecords(before, after).changes).toEqual([
      { path: ["gone"], kind: "removed", old: 1 },
      { path: ["data", "deep", "b"], kind: "modified", old: 2, new: 3 },
      { path: ["data", "deep", "c"], kind: "added", new: null },
      { path: ["come"], kind: "added", new: [] },
    ]);
  });

  test.each<[string, unknown, unknown, string[]]>([
    ["an insertion at the front is one change", [1, 2, 3], [0, 1, 2, 3], ["a 0"]],
    ["a removal at the front is one change", [1, 2, 3], [2, 3], ["r 0"]],
    ["an insertion in the middle", [1, 2, 3], [1, 9, 2, 3], ["a 1"]],
    ["two edits apart from each other", [1, 2, 3, 4], [0, 1, 2, 3, 5, 4], ["a 0", "a 4"]],
    ["a removal here, an insertion there", [1, 2, 3, 4], [2, 3, 4, 5], ["r 0", "a 3"]],
    ["a member replaced is modified", [1, 2, 3], [1, 9, 3], ["m 1"]],
    ["one replaced by two", [1, 2, 3], [1, 8, 9, 3], ["m 1", "a 2"]],
    ["two replaced by one", [1, 2, 3, 4], [1, 9, 4], ["m 1", "r 2"]],
    ["all removed", [1, 2], [], ["r 0", "r 1"]],
    [
      "an object in an array is looked into",
      [{ x: 1 }, { x: 2, y: 1 }],
      [{ x: 0 }, { x: 1 }, { x: 2, y: 2 }],
      ["a 0", "m 2.y"],
    ],
    ["arrays of arrays", [[1], [2, 3]], [[1], [3]], ["r 1.0"]],
  ])("in arrays: %s", (_name, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });

  test("key order is content: other order is one change of the object, an added key is one change wherever it stands", () => {
    expect(changes({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([
      { path: ["value"], kind: "modified", old: { a: 1, b: 2 }, new: { b: 2, a: 1 } },
    ]);
    expect(told({ deep: { a: 1, b: 2 }, c: 3 }, { deep: { b: 3, a: 1 }, c: 4 })).toEqual([
      "m deep",
      "m c",
    ]);
    expect(told({ a: 1, b: 2 }, { x: 0, a: 1, b: 3 })).toEqual(["m b", "a x"]);
    expect(told([{ a: 1, b: 1 }], [{ b: 1, a: 1 }])).toEqual(["m 0"]);
    expect(told({ in: { a: 1, b: 1 } }, { in: { b: 1, a: 1 } })).toEqual(["m in"]);
    const [before, after] = [recordOf({ a: 1, b: 2 }), recordOf({ b: 2, a: 1 })];
    expect(diffRecords(before, after).changes).toEqual([]);
  });

  test("values equal as text are no change", () => {
    for (const value of [0, "a\0b", "\ud800", 2n ** 70n, new Date(5), { $ref: 0 }, [[]], null])
      expect(changes(value, value)).toEqual([]);
    expect(changes(0, -0)).toEqual([]);
    expect(changes([0, 1], [-0, 1])).toEqual([]);
  });

  test.each<[string, unknown, unknown]>([
    ["a date and its text", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["two dates", new Date(0), new Date(1)],
    ["a bigint and a number", 1n, 1],
    ["null and an empty object", null, {}],
    ["an array and an object", [], {}],
    ["a string with NUL and one without", "a\0", "a"],
    ["two lone surrogates", "\ud800", "\ud801"],
    ["a reference and data that looks like one", ref(1), { ref: ecsId(1) }],
    ["a reference and another", ref(1), ref(2)],
  ])("different: %s", (_name, before, after) => {
    expect(changes(before, after)).toEqual([
      { path: ["value"], kind: "modified", old: before, new: after },
    ]);
    expect(changes([0, before, 0], [0, after, 0])).toEqual([
      { path: ["value", 1], kind: "modified", old: before, new: after },
    ]);
  });

  test("__proto__ and constructor are keys like any other", () => {
    const before = JSON.parse('{"__proto__":{"a":1},"constructor":1}') as unknown;
    const after = JSON.parse('{"__proto__":{"a":2}}') as unknown;
    expect(told(before, after)).toEqual(["m __proto__.a", "r constructor"]);
    expect(told({}, before)).toEqual(["a __proto__", "a constructor"]);
  });

  test("a list of sub-entities is one change, with the least edits", () => {
    const [before, after] = [refs(1, 2, 3, 4, 5), refs(2, 3, 6, 5, 7)];
    const [change, ...others] = changes(before, after);
    expect(others).toEqual([]);
    expect(change).toMatchObject({ path: ["value"], kind: "modified" });
    expect(change?.edits).toEqual([
      { at: 0, remove: 1, insert: [] },
      { at: 3, remove: 1, insert: [ecsId(6)] },
      { at: 5, remove: 0, insert: [ecsId(7)] },
    ]);
    expect(change?.new).toEqual(after);
    expect(changes(before, refs(1, 2, 3, 4, 5))).toEqual([]);
  });

  test("lists of sub-entities inside of plain data", () => {
    const [before, after] = [
      [refs(1, 2), refs(3)],
      [refs(9), refs(1, 2), refs(3, 4)],
    ];
    expect(told(before, after)).toEqual(["a 0", "m 2"]);
    expect(told({ a: refs(1) }, { a: refs(1, 2) })).toEqual(["m a"]);
    expect(told([refs(1)], [[ref(1)]])).toEqual(["m 0"]);
  });

  test("500 levels deep, with much at every level", () => {
    const wide = Array.from({ length: 2_000 }, (_, i) => ({ i, text: "x".repeat(20) }));
    const [change, ...others] = changes(nested(498, [...wide, 1]), nested(498, [...wide, 2]));
    expect(others).toEqual([]);
    expect(change?.path).toHaveLength(1 + 498 + 1);
    expect(changes(nested(498, wide), nested(498, wide))).toEqual([]);
  });

  test("an array of 20,000 with one insertion at the front is one change", () => {
    const before = Array.from({ length: 20_000 }, (_, i) => ({ i }));
    expect(told(before, [{ i: -1 }, ...before])).toEqual(["a 0"]);
  });

  test("a path leads to the old value in the old version, or to the new one in the new", () => {
    fc.assert(
      fc.property(plainData, plainData, (before, after) => {
        for (const change of changes(before, after)) {
          const path = change.path.slice(1);
          const isRemoved = change.kind === "removed";
          expect(valueAt(isRemoved ? before : after, path)).toEqual(
            isRemoved ? change.old : change.new,
          );
          expect("old" in change).toBe(change.kind !== "added");
          expect("new" in change).toBe(change.kind !== "removed");
        }
      }),
      { seed: 20260103, numRuns: 500 },
    );
  });

  test("there is a change exactly when the texts differ", () => {
    fc.assert(
      fc.property(plainData, plainData, (before, after) => {
        const differ = recordOf({ value: before }).data !== recordOf({ value: after }).data;
        expect(changes(before, after).length > 0).toBe(differ);
        expect(changes(before, before)).toEqual([]);
      }),
      { seed: 20260104, numRuns: 500 },
    );
  });
});
