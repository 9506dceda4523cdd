import type { Clause } from "../../clause.ts";
import { Book, bookOf, Link, Note, registryOver, Values } from "./core-types.ts";

export const coreModificationClauses: readonly Clause[] = [
  {
    id: "C-404",
    level: "MUST",
    area: "core",
    title:
      "A loaded entity is not modified, nor is it by being read or written with equal values; a fork of it commits nothing.",
    why: "A backend that gives back anything else than what it got makes versions of nothing.",
    rules: ["M1", "M5", "F3"],
    async run(t) {
      const storage = await t.open();
      const registry = registryOver(storage);
      const data = {
        list: [1, { a: "é😀" }],
        when: new Date(0),
        big: 7n,
        none: null,
        "10": 1,
        "9": 2,
      };
      const values = await registry.register(new Values({ data }));
      const book = await registry.register(bookOf(3));
      const before = await storage.stats();
      const loadedValues = t.present(await registry.get(Values, values.ecsId), "the values");
      const loadedBook = t.present(await registry.get(Book, book.ecsId), "the book");
      t.equal(loadedValues.toObject(), values.toObject(), "the values as loaded");
      const entities = [loadedValues, loadedBook];
      const isModified = (): readonly boolean[] => entities.map((e) => e.hasModifications());
      t.equal(isModified(), [false, false], "whether they are modified after the load");
      JSON.stringify([loadedBook, loadedBook.pages.map(({ text, tags }) => [text, tags])]);
      for (const page of loadedBook.pages) page.text = `${page.text}`;
      loadedBook.pages = [...loadedBook.pages];
      loadedValues.data = { ...loadedValues.data };
      loadedValues.data["list"] = [1, { a: "é😀" }];
      t.equal(isModified(), [false, false], "whether they are modified after equal values");
      for (const entity of entities) await entity.fork();
      t.equal(await storage.stats(), before, "what is stored after forks of nothing");
    },
  },
  {
    id: "C-405",
    level: "MUST",
    area: "core",
    title:
      "A change in place of a loaded value counts at any depth, and counts no more when it is taken back.",
    why: "What a program changed is saved, wherever in the value it was.",
    rules: ["M2", "M1"],
    async run(t) {
      const registry = registryOver(await t.open());
      const data = { a: { b: [{ c: ["x"] }] } };
      const values = await registry.register(new Values({ data }));
      const loaded = t.present(await registry.get(Values, values.ecsId), "the values");
      const deepest = (of: Values): unknown => Object(of.data["a"]).b[0].c;
      const list = deepest(loaded);
      t.ok(Array.isArray(list), "the deepest list is one");
      if (!Array.isArray(list)) return;
      list.push("y");
      t.equal(loaded.hasModifications(), true, "whether it is modified after a push");
      list.pop();
      t.equal(loaded.hasModifications(), false, "whether it is modified after the pop");
      list[0] = "z";
      await loaded.fork();
      const next = t.present(await registry.get(Values, loaded.ecsId), "the next version");
      t.equal(deepest(next), ["z"], "the change as loaded");
      const old = t.present(await registry.get(Values, values.ecsId), "the old version");
      t.equal(deepest(old), ["x"], "the old version");
    },
  },
  {
    id: "C-406",
    level: "MUST",
    area: "core",
    title:
      "The order of a list of entities and how often each stands in it are content, and come back.",
    why: "The same messages in another order are another conversation.",
    rules: ["M3"],
    async run(t) {
      const storage = await t.open();
      const registry = registryOver(storage);
      const book = await registry.register(bookOf(4));
      const steps: readonly ((pages: Note[]) => Note[])[] = [
        (pages) => pages.toReversed(),
        (pages) => [...pages, ...pages.slice(0, 1)],
        (pages) => pages.toSpliced(1, 2),
        (pages) => pages.slice(-1),
        () => [],
      ];
      for (const step of steps) {
        const before = (await storage.stats()).versions;
        const pages = step([...book.pages]);
        book.pages = pages;
        t.equal(book.hasModifications(), true, "whether the book is modified");
        await book.fork();
        t.equal((await storage.stats()).versions - before, 1, "how many versions that made");
        const loaded = t.present(await registry.get(Book, book.ecsId), "the book as loaded");
        t.equal(
          loaded.pages.map(({ ecsId }) => ecsId),
          pages.map(({ ecsId }) => ecsId),
          "its pages",
        );
      }
    },
  },
  {
    id: "C-407",
    level: "MUST",
    area: "core",
    title:
      "A change below thirty loaded holders affects each of them, in a cycle all of it, and what stands beside them not.",
    why: "A holder that is forgotten shows the old state for ever.",
    rules: ["M4", "F1"],
    async run(t) {
      const storage = await t.open();
      const registry = registryOver(storage);
      let root = new Link({ name: "leaf" });
      for (let i = 0; i < 30; i++)
        root = new Link({
          name: `${i}`,
          next: root,
          children: [new Link({ name: `beside ${i}` })],
        });
      await registry.register(root);
      const chain = t.present(await registry.get(Link, root.ecsId), "the chain");
      let leaf = chain;
      while (leaf.next !== null) leaf = leaf.next;
      leaf.name = "changed";
      t.equal(chain.modifications().length, 31, "how many entities are affected");
      const before = (await storage.stats()).versions;
      await chain.fork();
      t.equal((await storage.stats()).versions - before, 31, "how many versions that made");

      const ring = [new Link({ name: "a" }), new Link({ name: "b" }), new Link({ name: "c" })];
      for (const [i, link] of ring.entries()) link.next = ring[(i + 1) % 3] ?? null;
      const first = t.present(ring[0], "a link of the ring");
      await registry.register(first);
      const loaded = t.present(await registry.get(Link, first.ecsId), "the ring");
      if (loaded.next !== null) loaded.next.name = "B";
      t.equal(loaded.modifications().length, 3, "how many of the ring are affected");
      await loaded.fork();
      const again = t.present(await registry.get(Link, loaded.ecsId), "the ring as loaded");
      t.ok(again.next?.next?.next === again, "the ring is closed");
      t.equal(again.next?.name, "B", "the change");
    },
  },
  {
    id: "C-408",
    level: "MUST",
    area: "core",
    title:
      "What is modified does not depend on what was loaded before, in which order, how often, or through which instance.",
    why: "The same program must make the same versions on every backend and on every day.",
    rules: ["M5"],
    async run(t) {
      const [storage, other] = [await t.open(), await t.open()];
      const registry = registryOver(storage);
      const book = await registry.register(bookOf(5));
      const page = t.present(book.pages[2], "a page");
      const ways: readonly (() => Promise<unknown>)[] = [
        async () => undefined,
        () => registry.get(Note, page.ecsId),
        () => registry.getMany(Book, [book.ecsId, book.ecsId]),
        () => registryOver(other).get(Book, book.ecsId),
        () => registry.lineage(page.lineageId),
      ];
      for (const [i, before] of ways.entries()) {
        await before();
        const reader = registryOver(i % 2 === 0 ? storage : other, { stream: i + 1 });
        const loaded = t.present(await reader.get(Book, book.ecsId), "the book");
        const changed = t.present(loaded.pages[2], "its page");
        t.equal(loaded.hasModifications(), false, "whether it is modified after the load");
        changed.text = `changed ${i}`;
        t.equal(loaded.modifications().length, 2, "how many entities are affected");
        const versions = (await storage.stats()).versions;
        await loaded.fork();
        t.equal((await storage.stats()).versions - versions, 2, "how many versions that made");
      }
    },
  },
];
