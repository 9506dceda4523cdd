import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { entity, EntityRegistry, entityTracer, lineageRef, ref, type RefList } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { z } from "zod";
import {
  at,
  Book,
  bookOf,
  CallableTool,
  contents,
  Everything,
  fixture,
  Link,
  Note,
  note,
  Tool,
  usage,
  Values,
} from "./fixtures/library.ts";

describe("Identity and state", () => {
  test("an entity stays in the sets and maps that hold it, through forks, merges and reverts", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    const first = page.ecsId;
    const [all, byEntity] = [new Set([page]), new Map([[page, 1]])];
    page.content = "b";
    await page.fork();
    const other = await registry.getOrThrow(Note, first);
    other.tags.push("x");
    await other.fork();
    await registry.merge(page, other);
    await page.revert(first, { onto: page.ecsId });
    expect([all.has(page), byEntity.get(page), all.has(other)]).toEqual([true, 1, false]);
  });

  test("fromStorage: false for what was made here, true for what was loaded, whatever happens then", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(1));
    const loaded = await registry.getOrThrow(Book, book.ecsId);
    loaded.pages.push(note("new"));
    await loaded.fork();
    expect([book.fromStorage, loaded.fromStorage]).toEqual([false, true]);
    expect(loaded.pages.map((page) => page.fromStorage)).toEqual([true, false]);
  });

  test("bookkeeping can't be assigned, given to a constructor or seen in plain data, at any level", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(2));
    for (const name of ["ecsId", "lineageId", "parentId", "liveId", "createdAt", "fromStorage"]) {
      expect(() => Reflect.set(book, name, "x")).toThrow(/no such field/);
      expect(() => Reflect.construct(Book, [{ [name]: book.ecsId }])).toThrow(/no such field/);
      expect(JSON.stringify([book, book.toObject()])).not.toContain(name);
    }
  });

  test("what only looks like an entity is plain data", async () => {
    const { registry } = fixture();
    const lookalike = { ecsId: note("a").ecsId, lineageId: "x", fork: "y" };
    const values = await registry.register(new Values({ record: { lookalike } }));
    expect(values.subEntities()).toEqual([]);
    const loaded = await registry.getOrThrow(Values, values.ecsId);
    expect(loaded.record).toEqual({ lookalike });
  });

  test("printing, comparing and collecting end in a circle", () => {
    const [a, b] = [new Link({ name: "a" }), new Link({ name: "b" })];
    a.next = b;
    b.next = a;
    b.children.push(a, b);
    expect(inspect(a, { depth: 10 })).toContain("[Circular *1]");
    expect(a.subEntities()).toEqual([b]);
  });
});

describe("Reading", () => {
  test("neither graph, fork, diff nor log runs a getter", async () => {
    let runs = 0;
    class Watched extends entity("test.mission.Watched", { x: z.number(), link: ref(Link) }) {
      get derived(): number {
        runs++;
        this.x = -1;
        throw new Error("a getter ran");
      }
    }
    const { registry } = fixture();
    const watched = await registry.register(new Watched({ x: 1, link: new Link({ name: "l" }) }));
    watched.link.name = "m";
    watched.dependencyGraph();
    watched.subEntities();
    watched.modifications();
    await watched.fork();
    await watched.diff();
    watched.toObject();
    const loaded = await registry.getOrThrow(Watched, watched.ecsId);
    await entityTracer(async (entity: Watched) => entity)(loaded);
    expect([runs, loaded.x, watched.x]).toEqual([0, 1, 1]);
  });

  test("40 stacked diamonds are collected and forked once each, not once for each path", async () => {
    const { registry, made } = fixture();
    const bottom = new Link({ name: "bottom" });
    let top = bottom;
    for (let i = 0; i < 40; i++) {
      const sides = [new Link({ name: "l", next: top }), new Link({ name: "r", next: top })];
      top = new Link({ name: String(i), children: sides });
    }
    expect(top.subEntities()).toHaveLength(120);
    expect(top.dependencyGraph().nodes).toHaveLength(121);
    await registry.register(top);
    expect(await made()).toBe(121);
    bottom.name = "edited";
    await top.fork();
    expect(await made()).toBe(121);
  });
});

