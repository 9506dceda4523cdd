import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ConcurrentModificationError, EntityRegistry, type EntityStorage } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { delegating } from "../conformance/delegating.ts";
import { at, Book, bookOf, contents, Link, Note, note } from "./fixtures/library.ts";
import { Random } from "./fixtures/random-graph.ts";

/** Gives others their turn, some number of times, before each request. */
function interleaved(inner: EntityStorage, random: Random): EntityStorage {
  const others = async (): Promise<void> => {
    for (let turns = random.below(12); turns > 0; turns--)
      await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return delegating(inner, {
    commit: async (commit) => {
      await others();
      return inner.commit(commit);
    },
    read: async (ids) => {
      await others();
      return inner.read(ids);
    },
    readTree: async (roots) => {
      await others();
      return inner.readTree(roots);
    },
    heads: async (lineages) => {
      await others();
      return inner.heads(lineages);
    },
  });
}

interface Stores {
  /** One for each writer, all of the same data. */
  readonly open: () => Promise<EntityStorage>;
  readonly end: () => Promise<void>;
}

const stores: readonly (readonly [string, () => Promise<Stores>])[] = [
  [
    "memory",
    async () => {
      const storage = new MemoryStorage();
      return { open: async () => storage, end: async () => {} };
    },
  ],
  [
    "one SQLite file",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "mi-merge-"));
      return {
        open: () => SqliteStorage.open(join(folder, "store.db"), { durability: "normal" }),
        end: () => rm(folder, { recursive: true }),
      };
    },
  ],
];

describe.each(stores)("C2 many writers with onConflict merge, over %s", (_name, start) => {
  test.each([2, 4, 8])(
    "%i at once end in one head that holds everything",
    async (writers) => {
      for (let seed = 1; seed <= 3; seed++) {
        const { open, end } = await start();
        const storages = await Promise.all(Array.from({ length: writers + 1 }, open));
        const [reader, ...others] = storages;
        if (reader === undefined) throw new Error("there is no storage");
        const registry = new EntityRegistry({ storage: reader });
        const base = await registry.register(bookOf(writers));
        const registries = others.map(
          (storage, index) =>
            new EntityRegistry({
              storage: interleaved(storage, new Random(seed * 100 + index)),
              onConflict: "merge",
            }),
        );
        const copies = await Promise.all(registries.map((own) => own.getOrThrow(Book, base.ecsId)));
        const rounds = 3;
        await Promise.all(
          copies.map(async (book, index) => {
            for (let round = 0; round < rounds; round++) {
              book.pages.push(note(`${index}.${round}`));
              // Its own page, found by what it holds: others may have changed theirs and the order.
              const own = book.pages.find(({ content }) => content?.startsWith(`${index}`));
              own?.tags.push(`${round}`);
              await book.fork({ actor: `writer ${index}` });
            }
          }),
        );
        expect(await registry.heads(base.lineageId)).toHaveLength(1);
        const merged = await registry.latest(Book, base.lineageId);
        const wanted = copies.flatMap((_, index) => [
          `${index}`,
          ...Array.from({ length: rounds }, (__, round) => `${index}.${round}`),
        ]);
        expect(merged?.pages).toHaveLength(wanted.length);
        expect(new Set(contents(merged ?? base))).toEqual(new Set(wanted));
        for (const page of merged?.pages ?? []) {
          expect(await registry.heads(page.lineageId)).toEqual([page.ecsId]);
          const isOfTheBase = page.content?.length === 1;
          expect(page.tags).toEqual(isOfTheBase ? ["0", "1", "2"] : []);
        }
        // No writer's copy lost anything that it wrote itself.
        for (const [index, book] of copies.entries()) {
          expect(book.hasModifications()).toBe(false);
          expect(contents(book)).toEqual(
            expect.arrayContaining(
              Array.from({ length: rounds }, (_, round) => `${index}.${round}`),
            ),
          );
        }
        for (const storage of new Set(storages)) await storage.close();
        await end();
      }
    },
    60_000,
  );

  test("a shared page that all change through books of their own has one head too", async () => {
    const { open, end } = await start();
    const storages = await Promise.all(Array.from({ length: 4 }, open));
    const [registry, ...registries] = storages.map(
      (storage, index) =>
        new EntityRegistry({
          storage: interleaved(storage, new Random(index)),
          onConflict: "merge",
        }),
    );
    if (registry === undefined) throw new Error("there is no registry");
    const page = note("shared");
    const books = ["a", "b", "c"].map((title) => new Book({ title, pages: [page] }));
    for (const book of books) await registry.register(book);
    const copies = await Promise.all(
      registries.map((own, index) => own.getOrThrow(Book, at(books, index).ecsId)),
    );
    await Promise.all(
      copies.map(async (book) => {
        at(book.pages, 0).tags.push(book.title);
        await book.fork();
      }),
    );
    const [head, ...others] = await registry.heads(page.lineageId);
    expect(others).toEqual([]);
    for (const book of books) expect(await registry.heads(book.lineageId)).toHaveLength(1);
    const tags = await Promise.all(
      books.map(async ({ lineageId }) => {
        const latest = await registry.latest(Book, lineageId);
        return latest?.pages[0]?.ecsId === head ? latest?.pages[0]?.tags.length : undefined;
      }),
    );
    expect(tags).toContain(3);
    for (const storage of new Set(storages)) await storage.close();
    await end();
  });
});

