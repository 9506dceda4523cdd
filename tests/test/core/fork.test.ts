import { describe, expect, test } from "@jest/globals";
import {
  ConcurrentModificationError,
  DuplicateWarmCopyError,
  EntityRegistry,
  type Commit,
  type CommitResult,
  type EntityStorage,
} from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import {
  at,
  Book,
  bookOf,
  contents,
  fixture,
  Link,
  note,
  Note,
  usage,
  Values,
} from "./fixtures/library.ts";

/** A storage whose commits wait, or fail, as the test says. */
class GatedStorage extends MemoryStorage {
  readonly log: Commit[] = [];
  gate: Promise<void> | undefined;
  failure: Error | undefined;

  override async commit(commit: Commit): Promise<CommitResult> {
    this.log.push(commit);
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    return super.commit(commit);
  }
}

function gate(): { closed: Promise<void>; open: () => void } {
  let open = (): void => {};
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { closed, open };
}

function chain(length: number): Link[] {
  const links: Link[] = [];
  for (let i = 0; i < length; i++)
    links.unshift(new Link({ name: String(length - 1 - i), next: links[0] ?? null }));
  return links;
}

describe("Fork", () => {
  test("F1 editing note 3 of a book of 100 makes two versions: the note and the book", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(100));
    expect(await made()).toBe(101);
    at(book.pages, 3).content = "changed";
    await book.fork();
    expect(await made()).toBe(2);
  });

  test("F1 a leaf at depth 50 forks its 50 ancestors and itself, siblings keep their versions", async () => {
    const { registry, made } = fixture();
    const links = chain(51);
    for (const link of links) link.children.push(new Link({ name: `beside ${link.name}` }));
    await registry.register(at(links, 0));
    await made();
    at(links, 50).name = "leaf";
    await at(links, 0).fork();
    expect(await made()).toBe(51);
  });

  test("F1 in a circle all of it forks, and the old one still shows what it was", async () => {
    const { registry, made } = fixture();
    const [a, b, c] = [new Link({ name: "a" }), new Link({ name: "b" }), new Link({ name: "c" })];
    a.next = b;
    b.next = c;
    c.next = a;
    await registry.register(a);
    const old = a.ecsId;
    await made();
    c.name = "changed";
    expect(b.hasModifications()).toBe(true);
    await a.fork();
    expect(await made()).toBe(3);
    const loaded = await registry.getOrThrow(Link, a.ecsId);
    expect(loaded.next?.next?.next).toBe(loaded);
    expect(loaded.next?.next?.name).toBe("changed");
    expect((await registry.getOrThrow(Link, old)).next?.next?.name).toBe("c");
    const self = await registry.register(new Link({ name: "self" }));
    self.next = self;
    await made();
    await self.fork();
    self.name = "again";
    await self.fork();
    expect(await made()).toBe(2);
  });

  test("F1 a circle through a list, far from the root", async () => {
    const { registry, made } = fixture();
    const [root, a, b] = [
      new Link({ name: "r" }),
      new Link({ name: "a" }),
      new Link({ name: "b" }),
    ];
    root.children.push(new Link({ name: "beside" }), a);
    a.children.push(b);
    b.children.push(a);
    await registry.register(root);
    await made();
    b.name = "B";
    await root.fork();
    expect(await made()).toBe(3);
    const loaded = await registry.getOrThrow(Link, root.ecsId);
    expect(at(at(at(loaded.children, 1).children, 0).children, 0)).toBe(at(loaded.children, 1));
  });

  test("F1 a shared sub-entity forks once, in a diamond and many times over", async () => {
    const { registry, made } = fixture();
    const shared = new Link({ name: "shared" });
    const [left, right] = [
      new Link({ name: "l", next: shared }),
      new Link({ name: "r", children: [shared, shared] }),
    ];
    const root = await registry.register(new Link({ name: "root", children: [left, right] }));
    await made();
    shared.name = "changed";
    await root.fork();
    expect(await made()).toBe(4);
    const loaded = await registry.getOrThrow(Link, root.ecsId);
    expect(at(at(loaded.children, 1).children, 1)).toBe(at(loaded.children, 0).next);
    expect(at(loaded.children, 0).next?.name).toBe("changed");
  });

  test("F1 only the receiver's tree: holders above show as modified until they are forked", async () => {
    const { registry, made } = fixture();
    const page = note("shared");
    const [one, two] = [new Book({ pages: [page] }), new Book({ pages: [page, note("own")] })];
    await registry.register(one);
    await registry.register(two);
    await made();
    page.content = "changed";
    await page.fork();
    expect(await made()).toBe(1);
    expect([one.hasModifications(), two.hasModifications()]).toEqual([true, true]);
    await one.fork();
    expect(await made()).toBe(1);
    expect([one.hasModifications(), two.hasModifications()]).toEqual([false, true]);
    expect(two.modifications().map((m) => m.kind)).toEqual(["modified"]);
    await two.fork();
    expect(await made()).toBe(1);
    const loaded = await registry.getOrThrow(Book, two.ecsId);
    expect(contents(loaded)).toEqual(["changed", "own"]);
  });

  test("F2 all in one commit, whose records refer to one another's new versions", async () => {
    const storage = new GatedStorage();
    const { registry } = fixture(storage);
    const links = chain(5);
    await registry.register(at(links, 0));
    at(links, 4).name = "x";
    await at(links, 0).fork({ actor: "ana", reason: "test", metadata: { n: 1 } });
    expect(storage.log).toHaveLength(2);
    const commit = at(storage.log, 1);
    expect(commit.versions).toHaveLength(5);
    const ids = new Set(commit.versions.map(({ record }) => record.ecsId));
    for (const { record } of commit.versions)
      for (const ref of record.refs) expect(ids.has(ref)).toBe(true);
    expect(commit.header).toMatchObject({ actor: "ana", reason: "test", metadata: '{"n":1}' });
  });

  test("F2 a failed commit moves nothing, in memory or in storage, and loses no change", async () => {
    const storage = new GatedStorage();
    const { registry, made } = fixture(storage);
    const book = await registry.register(bookOf(3));
    await made();
    const before = book.ecsId;
    book.pages.push(note("new"));
    at(book.pages, 0).content = "changed";
    at(book.pages, 0).tags.push("t");
    storage.failure = new Error("lost connection");
    const { closed, open } = gate();
    storage.gate = closed;
    const failing = book.fork();
    await Promise.resolve();
    book.title = "written while the commit was under way";
    at(book.pages, 3).content = "new, and changed at once";
    open();
    await expect(failing).rejects.toThrow("lost connection");
    expect(book.ecsId).toBe(before);
    expect(await made()).toBe(0);
    expect(book.hasModifications()).toBe(true);
    storage.failure = undefined;
    await book.fork();
    expect(await made()).toBe(3);
    const loaded = await registry.getOrThrow(Book, book.ecsId);
    expect(loaded.toObject()).toEqual(book.toObject());
    expect(contents(loaded)).toEqual(["changed", "1", "2", "new, and changed at once"]);
  });

  test("what is changed while a commit is under way belongs to the next one", async () => {
    const storage = new GatedStorage();
    const { registry, made } = fixture(storage);
    const book = new Book({ title: "a", pages: [note("0")] });
    const { closed, open } = gate();
    storage.gate = closed;
    const first = registry.register(book);
    await Promise.resolve();
    book.pages.push(note("1"));
    at(book.pages, 0).content = "0 changed";
    const second = book.fork();
    open();
    await Promise.all([first, second]);
    expect(await made()).toBe(2 + 3);
    const [early, late] = [at(storage.log, 0), at(storage.log, 1)];
    expect(early.versions).toHaveLength(2);
    expect(late.versions.map(({ record }) => record.type)).toEqual([
      "test.Note",
      "test.Note",
      "test.Book",
    ]);
    const loaded = await registry.getOrThrow(Book, book.ecsId);
    expect(contents(loaded)).toEqual(["0 changed", "1"]);
    expect(book.hasModifications()).toBe(false);
  });

  test("what another tree's commit is moving shows as a modification of all that hold it", async () => {
    const storage = new GatedStorage();
    const { registry, made } = fixture(storage);
    const shared = usage(1);
    const [one, two] = [
      await registry.register(new Note({ content: "1", usage: shared })),
      await registry.register(new Note({ content: "2", usage: shared })),
    ];
    await made();
    shared.totalTokens = 2;
    const { closed, open } = gate();
    storage.gate = closed;
    const first = one.fork();
    await Promise.resolve();
    expect([one.hasModifications(), two.hasModifications()]).toEqual([false, true]);
    const second = two.fork();
    open();
    await Promise.all([first, second]);
    expect([await made(), two.hasModifications()]).toEqual([3, false]);
  });

  test("forks of one tree at once run one after the other and make no version twice", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(2));
    await made();
    at(book.pages, 0).content = "x";
    await Promise.all([book.fork(), at(book.pages, 0).fork(), book.fork()]);
    expect(await made()).toBe(2);
  });

  test("forks of overlapping trees begun in the same tick lose nothing", async () => {
    const { registry, made } = fixture();
    const page = note("1");
    const [one, two] = [new Book({ pages: [page] }), new Book({ pages: [page] })];
    await Promise.all([registry.register(one), registry.register(two), registry.register(page)]);
    expect(await made()).toBe(3);
    page.content = "2";
    await Promise.all([page.fork(), one.fork(), two.fork()]);
    expect(await made()).toBe(3);
    for (const book of [one, two]) {
      expect(book.hasModifications()).toBe(false);
      expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(["2"]);
    }
  });

  test("F3 forking what is not modified commits nothing; forking what was never stored registers it", async () => {
    const { registry, made, storage } = fixture();
    const book = bookOf(2);
    await expect(book.fork()).rejects.toMatchObject({ code: "MI_ENTITY_NO_REGISTRY" });
    await registry.run(() => book.fork());
    expect(await made()).toBe(3);
    await book.fork();
    await registry.register(book);
    expect(await made()).toBe(0);
    expect((await storage.stats()).commits).toBe(1);
  });

  test("F4 an old version can be loaded, changed and forked: a branch, and both heads stay", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(3));
    const old = book.ecsId;
    book.pages.push(note("3"));
    await book.fork();
    const branch = await registry.getOrThrow(Book, old);
    branch.pages.unshift(note("other"));
    await branch.fork();
    expect(branch.parentId).toBe(old);
    expect(await registry.heads(book.lineageId)).toEqual([book.ecsId, branch.ecsId]);
    expect((await registry.latest(Book, book.lineageId))?.ecsId).toBe(branch.ecsId);
    expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(["0", "1", "2", "3"]);
    expect(contents(await registry.getOrThrow(Book, branch.ecsId))).toEqual([
      "other",
      "0",
      "1",
      "2",
    ]);
    expect(contents(await registry.getOrThrow(Book, old))).toEqual(["0", "1", "2"]);
  });

  test("F5 two equal warm copies of one version count as one, different ones are refused", async () => {
    const { registry, made } = fixture();
    const page = await registry.register(note("a"));
    const [one, two] = [
      await registry.getOrThrow(Note, page.ecsId),
      await registry.getOrThrow(Note, page.ecsId),
    ];
    await made();
    const book = await registry.register(new Book({ pages: [one, two] }));
    expect(await made()).toBe(1);
    one.content = "b";
    await expect(book.fork()).rejects.toThrow(DuplicateWarmCopyError);
    expect(await made()).toBe(0);
  });

  test("C2 two writers of one version: two heads, or an error with expected and actual", async () => {
    const storage = new MemoryStorage();
    const { registry } = fixture(storage);
    const strict = new EntityRegistry({ storage, onConflict: "fail" });
    const page = await registry.register(note("a"));
    const base = page.ecsId;
    const mine = await strict.getOrThrow(Note, base);
    page.content = "theirs";
    await page.fork();
    mine.content = "mine";
    const conflict = await mine.fork().catch((error: unknown) => error);
    expect(conflict).toBeInstanceOf(ConcurrentModificationError);
    expect(conflict).toMatchObject({
      conflicts: [{ lineageId: page.lineageId, expected: base, actual: [page.ecsId] }],
    });
    expect(mine.hasModifications()).toBe(true);
    await mine.fork({ onConflict: "branch" });
    expect(await strict.heads(page.lineageId)).toEqual([page.ecsId, mine.ecsId]);
  });

  test("an entity moves between two trees, and is shared by both", async () => {
    const { registry, made } = fixture();
    const [from, to] = [await registry.register(bookOf(3)), await registry.register(bookOf(1))];
    await made();
    const moved = at(from.pages, 1);
    to.pages.push(moved);
    from.pages.splice(1, 1);
    await from.fork();
    await to.fork();
    expect(await made()).toBe(2);
    moved.content = "moved";
    expect([from.hasModifications(), to.hasModifications()]).toEqual([false, true]);
    from.pages.push(moved);
    await to.fork();
    await from.fork();
    expect(await made()).toBe(3);
    expect(contents(await registry.getOrThrow(Book, from.ecsId))).toEqual(["0", "2", "moved"]);
  });

  test("added, removed, added, removed, added", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(2));
    const page = note("x");
    await made();
    for (const expected of [2, 1, 1, 1, 1]) {
      if (book.pages.includes(page)) book.pages.splice(book.pages.indexOf(page), 1);
      else book.pages.push(page);
      await book.fork();
      expect(await made()).toBe(expected);
    }
    expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(["0", "1", "x"]);
  });

  test("a chain of 10,000 linked entities", async () => {
    const { registry, made } = fixture();
    const links = chain(10_000);
    await registry.register(at(links, 0));
    expect(await made()).toBe(10_000);
    at(links, 9_999).name = "end";
    await at(links, 0).fork();
    expect(await made()).toBe(10_000);
    const loaded = await registry.getOrThrow(Link, at(links, 0).ecsId);
    expect(loaded.subEntities()).toHaveLength(9_999);
    at(links, 5_000).name = "middle";
    await at(links, 4_990).fork();
    expect(await made()).toBe(11);
  });

  test("a list of 100,000", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(100_000));
    await made();
    at(book.pages, 77_777).content = "x";
    book.pages.push(note("new"));
    book.pages.splice(5, 1);
    await book.fork();
    expect(await made()).toBe(3);
    const loaded = await registry.getOrThrow(Book, book.ecsId);
    expect(loaded.pages).toHaveLength(100_000);
    expect(at(loaded.pages, 77_776).content).toBe("x");
  });

  test("a list that shrinks and grows in one change keeps what it holds", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(10));
    const all = [...book.pages];
    book.pages.length = 4;
    book.pages.push(...all.slice(6), note("new"));
    await book.fork();
    expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual([
      "0",
      "1",
      "2",
      "3",
      "6",
      "7",
      "8",
      "9",
      "new",
    ]);
  });

  test("holders are not kept in memory by what they held", async () => {
    const { registry } = fixture();
    const shared = usage();
    const page = await registry.register(new Note({ content: "a", usage: shared }));
    // Many short-lived holders of one long-lived entity.
    for (let i = 0; i < 100; i++)
      await registry.register(new Note({ content: String(i), usage: shared }));
    shared.totalTokens = 5;
    expect(page.hasModifications()).toBe(true);
    await page.fork();
    expect((await registry.getOrThrow(Note, page.ecsId)).usage?.totalTokens).toBe(5);
  });

  test("a value that no longer fits its schema is refused before anything is written", async () => {
    const { registry, made } = fixture();
    const values = await registry.register(new Values({ list: [{ x: 1, tags: [] }] }));
    await made();
    Reflect.set(at(values.list, 0), "x", "no number");
    await expect(values.fork()).rejects.toMatchObject({
      code: "MI_ENTITY_INVALID",
      issues: [{ path: ["list", 0, "x"] }],
    });
    expect(await made()).toBe(0);
    at(values.list, 0).x = 2;
    await values.fork();
    expect(await made()).toBe(1);
  });

  test("entities of two registries don't mix", async () => {
    const [here, there] = [fixture(), fixture()];
    const page = await there.registry.register(note("a"));
    page.content = "b";
    await expect(here.registry.register(new Book({ pages: [page] }))).rejects.toMatchObject({
      code: "MI_ENTITY_OTHER_REGISTRY",
    });
    const storage: EntityStorage = here.storage;
    expect((await storage.stats()).versions).toBe(0);
  });
});
