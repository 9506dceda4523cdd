import { describe, expect, test } from "@jest/globals";
import type { EntityStorage } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { delegating } from "../conformance/delegating.ts";
import {
  at,
  Book,
  bookOf,
  contents,
  fixture,
  Link,
  note,
  Note,
  Values,
} from "./fixtures/library.ts";

/** A storage that calls back before each request of some kinds, as code that runs meanwhile. */
function interrupted(during: (request: string) => void | Promise<void>): EntityStorage {
  const inner = new MemoryStorage();
  return delegating(inner, {
    commit: async (commit) => {
      await during("commit");
      return inner.commit(commit);
    },
    readTree: async (roots) => {
      await during("readTree");
      return inner.readTree(roots);
    },
    read: async (ids) => {
      await during("read");
      return inner.read(ids);
    },
  });
}

describe("Writes while a merge or a revert is under way", () => {
  test.each(["commit", "readTree", "read"])(
    "stay as modifications on top of what was merged, at each %s",
    async (request) => {
      let write: (() => void) | undefined;
      const { registry } = fixture(
        interrupted((name) => {
          if (name === request) write?.();
        }),
      );
      const base = await registry.register(bookOf(3));
      const ours = await registry.getOrThrow(Book, base.ecsId);
      const theirs = await registry.getOrThrow(Book, base.ecsId);
      ours.pages.push(note("ours"));
      await ours.fork();
      theirs.title = "theirs";
      theirs.pages.unshift(note("first"));
      at(theirs.pages, 1).tags.push("theirs");
      await theirs.fork();
      const pages = ours.pages;
      const page = at(pages, 0);
      const tags = page.tags;
      let writes = 0;
      write = () => {
        writes++;
        pages.push(note(`meanwhile ${writes}`));
        tags.push(`meanwhile ${writes}`);
        page.content = "meanwhile";
      };
      await registry.merge(ours, theirs);
      write = undefined;
      expect(writes).toBeGreaterThan(0);
      const added = Array.from({ length: writes }, (_, index) => `meanwhile ${index + 1}`);
      expect(ours.title).toBe("theirs");
      expect(contents(ours)).toEqual(["first", "meanwhile", "1", "2", "ours", ...added]);
      expect([...page.tags].sort()).toEqual([...added, "theirs"].sort());
      expect(ours.hasModifications()).toBe(true);
      expect(contents(await registry.getOrThrow(Book, ours.ecsId))).toEqual([
        "first",
        "0",
        "1",
        "2",
        "ours",
      ]);
      // What code held before the merge is still the book's.
      pages.push(note("after"));
      tags.push("after");
      await ours.fork();
      const loaded = await registry.getOrThrow(Book, ours.ecsId);
      expect(loaded.toObject()).toEqual(ours.toObject());
      expect(contents(loaded)).toEqual(contents(ours));
      expect(contents(loaded).at(-1)).toBe("after");
      expect(at(loaded.pages, 1).tags).toContain("after");
      expect(await registry.heads(ours.lineageId)).toEqual([ours.ecsId]);
    },
  );

  test("stand against what was merged into the same field, and the merge is kept in history", async () => {
    let write: (() => void) | undefined;
    const { registry } = fixture(
      interrupted((name) => (name === "commit" ? write?.() : undefined)),
    );
    const { ecsId } = await registry.register(new Values({ text: "base", maybe: "there" }));
    const ours = await registry.getOrThrow(Values, ecsId);
    const theirs = await registry.getOrThrow(Values, ecsId);
    ours.flag = true;
    await ours.fork();
    theirs.text = "theirs";
    theirs.number = 7;
    theirs.record["theirs"] = 1;
    await theirs.fork();
    const [record, list] = [ours.record, ours.list];
    write = () => {
      ours.text = "meanwhile";
      delete ours.maybe;
      record["mine"] = { deep: [1] };
      list.push({ x: 1, tags: [] });
    };
    await registry.merge(ours, theirs);
    write = undefined;
    expect(ours.toObject()).toMatchObject({
      text: "meanwhile",
      number: 7,
      flag: true,
      record: { theirs: 1, mine: { deep: [1] } },
      list: [{ x: 1, tags: [] }],
    });
    expect("maybe" in ours).toBe(false);
    expect(ours.record).toBe(record);
    at(list, 0).tags.push("later");
    await ours.fork();
    expect((await registry.getOrThrow(Values, ours.ecsId)).toObject()).toEqual(ours.toObject());
    const merged = await registry.getOrThrow(Values, ours.parentId ?? ours.ecsId);
    expect([merged.text, merged.maybe, merged.mergedFromId]).toEqual([
      "theirs",
      "there",
      theirs.ecsId,
    ]);
  });

  test("dates, references and removed members too", async () => {
    let write: (() => void) | undefined;
    const { registry } = fixture(
      interrupted((name) => (name === "commit" ? write?.() : undefined)),
    );
    const { ecsId } = await registry.register(
      new Values({ when: new Date(0), record: { when: new Date(0) } }),
    );
    const values = await registry.getOrThrow(Values, ecsId);
    const otherValues = await registry.getOrThrow(Values, ecsId);
    values.flag = true;
    await values.fork();
    otherValues.number = 1;
    await otherValues.fork();
    const when = values.when;
    write = () => when?.setTime(1);
    await registry.merge(values, otherValues);
    write = undefined;
    expect([values.when?.getTime(), values.number, values.hasModifications()]).toEqual([
      1,
      1,
      true,
    ]);
    when?.setTime(2);
    await values.fork();
    expect((await registry.getOrThrow(Values, values.ecsId)).when).toEqual(new Date(2));

    const base = await registry.register(
      new Link({ name: "r", children: ["a", "b", "c"].map((name) => new Link({ name })) }),
    );
    const ours = await registry.getOrThrow(Link, base.ecsId);
    const theirs = await registry.getOrThrow(Link, base.ecsId);
    ours.name = "ours";
    await ours.fork();
    at(theirs.children, 0).name = "A";
    theirs.children.splice(2, 1);
    await theirs.fork();
    const [first] = ours.children;
    write = () => {
      const taken = at(ours.children, 0);
      ours.next = taken;
      ours.children.splice(0, 1);
    };
    await registry.merge(ours, theirs);
    write = undefined;
    expect(ours.children.map(({ name }) => name)).toEqual(["b"]);
    expect(ours.next).toBe(first);
    expect(ours.next?.name).toBe("A");
    await ours.fork();
    expect((await registry.getOrThrow(Link, ours.ecsId)).toObject()).toEqual(ours.toObject());
  });

  test("a revert keeps them as well", async () => {
    let write: (() => void) | undefined;
    const { registry } = fixture(
      interrupted((name) => (name === "commit" ? write?.() : undefined)),
    );
    const book = await registry.register(bookOf(2));
    const old = book.ecsId;
    book.title = "changed";
    at(book.pages, 0).content = "changed";
    await book.fork();
    const page = at(book.pages, 1);
    write = () => {
      page.content = "meanwhile";
      book.pages.push(note("meanwhile"));
    };
    await book.revert(old);
    write = undefined;
    expect([book.title, contents(book)]).toEqual(["", ["0", "meanwhile", "meanwhile"]]);
    expect(book.hasModifications()).toBe(true);
    await book.fork();
    expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(contents(book));
  });

  test("a merging fork never refuses them, whenever they come", async () => {
    for (const request of ["commit", "readTree", "read"])
      for (let nth = 1; nth <= 6; nth++) {
        let countdown = 0;
        let write: (() => void) | undefined;
        const { registry } = fixture(
          interrupted((name) => {
            if (name === request && --countdown === 0) write?.();
          }),
        );
        const base = await registry.register(bookOf(2));
        const ours = await registry.getOrThrow(Book, base.ecsId);
        const theirs = await registry.getOrThrow(Book, base.ecsId);
        theirs.pages.push(note("theirs"));
        await theirs.fork();
        at(ours.pages, 0).content = "ours";
        countdown = nth;
        let written = false;
        write = () => {
          written = true;
          ours.title = "meanwhile";
          at(ours.pages, 1).content = "meanwhile";
        };
        await ours.fork({ onConflict: "merge" });
        write = undefined;
        expect(contents(ours)).toEqual(["ours", written ? "meanwhile" : "1", "theirs"]);
        expect(ours.title).toBe(written ? "meanwhile" : "");
        await ours.fork({ onConflict: "merge" });
        const [head, ...others] = await registry.heads(ours.lineageId);
        expect([head, others]).toEqual([ours.ecsId, []]);
        expect((await registry.getOrThrow(Book, ours.ecsId)).toObject()).toEqual(ours.toObject());
      }
  });

  test("a fork that begins meanwhile waits, and goes on from the merge", async () => {
    let write: (() => void) | undefined;
    const { registry } = fixture(
      interrupted((name) => (name === "commit" ? write?.() : undefined)),
    );
    const base = await registry.register(bookOf(2));
    const ours = await registry.getOrThrow(Book, base.ecsId);
    const theirs = await registry.getOrThrow(Book, base.ecsId);
    ours.title = "ours";
    await ours.fork();
    at(theirs.pages, 0).content = "theirs";
    await theirs.fork();
    const forks: Promise<unknown>[] = [];
    write = () => {
      write = undefined;
      const page = at(ours.pages, 1);
      page.content = "meanwhile";
      forks.push(page.fork(), ours.fork());
    };
    await registry.merge(ours, theirs);
    await Promise.all(forks);
    expect(contents(await registry.getOrThrow(Book, ours.ecsId))).toEqual(["theirs", "meanwhile"]);
    expect(await registry.heads(ours.lineageId)).toEqual([ours.ecsId]);
    expect(await registry.heads(at(ours.pages, 1).lineageId)).toHaveLength(1);
  });

  test("two merging forks of one copy at once end in one head", async () => {
    const { registry } = fixture(interrupted(() => Promise.resolve()));
    const base = await registry.register(bookOf(2));
    const ours = await registry.getOrThrow(Book, base.ecsId);
    const theirs = await registry.getOrThrow(Book, base.ecsId);
    theirs.pages.push(note("theirs"));
    await theirs.fork();
    ours.title = "ours";
    const first = ours.fork({ onConflict: "merge" });
    at(ours.pages, 0).content = "second";
    await Promise.all([first, ours.fork({ onConflict: "merge" })]);
    expect([ours.title, contents(ours)]).toEqual(["ours", ["second", "1", "theirs"]]);
    expect(await registry.heads(ours.lineageId)).toEqual([ours.ecsId]);
    expect(ours.hasModifications()).toBe(false);
  });

  test("after a merge nothing counts as changed, and the next fork makes its own versions alone", async () => {
    const { registry, made } = fixture();
    const base = await registry.register(bookOf(200));
    const ours = await registry.getOrThrow(Book, base.ecsId);
    const theirs = await registry.getOrThrow(Book, base.ecsId);
    ours.title = "ours";
    await ours.fork();
    at(theirs.pages, 3).content = "theirs";
    await theirs.fork();
    await registry.merge(ours, theirs);
    expect([ours.hasModifications(), ours.modifications()]).toEqual([false, []]);
    await made();
    at(ours.pages, 5).content = "later";
    await ours.fork();
    expect(await made()).toBe(2);
    expect(await registry.getOrThrow(Note, at(ours.pages, 5).ecsId)).toMatchObject({
      content: "later",
    });
  });

  test("in a traced call, which could not take them back, neither of both begins", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(1));
    const old = book.ecsId;
    const theirs = await registry.getOrThrow(Book, old);
    theirs.title = "theirs";
    await theirs.fork();
    await made();
    await expect(registry.transaction(() => registry.merge(book, theirs.ecsId))).rejects.toThrow(
      /merge\(\) inside a transaction would be a commit of its own/,
    );
    await expect(registry.transaction(() => theirs.revert(old))).rejects.toMatchObject({
      code: "MI_REGISTRY_USAGE",
    });
    expect([await made(), book.title, theirs.title]).toEqual([0, "", "theirs"]);
    const preview = await registry.transaction(() =>
      registry.merge(book, theirs.ecsId, { preview: true }),
    );
    expect(preview.conflicts).toEqual([]);
  });
});