describe("C2 onConflict merge", () => {
  test("leaves alone a head that doesn't descend from what was changed", async () => {
    const registry = new EntityRegistry({ storage: new MemoryStorage() });
    const base = await registry.register(bookOf(1));
    const aside = await registry.getOrThrow(Book, base.ecsId);
    aside.title = "a branch on purpose";
    await aside.fork();
    base.title = "main";
    await base.fork();
    const [ours, theirs] = [
      await registry.getOrThrow(Book, base.ecsId),
      await registry.getOrThrow(Book, base.ecsId),
    ];
    theirs.pages.push(note("theirs"));
    await theirs.fork();
    ours.pages.push(note("ours"));
    await ours.fork({ onConflict: "merge" });
    expect(contents(ours)).toEqual(["0", "ours", "theirs"]);
    expect(await registry.heads(base.lineageId)).toEqual([aside.ecsId, ours.ecsId]);
  });

  test("takes in what their tree holds, though others went on from that elsewhere", async () => {
    const registry = new EntityRegistry({ storage: new MemoryStorage() });
    const page = note("0");
    const book = await registry.register(new Book({ pages: [page] }));
    const aside = await registry.getOrThrow(Note, page.ecsId);
    page.tags.push("here");
    await book.fork();
    aside.content = "aside";
    await aside.fork();
    const [ours, theirs] = [
      await registry.getOrThrow(Book, book.ecsId),
      await registry.getOrThrow(Book, book.ecsId),
    ];
    theirs.pages[0] = aside;
    await theirs.fork();
    const later = await registry.getOrThrow(Note, aside.ecsId);
    later.content = "later";
    await later.fork();
    at(ours.pages, 0).role = "tool";
    await ours.fork({ onConflict: "merge" });
    const merged = at(ours.pages, 0);
    expect([merged.content, merged.role, merged.tags]).toEqual(["aside", "tool", ["here"]]);
    expect(merged.mergedFromId).toBe(aside.ecsId);
    expect(await registry.heads(book.lineageId)).toEqual([ours.ecsId]);
    expect(await registry.heads(page.lineageId)).toEqual([later.ecsId, merged.ecsId]);
  });

  test("I3 what others added in several places is one object, also when a call wrote to several holders of it", async () => {
    const registry = new EntityRegistry({ storage: new MemoryStorage(), onConflict: "merge" });
    const child = new Link({ name: "child" });
    const root = await registry.register(new Link({ name: "root", children: [child] }));
    const theirs = await registry.getOrThrow(Link, root.ecsId);
    const added = new Link({ name: "added" });
    theirs.next = added;
    at(theirs.children, 0).next = added;
    await theirs.fork();
    await registry.transaction(() => {
      child.name = "child, written";
      root.name = "root, written";
    });
    expect([root.next?.name, root.children[0]]).toEqual(["added", child]);
    expect(child.next).toBe(root.next);
    root.next = null;
    at(root.children, 0).next?.children.push(new Link({ name: "below" }));
    await root.fork();
    expect(child.next?.children).toHaveLength(1);
  });

  test("I4 two trees of one call keep their own copies of what both hold", async () => {
    const registry = new EntityRegistry({ storage: new MemoryStorage(), onConflict: "merge" });
    const page = note("shared");
    const books = [new Book({ pages: [page] }), new Book({ pages: [page] })];
    for (const book of books) await registry.register(book);
    const ids = books.map((book) => book.ecsId);
    const [one, two] = [
      await registry.getOrThrow(Book, at(ids, 0)),
      await registry.getOrThrow(Book, at(ids, 1)),
    ];
    const pages = [at(one.pages, 0), at(two.pages, 0)];
    for (const book of books) {
      book.pages.push(note("theirs"));
      await book.fork();
    }
    await registry.transaction(() => {
      one.title = "one";
      two.title = "two";
    });
    for (const [index, book] of [one, two].entries()) {
      expect(contents(book)).toEqual(["shared", "theirs"]);
      expect(book.pages[0]).toBe(at(pages, index));
    }
  });

  test("gives up with an error when others are first without end; what was written stays", async () => {
    const inner = new MemoryStorage();
    const other = new EntityRegistry({ storage: inner });
    const base = await other.register(bookOf(0));
    let count = 0;
    const storage = delegating(inner, {
      commit: async (commit) => {
        if (commit.mustBeHeads.length > 0) {
          const rival = await other.latest(Book, base.lineageId);
          if (rival !== undefined) {
            // Merged by somebody else in the very last moment, again and again.
            const heads = await other.heads(base.lineageId);
            for (const head of heads) if (head !== rival.ecsId) await other.merge(rival, head);
            rival.pages.push(note(`rival ${++count}`));
            await rival.fork();
            const second = await other.getOrThrow(Book, rival.parentId ?? rival.ecsId);
            second.title = `branch ${count}`;
            await second.fork();
          }
        }
        return inner.commit(commit);
      },
    });
    const registry = new EntityRegistry({ storage });
    const ours = await registry.getOrThrow(Book, base.ecsId);
    ours.pages.push(note("ours"));
    const failed = await ours.fork({ onConflict: "merge" }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ConcurrentModificationError);
    const all = await other.lineage(base.lineageId);
    expect(all.versions.length).toBeGreaterThan(100);
    expect(contents(ours)).toContain("ours");
    expect(ours.hasModifications()).toBe(false);
    expect(await other.has(ours.ecsId)).toBe(true);
  }, 60_000);

  test("T1 T2 in a traced call joins as well, in one commit; a conflict takes back what the call wrote, and writes nothing", async () => {
    const registry = new EntityRegistry({ storage: new MemoryStorage(), onConflict: "merge" });
    const commits: number[] = [];
    registry.on("commit", ({ versions }) => commits.push(versions.length));
    const book = await registry.register(bookOf(2));
    const other = await registry.getOrThrow(Book, book.ecsId);
    other.pages.push(note("theirs"));
    await other.fork();
    commits.length = 0;
    await registry.transaction(() => {
      book.pages.push(note("ours"));
    });
    // The page, the book with it, and the book that has both.
    expect(commits).toEqual([3]);
    expect(contents(book)).toEqual(["0", "1", "ours", "theirs"]);
    expect(await registry.heads(book.lineageId)).toEqual([book.ecsId]);

    const rival = await registry.getOrThrow(Book, book.ecsId);
    rival.title = "rival";
    await rival.fork();
    const [before, entry] = [book.ecsId, book.toObject()];
    const stored = await registry.status();
    const added = note("mine");
    const call = () =>
      registry.transaction(() => {
        book.title = "mine";
        book.pages.splice(1, 1);
        at(book.pages, 0).tags.push("mine");
        book.pages.push(added);
      });
    await expect(call()).rejects.toMatchObject({ code: "MI_MERGE_CONFLICT" });
    expect([book.ecsId, book.toObject(), book.hasModifications()]).toEqual([before, entry, false]);
    expect(await registry.heads(book.lineageId)).toEqual([rival.ecsId]);
    expect([await registry.status(), added.parentId]).toEqual([stored, null]);
    await registry.merge(book, rival);
    await call();
    expect([book.title, contents(book)]).toEqual(["mine", ["0", "ours", "theirs", "mine"]]);
    expect(at(book.pages, 0).tags).toEqual(["mine"]);
    book.title = "goes on";
    await book.fork();
    expect(await registry.heads(book.lineageId)).toEqual([book.ecsId]);
  });
});
