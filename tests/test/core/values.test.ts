import { describe, expect, test } from "@jest/globals";
import { UnsupportedValueError } from "@mi/ecs";
import { fixture, Values } from "./fixtures/library.ts";

async function roundTrip(
  fields: ConstructorParameters<typeof Values>[0],
): Promise<{ before: Values; after: Values; data: string }> {
  const { registry } = fixture();
  const before = await registry.register(new Values(fields));
  const after = await registry.getOrThrow(Values, before.ecsId);
  expect(after.hasModifications()).toBe(false);
  return { before, after, data: (await registry.coldSnapshot(before.ecsId))?.data ?? "" };
}

const strange = {
  NUL: "a\0b\0",
  "lone surrogates": "\ud800 \udfff x\udbff",
  "a pair": "😀",
  "every kind of quote": `"'\`\\`,
  controls: "\u0001\u001f\u007f\u2028\u2029",
  "what looks like a tag": '{"$ref":0}',
  empty: "",
};

describe("Values", () => {
  test.each(Object.entries(strange))("text round-trips exactly: %s", async (_name, text) => {
    const { after, data } = await roundTrip({
      text,
      json: { [text]: text },
      record: { k: [text] },
    });
    expect(after.text).toBe(text);
    expect(after.json).toEqual({ [text]: text });
    expect(after.record).toEqual({ k: [text] });
    expect(data).not.toMatch(/\\u0000|\\ud[89a-f]/i);
    expect(data).not.toMatch(/[\0\p{Surrogate}]/u);
  });

  test("10 MB of text", async () => {
    const text = "0123456789".repeat(1_000_000);
    expect((await roundTrip({ text })).after.text === text).toBe(true);
  });

  test("keys that mean something to JavaScript or to the codec are data", async () => {
    const record: Record<string, unknown> = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":1,"$ref":0,"$list":[1],"$$":2,"$":3,"$date":"x","10":1,"9":2,"":5}',
    );
    const { after } = await roundTrip({ record, json: { $bigint: "x" } });
    expect(JSON.stringify(after.record)).toBe(JSON.stringify(record));
    expect(Object.hasOwn(after.record, "__proto__")).toBe(true);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(after.json).toEqual({ $bigint: "x" });
    after.record["__proto__"] = 7;
    expect(Object.hasOwn(after.record, "__proto__")).toBe(true);
    expect(after.hasModifications()).toBe(true);
  });

  test("dates to the millisecond, big integers, numbers to 2^53 and beyond as they are", async () => {
    const when = new Date("2026-02-03T04:05:06.789Z");
    const { after } = await roundTrip({
      when,
      big: -(2n ** 200n),
      number: Number.MAX_SAFE_INTEGER,
      record: { when, tiny: 5e-324, huge: 1.7976931348623157e308 },
    });
    expect(after.when).toEqual(when);
    expect(after.big).toBe(-(2n ** 200n));
    expect(after.number).toBe(Number.MAX_SAFE_INTEGER);
    expect(after.record).toEqual({ when, tiny: 5e-324, huge: 1.7976931348623157e308 });
  });

  test("minus zero becomes zero, undefined properties are dropped", async () => {
    const { before } = await roundTrip({ number: -0, record: { a: undefined, b: -0 } });
    expect(Object.is(before.number, 0)).toBe(true);
    expect(Object.keys(before.record)).toEqual(["b"]);
  });

  test("500 levels round-trip, 502 are refused, a circle too", async () => {
    const nest = (depth: number): unknown => {
      let value: unknown = 1;
      for (let i = 0; i < depth; i++) value = [value];
      return value;
    };
    await roundTrip({ record: { deep: nest(498) } });
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    for (const record of [{ deep: nest(502) }, circle, { deep: nest(20_000) }])
      expect(() => new Values({ record })).toThrow(/nested deeper than 500/);
    const values = new Values({ record: { a: {} } });
    Object(values.record["a"]).self = values.record;
    expect(() => JSON.stringify(values.record)).not.toThrow();
  });

  test.each<[string, unknown, RegExp]>([
    ["NaN", Number.NaN, /NaN is no finite number/],
    ["infinity", -Infinity, /-Infinity is no finite number/],
    ["a function", () => 1, /a function is no data/],
    ["a symbol", Symbol("s"), /a symbol is no data/],
    ["a Map", new Map(), /an instance of Map is no plain data/],
    ["a class instance", new (class Thing {})(), /an instance of Thing is no plain data/],
    ["an invalid date", new Date(Number.NaN), /the date is invalid/],
    ["a sparse list", Object.assign([1], { 2: 3 }), /the list is sparse/],
    ["undefined in a list", [undefined], /undefined has no place in a list/],
    [
      "an entity in a field without ref()",
      new Values({}),
      /an entity stands in a field without ref/,
    ],
  ])("%s is refused, with type, path and reason, and nothing changes", (_name, value, reason) => {
    const values = new Values({ record: { kept: 1 } });
    const tries = [
      () => (values.record = { a: [0, { b: value }] }),
      () => (values.record["a"] = [0, { b: value }]),
      () => new Values({ record: { a: [0, { b: value }] } }),
    ];
    for (const attempt of tries) {
      expect(attempt).toThrow(UnsupportedValueError);
      expect(attempt).toThrow(reason);
      expect(attempt).toThrow(/test\.Values.* record\.a\[1\]\.b/);
    }
    expect(values.record).toEqual({ kept: 1 });
  });

  test("a list made longer by its length is refused at once, a hole that stays at the fork", async () => {
    const { registry, made } = fixture();
    const values = await registry.register(new Values({ json: [1, 2, 3] }));
    await made();
    const list = Object(values.json);
    expect(() => (list.length = 9)).toThrow(UnsupportedValueError);
    Reflect.deleteProperty(list, "1");
    await expect(values.fork()).rejects.toThrow(/json\[1\] can't be stored: the list is sparse/);
    list[1] = 2;
    await values.fork();
    expect(await made()).toBe(0);
  });
});
