import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { EntityTypeMismatchError, parseEcsId } from "@mi/ecs";
import { at, Book, bookOf, fixture, Link, Note, note, Usage } from "./fixtures/library.ts";

describe("Identity", () => {
  test("I1 an ecsId is a UUIDv7, createdAt is the version's own time, a committed record never changes", async () => {
    const { registry, clock } = fixture();
    const page = await registry.run(() => note("a"));
    const first = page.ecsId;
    const record = await registry.coldSnapshot(first);
    clock.advance(1000);
    page.content = "b";
    await page.fork();
    expect(parseEcsId(page.ecsId)).toBe(page.ecsId);
    const second = await registry.coldSnapshot(page.ecsId);
    expect(
      Date.parse(second?.createdAt ?? "") - Date.parse(record?.createdAt ?? ""),
    ).toBeGreaterThan(0);
    expect(page.createdAt.toISOString()).toBe(second?.createdAt);
    expect(await registry.coldSnapshot(first)).toEqual(record);
    expect(Object.isFrozen(second)).toBe(true);
  });

  test("I2 a lineage keeps its id; parentId is the version forked from", async () => {
    const { registry } = fixture();
    const page = note("a");
    expect(page.parentId).toBeNull();
    expect(page.lineageId).not.toBe(page.ecsId);
    await registry.register(page);
    const [first, lineage] = [page.ecsId, page.lineageId];
    page.content = "b";
    await page.fork();
    expect(page.parentId).toBe(first);
    expect(page.lineageId).toBe(lineage);
  });

  test("I3 two loads are two copies with nothing mutable in common", async () => {
    const { registry } = fixture();
    const { ecsId } = await registry.register(bookOf(2));
    const [a, b] = [await registry.getOrThrow(Book, ecsId), await registry.getOrThrow(Book, ecsId)];
    expect(a.liveId).not.toBe(b.liveId);
    expect(at(a.pages, 0)).not.toBe(at(b.pages, 0));
    at(a.pages, 0).tags.push("x");
    a.pages.pop();
    expect(b.pages).toHaveLength(2);
    expect(at(b.pages, 0).tags).toEqual([]);
    expect(a.fromStorage).toBe(true);
    expect(a).not.toEqual(b);
  });

  test("I3 getMany keeps order, duplicates and absences, each a tree of its own", async () => {
    const { registry } = fixture();
    const first = await registry.register(note("a"));
    const second = await registry.register(note("b"));
    const absent = note("never stored").ecsId;
    const found = await registry.getMany(Note, [second.ecsId, absent, first.ecsId, second.ecsId]);
    expect(found.map((page) => page?.content)).toEqual(["b", undefined, "a", "b"]);
    expect(found[0]).not.toBe(found[3]);
  });

  test("I3 sharing and circles come back as they were", async () => {
    const { registry } = fixture();
    const shared = new Link({ name: "shared" });
    const root = new Link({ name: "root", next: shared, children: [shared, shared] });
    shared.next = root;
    await registry.register(root);
    const loaded = await registry.getOrThrow(Link, root.ecsId);
    expect(loaded.next).toBe(at(loaded.children, 0));
    expect(at(loaded.children, 1)).toBe(loaded.next);
    expect(loaded.next?.next).toBe(loaded);
  });

  test("I4 the object that code holds stays the same through forks", async () => {
    const { registry } = fixture();
    const book = bookOf(1);
    const page = at(book.pages, 0);
    const held = new Set([book]);
    expect(await registry.register(book)).toBe(book);
    page.content = "b";
    expect(await book.fork()).toBe(book);
    expect(at(book.pages, 0)).toBe(page);
    expect(held.has(book)).toBe(true);
  });

  test("I5 previous ids are answered from the lineage, oldest first", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("0"));
    const ids = [page.ecsId];
    for (const content of ["1", "2"]) {
      page.content = content;
      await page.fork();
      ids.push(page.ecsId);
    }
    expect(await page.oldIds()).toEqual(ids.slice(0, -1));
  });

  test("a version of another type is a mismatch, a subclass is not", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    await expect(registry.get(Usage, page.ecsId)).rejects.toMatchObject({
      code: "MI_ENTITY_TYPE_MISMATCH",
    });
    await expect(registry.get(Usage, page.ecsId)).rejects.toThrow(EntityTypeMismatchError);
  });

  test("I3 a copy that nobody has looked into yet shows its fields to whoever asks first", async () => {
    const { registry } = fixture();
    const page = await registry.register(new Note({ content: "text", tags: ["a"] }));
    const book = await registry.register(new Book({ pages: [page] }));
    const fresh = async (): Promise<Note> =>
      at((await registry.getOrThrow(Book, book.ecsId)).pages, 0);
    const plain = page.toObject();
    expect(inspect(await fresh())).toBe(inspect(page));
    expect(inspect(await registry.getOrThrow(Book, book.ecsId), { depth: 4 })).toContain("'text'");
    expect(Object.keys(await fresh())).toEqual(Object.keys(plain));
    expect("content" in (await fresh())).toBe(true);
    expect(JSON.stringify(await fresh())).toBe(JSON.stringify(plain));
    expect({ ...(await fresh()) }).toEqual(plain);
    expect((await fresh()).toObject()).toEqual(plain);
    expect((await fresh()).hasModifications()).toBe(false);
    expect((await fresh()).compareFields(page)).toEqual([]);
    const changed = await fresh();
    changed.tags.push("b");
    await changed.fork();
    expect(await registry.getOrThrow(Note, changed.ecsId)).toMatchObject({ tags: ["a", "b"] });
  });
});
