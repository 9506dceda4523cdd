import { describe, expect, test } from "@jest/globals";
import {
  entity,
  EntityRegistry,
  EntityValidationError,
  lineageRef,
  ref,
  UnknownEntity,
} from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { inspect } from "node:util";
import { z } from "zod";
import {
  at,
  Book,
  bookOf,
  CallableTool,
  Everything,
  fixture,
  Link,
  Note,
  note,
  Tool,
  Usage,
  usage,
  Values,
} from "./fixtures/library.ts";

describe("Definition", () => {
  test.each<[string, z.ZodType, RegExp]>([
    ["transform", z.string().transform((s) => s.length), /bad: a pipe/],
    ["pipe", z.string().pipe(z.string()), /bad: a pipe/],
    ["preprocess", z.preprocess((v) => v, z.string()), /bad: a pipe/],
    ["coerce", z.coerce.number(), /bad: coerce/],
    ["catch", z.string().catch("x"), /bad: catch/],
    ["Map", z.map(z.string(), z.string()), /bad: a Map/],
    ["Set", z.set(z.string()), /bad: a Set/],
    ["instanceof", z.instanceof(Date), /bad: instanceof/],
    ["promise", z.promise(z.string()), /bad: a promise/],
    ["lazy around plain values", z.lazy(() => z.string()), /bad: lazy/],
    ["deep inside", z.object({ a: z.array(z.coerce.string()) }), /bad\.a\.\[\]: coerce/],
  ])("refuses %s when the class is defined, with the path", (_name, schema, message) => {
    expect(() => entity("test.Bad", { bad: schema })).toThrow(message);
  });

  test.each(["ecsId", "fork", "then", "__proto__", "constructor", "toJSON"])(
    "refuses a field called %s",
    (name) => {
      const shape = Object.fromEntries([[name, z.string()]]);
      expect(() => entity("test.Bad", shape)).toThrow(/belongs to every entity/);
    },
  );

  test("a schema's recursion through getters is walked once", () => {
    const Tree = z.object({
      name: z.string(),
      get children() {
        return z.array(Tree);
      },
    });
    class Holder extends entity("test.Holder", { tree: Tree }) {}
    const holder = new Holder({ tree: { name: "a", children: [{ name: "b", children: [] }] } });
    expect(holder.tree.children[0]?.name).toBe("b");
  });

  test("a constructor validates everything and names each field that is wrong", () => {
    const attempt = (): Usage => Reflect.construct(Usage, [{ model: 3, totalTokens: 1.5 }]);
    expect(attempt).toThrow(EntityValidationError);
    expect(attempt).toThrow(/model: .*totalTokens: /);
    expect(() => Reflect.construct(Usage, [{ model: "m", totalTokens: 1, other: 2 }])).toThrow(
      /test\.Usage has no such field/,
    );
    expect(() => Reflect.construct(Usage, [undefined])).toThrow(EntityValidationError);
    expect(() => Reflect.construct(Usage, ["text"])).toThrow(/takes an object/);
  });

  test("assigning validates that field at once, and changes nothing when it is refused", () => {
    const page = note("a");
    // @ts-expect-error no such role
    expect(() => (page.role = "nobody")).toThrow(/role/);
    // @ts-expect-error no string
    expect(() => (page.content = 5)).toThrow(EntityValidationError);
    // @ts-expect-error no entity
    expect(() => (page.usage = { model: "m", totalTokens: 1 })).toThrow(
      /expected an entity of type test\.Usage/,
    );
    expect(() => Reflect.set(page, "usage", note("b"))).toThrow(/test\.Usage/);
    expect(() => Reflect.set(page, "undeclared", 1)).toThrow(/no such field/);
    expect(() => Reflect.set(new Book({}).pages, 0, usage())).toThrow(/test\.Note/);
    expect(() => new Book({}).pages.push(Object({ content: "x" }))).toThrow(EntityValidationError);
    expect(page.toObject()).toEqual(note("a").toObject());
  });

  test("rules over several fields run in the constructor and at a fork, before any write", async () => {
    class Range extends entity(
      "test.Range",
      { low: z.number(), high: z.number() },
      {
        check(fields, report) {
          if (fields.low > fields.high) report("high", "must not be below low");
        },
      },
    ) {}
    expect(() => new Range({ low: 2, high: 1 })).toThrow(/high: must not be below low/);
    const { registry, made } = fixture();
    const range = await registry.register(new Range({ low: 1, high: 2 }));
    await made();
    range.low = 5;
    await expect(range.fork()).rejects.toMatchObject({ code: "MI_ENTITY_INVALID" });
    expect(await made()).toBe(0);
    range.high = 6;
    await range.fork();
    expect(await made()).toBe(1);
  });

  test("a subclass stands where its base is asked for, and comes back as itself", async () => {
    class Box extends entity("test.Box", { tools: z.array(ref(Tool)) }) {}
    const { registry } = fixture();
    const tool = new CallableTool({ name: "t", inputSchema: { type: "object" } });
    const box = await registry.register(new Box({ tools: [tool, new Tool({ name: "u" })] }));
    const loaded = await registry.getOrThrow(Box, box.ecsId);
    expect(loaded.tools.map((found) => found.constructor)).toEqual([CallableTool, Tool]);
    expect(await registry.get(Tool, tool.ecsId)).toBeInstanceOf(CallableTool);
    const listed = [];
    for await (const version of registry.versions(Tool)) listed.push(version.type);
    expect(listed.sort()).toEqual(["test.CallableTool", "test.Tool"]);
  });

  test("a class that was only declared is found when it is asked for", async () => {
    class Animal extends entity("test.Animal", { name: z.string() }) {}
    const Bird = Animal.extend("test.Bird", { wings: z.number() });
    class Parrot extends Bird {
      get shout(): string {
        return this.name.toUpperCase();
      }
    }
    class Cage extends entity("test.Cage", { animals: z.array(ref(Animal)) }) {}
    const { registry } = fixture();
    // Another program wrote it: this one has declared Parrot, and never used it.
    const cage = await registry.register(
      new Cage({ animals: [new Bird({ name: "p", wings: 2 })] }),
    );
    const loaded = await registry.getOrThrow(Cage, cage.ecsId);
    const [animal] = loaded.animals;
    expect(animal instanceof Parrot && animal.shout).toBe("P");
  });

  test("two shapes of one name don't meet in one registry", async () => {
    class One extends entity("test.Twice", { a: z.string() }) {}
    class Two extends entity("test.Twice", { b: z.string() }) {}
    const storage = new MemoryStorage();
    const everything = new EntityRegistry({ storage });
    const one = await everything.register(new One({ a: "x" }));
    await expect(everything.get(One, one.ecsId)).rejects.toMatchObject({
      code: "MI_ENTITY_DEFINITION",
    });
    expect(() => new EntityRegistry({ storage, types: [One, Two] })).toThrow(
      /two types of this name/,
    );
    const named = new EntityRegistry({ storage, types: [One] });
    expect((await named.getOrThrow(One, one.ecsId)).a).toBe("x");
    // Neither alone nor in a tree; and what was refused is not stored.
    class Pair extends entity("test.Pair", { two: ref(Two) }) {}
    for (const entity of [new Two({ b: "y" }), new Pair({ two: new Two({ b: "z" }) })])
      for (const registry of [named, everything]) {
        await expect(registry.register(entity)).rejects.toThrow(
          /test.Twice: this registry has another shape of this name/,
        );
        expect(await registry.has(entity.ecsId)).toBe(false);
      }
    await expect(named.get(Two, one.ecsId)).rejects.toThrow(/a test.Twice of another shape/);
  });

  test("a class that a registry doesn't know can't be listed: its versions would seem not to exist", async () => {
    const registry = new EntityRegistry({ storage: new MemoryStorage(), types: [Book] });
    for (const list of [
      () => registry.list(Everything),
      () => registry.list(Everything, { limit: 1 }),
      () => registry.versions(Everything),
    ])
      expect(list).toThrow(/test.Everything: this registry doesn't know the class/);
  });

  test("a type that a registry doesn't know loads inside a tree, and is written back byte for byte", async () => {
    class Inner extends entity("test.Inner", { x: z.number(), link: ref(Link) }) {}
    class Outer extends entity("test.Outer", {
      any: z.array(z.union([ref(Inner), ref(Link)])),
      title: z.string(),
    }) {}
    class OuterElsewhere extends entity("test.Outer", {
      any: z.array(ref(Link)),
      title: z.string(),
    }) {}
    const storage = new MemoryStorage();
    const full = new EntityRegistry({ storage, types: [Outer] });
    const link = new Link({ name: "l" });
    const outer = await full.register(
      new Outer({ title: "t", any: [new Inner({ x: 1, link }), link] }),
    );
    const partial = new EntityRegistry({ storage, types: [OuterElsewhere] });
    const loaded = await partial.getOrThrow(OuterElsewhere, outer.ecsId);
    const unknown = at(loaded.any, 0);
    expect(unknown).toMatchObject({ type: "test.Inner" });
    expect(() => Reflect.set(unknown, "x", 2)).toThrow(EntityValidationError);
    expect(() => Reflect.deleteProperty(unknown, "type")).toThrow(/import its class/);
    // It is seen for what it is, and two of them are not taken for equal.
    if (!(unknown instanceof UnknownEntity)) throw unknown;
    const { record } = unknown;
    expect({ ...unknown }).toEqual({ type: "test.Inner", record });
    expect(inspect(unknown)).toMatch(/^UnknownEntity \{\s+type: 'test.Inner',\s+record: \{/);
    expect(JSON.parse(JSON.stringify(unknown))).toEqual({
      type: "test.Inner",
      record: { ...record, lists: [] },
    });
    expect(loaded.toObject()["any"]).toEqual([{ type: "test.Inner", record }, at(loaded.any, 1)]);
    const inner2 = new Inner({ x: 2, link: new Link({ name: "m" }) });
    const other = await full.register(new Outer({ title: "t", any: [inner2] }));
    const loaded2 = await partial.getOrThrow(OuterElsewhere, other.ecsId);
    expect(at(loaded2.any, 0)).not.toEqual(unknown);
    at(loaded.any, 1).name = "renamed";
    await loaded.fork();
    const again = await full.getOrThrow(Outer, loaded.ecsId);
    const inner = at(again.any, 0);
    expect(inner).toBeInstanceOf(Inner);
    expect(inner instanceof Inner && inner.link === again.any[1]).toBe(true);
    expect(inner instanceof Inner && inner.link.name).toBe("renamed");
    await expect(partial.get(Inner, inner.ecsId)).rejects.toMatchObject({
      code: "MI_ENTITY_UNKNOWN_TYPE",
    });
  });

  test("fields that this shape doesn't have pass through when something else changes", async () => {
    class Wide extends entity("test.Evolving", {
      a: z.string(),
      extra: z.json(),
      link: ref(Link),
    }) {}
    class Narrow extends entity("test.Evolving", { a: z.string() }) {}
    const storage = new MemoryStorage();
    const wide = new EntityRegistry({ storage, types: [Wide] });
    const first = await wide.register(
      new Wide({ a: "x", extra: { k: [1] }, link: new Link({ name: "l" }) }),
    );
    const narrow = new EntityRegistry({ storage, types: [Narrow] });
    const loaded = await narrow.getOrThrow(Narrow, first.ecsId);
    expect(loaded.hasModifications()).toBe(false);
    loaded.a = "y";
    await loaded.fork();
    const again = await wide.getOrThrow(Wide, loaded.ecsId);
    expect(again.toObject()).toEqual({
      a: "y",
      extra: { k: [1] },
      link: { name: "l", next: null, children: [] },
    });
  });
});

describe("A warm copy looks like a plain object", () => {
  test("its fields stand in the order of their declaration, whenever they were set", async () => {
    class Late extends entity("test.Late", {
      a: z.string().optional(),
      b: z.string().optional(),
      c: z.number().default(1),
    }) {}
    const { registry } = fixture();
    const late = await registry.register(new Late({}));
    late.b = "b";
    late.a = "a";
    const text = '{"a":"a","b":"b","c":1}';
    expect(JSON.stringify(late)).toBe(text);
    expect(JSON.stringify(late.toObject())).toBe(text);
    expect(inspect(late)).toBe("Late { a: 'a', b: 'b', c: 1 }");
    await late.fork();
    const failed = registry.transaction(() => {
      late.a = undefined;
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(JSON.stringify(late)).toBe(text);
    expect(JSON.stringify(await registry.getOrThrow(Late, late.ecsId))).toBe(text);
  });

  const page = new Note({ content: "x", tags: ["a"], usage: usage(3) });
  const plain = {
    role: "user",
    content: "x",
    usage: { model: "m", totalTokens: 3 },
    replyTo: null,
    tags: ["a"],
  };

  test("to JSON, keys, spread, entries and equality", () => {
    expect(JSON.parse(JSON.stringify(page))).toEqual(plain);
    expect(Object.keys(page)).toEqual(Object.keys(plain));
    expect({ ...Object(page) }).toEqual(plain);
    expect(page).toEqual(plain);
    expect("ecsId" in page && !Object.hasOwn(page, "ecsId")).toBe(true);
    expect(page).toStrictEqual(new Note({ content: "x", tags: ["a"], usage: usage(3) }));
    expect(page).not.toEqual(new Note({ content: "y", tags: ["a"], usage: usage(3) }));
    const copy = page.toObject();
    copy["tags"] = [];
    expect(page.tags).toEqual(["a"]);
  });

  test("to the console, circles included", () => {
    expect(inspect(usage(3))).toBe("Usage { model: 'm', totalTokens: 3 }");
    const link = new Link({ name: "a" });
    link.next = link;
    expect(inspect(link)).toContain("[Circular *1]");
    expect(inspect(new Book({ pages: [page] }), { depth: 5 })).toContain("tags: [ 'a' ]");
  });

  test("to array methods", () => {
    const book = bookOf(5);
    expect(Array.isArray(book.pages)).toBe(true);
    expect(book.pages.map((found) => found.content)).toEqual(["0", "1", "2", "3", "4"]);
    expect(book.pages.indexOf(at(book.pages, 2))).toBe(2);
    expect(book.pages.concat(book.pages)).toHaveLength(10);
    expect(book.pages.splice(1, 2).map((found) => found.content)).toEqual(["1", "2"]);
    book.pages.unshift(note("first"));
    book.pages.copyWithin(0, 2, 3);
    book.pages.fill(note("filled"), 3);
    expect(book.pages.map((found) => found.content)).toEqual(["3", "0", "3", "filled"]);
    expect(
      new Values({ list: [{ x: 1, tags: [] }] }).list.flatMap((item) => [item.x, item.x]),
    ).toEqual([1, 1]);
  });

  test("its types are those of the schema", () => {
    const book = bookOf(1);
    const tokens: number | undefined = book.pages[0]?.usage?.totalTokens;
    expect(tokens).toBeUndefined();
    class Message extends entity("test.Message", {
      parent: ref<Message>((): unknown => Message)
        .nullable()
        .default(null),
      answers: lineageRef("test.Message").optional(),
    }) {}
    const parent = new Message({});
    const child = new Message({ parent, answers: parent.lineageId });
    expect(child.parent?.parent).toBeNull();
    // @ts-expect-error only a lineageId
    expect(() => (child.answers = "nobody")).toThrow(/lineageId of a test\.Message/);
  });

  test("a schema that checks asynchronously is told by its field when it is first asked", () => {
    class Later extends entity("test.Later", {
      text: z.string().refine(async (text) => text !== ""),
    }) {}
    expect(() => new Later({ text: "x" })).toThrow(
      expect.objectContaining({
        code: "MI_ENTITY_DEFINITION",
        message: expect.stringContaining("test.Later.text: the schema checks asynchronously"),
      }),
    );
  });

  test("what the program's own rules throw is told as a refusal by the type and the field, the cause kept", async () => {
    const fault = new TypeError("no such property");
    const failing = (fails: boolean): true => {
      if (fails) throw fault;
      return true;
    };
    class Strict extends entity(
      "test.Strict",
      {
        text: z.string().refine((text) => failing(text === "schema")),
        pages: z.array(ref(Note).refine((page) => failing(page.content === "member"))).default([]),
        list: z.array(z.string().refine((text) => failing(text === "nested"))).default([]),
      },
      { check: ({ text }) => void failing(text === "check") },
    ) {}
    const refused = (where: RegExp): unknown =>
      expect.objectContaining({
        code: "MI_ENTITY_INVALID",
        message: expect.stringMatching(where),
        cause: fault,
      });
    expect(() => new Strict({ text: "schema" })).toThrow(
      refused(/^test\.Strict refused: text: the schema threw: no such property$/),
    );
    expect(() => new Strict({ text: "check" })).toThrow(
      refused(/^test\.Strict refused: check\(\) threw: no such property$/),
    );
    const { registry, made } = fixture();
    const strict = await registry.register(new Strict({ text: "fine" }));
    await made();
    const inEntity = (rest: string): RegExp =>
      new RegExp(`^test\\.Strict ${strict.lineageId} refused: ${rest}: no such property$`);
    expect(() => (strict.text = "schema")).toThrow(refused(inEntity("text: the schema threw")));
    expect(() => strict.pages.push(note("member"))).toThrow(
      refused(inEntity("pages\\[0\\]: the schema threw")),
    );
    expect(strict.hasModifications()).toBe(false);
    strict.list.push("nested");
    await expect(strict.fork()).rejects.toEqual(refused(inEntity("list: the schema threw")));
    strict.list.pop();
    strict.text = "check";
    await expect(strict.fork()).rejects.toEqual(refused(inEntity("check\\(\\) threw")));
    expect(await made()).toBe(0);
    strict.text = "again";
    await strict.fork();
  });

  test.each<[string, PropertyDescriptor]>([
    ["getter", { get: () => "x" }],
    ["getter and setter", { get: () => "x", set: () => undefined }],
    ["method", { value: () => "x" }],
  ])("a %s that would hide a field is refused when the class is used", (_, member) => {
    class Hidden extends entity("test.Hidden", { text: z.string() }) {}
    Object.defineProperty(Hidden.prototype, "text", member);
    class Below extends Hidden {}
    for (const make of [() => new Below({ text: "a" }), () => new Hidden({ text: "a" })])
      expect(make).toThrow(
        expect.objectContaining({
          code: "MI_ENTITY_DEFINITION",
          message: expect.stringContaining("test.Hidden.text: the class has a getter, setter or"),
        }),
      );
  });

  test("a name with half a character is refused: it would work in memory alone", () => {
    expect(() => entity("test.\ud800", {})).toThrow(
      expect.objectContaining({
        code: "MI_ENTITY_DEFINITION",
        message: expect.stringContaining('"test.\\ud800" has half a character'),
      }),
    );
  });

  test("static members of a class are those of its subclasses too", () => {
    class Shape extends entity("test.StaticShape", { sides: z.number().default(0) }) {
      static readonly unit = "cm";
      static describe(sides: number): string {
        return `${this.name} of ${sides} ${this.unit}`;
      }
    }
    class Square extends Shape.extend("test.StaticSquare", { width: z.number() }) {}
    class Tile extends Square.extend("test.StaticTile", { colour: z.string() }) {}
    expect([Square.describe(4), Tile.describe(4), Tile.unit]).toEqual([
      "Square of 4 cm",
      "Tile of 4 cm",
      "cm",
    ]);
    const tile = new Tile({ width: 1, colour: "red" });
    expect([tile.sides, tile.width, tile.colour]).toEqual([0, 1, "red"]);
  });

  test("a registry says at once which of its options make no sense", () => {
    const storage = new MemoryStorage();
    for (const [options, message] of [
      [undefined, "needs a storage"],
      [{}, "needs a storage"],
      [{ storage, requiredContext: ["who"] }, 'got "who"'],
      [{ storage, onConflict: "retry" }, 'onConflict must be "branch"'],
      [{ storage, context: { actor: 5 } }, "actor must be a string"],
    ] as const)
      expect(() => Reflect.construct(EntityRegistry, [options])).toThrow(
        expect.objectContaining({
          code: expect.stringMatching(/^MI_(REGISTRY_USAGE|ENTITY_COMMIT_CONTEXT)$/),
          message: expect.stringContaining(message),
        }),
      );
  });

  test("a check that answers later is refused: nothing waits for it", () => {
    class Later extends entity(
      "test.LaterCheck",
      { text: z.string() },
      {
        async check({ text }, report) {
          await Promise.resolve();
          if (text === "") throw new Error("lost");
          report("text", "too late");
        },
      },
    ) {}
    for (const text of ["", "x"])
      expect(() => new Later({ text })).toThrow(
        expect.objectContaining({
          code: "MI_ENTITY_DEFINITION",
          message: expect.stringContaining("test.LaterCheck: check() is asynchronous"),
        }),
      );
  });
});
