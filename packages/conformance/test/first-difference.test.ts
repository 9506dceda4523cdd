import { RefList } from "@mi/ecs";
import { describe, expect, test } from "@jest/globals";
import { runInNewContext } from "node:vm";
import { firstDifference } from "../src/assert/first-difference.ts";
import { Fixtures } from "../src/fixtures/fixtures.ts";

const make = new Fixtures(1);
const [a, b, c] = [make.ecsId(), make.ecsId(), make.ecsId()];

describe("equal by content", () => {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["primitives", [1, "a", null, true, undefined], [1, "a", null, true, undefined]],
    ["NaN", Number.NaN, Number.NaN],
    ["objects with keys in another order", { a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }],
    ["an undefined property and none", { a: 1, b: undefined }, { a: 1 }],
    ["maps in another order", new Map([["a", [1]], ["b", []]]), new Map([["b", []], ["a", [1]]])], // prettier-ignore
    ["lists of different structure", RefList.from([a, b]), RefList.edit(RefList.from([a]), [{ at: 1, remove: 0, insert: [b] }])], // prettier-ignore
    ["values of another realm", runInNewContext("({ a: [1, { b: 2 }], m: new Map([[1, [2]]]) })"), { a: [1, { b: 2 }], m: new Map([[1, [2]]]) }], // prettier-ignore
  ];
  test.each(pairs)("%s", (_name, actual, expected) => {
    expect(firstDifference(actual, expected)).toBeUndefined();
    expect(firstDifference(expected, actual)).toBeUndefined();
  });
});

describe("different, with the place", () => {
  const pairs: readonly (readonly [string, unknown, unknown, string])[] = [
    ["numbers", 1, 2, ""],
    ["zeros of different sign", 0, -0, ""],
    ["null and undefined", null, undefined, ""],
    ["null and an object", null, {}, ""],
    ["a number and its text", { a: 1 }, { a: "1" }, ".a"],
    ["an extra property", { a: { b: 1, extra: 2 } }, { a: { b: 1 } }, ".a.extra"],
    ["a missing property", {}, { a: 1 }, ".a"],
    ["an own __proto__", JSON.parse('{"__proto__":1}'), {}, ".__proto__"],
    ["arrays by their length", [1, 2], [1], ".length"],
    ["arrays by their order", [[1, 2]], [[2, 1]], "[0][0]"],
    ["an array and an object", [], {}, ""],
    ["an array and a list", [a], RefList.from([a]), ""],
    ["lists by a member", [RefList.from([a, b])], [RefList.from([a, c])], "[0][1]"],
    ["lists by their length", RefList.from([a, b]), RefList.from([a]), ".length"],
    ["maps by a value", new Map([["k", 1]]), new Map([["k", 2]]), ".get(k)"],
    ["maps by a key", new Map([["k", 1]]), new Map(), ".get(k)"],
    ["a map and an object", new Map(), {}, ""],
    ["dates", new Date(1), new Date(2), ""],
  ];
  test.each(pairs)("%s", (_name, actual, expected, path) => {
    expect(firstDifference(actual, expected)?.path).toBe(path);
    expect(firstDifference(expected, actual)?.path).toBe(path);
  });
});

test("a list that tells a wrong length differs from one that has it", () => {
  const honest = RefList.from([a, b]);
  const lying = plainList([a], 2);
  expect(firstDifference(lying, honest)?.path).toBe(".length");
});

function plainList(ids: readonly (typeof a)[], length: number): RefList {
  return {
    length,
    at: (index) => ids[index],
    slice: (from, to) => ids.slice(from, to),
    [Symbol.iterator]: () => ids[Symbol.iterator](),
  };
}

test("dates compare by their time", () => {
  expect(firstDifference([new Date(5)], [new Date(5)])).toBeUndefined();
  expect(firstDifference({ at: new Date(5) }, { at: new Date(6) })?.path).toBe(".at");
  expect(firstDifference(new Date(Number.NaN), new Date(Number.NaN))).toBeUndefined();
  expect(firstDifference(new Date(0), "1970-01-01T00:00:00.000Z")).toBeDefined();
});
