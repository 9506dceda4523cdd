import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonForm, type JsonValue } from "../../src/history/json-form.ts";
import { toJsonPatch, type JsonPatchOperation } from "../../src/history/json-patch.ts";
import { diffRecords } from "../../src/history/record-diff.ts";
import type { EntityRecord } from "../../src/storage/contract.ts";
import { applyPatch } from "./fixtures/apply-patch.ts";
import { plainData } from "./fixtures/plain-data.ts";
import { ecsId, recordOf, ref, refs } from "./fixtures/records.ts";

const patchOf = (before: EntityRecord, after: EntityRecord): readonly JsonPatchOperation[] =>
  toJsonPatch(diffRecords(before, after));

const patch = (before: unknown, after: unknown): readonly JsonPatchOperation[] =>
  patchOf(recordOf({ v: before }), recordOf({ v: after }));

/** Through text, as a patch travels. */
const applied = (before: EntityRecord, after: EntityRecord): JsonValue =>
  applyPatch(
    jsonForm(before),
    JSON.parse(JSON.stringify(patchOf(before, after))) as JsonPatchOperation[],
  );

describe("toJsonPatch", () => {
  test("one operation for each change", () => {
    const before = recordOf({ title: "a", gone: 1, usage: ref(1), tags: ["x", "y"] });
    const after = recordOf({ title: "b", usage: ref(2), tags: ["w", "x"], come: [true] });
    expect(patchOf(before, after)).toEqual([
      { op: "replace", path: "/title", value: "b" },
      { op: "remove", path: "/gone" },
      { op: "replace", path: "/usage", value: { $ref: ecsId(2) } },
      { op: "add", path: "/tags/0", value: "w" },
      { op: "remove", path: "/tags/2" },
      { op: "add", path: "/come", value: [true] },
    ]);
  });

  test("equal versions need no operation", () => {
    expect(patch([1, { a: 2 }], [1, { a: 2 }])).toEqual([]);
  });

  test("pointers are escaped", () => {
    expect(
      patch({ "a/b": 1, "m~n": 1, "": 1, $x: 1 }, { "a/b": 2, "m~n": 2, "": 2, $x: 2 }),
    ).toEqual([
      { op: "replace", path: "/v/a~1b", value: 2 },
      { op: "replace", path: "/v/m~0n", value: 2 },
      { op: "replace", path: "/v/", value: 2 },
      { op: "replace", path: "/v/$$x", value: 2 },
    ]);
  });

  test("removals count from where the array then is", () => {
    expect(patch([1, 2, 3, 4, 5], [1, 5])).toEqual([
      { op: "remove", path: "/v/1" },
      { op: "remove", path: "/v/1" },
      { op: "remove", path: "/v/1" },
    ]);
    expect(patch([[0], [1, 2], [3]], [[9], [0], [1], [3]])).toEqual([
      { op: "add", path: "/v/0", value: [9] },
      { op: "remove", path: "/v/2/1" },
    ]);
  });

  test("lists of sub-entities: members are replaced, added and removed at their places", () => {
    expect(patch(refs(1, 2, 3, 4), refs(2, 5, 4, 6))).toEqual([
      { op: "remove", path: "/v/0" },
      { op: "replace", path: "/v/1", value: { $ref: ecsId(5) } },
      { op: "add", path: "/v/3", value: { $ref: ecsId(6) } },
    ]);
  });

  test("dates, bigints and data that looks like their JSON form stay apart", () => {
    expect(
      jsonForm(recordOf({ v: [new Date(0), 12n, { $date: 1 }, { $$ref: 2 }, "a\0"] })),
    ).toEqual({
      v: [
        { $date: "1970-01-01T00:00:00.000Z" },
        { $bigint: "12" },
        { $$date: 1 },
        { $$$ref: 2 },
        "a\0",
      ],
    });
  });

  test("applied to the JSON form of the old version it gives that of the new one", () => {
    const fields = fc.dictionary(fc.constantFrom("a", "b", "c", "$d", "e/f"), plainData, {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        const [before, after] = [recordOf(a), recordOf(b)];
        expect(applied(before, after)).toEqual(JSON.parse(JSON.stringify(jsonForm(after))));
      }),
      { seed: 20260105, numRuns: 2_000 },
    );
  });

  test("so it does for lists of sub-entities, and for those inside of arrays", () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 8 });
    const list = fc.tuple(numbers, fc.array(numbers, { maxLength: 4 }));
    fc.assert(
      fc.property(list, list, ([a, as], [b, bs]) => {
        const [before, after] = [
          recordOf({ v: refs(...a), w: as.map((each) => refs(...each)) }),
          recordOf({ v: refs(...b), w: bs.map((each) => refs(...each)) }),
        ];
        expect(applied(before, after)).toEqual(jsonForm(after));
      }),
      { seed: 20260106, numRuns: 500 },
    );
  });
});