describe("Changes", () => {
  test("an equal value is none: dates by their instant, data by content, entities by version", async () => {
    const { registry } = fixture();
    const values = await registry.register(
      new Values({ when: new Date(5), json: { a: [1] }, big: 7n, list: [{ x: 1, tags: ["t"] }] }),
    );
    values.when = new Date("1970-01-01T00:00:00.005Z");
    values.json = { a: [1] };
    values.big = 7n;
    values.list = [{ x: 1, tags: ["t"] }];
    values.number = -0;
    expect(values.modifications()).toEqual([]);
    values.when = new Date(6);
    expect(values.hasModifications()).toBe(true);
    values.when.setTime(5);
    expect(values.hasModifications()).toBe(false);
  });

  test("no field is exempt by its name", async () => {
    const names = ["parent", "id", "name", "tool_id", "author_uuid", "chat_thread_id", "version"];
    const shape = Object.fromEntries(names.map((name) => [name, z.string()]));
    class Named extends entity("test.mission.Named", shape) {}
    const { registry, made } = fixture();
    const named = await registry.register(
      new Named(Object.fromEntries(names.map((name) => [name, "a"]))),
    );
    await made();
    for (const name of names) {
      Reflect.set(named, name, "b");
      await named.fork();
      expect([name, await made()]).toEqual([name, 1]);
    }
  });

  test("a tuple stays a tuple, and keys and places keep theirs, whichever member is forked", async () => {
    const { registry } = fixture();
    const [direct, inPair, named, nested, deep] = [1, 2, 3, 4, 5].map((tokens) => usage(tokens));
    if (!direct || !inPair || !named || !nested || !deep) throw new Error("no");
    const all = await registry.register(
      new Everything({
        direct,
        pair: [inPair, "text"],
        byName: { b: named, a: direct },
        nested: { label: "n", main: null, more: [nested] },
        grid: [[], [deep]],
      }),
    );
    for (const member of [inPair, named, nested, deep]) member.model = "edited";
    await all.fork();
    const loaded = await registry.getOrThrow(Everything, all.ecsId);
    expect(Array.isArray(loaded.pair) && loaded.pair.length).toBe(2);
    expect([loaded.pair?.[0].model, loaded.pair?.[1]]).toEqual(["edited", "text"]);
    expect(Object.keys(loaded.byName)).toEqual(["b", "a"]);
    expect([loaded.byName["b"]?.model, loaded.byName["a"] === loaded.direct]).toEqual([
      "edited",
      true,
    ]);
    expect([loaded.nested?.more[0]?.model, loaded.grid[1]?.[0]?.model]).toEqual([
      "edited",
      "edited",
    ]);
  });

  test("a constructor that refuses leaves nothing pending, nor does what it was given", async () => {
    const { registry, made } = fixture();
    await registry.run(async () => {
      expect(() => Reflect.construct(Book, [{ pages: [5] }])).toThrow(/pages/);
      expect((await registry.status()).pending).toBe(0);
    });
    expect(await made()).toBe(0);
  });

  test("a tree of which one part can't be stored is not stored at all", async () => {
    class Strict extends entity(
      "test.mission.Strict",
      { low: z.number(), high: z.number(), link: ref(Link) },
      {
        check({ low, high }, report) {
          if (low > high) report("high", "below low");
        },
      },
    ) {}
    const { registry, made } = fixture();
    const link = new Link({ name: "l" });
    const strict = new Strict({ low: 1, high: 2, link });
    strict.low = 3;
    const holder = new Link({ name: "top", children: [link] });
    await expect(
      registry.transaction(async () => {
        await registry.register(holder);
        await registry.register(strict);
      }),
    ).rejects.toMatchObject({ code: "MI_ENTITY_INVALID" });
    expect([await made(), await registry.has(link.ecsId)]).toEqual([0, false]);
  });

  test("registering again and again makes nothing", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(3));
    await made();
    for (let i = 0; i < 3; i++) expect(await registry.register(book)).toBe(book);
    const loaded = await registry.getOrThrow(Book, book.ecsId);
    await registry.register(loaded);
    expect([await made(), (await registry.status()).commits]).toEqual([0, 1]);
  });
});

