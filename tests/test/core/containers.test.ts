import { describe, expect, test } from "@jest/globals";
import { entity, entityTracer, ref } from "@mi/ecs";
import { z } from "zod";
import {
  at,
  Book,
  bookOf,
  contents,
  fixture,
  Note,
  note,
  usage,
  Usage,
  Values,
} from "./fixtures/library.ts";

const Rows = z.array(z.object({ x: z.number(), tags: z.array(z.string()) }));

class Table extends entity("test.Table", {
  rows: Rows.default([]),
  few: z.array(ref(Usage)).max(2).default([]),
  either: z
    .union([z.array(ref(Usage)), z.array(z.string())])
    .nullable()
    .default(null),
  oneOrMany: z
    .union([ref(Usage), z.array(ref(Usage))])
    .nullable()
    .default(null),
}) {}

const row = (x: number): { x: number; tags: string[] } => ({ x, tags: [] });
const xs = (table: Table): number[] => table.rows.map(({ x }) => x);

describe("Lists inside an entity", () => {
  test("M2 a value of the list put into it again is a copy, as after a load", async () => {
    const { registry } = fixture();
    const table = await registry.register(new Table({ rows: [row(1), row(2)] }));
    table.rows.push(at(table.rows, 0));
    table.rows.unshift(at(table.rows, 1));
    table.rows.splice(1, 0, at(table.rows, 1));
    table.rows[5] = at(table.rows, 2);
    expect(xs(table)).toEqual([2, 1, 1, 2, 1, 1]);
    for (const [index, each] of table.rows.entries()) each.x = index;
    expect(xs(table)).toEqual([0, 1, 2, 3, 4, 5]);
    await table.fork();
    expect(xs(await registry.getOrThrow(Table, table.ecsId))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("I4 what user code holds of a list stays in it through every method that moves it", () => {
    const table = new Table({ rows: [row(1), row(2), row(3)] });
    const held = table.rows.map((each) => each);
    table.rows.sort((a, b) => b.x - a.x);
    table.rows.reverse();
    table.rows.unshift(row(0));
    table.rows.splice(2, 1);
    table.rows.shift();
    at(held, 0).tags.push("one");
    at(held, 2).tags.push("three");
    expect(table.rows).toEqual([
      { x: 1, tags: ["one"] },
      { x: 3, tags: ["three"] },
    ]);
    at(held, 1).tags.push("gone");
    expect(JSON.stringify(table.rows)).not.toContain("gone");
  });

  test("a push of which one value is refused puts in none", () => {
    const book = bookOf(1);
    const bad: unknown[] = [note("good"), "no note"];
    expect(() => Reflect.apply(book.pages.push, book.pages, bad)).toThrow(
      expect.objectContaining({ code: "MI_ENTITY_INVALID" }),
    );
    expect(() => Reflect.apply(book.pages.unshift, book.pages, bad)).toThrow("expected");
    expect(() => Reflect.apply(book.pages.splice, book.pages, [0, 1, ...bad])).toThrow("expected");
    expect(contents(book)).toEqual(["0"]);
    const table = new Table({ rows: [row(1)] });
    const worse: unknown[] = [row(2), { x: () => 1 }];
    expect(() => Reflect.apply(table.rows.push, table.rows, worse)).toThrow(
      expect.objectContaining({ code: "MI_ENTITY_UNSUPPORTED_VALUE" }),
    );
    expect(() => Reflect.apply(table.rows.splice, table.rows, [0, 1, ...worse])).toThrow(
      "can't be stored",
    );
    expect(xs(table)).toEqual([1]);
  });

  test("a list of entities is an ordinary array to those who look at it", () => {
    const { pages } = bookOf(2);
    expect(Array.isArray(pages)).toBe(true);
    expect(Object.getPrototypeOf(pages)).toBe(Array.prototype);
    expect(pages.constructor).toBe(Array);
    expect(Object.keys(pages)).toEqual(["0", "1"]);
    expect([...pages, ...pages.slice(1)]).toHaveLength(3);
    expect(pages.concat([note("x")])).toHaveLength(3);
    expect(pages.map((page) => page.content)).toEqual(["0", "1"]);
  });

  test("T2 undoing a deleted key puts it back where it was: key order is content", async () => {
    const { registry } = fixture();
    const values = await registry.register(
      new Values({ record: { a: 1, b: { c: 1, d: 2 }, e: 3 } }),
    );
    const failing = entityTracer(async (v: Values) => {
      delete v.record["a"];
      delete (v.record["b"] as Record<string, unknown>)["c"];
      v.record["a"] = 1;
      v.record["f"] = 4;
      delete v.record["b"];
      throw new Error("on purpose");
    });
    await expect(failing(values)).rejects.toThrow("on purpose");
    expect(JSON.stringify(values.record)).toBe('{"a":1,"b":{"c":1,"d":2},"e":3}');
    expect(values.hasModifications()).toBe(false);
  });

  test("M5 an array that a union leaves open takes what the union takes, and is unmodified after a load", async () => {
    const { registry } = fixture();
    const table = await registry.register(new Table({ either: [] }));
    for (const change of [
      () => table.either?.push(usage(1) as never),
      () => (table.either = ["text"]),
      () => (table.either = [usage(2)]),
      () => (table.either = []),
    ]) {
      change();
      expect(table.hasModifications()).toBe(true);
      await table.fork();
      expect(table.hasModifications()).toBe(false);
      const loaded = await registry.getOrThrow(Table, table.ecsId);
      expect(loaded.hasModifications()).toBe(false);
      expect(loaded.toObject()).toEqual(table.toObject());
      const { either } = loaded;
      loaded.either = null;
      loaded.either = either;
      expect(loaded.hasModifications()).toBe(false);
    }
    await expect(async () => {
      table.either?.push(usage(1) as never, "text" as never);
      await table.fork();
    }).rejects.toMatchObject({ code: "MI_ENTITY_INVALID" });
  });

  test("the only array of a union shares its versions' members, empty or not", async () => {
    const { registry } = fixture();
    const table = await registry.register(new Table({ oneOrMany: [] }));
    const { oneOrMany } = table;
    if (!Array.isArray(oneOrMany)) throw new Error("expected the list");
    oneOrMany.push(usage(1), usage(2));
    await table.fork();
    const record = await registry.coldSnapshot(table.ecsId);
    expect(record?.lists.map((list) => list.length)).toEqual([0, 2]);
    table.oneOrMany = usage(3);
    await table.fork();
    expect((await registry.coldSnapshot(table.ecsId))?.refs).toHaveLength(1);
  });

  test("freezing, sealing and another prototype are refused by name", () => {
    const book = bookOf(1);
    const values = new Values({ list: [row(1)] });
    for (const target of [book, book.pages, values.list, at(values.list, 0)])
      for (const spoil of [Object.freeze, Object.seal, Object.preventExtensions])
        expect(() => spoil(target)).toThrow(
          expect.objectContaining({ message: expect.stringMatching(/test\.(Book|Values)/) }),
        );
    for (const target of [book, book.pages, values.list, at(values.list, 0)]) {
      expect(() => Object.setPrototypeOf(target, null)).toThrow(
        expect.objectContaining({ message: expect.stringMatching(/test\.(Book|Values)/) }),
      );
      const key = Object.keys(target)[0] ?? "";
      const value: unknown = Reflect.get(target, key);
      expect(() => Object.defineProperty(target, key, { value, writable: false })).toThrow(
        expect.objectContaining({ message: expect.stringContaining("writable") }),
      );
      Object.defineProperty(target, key, { value });
    }
    expect(book).toBeInstanceOf(Book);
  });
});

describe("Copies of several loads in one tree", () => {
  class Holder extends entity("test.Holder", {
    held: ref(Note),
    other: ref<Holder>((): unknown => Holder)
      .nullable()
      .default(null),
  }) {}

  test("F5 twins are noticed whose holders were registered apart", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("one"));
    const [a, b] = [
      await registry.getOrThrow(Note, page.ecsId),
      await registry.getOrThrow(Note, page.ecsId),
    ];
    const inner = await registry.register(new Holder({ held: a }));
    const outer = await registry.register(new Holder({ held: b }));
    outer.other = inner;
    await outer.fork();
    a.content = "two";
    await expect(outer.fork()).rejects.toMatchObject({ code: "MI_ENTITY_DUPLICATE_WARM_COPY" });
    inner.held = b;
    await outer.fork();
    expect((await registry.getOrThrow(Holder, outer.ecsId)).other?.held.content).toBe("one");
  });

  test("a new holder of an unmodified entity of another registry is refused by name", async () => {
    const [here, there] = [fixture(), fixture()];
    const foreign = await there.registry.register(note("theirs"));
    const holder = new Holder({ held: foreign });
    await expect(here.registry.register(holder)).rejects.toMatchObject({
      code: "MI_ENTITY_OTHER_REGISTRY",
      message: expect.stringContaining(foreign.lineageId),
    });
    await there.registry.register(holder);
  });
});
