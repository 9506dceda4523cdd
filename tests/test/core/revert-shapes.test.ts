import { describe, expect, test } from "@jest/globals";
import { EntityRegistry, UnknownEntity, type EntityRecord } from "@mi/ecs";
import {
  at,
  Book,
  bookOf,
  CallableTool,
  contents,
  Everything,
  fixture,
  Link,
  note,
  usage,
} from "./fixtures/library.ts";

describe("Revert", () => {
  test("a sub-entity that went on through another holder gets its version on top of that", async () => {
    const { registry, made } = fixture();
    const page = note("old");
    const [one, two] = [new Book({ pages: [page] }), new Book({ pages: [page] })];
    await registry.register(one);
    await registry.register(two);
    const old = one.ecsId;
    one.title = "changed";
    await one.fork();
    const elsewhere = await registry.getOrThrow(Book, two.ecsId);
    at(elsewhere.pages, 0).content = "elsewhere";
    await elsewhere.fork();
    await made();
    await one.revert(old);
    expect(await made()).toBe(2);
    expect([one.title, contents(one)]).toEqual(["", ["old"]]);
    expect(page.parentId).toBe(at(elsewhere.pages, 0).ecsId);
    expect(await registry.heads(page.lineageId)).toEqual([page.ecsId]);
    expect(contents(await registry.getOrThrow(Book, elsewhere.ecsId))).toEqual(["elsewhere"]);
  });

  test("a sub-entity with several heads goes on from the one in the present tree", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(1));
    const old = book.ecsId;
    const aside = await registry.getOrThrow(Book, old);
    at(book.pages, 0).content = "main";
    await book.fork();
    at(aside.pages, 0).content = "aside";
    await at(aside.pages, 0).fork();
    const present = at(book.pages, 0).ecsId;
    await book.revert(old);
    expect(at(book.pages, 0).parentId).toBe(present);
    expect(await registry.heads(at(book.pages, 0).lineageId)).toEqual([
      at(aside.pages, 0).ecsId,
      at(book.pages, 0).ecsId,
    ]);
  });

  test("an entity that stands on a version before the head goes on from the head", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(2));
    const behind = await registry.getOrThrow(Book, book.ecsId);
    book.title = "second";
    await book.fork();
    const second = book.ecsId;
    at(book.pages, 0).content = "third";
    await book.fork();
    await made();
    await behind.revert(second);
    expect(await made()).toBe(2);
    expect([behind.title, contents(behind)]).toEqual(["second", ["0", "1"]]);
    expect(behind.parentId).toBe(book.ecsId);
    expect(await registry.heads(book.lineageId)).toEqual([behind.ecsId]);
  });

  test("to the head commits nothing, and brings the copies there", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(2));
    const behind = await registry.getOrThrow(Book, book.ecsId);
    book.pages.push(note("new"));
    await book.fork();
    await made();
    await behind.revert(book.ecsId);
    await book.revert(book.ecsId);
    expect([await made(), behind.ecsId]).toEqual([0, book.ecsId]);
    expect(contents(behind)).toEqual(["0", "1", "new"]);
  });

  test("to a version of another branch takes its content, on top of the head that is named", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(2));
    const branch = await registry.getOrThrow(Book, book.ecsId);
    book.title = "main";
    await book.fork();
    branch.pages.splice(0, 1, note("branch"));
    await branch.fork();
    const [main, other] = [book.ecsId, branch.ecsId];
    await book.revert(other, { onto: main });
    expect([book.title, contents(book), book.parentId]).toEqual(["", ["branch", "1"], main]);
    expect(await registry.heads(book.lineageId)).toEqual([other, book.ecsId]);
  });

  test("removed members come back, added ones go, shared ones and circles are what they were", async () => {
    const { registry, made } = fixture();
    const shared = new Link({ name: "shared" });
    const removed = new Link({ name: "removed", next: shared });
    const root = new Link({ name: "root", next: shared, children: [removed, shared] });
    shared.children.push(root);
    await registry.register(root);
    const old = root.ecsId;
    root.children.splice(0, 1);
    root.children.push(new Link({ name: "added", next: shared }));
    shared.name = "renamed";
    await root.fork();
    await made();
    await root.revert(old);
    // All of the circle, and the removed one, which holds a part of it.
    expect(await made()).toBe(3);
    const loaded = await registry.getOrThrow(Link, root.ecsId);
    for (const link of [root, loaded]) {
      expect(link.children.map(({ name }) => name)).toEqual(["removed", "shared"]);
      expect([link.next?.name, link.next?.children[0] === link]).toEqual(["shared", true]);
      expect(link.children[1]).toBe(link.next);
      expect(link.children[0]?.next).toBe(link.next);
    }
    expect(root.next).toBe(shared);
    for (const { lineageId, ecsId } of [root, shared, at(root.children, 0)])
      expect(await registry.heads(lineageId)).toEqual([ecsId]);
  });

  test("references in every position", async () => {
    const { registry } = fixture();
    const before = {
      direct: usage(1),
      byName: { a: usage(2) },
      nested: { label: "n", main: usage(3), more: [usage(4)] },
      grid: [[usage(5)]],
      mixed: note("m"),
    };
    const everything = await registry.register(new Everything(before));
    const [old, content] = [everything.ecsId, everything.toObject()];
    everything.direct.totalTokens = 11;
    everything.byName = { b: usage(12) };
    everything.nested = null;
    everything.grid[0]?.push(usage(13));
    everything.mixed = "text";
    await everything.fork();
    await everything.revert(old);
    expect(everything.toObject()).toEqual(content);
    expect((await registry.getOrThrow(Everything, everything.ecsId)).toObject()).toEqual(content);
  });

  test("a type that the process doesn't know comes back byte for byte", async () => {
    const { registry, storage } = fixture();
    const tool = new CallableTool({ name: "first", inputSchema: { type: "object" } });
    const everything = await registry.register(new Everything({ direct: usage(1), tool }));
    const [old, first] = [everything.ecsId, await registry.coldSnapshot(tool.ecsId)];
    tool.name = "later";
    await everything.fork();
    const partly = new EntityRegistry({ storage, types: [Everything] });
    const loaded = await partly.getOrThrow(Everything, everything.ecsId);
    const unknown: unknown = Reflect.get(loaded, "tool");
    expect(unknown).toBeInstanceOf(UnknownEntity);
    const later = tool.ecsId;
    await loaded.revert(old);
    expect(Reflect.get(loaded, "tool")).toBe(unknown);
    const record: EntityRecord = Object(unknown).record;
    expect(record.parentId).toBe(later);
    expect(record.data).toBe(first?.data);
  });

  test("I3 I4 what a part of a tree gets back is the object that stands elsewhere in the tree", async () => {
    const { registry } = fixture();
    const shared = new Link({ name: "shared" });
    const child = new Link({ name: "child", next: shared });
    const root = await registry.register(
      new Link({ name: "root", next: shared, children: [child] }),
    );
    const [old, version] = [child.ecsId, shared.ecsId];
    child.next = null;
    await root.fork();
    await child.revert(old);
    expect(child.next).toBe(shared);
    expect([shared.ecsId, root.next]).toEqual([version, shared]);
    shared.name = "changed";
    await root.fork();
    expect(root.children[0]?.next?.name).toBe("changed");
    const loaded = await registry.getOrThrow(Link, root.ecsId);
    expect(loaded.toObject()).toEqual(root.toObject());
    expect(loaded.children[0]?.next).toBe(loaded.next);
  });

  test("a version that others committed meanwhile isn't lost", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(1));
    const old = book.ecsId;
    book.title = "second";
    await book.fork();
    const other = await registry.getOrThrow(Book, book.ecsId);
    other.title = "other";
    await Promise.all([other.fork(), book.revert(old)]);
    const heads = await registry.heads(book.lineageId);
    expect(heads).toContain(book.ecsId);
    const all = await registry.lineage(book.lineageId);
    expect(all.get(other.ecsId)).toBeDefined();
    expect(book.title).toBe("");
  });
});