describe("Relations", () => {
  test("types that refer to each other are declared in any order", async () => {
    class Left extends entity("test.mission.Left", {
      right: ref<Right>((): unknown => Right)
        .nullable()
        .default(null),
    }) {}
    class Right extends entity("test.mission.Right", {
      lefts: z.array(ref(Left)).default([]),
      boss: lineageRef<Left>((): unknown => Left).optional(),
    }) {}
    const { registry, made } = fixture();
    const left = new Left({});
    left.right = new Right({ lefts: [left], boss: left.lineageId });
    await registry.register(left);
    expect(await made()).toBe(2);
    const loaded = await registry.getOrThrow(Left, left.ecsId);
    expect(loaded.right?.lefts[0]).toBe(loaded);
    expect(await loaded.right?.resolve("boss")).toBe(loaded);
  });

  test("a list of subtypes reads back each as its own type; asking by the base gives all of them", async () => {
    class Kit extends entity("test.mission.Kit", { tools: z.array(ref(Tool)).default([]) }) {}
    const { registry } = fixture();
    const callable = new CallableTool({ name: "call", inputSchema: { type: "object" } });
    const kit = await registry.register(
      new Kit({ tools: [callable, new Tool({ name: "plain" })] }),
    );
    callable.inputSchema = { type: "string" };
    await kit.fork();
    const loaded = await registry.getOrThrow(Kit, kit.ecsId);
    const [first] = loaded.tools;
    expect(first instanceof CallableTool && first.inputSchema).toEqual({ type: "string" });
    const listed: string[] = [];
    for await (const tool of registry.list(Tool, { headsOnly: true })) listed.push(tool.name);
    expect(listed.toSorted()).toEqual(["call", "plain"].toSorted());
  });

  test("a child that names its holder and the holder agree, before and after a fork, in old versions too", async () => {
    const { registry } = fixture();
    const parent = new Link({ name: "parent" });
    const child = new Link({ name: "child", next: parent });
    parent.children.push(child);
    await registry.register(parent);
    const before = parent.ecsId;
    child.name = "edited";
    await parent.fork();
    for (const [version, name] of [
      [before, "child"],
      [parent.ecsId, "edited"],
    ] as const) {
      const loaded = await registry.getOrThrow(Link, version);
      const [only] = loaded.children;
      expect([only?.name, only?.next === loaded]).toEqual([name, true]);
    }
  });
});

describe("Operations and their versions", () => {
  test("n operations are n versions more, and the diagram has a node for each", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(0));
    const turn = entityTracer(async function turn(to: Book, text: string) {
      to.pages.push(note(text));
    });
    for (const text of "abcde") await turn(book, text);
    const lineage = await registry.lineage(book.lineageId);
    expect(lineage.versions).toHaveLength(6);
    expect(lineage.toMermaid().match(/^ +\w+\[/gm)).toHaveLength(6);
    expect((await registry.status()).versions).toBe(11);
  });

  test("a synchronous function is traced as well, and a nested list of new entities that it returns is stored", async () => {
    const { registry } = fixture();
    const make = entityTracer(function make(count: number) {
      return { groups: [Array.from({ length: count }, (_, i) => note(String(i)))] };
    });
    const { groups } = await registry.run(() => make(3));
    for (const page of groups.flat()) expect(await registry.has(page.ecsId)).toBe(true);
    expect((await registry.status()).commits).toBe(1);
  });

  test("each version tells who, why, by what operation and from what cause it came", async () => {
    const { registry } = fixture();
    const cause = await registry.register(note("the tool call"));
    const book = bookOf(1);
    await registry.register(book, {
      actor: "ana",
      operation: "import",
      reason: "asked for",
      correlationId: "c-1",
      cause: cause.ecsId,
      metadata: { inputs: ["x"] },
    });
    const found = [];
    for await (const commit of registry.commits({ lineageId: book.lineageId })) found.push(commit);
    expect(found).toMatchObject([
      {
        actor: "ana",
        operation: "import",
        reason: "asked for",
        correlationId: "c-1",
        cause: cause.ecsId,
        metadata: { inputs: ["x"] },
      },
    ]);
    expect(
      at(found, 0)
        .versions.map(({ type }) => type)
        .toSorted(),
    ).toEqual(["test.Book", "test.Note"]);
  });

  test("versions of different shapes are compared field by field", async () => {
    class Old extends entity("test.mission.Shape", { a: z.string(), gone: z.number() }) {}
    class New extends entity("test.mission.Shape", {
      a: z.string(),
      come: z.number().default(1),
    }) {}
    const storage = new MemoryStorage();
    const old = await new EntityRegistry({ storage, types: [Old] }).register(
      new Old({ a: "x", gone: 1 }),
    );
    const registry = new EntityRegistry({ storage, types: [New] });
    const fresh = await registry.register(new New({ a: "x" }));
    const { changes } = await registry.diff(old.ecsId, fresh.ecsId);
    expect(changes.map(({ kind, path }) => `${kind} ${path.join(".")}`)).toEqual([
      "removed gone",
      "added come",
    ]);
  });

  test("a registry closed and another one opened on the same data: everything is there", async () => {
    const { registry, storage } = fixture();
    const book = await registry.register(bookOf(2));
    const second = new EntityRegistry({ storage });
    const loaded = await second.getOrThrow(Book, book.ecsId);
    expect(contents(loaded)).toEqual(["0", "1"]);
    const record = await second.coldSnapshot(book.ecsId);
    const list: RefList | undefined = record?.lists[0];
    expect([list?.length, Object.isFrozen(record)]).toEqual([2, true]);
  });
});
