import { RefList, StorageError } from "@mi/ecs";
import { expect, test } from "@jest/globals";
import { valueText } from "../src/assert/value-text.ts";
import { Fixtures } from "../src/fixtures/fixtures.ts";

test("values are shown by content, with text in quotes", () => {
  expect(valueText({ a: [1, "x", null, undefined], m: new Map([["k", true]]) })).toBe(
    '{a: [1, "x", null, undefined], m: Map{k => true}}',
  );
  const id = new Fixtures(1).ecsId();
  expect(valueText(RefList.from([id]))).toBe(`RefList(1)["${id}"]`);
});

test("what is long or deep is cut short", () => {
  expect(valueText(Array.from({ length: 5000 }, (_, i) => i))).toBe("[0, 1, 2, 3, 4, 5, 6, 7, …]");
  expect(valueText("x".repeat(2 ** 20)).length).toBeLessThan(250);
  expect(valueText([[[[[["deep"]]]]]])).toBe("[[[[…]]]]");
});

test("an error is shown with its name, code and message", () => {
  expect(valueText(new StorageError("MI_STORAGE_BUSY", "wait"))).toBe(
    "StorageError (MI_STORAGE_BUSY): wait",
  );
  expect(valueText(new TypeError("no"))).toBe("TypeError: no");
});
