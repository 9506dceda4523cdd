import { describe, expect, test } from "@jest/globals";
import { toJsonPatch, type AuditQuery } from "@mi/ecs";
import {
  at,
  Book,
  bookOf,
  contents,
  fixture,
  Link,
  note,
  Note,
  Tool,
  CallableTool,
} from "./fixtures/library.ts";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

describe("History", () => {
  test("a lineage tells versions, roots, heads, depth and what each version changed", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    const first = page.ecsId;
    page.content = 'b "quoted" [x]';
    page.tags.push("t");
    await page.fork();
    const branch = await registry.getOrThrow(Note, first);
    branch.role = "system";
    await branch.fork();
    const lineage = await registry.lineage(page.lineageId);
    expect(lineage.roots).toEqual([first]);
    expect(lineage.heads).toEqual([page.ecsId, branch.ecsId]);
    expect(lineage.versions.map((node) => node.depth)).toEqual([0, 1, 1]);
    expect(lineage.get(first)?.children).toEqual([page.ecsId, branch.ecsId]);
    expect(at(lineage.versions, 1).changes).toMatchObject([
      { path: ["content"], kind: "modified", old: "a", new: 'b "quoted" [x]' },
      { path: ["tags", 0], kind: "added", new: "t" },
    ]);
    expect(lineage.toMermaid()).toMatch(/^graph TD\n/);
    expect((await registry.lineage(note("x").lineageId)).versions).toEqual([]);
  });

  test("asOf, by the times that were recorded", async () => {
    const { registry, clock } = fixture();
    const page = await registry.run(() => note("a"));
    const times = [new Date(clock.now())];
    for (const content of ["b", "c"]) {
      clock.advance(1000);
      page.content = content;
      await page.fork();
      times.push(new Date(clock.now()));
    }
    const read = async (time: Date): Promise<string | null | undefined> =>
      (await registry.asOf(Note, page.lineageId, time))?.content;
    expect(await Promise.all(times.map(read))).toEqual(["a", "b", "c"]);
    expect(await read(new Date(at(times, 0).getTime() - 1))).toBeUndefined();
    expect(await read(new Date(at(times, 1).getTime() + 999))).toBe("b");
  });

  test("an instant may be a date, as commits tell theirs, or text", async () => {
    const { registry, clock } = fixture();
    const page = await registry.register(note("a"));
    clock.advance(1500);
    page.content = "b";
    await page.fork();
    const times = (await collect(registry.commits())).map((commit) => commit.createdAt);
    const [first, second] = [at(times, 0), at(times, 1)];
    for (const form of [
      (time: Date) => time,
      (time: Date) => time.toISOString(),
      (time: Date) => time.toISOString().replace("Z", "+00:00"),
    ]) {
      const count = async (query: AuditQuery): Promise<number> =>
        (await collect(registry.commits(query))).length;
      expect(await count({ since: form(first) })).toBe(2);
      expect(await count({ since: form(second) })).toBe(1);
      expect(await count({ since: form(first), until: form(second) })).toBe(1);
      const found = await registry.asOf(Note, page.lineageId, form(first));
      expect(found?.content).toBe("a");
    }
    await expect(registry.asOf(Note, page.lineageId, "soon")).rejects.toThrow(
      'asOf() must be an instant as ISO 8601, got "soon"',
    );
  });

  test("diff of versions, of copies, of whole trees, and as JSON Patch", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(3));
    const [old, page] = [book.ecsId, at(book.pages, 1)];
    book.title = "t";
    page.content = "changed";
    book.pages.push(note("new"));
    book.pages.shift();
    expect((await book.diff()).changes.map((change) => change.path)).toEqual([
      ["title"],
      ["pages"],
    ]);
    await book.fork();
    const diff = await registry.diff(old, book.ecsId);
    expect(diff.changes).toMatchObject([
      { path: ["title"], old: "", new: "t" },
      {
        path: ["pages"],
        edits: [
          { at: 0, remove: 2 },
          { at: 3, remove: 0 },
        ],
      },
    ]);
    expect(toJsonPatch(diff)[0]).toEqual({ op: "replace", path: "/title", value: "t" });
    const tree = await registry.diffTrees(old, book.ecsId);
    expect([tree.added.length, tree.removed.length, tree.unchanged]).toEqual([1, 1, 1]);
    expect(tree.changed.map((entity) => entity.type)).toEqual(["test.Book", "test.Note"]);
    const before = await registry.getOrThrow(Book, old);
    expect(at(before.pages, 1).compareFields(page)).toMatchObject([
      { path: ["content"], old: "1", new: "changed" },
    ]);
    expect(page.compareFields(page)).toEqual([]);
    expect((await page.diff(at(before.pages, 1).ecsId)).changes).toHaveLength(1);
  });

  test("children across all versions, and ancestors", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(2));
    const [first, second] = [at(book.pages, 0), at(book.pages, 1)];
    const ids = [book.ecsId];
    first.content = "changed";
    await book.fork();
    ids.push(book.ecsId);
    book.pages.splice(0, 2, note("third"));
    await book.fork();
    const children = await registry.childrenAcrossVersions(book.lineageId);
    expect(children.map((child) => [child.lineageId, child.versions.length])).toEqual([
      [first.lineageId, 2],
      [second.lineageId, 1],
      [at(book.pages, 0).lineageId, 1],
    ]);
    expect(await registry.ancestors(book.ecsId)).toEqual(ids);
  });

  test("list gives warm copies of a type and of those that extend it, as pages or one after the other", async () => {
    const { registry } = fixture();
    for (let i = 0; i < 60; i++) await registry.register(new Tool({ name: `t${i}` }));
    const tool = await registry.register(new CallableTool({ name: "c", inputSchema: {} }));
    tool.name = "renamed";
    await tool.fork();
    const all = await collect(registry.list(Tool));
    expect([all.length, all[60] instanceof CallableTool]).toEqual([62, true]);
    const heads = await collect(registry.list(Tool, { headsOnly: true }));
    expect(heads.map((found) => found.name).slice(-2)).toEqual(["t59", "renamed"]);
    const page = await registry.list(Tool, { limit: 2 });
    const next = await registry.list(Tool, { limit: 2, after: page.next });
    expect([...page.items, ...next.items].map((found) => found.name)).toEqual([
      "t0",
      "t1",
      "t2",
      "t3",
    ]);
    expect(await registry.run(async () => (await collect(CallableTool.list())).length)).toBe(2);
  });

  test("named refs move by compare-and-set, and each move is in the audit trail", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    const first = page.ecsId;
    await registry.refs.set("release/1", first, { expected: null, context: { actor: "ana" } });
    page.content = "b";
    await page.fork();
    await expect(
      registry.refs.set("release/1", page.ecsId, { expected: page.ecsId }),
    ).rejects.toMatchObject({
      code: "MI_REF_CONFLICT",
      actual: first,
    });
    await registry.refs.set("release/1", page.ecsId, { expected: first });
    await registry.refs.set("other", first);
    expect(await registry.refs.get("release/1")).toBe(page.ecsId);
    expect((await collect(registry.refs.list({ prefix: "rel" }))).map((ref) => ref.name)).toEqual([
      "release/1",
    ]);
    await registry.refs.delete("other");
    expect(await registry.refs.get("other")).toBeUndefined();
    await expect(registry.refs.set("x", note("not stored").ecsId)).rejects.toMatchObject({
      code: "MI_STORAGE_MISSING_VERSION",
    });
    const moves = await collect(registry.commits({ operation: "refs.set" }));
    expect(moves.map((move) => move.actor)).toEqual(["ana", undefined, undefined]);
  });

  test("the dependency graph of a tree", async () => {
    const leaf = new Link({ name: "leaf" });
    const root = new Link({ name: "root", next: leaf, children: [leaf] });
    const graph = root.dependencyGraph();
    expect(graph.topological().map((node) => node.id)).toEqual([leaf.ecsId, root.ecsId]);
    expect(graph.dependentsOf(leaf.ecsId).map((node) => node.entity)).toEqual([root]);
    leaf.next = root;
    expect(root.dependencyGraph().cycles()).toHaveLength(1);
  });

  test("clear deletes everything, when it is said twice", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(2));
    await expect(Reflect.apply(registry.clear, registry, [])).rejects.toMatchObject({
      code: "MI_REGISTRY_USAGE",
    });
    expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(["0", "1"]);
    await registry.clear({ confirm: true });
    expect(await registry.status()).toEqual({ versions: 0, lineages: 0, commits: 0, pending: 0 });
    await expect(registry.getOrThrow(Book, book.ecsId)).rejects.toMatchObject({
      code: "MI_ENTITY_NOT_FOUND",
    });
  });
});
