import assert from "node:assert";
import { inspect } from "node:util";
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

describe("Values inside an entity", () => {
  class Frozen extends entity("test.Frozen", {
    texts: z.array(z.string()).readonly(),
    pages: z.array(ref(Note)).readonly(),
    deep: z.object({ in: z.object({ n: z.number() }).readonly() }).readonly(),
  }) {}

  test("a readonly schema freezes nothing of the entity", async () => {
    const { registry } = fixture();
    const frozen = new Frozen({ texts: ["x"], pages: [note("p")], deep: { in: { n: 1 } } });
    expect(JSON.parse(JSON.stringify(frozen))).toMatchObject({
      texts: ["x"],
      deep: { in: { n: 1 } },
    });
    await registry.register(frozen);
    at(frozen.pages, 0).content = "q";
    frozen.texts = ["y", "z"];
    Reflect.set(frozen.deep.in, "n", 2);
    await frozen.fork();
    expect(frozen.hasModifications()).toBe(false);
    expect((await registry.getOrThrow(Frozen, frozen.ecsId)).toObject()).toMatchObject({
      texts: ["y", "z"],
      pages: [{ content: "q" }],
      deep: { in: { n: 2 } },
    });
  });

  test("T2 a length that no list has is refused, and leaves nothing behind to undo", async () => {
    const { registry } = fixture();
    const values = await registry.register(new Values({ json: ["a", "b"] }));
    const book = await registry.register(bookOf(2));
    const spoil = registry.transaction(() => {
      for (const list of [values.json as unknown[], book.pages])
        for (const length of [-1, 1.5, 3, Number.NaN, "1"])
          expect(() => Reflect.set(list, "length", length)).toThrow(
            expect.objectContaining({ code: "MI_ENTITY_UNSUPPORTED_VALUE" }),
          );
      throw new Error("on purpose");
    });
    await expect(spoil).rejects.toThrow("on purpose");
    expect([values.json, contents(book)]).toEqual([
      ["a", "b"],
      ["0", "1"],
    ]);
    expect(values.hasModifications() || book.hasModifications()).toBe(false);
  });

  test("a date is not made invalid in place", async () => {
    const { registry } = fixture();
    const values = await registry.register(new Values({ when: new Date(5) }));
    expect(() => values.when?.setTime(Number.NaN)).toThrow(
      expect.objectContaining({ code: "MI_ENTITY_UNSUPPORTED_VALUE", path: ["when"] }),
    );
    expect(() => values.when?.setFullYear(1e9)).toThrow(
      expect.objectContaining({ message: expect.stringContaining("setFullYear") }),
    );
    expect([values.when?.getTime(), values.hasModifications()]).toEqual([5, false]);
  });

  test("nesting has the same limit when it is made level by level", async () => {
    const { registry } = fixture();
    const values = await registry.register(new Values({}));
    let levels = 0;
    let inner = values.record;
    expect(() => {
      for (; levels < 2000; levels++) {
        inner["in"] = {};
        inner = inner["in"] as Record<string, unknown>;
      }
    }).toThrow(expect.objectContaining({ code: "MI_ENTITY_UNSUPPORTED_VALUE" }));
    expect(levels).toBe(500);
    await values.fork();
    const text = JSON.stringify(values.record);
    expect(JSON.stringify((await registry.getOrThrow(Values, values.ecsId)).record)).toBe(text);
    values.record = {};
    values.record = JSON.parse(text) as Record<string, unknown>;
    expect(values.hasModifications()).toBe(false);
    expect(() => (values.record = { more: JSON.parse(text) as unknown })).toThrow("nested deeper");
  });

  test("a hole in the list of a new entity is named", async () => {
    const { registry } = fixture();
    const book = bookOf(2);
    Reflect.deleteProperty(book.pages, 0);
    await expect(registry.register(book)).rejects.toMatchObject({
      code: "MI_ENTITY_UNSUPPORTED_VALUE",
      path: ["pages", 0],
    });
  });

  test("array methods take as many values as the engine, and odd arguments as arrays do", () => {
    const pages = Array.from({ length: 100_000 }, () => note("x"));
    const book = new Book({});
    book.pages.push(...pages);
    book.pages.splice(1, 1, ...pages);
    expect(book.pages).toHaveLength(199_999);
    const plain: unknown[] = [0, 1, 2, 3, 4];
    const values = new Values({ json: [0, 1, 2, 3, 4] });
    const odd = [
      [-2, 1, 9],
      [1],
      [0, -1, 7],
      [2, Number.NaN, 8],
      ["1", "2"],
      [],
      [Infinity, 1, 6],
      [undefined, 1],
    ];
    for (const given of odd) {
      const list = values.json as unknown[];
      expect(Reflect.apply(list.splice, list, given)).toEqual(
        Reflect.apply(plain.splice, plain, given),
      );
      expect(list).toEqual(plain);
    }
  });

  test("M2 what is taken out of a list and put back is itself again, and assigning a field to itself changes nothing", () => {
    const table = new Table({ rows: [row(1), row(2), row(3)] });
    const held = at(table.rows, 0);
    const [first] = table.rows.splice(0, 1);
    if (first === undefined) throw new Error("expected a row");
    table.rows.push(first);
    held.x = 10;
    expect(xs(table)).toEqual([2, 3, 10]);
    const [second] = table.rows.splice(0, 1);
    if (second === undefined) throw new Error("expected a row");
    table.rows.unshift(second, second);
    second.x = 20;
    expect(xs(table)).toEqual([20, 2, 3, 10]);
    const { rows } = table;
    table.rows = rows;
    Object.assign(table, { ...table });
    rows.push(row(4));
    held.x = 11;
    expect(xs(table)).toEqual([20, 2, 3, 11, 4]);
  });

  test("dates compare as dates", () => {
    const values = new Values({ when: new Date(5) });
    assert.deepStrictEqual(values.when, new Date(5));
    values.when?.setTime(6);
    assert.deepStrictEqual({ ...values }.when, new Date(6));
    expect(inspect(values.when)).toBe(inspect(new Date(6)));
  });

  test("what data inherits is not the entity's", () => {
    const values = new Values({ record: { a: 1 } });
    expect(Reflect.get(values.record, "__proto__")).toBe(Object.prototype);
    expect(values.record["toString"]).toBe(Object.prototype.toString);
  });

  test("a class may have setters", () => {
    class Loud extends entity("test.Loud", { text: z.string() }) {
      get loud(): string {
        return this.text.toUpperCase();
      }
      set loud(text: string) {
        this.text = text.toLowerCase();
      }
    }
    const loud = new Loud({ text: "a" });
    loud.loud = "BC";
    expect([loud.text, loud.loud]).toEqual(["bc", "BC"]);
    expect(() => Reflect.set(loud, "quiet", "x")).toThrow(
      expect.objectContaining({ code: "MI_ENTITY_INVALID" }),
    );
  });

  test("rules over several fields run when only a list was changed", async () => {
    class Capped extends entity(
      "test.Capped",
      { most: z.number(), pages: z.array(ref(Note)).default([]) },
      {
        check({ most, pages }, report) {
          if (pages.length > most) report("pages", "too many");
        },
      },
    ) {}
    const { registry } = fixture();
    const capped = await registry.register(new Capped({ most: 1, pages: [note("1")] }));
    capped.pages.push(note("2"));
    await expect(capped.fork()).rejects.toMatchObject({ code: "MI_ENTITY_INVALID" });
    capped.pages.pop();
    expect(capped.hasModifications()).toBe(false);
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

  test("F5 twins that were changed alike count as one: one new version for both", async () => {
    const { registry, made } = fixture();
    const shelf = await registry.register(bookOf(2));
    const [mine, theirs] = [
      await registry.getOrThrow(Book, shelf.ecsId),
      await registry.getOrThrow(Book, shelf.ecsId),
    ];
    const twin = at(theirs.pages, 0);
    mine.pages.push(twin);
    await mine.fork();
    await made();
    const page = at(mine.pages, 0);
    for (const copy of [page, twin]) {
      copy.tags.push("read");
      copy.usage = null;
      copy.content = "new";
    }
    await mine.fork({ onConflict: "fail" });
    expect(await made()).toBe(2);
    expect(page.ecsId).toBe(twin.ecsId);
    expect(mine.hasModifications()).toBe(false);
    const loaded = await registry.getOrThrow(Book, mine.ecsId);
    expect(contents(loaded)).toEqual(["new", "1", "new"]);
    expect(loaded.pages[0]).toBe(loaded.pages[2]);

    // What they hold counts by version, and so do copies of it that were changed alike.
    for (const copy of [page, twin]) copy.usage = usage(3);
    await expect(mine.fork()).rejects.toMatchObject({ code: "MI_ENTITY_DUPLICATE_WARM_COPY" });
    expect(await made()).toBe(0);
    twin.usage = page.usage;
    await mine.fork();
    expect(await made()).toBe(3);
    twin.content = "other";
    await expect(mine.fork()).rejects.toMatchObject({ code: "MI_ENTITY_DUPLICATE_WARM_COPY" });
    page.content = "another";
    await expect(mine.fork()).rejects.toMatchObject({ code: "MI_ENTITY_DUPLICATE_WARM_COPY" });
    page.content = "other";
    await mine.fork();
    expect(await made()).toBe(2);
    expect((await registry.heads(page.lineageId)).length).toBe(1);
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
