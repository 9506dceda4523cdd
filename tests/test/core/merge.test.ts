import { describe, expect, test } from "@jest/globals";
import { MergeConflictError, type EcsId, type EntityRegistry, type MergeConflict } from "@mi/ecs";
import { at, Book, bookOf, contents, fixture, Link, note, Values } from "./fixtures/library.ts";

/** Two copies of one version, for two writers. */
async function branches(registry: EntityRegistry, id: EcsId): Promise<[Book, Book]> {
  return [await registry.getOrThrow(Book, id), await registry.getOrThrow(Book, id)];
}

describe("Merge", () => {
  test("changes of different fields and different sub-entities join; both sides become parents", async () => {
    const { registry, made } = fixture();
    const base = await registry.register(bookOf(4));
    const [ours, theirs] = await branches(registry, base.ecsId);
    ours.title = "ours";
    at(ours.pages, 0).content = "ours";
    theirs.pages.push(note("theirs"));
    at(theirs.pages, 2).content = "theirs";
    await ours.fork();
    await theirs.fork();
    await made();
    const [before, page] = [ours.ecsId, at(ours.pages, 0)];
    expect(await registry.merge(ours, theirs)).toBe(ours);
    expect(await made()).toBe(1);
    expect([ours.title, contents(ours)]).toEqual(["ours", ["ours", "1", "theirs", "3", "theirs"]]);
    expect(at(ours.pages, 0)).toBe(page);
    expect([ours.parentId, ours.mergedFromId]).toEqual([before, theirs.ecsId]);
    expect(await registry.heads(ours.lineageId)).toEqual([ours.ecsId]);
    expect(ours.hasModifications()).toBe(false);
    expect((await registry.getOrThrow(Book, ours.ecsId)).toObject()).toEqual(ours.toObject());
    at(ours.pages, 4).content = "goes on";
    await ours.fork();
    expect(await made()).toBe(2);
  });

  test("two appends do not conflict, nor do an insertion here and a removal there", async () => {
    const { registry } = fixture();
    const base = await registry.register(bookOf(5));
    const [ours, theirs] = await branches(registry, base.ecsId);
    ours.pages.push(note("a"), note("b"));
    ours.pages.splice(1, 1);
    theirs.pages.push(note("x"));
    theirs.pages.unshift(note("first"));
    await ours.fork();
    await theirs.fork();
    await registry.merge(ours, theirs.ecsId);
    expect(contents(ours)).toEqual(["first", "0", "2", "3", "4", "a", "b", "x"]);
  });

  test("a conflict is data, all of them at once; nothing is written until somebody decides", async () => {
    const { registry, made } = fixture();
    const base = await registry.register(bookOf(2));
    const [ours, theirs] = await branches(registry, base.ecsId);
    for (const [book, name] of [
      [ours, "ours"],
      [theirs, "theirs"],
    ] as const) {
      book.title = name;
      at(book.pages, 1).content = name;
      await book.fork();
    }
    await made();
    const failed = await registry.merge(ours, theirs).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(MergeConflictError);
    const wanted = [
      { type: "test.Book", path: ["title"], base: "", ours: "ours", theirs: "theirs" },
      { type: "test.Note", path: ["content"], base: "1", ours: "ours", theirs: "theirs" },
    ];
    expect(failed).toMatchObject({ conflicts: wanted });
    const preview = await registry.merge(ours, theirs, { preview: true });
    expect(preview.conflicts).toMatchObject(wanted);
    expect(preview.modifications).toHaveLength(2);
    expect([await made(), ours.title, ours.hasModifications()]).toEqual([0, "ours", false]);
    const asked: MergeConflict[] = [];
    await registry.merge(ours, theirs, {
      resolve(conflict) {
        asked.push(conflict);
        return conflict.path[0] === "title" ? { value: "both" } : "theirs";
      },
      context: { actor: "ana" },
    });
    expect(asked).toHaveLength(2);
    expect([ours.title, contents(ours), await made()]).toEqual(["both", ["0", "theirs"], 2]);
    expect(await registry.heads(at(ours.pages, 1).lineageId)).toHaveLength(1);
  });

  test("equal changes coincide, and are one version with both parents", async () => {
    const { registry, made } = fixture();
    const base = await registry.register(bookOf(1));
    const [ours, theirs] = await branches(registry, base.ecsId);
    for (const book of [ours, theirs]) {
      book.title = "same";
      await book.fork();
    }
    await made();
    await registry.merge(ours, theirs);
    expect([await made(), ours.title, (await registry.heads(ours.lineageId)).length]).toEqual([
      1,
      "same",
      1,
    ]);
  });

  test("what only went on is taken as it is: no version is made", async () => {
    const { registry, made } = fixture();
    const base = await registry.register(bookOf(2));
    const [ours, theirs] = await branches(registry, base.ecsId);
    theirs.title = "theirs";
    at(theirs.pages, 1).content = "theirs";
    await theirs.fork();
    await made();
    const page = at(ours.pages, 1);
    await registry.merge(ours, theirs);
    expect([ours.ecsId, ours.title, page.content, await made()]).toEqual([
      theirs.ecsId,
      "theirs",
      "theirs",
      0,
    ]);
    await registry.merge(ours, base.ecsId);
    expect([ours.ecsId, await made()]).toEqual([theirs.ecsId, 0]);
  });

  test("nested objects join key by key", async () => {
    const { registry } = fixture();
    const { ecsId } = await registry.register(
      new Values({ record: { a: 1, deep: { x: 1, y: [1, 2] }, gone: 1 } }),
    );
    const ours = await registry.getOrThrow(Values, ecsId);
    const theirs = await registry.getOrThrow(Values, ecsId);
    Object(ours.record["deep"]).x = 2;
    ours.record["mine"] = true;
    delete ours.record["gone"];
    Object(theirs.record["deep"]).y.push(3);
    theirs.record["theirs"] = new Date(5);
    await ours.fork();
    await theirs.fork();
    await registry.merge(ours, theirs);
    expect(ours.record).toEqual({
      a: 1,
      deep: { x: 2, y: [1, 2, 3] },
      mine: true,
      theirs: new Date(5),
    });
  });

  test("circles merge by lineage", async () => {
    const { registry } = fixture();
    const [a, b] = [new Link({ name: "a" }), new Link({ name: "b" })];
    a.next = b;
    b.next = a;
    await registry.register(a);
    const ours = await registry.getOrThrow(Link, a.ecsId);
    const theirs = await registry.getOrThrow(Link, a.ecsId);
    ours.name = "A";
    if (theirs.next) theirs.next.name = "B";
    theirs.children.push(new Link({ name: "new", next: theirs }));
    await ours.fork();
    await theirs.fork();
    await registry.merge(ours, theirs);
    expect([ours.name, ours.next?.name, ours.next?.next === ours]).toEqual(["A", "B", true]);
    expect(at(ours.children, 0).next).toBe(ours);
    const loaded = await registry.getOrThrow(Link, ours.ecsId);
    expect(loaded.next?.next).toBe(loaded);
    expect(at(loaded.children, 0).next).toBe(loaded);
    expect(await registry.heads(b.lineageId)).toHaveLength(1);
  });

  test("criss-cross histories: what either ancestor had counts as unchanged", async () => {
    const { registry } = fixture();
    const base = await registry.register(bookOf(2));
    const [one, two] = await branches(registry, base.ecsId);
    one.title = "one";
    await one.fork();
    at(two.pages, 0).content = "two";
    await two.fork();
    const [oldOne, oldTwo] = [one.ecsId, two.ecsId];
    await registry.merge(one, oldTwo);
    await registry.merge(two, oldOne);
    expect(one.ecsId).not.toBe(two.ecsId);
    at(one.pages, 1).content = "later";
    await one.fork();
    two.title = "later";
    await two.fork();
    await registry.merge(one, two);
    expect([one.title, contents(one)]).toEqual(["later", ["two", "later"]]);
    expect(await registry.heads(one.lineageId)).toEqual([one.ecsId]);
  });

  test("refuses other entities, unsaved changes and what is not stored", async () => {
    const { registry } = fixture();
    const [book, other] = [await registry.register(bookOf(1)), await registry.register(bookOf(1))];
    await expect(registry.merge(book, other)).rejects.toThrow(/only versions of one entity merge/);
    await expect(registry.merge(book, note("x").ecsId)).rejects.toMatchObject({
      code: "MI_ENTITY_NOT_FOUND",
    });
    const copy = await registry.getOrThrow(Book, book.ecsId);
    book.title = "unsaved";
    await expect(registry.merge(book, copy)).rejects.toThrow(/has changes; fork\(\) them/);
    await expect(registry.merge(copy, book)).rejects.toThrow(/has changes; fork\(\) them/);
    expect(book.title).toBe("unsaved");
  });

  test("C2 onConflict merge: the loser's warm copies take the merged content, nothing is lost", async () => {
    const { registry, storage } = fixture();
    const base = await registry.register(bookOf(2));
    const [ours, theirs] = await branches(registry, base.ecsId);
    theirs.pages.push(note("theirs"));
    await theirs.fork();
    ours.title = "ours";
    ours.pages.push(note("ours"));
    await ours.fork({ onConflict: "merge", actor: "ana" });
    expect([ours.title, contents(ours)]).toEqual(["ours", ["0", "1", "ours", "theirs"]]);
    expect(await registry.heads(ours.lineageId)).toEqual([ours.ecsId]);
    expect((await registry.getOrThrow(Book, ours.ecsId)).toObject()).toEqual(ours.toObject());
    expect((await storage.stats()).versions).toBe(3 + 2 + 2 + 1);
    ours.title = "again";
    await ours.fork({ onConflict: "merge" });
    expect((await storage.stats()).versions).toBe(3 + 2 + 2 + 1 + 1);
  });

  test("C2 onConflict merge, the same thing changed: an error lists it, and both versions are kept", async () => {
    const { registry } = fixture();
    const base = await registry.register(bookOf(1));
    const [ours, theirs] = await branches(registry, base.ecsId);
    theirs.title = "theirs";
    await theirs.fork();
    ours.title = "ours";
    await expect(ours.fork({ onConflict: "merge" })).rejects.toThrow(MergeConflictError);
    expect(await registry.heads(base.lineageId)).toEqual([theirs.ecsId, ours.ecsId]);
    expect(ours.title).toBe("ours");
    await registry.merge(ours, theirs, { resolve: () => "theirs" });
    expect([ours.title, await registry.heads(base.lineageId)]).toEqual(["theirs", [ours.ecsId]]);
  });

  test("C2 onConflict merge, when a shared sub-entity was changed through another holder", async () => {
    const { registry } = fixture();
    const page = note("shared");
    const [one, two] = [
      new Book({ title: "one", pages: [page] }),
      new Book({ title: "two", pages: [page] }),
    ];
    await registry.register(one);
    await registry.register(two);
    const elsewhere = await registry.getOrThrow(Book, two.ecsId);
    at(elsewhere.pages, 0).tags.push("elsewhere");
    await elsewhere.fork();
    page.content = "here";
    await one.fork({ onConflict: "merge" });
    expect([page.content, page.tags]).toEqual(["here", ["elsewhere"]]);
    expect(await registry.heads(page.lineageId)).toEqual([page.ecsId]);
    const loaded = await registry.getOrThrow(Book, one.ecsId);
    expect(at(loaded.pages, 0).toObject()).toEqual(page.toObject());
  });
});
