import { describe, expect, test } from "@jest/globals";
import { EntityRegistry, StorageError, type Commit, type CommitResult } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { at, Book, bookOf, contents, note, Values } from "./fixtures/library.ts";

/** A storage behind a line that breaks: before a commit arrived, or after it was written. */
class BadLine extends MemoryStorage {
  /** What happens to the next commits; the line is good when none is left. */
  readonly breaks: ("before" | "after" | "busy" | "no")[] = [];
  readonly sent: string[] = [];

  override async commit(commit: Commit): Promise<CommitResult> {
    this.sent.push(commit.header.id);
    const next = this.breaks.shift();
    if (next === "busy") throw new StorageError("MI_STORAGE_BUSY", "busy", { retryable: true });
    if (next === "before") throw lost();
    const result = await super.commit(commit);
    if (next === "after") throw lost();
    return result;
  }

  async versionCount(): Promise<number> {
    return (await this.stats()).versions;
  }
}

function lost(): StorageError {
  return new StorageError("MI_STORAGE_CONNECTION", "the line broke; retry", { retryable: true });
}

function world(): { storage: BadLine; registry: EntityRegistry } {
  const storage = new BadLine();
  return { storage, registry: new EntityRegistry({ storage }) };
}

const byText = (a: string | null, b: string | null): number => (a ?? "").localeCompare(b ?? "");
const longBreak = (kind: "before" | "after"): ("before" | "after")[] => [kind, "before", "before"];

