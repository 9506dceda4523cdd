import { describe, expect, test } from "@jest/globals";
import { at, Book, bookOf, contents, fixture, Link, note, Note } from "./fixtures/library.ts";

describe("Revert", () => {
  test("a new version on top of the head with the old content, sub-entities on top of their own heads", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(3));
    const [old, page] = [book.ecsId, at(book.pages, 1)];
    const first = page.ecsId;
    page.content = "changed";
    book.title = "new title";
    book.pages.push(note("3"));
    await book.fork();
    page.content = "changed again";
    await book.fork();
    const [head, pageHead] = [book.ecsId, page.ecsId];
    await made();
    expect(await book.revert(old, { context: { actor: "ana", reason: "mistake" } })).toBe(book);
    expect(await made()).toBe(2);
    expect([book.title, contents(book)]).toEqual(["", ["0", "1", "2"]]);
    expect(at(book.pages, 1)).toBe(page);
    expect([book.parentId, page.parentId]).toEqual([head, pageHead]);
    expect(page.ecsId).not.toBe(first);
    expect(book.hasModifications()).toBe(false);
    const loaded = await registry.getOrThrow(Book, book.ecsId);
    expect(loaded.toObject()).toEqual(book.toObject());
    expect(contents(await registry.getOrThrow(Book, head))).toEqual([
      "0",
      "changed again",
      "2",
      "3",
    ]);
    expect(await registry.heads(book.lineageId)).toEqual([book.ecsId]);
    page.content = "goes on";
    await book.fork();
    expect(await made()).toBe(2);
  });

  test("to what it already is makes nothing", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(3));
    const old = book.ecsId;
    at(book.pages, 0).content = "x";
    await book.fork();
    at(book.pages, 0).content = "0";
    await book.fork();
    await made();
    await book.revert(old);
    expect(await made()).toBe(0);
    expect(book.toObject()).toEqual((await registry.getOrThrow(Book, old)).toObject());
  });

  test("several heads: the caller names one, or the entity stands on one", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    const old = page.ecsId;
    const [mine, theirs] = [
      await registry.getOrThrow(Note, old),
      await registry.getOrThrow(Note, old),
    ];
    mine.content = "mine";
    theirs.content = "theirs";
    await mine.fork();
    await theirs.fork();
    await expect(page.revert(old)).rejects.toThrow(/2 heads; name one/);
    await expect(page.revert(old, { onto: old })).rejects.toThrow(/is no head/);
    const before = mine.ecsId;
    await page.revert(old, { onto: before });
    expect([page.parentId, page.content]).toEqual([before, "a"]);
    expect(await registry.heads(page.lineageId)).toEqual([theirs.ecsId, page.ecsId]);
  });

  test("refuses what would lose changes, and versions of something else", async () => {
    const { registry } = fixture();
    const [page, other] = [await registry.register(note("a")), await registry.register(note("b"))];
    const old = page.ecsId;
    page.content = "unsaved";
    await expect(page.revert(old)).rejects.toThrow(/has changes; fork\(\) them/);
    expect(page.content).toBe("unsaved");
    await page.fork();
    await expect(page.revert(other.ecsId)).rejects.toThrow(/is no version of/);
    await expect(page.revert(note("c").ecsId)).rejects.toMatchObject({
      code: "MI_ENTITY_NOT_FOUND",
    });
  });

  test("circles and shared entities come back once each; removed ones too", async () => {
    const { registry, made } = fixture();
    const shared = new Link({ name: "shared" });
    const root = new Link({ name: "root", next: shared, children: [shared] });
    shared.next = root;
    await registry.register(root);
    const old = root.ecsId;
    root.next = null;
    root.children = [];
    root.name = "alone";
    await root.fork();
    await made();
    const reverted = await root.revert(old);
    expect(reverted).toBe(root);
    expect(await made()).toBe(2);
    expect(reverted.next).toBe(at(reverted.children, 0));
    expect(at(reverted.children, 0).next).toBe(root);
    expect([root.name, root.hasModifications()]).toEqual(["root", false]);
  });
});
