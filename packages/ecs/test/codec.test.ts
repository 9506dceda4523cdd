import { expect, test } from "@jest/globals";
import { decodeValue, encodeValue } from "../src/values/codec.ts";

test("the codec's text of equal values is equal, and its tags can't be forged", () => {
  const values: unknown[] = [
    "a\0",
    { $string: { text: "x", units: [] } },
    { $entries: [["a", 1]] },
    { "a\0": [{ "\ud800": 1 }] },
    [{ $ref: 1 }, { $$ref: 1 }, { $list: 0, other: 1 }],
    new Date(0),
    2n ** 70n,
  ];
  for (const value of values) {
    expect(decodeValue(encodeValue(value))).toEqual(value);
    expect(encodeValue(decodeValue(encodeValue(value)))).toBe(encodeValue(value));
  }
  for (const damaged of ['{"$ref":0}', '{"$unknown":1}', "{", '{"$bigint":"x"}'])
    expect(() => decodeValue(damaged)).toThrow(/record's text/);
});
