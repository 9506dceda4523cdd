import { describe, expect, test } from "@jest/globals";
import { EntityDependencyGraph, EntityRegistry, toJsonPatch, type EntityStorage } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import {
  at,
  Book,
  bookOf,
  Everything,
  fixture,
  Link,
  note,
  Note,
  Usage,
  usage,
  Values,
} from "../core/fixtures/library.ts";

const storages: readonly (readonly [string, () => Promise<EntityStorage> | EntityStorage])[] = [
  ["memory", () => new MemoryStorage()],
  ["SQLite", () => SqliteStorage.open(":memory:")],
];

describe.each(storages)("History, stored in %s", (_name, open) => {
  test("the diff of two versions as a JSON Patch: plain data, references and lists", async () => {
    const { registry } = fixture(await open());
    const everything = new Everything({ direct: usage(1), list: [usage(2), usage(3)] });
    const { ecsId } = await registry.register(everything);
    const [second] = everything.list.splice(0, 1);
    everything.nullable = second ?? null;
    everything.list.push(usage(4));
    everything.nested = { label: "x", main: null, more: [everything.direct] };
    await everything.fork();
    const diff = await registry.diff(ecsId, everything.ecsId);
    expect(toJsonPatch(diff)).toEqual([
      { op: "replace", path: "/nullable", value: { $ref: second?.ecsId } },
      { op: "remove", path: "/list/0" },
      { op: "add", path: "/list/1", value: { $ref: at(everything.list, 1).ecsId } },
      {
        op: "replace",
        path: "/nested",
        value: { label: "x", main: null, more: [{ $ref: everything.direct.ecsId }] },
      },
    ]);
  });

  test("an insertion at the front of an array is one change, before and after the fork", async () => {
    const { registry } = fixture(await open());
    const values = new Values({ json: [{ a: 1 }, { a: 2 }], big: 1n, when: new Date(0) });
    const { ecsId } = await registry.register(values);
    (values.json as unknown[]).unshift({ a: 0 });
    values.big = 2n;
    values.when?.setTime(1);
    const changes = [
      { path: ["big"], kind: "modified", old: 1n, new: 2n },
      { path: ["when"], kind: "modified", old: new Date(0), new: new Date(1) },
      { path: ["json", 0], kind: "added", new: { a: 0 } },
    ];
    expect(at(values.modifications(), 0).changes).toEqual(changes);
    await values.fork();
    expect((await registry.diff(ecsId, values.ecsId)).changes).toEqual(changes);
  });

  test("the diff of two trees, entity by entity", async () => {
    const { registry } = fixture(await open());
    const book = await registry.register(bookOf(100));
    const { ecsId } = book;
    const removed = at(book.pages, 10).lineageId;
    at(book.pages, 3).content = "changed";
    at(book.pages, 4).usage = usage(7);
    book.pages.splice(10, 1);
    book.pages.push(note("new"));
    await book.fork();
    const diff = await registry.diffTrees(ecsId, book.ecsId);
    expect(diff.added.map(({ type }) => type)).toEqual(["test.Usage", "test.Note"]);
    expect(diff.removed).toMatchObject([{ lineageId: removed }]);
    expect(diff.changed.map(({ lineageId, changes }) => [lineageId, changes[0]?.path])).toEqual([
      [book.lineageId, ["pages"]],
      [at(book.pages, 3).lineageId, ["content"]],
      [at(book.pages, 4).lineageId, ["usage"]],
    ]);
    expect(diff.unchanged).toBe(97);
    expect(await registry.diffTrees(book.ecsId, book.ecsId)).toMatchObject({
      changed: [],
      unchanged: 102,
    });
  });

  test("the version that was the latest at a time", async () => {
    const { registry, clock } = fixture(await open());
    const start = clock.now();
    const page = await registry.run(async () => registry.register(note("one")));
    clock.advance(1_000);
    page.content = "two";
    await page.fork();
    const contentAt = async (milliseconds: number): Promise<unknown> =>
      (await registry.asOf(Note, page.lineageId, new Date(start + milliseconds)))?.content;
    expect(await contentAt(-1)).toBeUndefined();
    expect(await contentAt(0)).toBe("one");
    expect(await contentAt(999)).toBe("one");
    expect(await contentAt(1_000)).toBe("two");
  });

  test("a lineage with a branch and a merge, drawn", async () => {
    const { registry } = fixture(await open());
    const book = await registry.register(new Book({ title: 'A "title"', pages: [note("1")] }));
    const branch = await registry.getOrThrow(Book, book.ecsId);
    book.title = "ours";
    await book.fork();
    branch.pages.push(note("2"));
    await branch.fork();
    await registry.merge(book, branch);
    const lineage = await registry.lineage(book.lineageId);
    expect(lineage.versions.map(({ depth }) => depth)).toEqual([0, 1, 1, 2]);
    expect(lineage.heads).toEqual([book.ecsId]);
    const lines = lineage.toMermaid().split("\n");
    expect(lines[1]).toContain('  v1["test.Book …');
    expect(lines[1]).toContain("<br/>title: A #34;title#34;<br/>pages: 1 items");
    expect(lines.filter((line) => / -.?->/.test(line))).toEqual([
      '  v1 -->|"title mod"| v2',
      '  v1 -->|"pages mod"| v3',
      '  v2 -->|"pages mod"| v4',
      '  v3 -.->|"merged"| v4',
    ]);
  });
});

describe("The dependency graph", () => {
  test("of a loaded tree: circles, shared entities and types that the process doesn't know", async () => {
    const { registry, storage } = fixture();
    const shared = usage();
    const everything = new Everything({ direct: shared, list: [shared], mixed: note("n") });
    await registry.register(everything);
    const partly = new EntityRegistry({ storage, types: [Everything] });
    const loaded = await partly.getOrThrow(Everything, everything.ecsId);
    const graph = loaded.dependencyGraph();
    expect(graph.topological().map(({ entity }) => entity)).toEqual([
      loaded.direct,
      loaded.mixed,
      loaded,
    ]);
    expect(graph.node(shared.ecsId)?.dependents).toEqual([loaded.ecsId]);
    const link = new Link({ name: "a" });
    link.children.push(new Link({ name: "b", next: link }));
    await registry.register(link);
    const circle = (await registry.getOrThrow(Link, link.ecsId)).dependencyGraph();
    expect(circle.cycles().map((cycle) => cycle.length)).toEqual([2]);
  });

  test("two warm copies of one version are one node, and what either holds counts", async () => {
    const { registry } = fixture();
    const page = await registry.register(new Note({ content: "x", usage: usage() }));
    const [one, other] = [
      await registry.getOrThrow(Note, page.ecsId),
      await registry.getOrThrow(Note, page.ecsId),
    ];
    const added = new Usage({ model: "other", totalTokens: 1 });
    other.usage = added;
    const book = new Book({ pages: [one, other] });
    const graph = new EntityDependencyGraph(book);
    expect(graph.nodes).toHaveLength(4);
    expect(graph.node(page.ecsId)).toMatchObject({
      entity: one,
      dependencies: [one.usage?.ecsId, added.ecsId],
      dependents: [book.ecsId],
    });
  });
});
