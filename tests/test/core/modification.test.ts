import { describe, expect, test } from "@jest/globals";
import { entity } from "@mi/ecs";
import { z } from "zod";
import {
  at,
  Book,
  bookOf,
  CallableTool,
  Everything,
  fixture,
  Link,
  note,
  Tool,
  usage,
  Values,
} from "./fixtures/library.ts";

/** A stored `Values`, loaded again, and how many versions a change of it makes. */
async function afterChange(
  change: (values: Values) => void,
): Promise<{ modified: boolean; made: number; loaded: Values }> {
  const { registry, made } = fixture();
  const { ecsId } = await registry.register(
    new Values({
      json: { a: [1, { b: "c" }], n: null },
      list: [
        { x: 1, tags: ["t"] },
        { x: 2, tags: [] },
      ],
      record: { k: { deep: [1, 2, 3] } },
      when: new Date(0),
      maybe: "m",
    }),
  );
  const values = await registry.getOrThrow(Values, ecsId);
  await made();
  change(values);
  const modified = values.hasModifications();
  await values.fork();
  const loaded = await registry.getOrThrow(Values, values.ecsId);
  expect(loaded.toObject()).toEqual(values.toObject());
  return { modified, made: await made(), loaded };
}

describe("Modification", () => {
  test.each<[string, (values: Values) => void]>([
    ["a scalar", (v) => (v.text = "x")],
    ["a big integer", (v) => (v.big = 2n ** 80n)],
    ["a date assigned", (v) => (v.when = new Date(5))],
    ["a date in place", (v) => v.when?.setFullYear(1999)],
    ["a field taken away", (v) => (v.maybe = undefined)],
    ["a field deleted", (v) => delete v.maybe],
    ["deep in JSON", (v) => Reflect.set(Object(Reflect.get(Object(v.json), "a"))[1], "b", "z")],
    ["a push deep in a list of objects", (v) => at(v.list, 1).tags.push("y")],
    ["a property of a list member", (v) => (at(v.list, 0).x = 7)],
    ["two members swapped", (v) => v.list.reverse()],
    ["a sort", (v) => v.list.sort((a, b) => b.x - a.x)],
    ["a splice", (v) => v.list.splice(0, 1)],
    ["a record's new key", (v) => (v.record["new"] = 1)],
    ["a record's key deleted", (v) => delete v.record["k"]],
    ["null against absent", (v) => (v.json = { a: [1, { b: "c" }] })],
    ["the order of keys", (v) => (v.json = { n: null, a: [1, { b: "c" }] })],
    ["Object.assign", (v) => Object.assign(v.record, { z: [1] })],
    ["defineProperty", (v) => Object.defineProperty(v.record, "z", { value: 1 })],
  ])("M1, M2 counts: %s", async (_name, change) => {
    expect(await afterChange(change)).toMatchObject({ modified: true, made: 1 });
  });

  test.each<[string, (values: Values) => void]>([
    [
      "reading everything",
      (v) => JSON.stringify(v.toObject(), (_, x) => String(x)) + String(Object.entries(v)),
    ],
    ["the same scalar", (v) => (v.text = String(v.text))],
    ["an equal object", (v) => (v.json = { a: [1, { b: "c" }], n: null })],
    ["the value itself", (v) => Reflect.set(v, "list", v.list)],
    ["an equal date", (v) => (v.when = new Date(0))],
    [
      "there and back",
      (v) => {
        v.list.push({ x: 9, tags: [] });
        v.list.pop();
      },
    ],
    [
      "a date there and back",
      (v) => {
        v.when?.setTime(9);
        v.when?.setTime(0);
      },
    ],
    ["minus zero for zero", (v) => (v.number = -0)],
    ["an undefined property", (v) => Object.assign(v.record, { nothing: undefined })],
  ])("M1 doesn't count: %s", async (_name, change) => {
    expect(await afterChange(change)).toMatchObject({ modified: false, made: 0 });
  });

  test("M2 what was read before a fork still counts when it is changed after it", async () => {
    const { registry, made } = fixture();
    const values = await registry.register(
      new Values({ list: [{ x: 1, tags: [] }], when: new Date(0) }),
    );
    const [tags, date] = [at(values.list, 0).tags, values.when];
    values.text = "x";
    await values.fork();
    await made();
    tags.push("late");
    date?.setTime(4);
    await values.fork();
    expect(await made()).toBe(1);
    const loaded = await registry.getOrThrow(Values, values.ecsId);
    expect([at(loaded.list, 0).tags, loaded.when]).toEqual([["late"], new Date(4)]);
  });

  test("M2 what was taken out of a list stays the object that it was when the list moves", async () => {
    const { registry } = fixture();
    const values = await registry.register(
      new Values({
        list: [
          { x: 1, tags: [] },
          { x: 2, tags: [] },
        ],
      }),
    );
    const second = at(values.list, 1);
    values.list.shift();
    second.x = 22;
    expect(values.list).toEqual([{ x: 22, tags: [] }]);
    values.list.push({ x: 3, tags: [] });
    values.list.sort((a, b) => a.x - b.x);
    second.tags.push("t");
    await values.fork();
    const loaded = await registry.getOrThrow(Values, values.ecsId);
    expect(loaded.list).toEqual([
      { x: 3, tags: [] },
      { x: 22, tags: ["t"] },
    ]);
  });

  test("M2 a plain value is copied in", async () => {
    const { registry } = fixture();
    const list = [{ x: 1, tags: ["a"] }];
    const values = await registry.register(new Values({ list }));
    at(list, 0).tags.push("later");
    list.pop();
    expect(values.list).toEqual([{ x: 1, tags: ["a"] }]);
    expect(values.hasModifications()).toBe(false);
    const other = new Values({ list: values.list });
    at(other.list, 0).x = 9;
    expect(at(values.list, 0).x).toBe(1);
  });

  test("array methods do what they do on any array, in lists of entities and of data", async () => {
    const { registry, made } = fixture();
    const values = await registry.register(new Values({ json: ["a", "b"] }));
    const book = await registry.register(bookOf(3));
    await made();
    const list = Object(values.json);
    list.unshift("x", "y");
    list.splice(1, 0, "p", "q", "r");
    expect(values.json).toEqual(["x", "p", "q", "r", "y", "a", "b"]);
    const first = at(book.pages, 0);
    book.pages.unshift(note("x"), note("y"));
    book.pages.splice(1, 1, note("p"), note("q"), note("r"));
    expect(book.pages.map((page) => page.content)).toEqual(["x", "p", "q", "r", "0", "1", "2"]);
    first.content = "changed";
    await book.fork();
    await values.fork();
    expect(await made()).toBe(7);
    const loaded = await registry.getOrThrow(Book, book.ecsId);
    expect(loaded.toObject()).toEqual(book.toObject());
  });

  test("a list or object that was replaced is its entity's no more", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(3));
    const everything = await registry.register(
      new Everything({ direct: usage(0), nested: { label: "l", main: usage(1), more: [] } }),
    );
    await made();
    const [pages, kept, nested] = [book.pages, at(book.pages, 2), everything.nested];
    book.pages = pages.filter((page) => page.content !== "1");
    pages.length = 0;
    await book.fork();
    expect(await made()).toBe(1);
    kept.content = "changed";
    expect(book.hasModifications()).toBe(true);
    await book.fork();
    pages.push(note("to nobody"));
    expect(book.hasModifications()).toBe(false);
    expect(await made()).toBe(2);
    everything.nested = null;
    await everything.fork();
    await made();
    if (nested) nested.main = everything.direct;
    if (nested) nested.main = null;
    everything.direct.totalTokens = 7;
    await everything.fork();
    expect(await made()).toBe(2);
  });

  test("a default is each entity's own", async () => {
    class Defaults extends entity("test.Defaults", {
      config: z.object({ stop: z.array(z.string()) }).default({ stop: [] }),
      given: z.object({ list: z.array(z.string()).default([]) }),
    }) {}
    const { registry } = fixture();
    const [one, two] = [new Defaults({ given: {} }), new Defaults({ given: {} })];
    one.config.stop.push("mine");
    one.given.list.push("mine");
    expect([two.config.stop, two.given.list, new Defaults({ given: {} }).config.stop]).toEqual([
      [],
      [],
      [],
    ]);
    await registry.register(two);
    two.config.stop.push("two");
    expect(two.hasModifications()).toBe(true);
  });

  test("M3 references compare by version; order and multiplicity of a list count", async () => {
    const { registry, made } = fixture();
    const [a, b] = [new Link({ name: "a" }), new Link({ name: "b" })];
    const root = await registry.register(new Link({ name: "root", children: [a, a, b] }));
    await made();
    const edits: [(link: Link) => void, number][] = [
      [(link) => link.children.reverse(), 1],
      [(link) => (link.children = [...link.children]), 0],
      [(link) => link.children.splice(0, 3, a, b, b), 1],
      [(link) => link.children.splice(0, 3, a, b, b), 0],
      [
        (link) => {
          link.next = a;
          link.next = null;
        },
        0,
      ],
    ];
    for (const [edit, versions] of edits) {
      edit(root);
      await root.fork();
      expect(await made()).toBe(versions);
    }
    const loaded = await registry.getOrThrow(Link, root.ecsId);
    expect(loaded.children.map((link) => link.name)).toEqual(["a", "b", "b"]);
  });

  test("M4 whoever holds a changed entity is affected, through every position that a reference can have", async () => {
    const places: ((everything: Everything, child: ReturnType<typeof usage>) => void)[] = [
      (e, u) => (e.direct = u),
      (e, u) => (e.nullable = u),
      (e, u) => (e.optional = u),
      (e, u) => e.list.push(u),
      (e, u) => (e.pair = [u, "x"]),
      (e, u) => (e.byName["k"] = u),
      (e, u) => (e.nested = { label: "l", main: u, more: [] }),
      (e, u) => (e.nested = { label: "l", main: null, more: [u] }),
      (e, u) => (e.grid = [[], [u]]),
      (e, u) => (e.mixed = u),
      (e, u) => e.either.push(u),
      (e, u) => (e.holes = [null, u]),
    ];
    for (const put of places) {
      const { registry, made } = fixture();
      const child = usage(1);
      const everything = new Everything({ direct: usage(0) });
      put(everything, child);
      const { ecsId } = await registry.register(everything);
      const loaded = await registry.getOrThrow(Everything, ecsId);
      expect(loaded.toObject()).toEqual(everything.toObject());
      const found = loaded.subEntities().find((e) => e.lineageId === child.lineageId);
      await made();
      Reflect.set(Object(found), "totalTokens", 99);
      expect(loaded.hasModifications()).toBe(true);
      await loaded.fork();
      expect(await made()).toBe(2);
      const again = await registry.getOrThrow(Everything, loaded.ecsId);
      expect(again.toObject()).toEqual(loaded.toObject());
      expect(JSON.stringify(again)).toContain("99");
    }
  });

  test("M4 references written in place inside nested containers", async () => {
    const { registry, made } = fixture();
    const everything = await registry.register(
      new Everything({
        direct: usage(0),
        nested: { label: "l", main: null, more: [] },
        grid: [[]],
        either: [note("n")],
      }),
    );
    await made();
    if (everything.nested) everything.nested.main = usage(1);
    everything.nested?.more.push(usage(2));
    at(everything.grid, 0).push(usage(3), usage(4));
    everything.byName["a"] = usage(5);
    everything.either.unshift(usage(6));
    everything.tool = new CallableTool({ name: "t", inputSchema: {} });
    await everything.fork();
    expect(await made()).toBe(8);
    const loaded = await registry.getOrThrow(Everything, everything.ecsId);
    expect(loaded.toObject()).toEqual(everything.toObject());
    expect(loaded.tool).toBeInstanceOf(CallableTool);
    expect(loaded.tool).toBeInstanceOf(Tool);
    delete loaded.byName["a"];
    if (loaded.nested) loaded.nested.main = null;
    at(loaded.grid, 0).length = 1;
    await loaded.fork();
    expect(await made()).toBe(1);
    expect((await registry.getOrThrow(Everything, loaded.ecsId)).toObject()).toEqual(
      loaded.toObject(),
    );
  });

  test("M5 right after a load, and after any repeated read, nothing is modified", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(40));
    for (let i = 0; i < 3; i++) {
      const loaded = await registry.getOrThrow(Book, book.ecsId);
      expect(loaded.hasModifications()).toBe(false);
      JSON.stringify(loaded);
      for (const page of loaded.pages) page.tags.map((tag) => tag);
      expect(loaded.hasModifications()).toBe(false);
      expect(loaded.modifications()).toEqual([]);
    }
  });

  test("an entity that left the tree is no part of it any more", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(3));
    const gone = at(book.pages, 1);
    book.pages.splice(1, 1);
    await book.fork();
    await made();
    gone.content = "changed outside";
    expect(book.hasModifications()).toBe(false);
    await book.fork();
    expect(await made()).toBe(0);
    book.pages.push(gone);
    await book.fork();
    expect(await made()).toBe(2);
  });
});