describe("C1 A commit whose answer was lost", () => {
  test.each(["before", "after"] as const)(
    "is repeated unchanged by the fork itself (broken %s it was written)",
    async (kind) => {
      const { storage, registry } = world();
      const book = await registry.register(bookOf(2));
      at(book.pages, 0).content = "new";
      storage.breaks.push(kind);
      await book.fork();
      expect(new Set(storage.sent).size).toBe(2);
      expect(await storage.versionCount()).toBe(5);
      expect(book.hasModifications()).toBe(false);
      expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(["new", "1"]);
    },
  );

  test.each(["before", "after"] as const)(
    "is repeated unchanged by the next fork (broken %s it was written)",
    async (kind) => {
      const { storage, registry } = world();
      const book = await registry.register(bookOf(2));
      at(book.pages, 0).content = "new";
      book.pages.push(note("2"));
      storage.breaks.push(...longBreak(kind));
      await expect(book.fork()).rejects.toMatchObject({ code: "MI_STORAGE_CONNECTION" });
      expect(book.hasModifications()).toBe(true);
      await book.fork();
      expect(new Set(storage.sent).size).toBe(2);
      expect(await storage.versionCount()).toBe(6);
      expect((await registry.lineage(book.lineageId)).versions).toHaveLength(2);
      expect(book.hasModifications()).toBe(false);
      expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(["new", "1", "2"]);
    },
  );

  test.each([
    ["before", 1],
    ["after", 2],
  ] as const)(
    "is looked for when the entity was changed since (broken %s it was written)",
    async (kind, versions) => {
      const { storage, registry } = world();
      const book = await registry.register(bookOf(1));
      book.pages.push(note("first"));
      storage.breaks.push(...longBreak(kind));
      await expect(book.fork()).rejects.toMatchObject({ code: "MI_STORAGE_CONNECTION" });
      book.pages.push(note("second"));
      at(book.pages, 1).content = "first, edited";
      await book.fork();
      const lineage = await registry.lineage(book.lineageId);
      expect(lineage.versions).toHaveLength(1 + versions);
      expect(lineage.heads).toEqual([book.ecsId]);
      const stored = await registry.getOrThrow(Book, book.ecsId);
      expect(contents(stored)).toEqual(["0", "first, edited", "second"]);
      expect(stored.pages.map((page) => page.ecsId)).toEqual(book.pages.map((page) => page.ecsId));
      expect(book.hasModifications()).toBe(false);
      at(book.pages, 0).content = "on";
      await book.fork();
      expect(contents(await registry.getOrThrow(Book, book.ecsId))[0]).toBe("on");
    },
  );

  test("may have been a registration; the entity was edited since", async () => {
    const { storage, registry } = world();
    const values = new Values({ text: "first" });
    storage.breaks.push(...longBreak("after"));
    await expect(registry.register(values)).rejects.toMatchObject({
      code: "MI_STORAGE_CONNECTION",
    });
    values.text = "second";
    await registry.register(values);
    const { versions } = await registry.lineage(values.lineageId);
    expect(versions).toHaveLength(2);
    expect((await registry.getOrThrow(Values, values.ecsId)).text).toBe("second");
  });

  test("has its changes undone when it was a traced call's, and is taken up all the same", async () => {
    const { storage, registry } = world();
    const book = await registry.register(bookOf(1));
    storage.breaks.push(...longBreak("after"));
    const push = (): Promise<void> =>
      registry.transaction(() => {
        book.pages.push(note("x"));
      });
    await expect(push()).rejects.toMatchObject({ code: "MI_STORAGE_CONNECTION" });
    expect(contents(book)).toEqual(["0"]);
    await push();
    expect(await registry.heads(book.lineageId)).toEqual([book.ecsId]);
    expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(["0", "x"]);
  });

  test("is not repeated where the storage says that it wasn't written", async () => {
    const { storage, registry } = world();
    const values = await registry.register(new Values({}));
    const commit = storage.commit.bind(storage);
    let refusals = 0;
    storage.commit = async () => {
      refusals++;
      throw new StorageError("MI_STORAGE_BUSY", "locked; retry", { retryable: true });
    };
    values.text = "x";
    await expect(values.fork()).rejects.toMatchObject({ code: "MI_STORAGE_BUSY" });
    expect(refusals).toBe(1);
    storage.commit = commit;
    await values.fork();
    expect((await registry.lineage(values.lineageId)).versions).toHaveLength(2);
  });

  test.each(["before", "after"] as const)(
    "takes nothing away that was changed below since (broken %s it was written)",
    async (kind) => {
      const { storage, registry } = world();
      const book = await registry.register(bookOf(2));
      book.title = "new";
      storage.breaks.push(...longBreak(kind));
      await expect(book.fork()).rejects.toMatchObject({ code: "MI_STORAGE_CONNECTION" });
      at(book.pages, 0).content = "edited";
      await book.fork();
      expect(book.hasModifications()).toBe(false);
      const stored = await registry.getOrThrow(Book, book.ecsId);
      expect([stored.title, contents(stored)]).toEqual(["new", ["edited", "1"]]);
    },
  );

  test.each([
    ["within one fork", ["after", "busy"]],
    ["in the next fork", ["after", "before", "before", "busy"]],
  ] as const)("stays in doubt when the repeat is refused (%s)", async (_, breaks) => {
    const { storage, registry } = world();
    storage.breaks.push(...breaks);
    const values = new Values({ text: "1" });
    while (storage.breaks.length > 0)
      await expect(registry.register(values)).rejects.toMatchObject({ retryable: true });
    values.text = "2";
    await registry.register(values);
    values.text = "3";
    storage.breaks.push(...breaks);
    while (storage.breaks.length > 0)
      await expect(values.fork()).rejects.toMatchObject({ retryable: true });
    values.text = "4";
    await values.fork();
    expect(await registry.heads(values.lineageId)).toEqual([values.ecsId]);
    expect((await registry.getOrThrow(Values, values.ecsId)).text).toBe("4");
  });

  test("may have been a merge: it is sent again as it was", async () => {
    const { storage, registry } = world();
    const book = await registry.register(bookOf(1));
    const branch = await registry.getOrThrow(Book, book.ecsId);
    branch.pages.push(note("branch"));
    await branch.fork();
    book.pages.push(note("mine"));
    await book.fork();
    storage.breaks.push(...longBreak("after"));
    await expect(registry.merge(book, branch)).rejects.toMatchObject({
      code: "MI_STORAGE_CONNECTION",
    });
    await registry.merge(book, branch);
    expect(await registry.heads(book.lineageId)).toEqual([book.ecsId]);
    expect(contents(book)).toEqual(["0", "mine", "branch"]);
  });

  test.each([
    ["its commit", ["no", "busy"]],
    ["the way to its commit", ["no", ...longBreak("before")]],
    ["the answer of its commit", ["no", ...longBreak("after")]],
    ["its answer, and was written at the second try", ["no", "before", "after", "before"]],
  ] as const)(
    "C2 a merge on conflict that failed at %s is finished by the next fork",
    async (_, breaks) => {
      const { storage, registry } = world();
      const book = await registry.register(bookOf(1));
      const other = await registry.getOrThrow(Book, book.ecsId);
      other.pages.push(note("other"));
      await other.fork();
      book.pages.push(note("mine"));
      storage.breaks.push(...breaks);
      const merge = { onConflict: "merge" } as const;
      await expect(book.fork(merge)).rejects.toMatchObject({ retryable: true });
      await book.fork(merge);
      expect(await registry.heads(book.lineageId)).toEqual([book.ecsId]);
      expect(contents(book).toSorted(byText)).toEqual(["0", "mine", "other"]);
      expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(contents(book));
    },
  );

  test("C2 a merge whose answer was lost is gone on from, also when others branched off meanwhile", async () => {
    const { storage, registry } = world();
    const book = await registry.register(bookOf(1));
    const other = await registry.getOrThrow(Book, book.ecsId);
    other.pages.push(note("other"));
    await other.fork();
    book.pages.push(note("mine"));
    storage.breaks.push("no", ...longBreak("after"));
    const merge = { onConflict: "merge" } as const;
    await expect(book.fork(merge)).rejects.toMatchObject({ retryable: true });
    other.pages.push(note("late"));
    await other.fork();
    expect(await registry.heads(book.lineageId)).toHaveLength(2);
    await book.fork(merge);
    expect(await registry.heads(book.lineageId)).toEqual([book.ecsId]);
    expect(contents(book).toSorted(byText)).toEqual(["0", "late", "mine", "other"]);
  });
});
