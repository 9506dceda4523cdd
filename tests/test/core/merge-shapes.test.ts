import { describe, expect, test } from "@jest/globals";
import { entity, EntityRegistry, MergeConflictError, ref, type MergeConflict } from "@mi/ecs";
import { z } from "zod";
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
  Tool,
  usage,
} from "./fixtures/library.ts";
import { Random } from "./fixtures/random-graph.ts";

class Placed extends entity("test.Placed", {
  at: z.tuple([z.number(), z.number(), z.array(z.string())]),
  rest: z.tuple([z.string()]).rest(z.number()).default(["x"]),
  owner: z
    .tuple([ref(Tool), z.string()])
    .nullable()
    .default(null),
}) {}

/** Copies of one version, each changed and forked. */
async function branches<T extends object>(
  registry: EntityRegistry,
  load: () => Promise<T>,
  ...edits: readonly ((copy: T) => void)[]
): Promise<T[]> {
  const copies: T[] = [];
  for (const edit of edits) {
    const copy = await load();
    edit(copy);
    await registry.register(copy);
    copies.push(copy);
  }
  return copies;
}

/** Merges the second into the first, and looks at what was stored. */
async function joined<T extends object>(
  registry: EntityRegistry,
  [ours, theirs]: readonly T[],
  resolve?: (conflict: MergeConflict) => "ours" | "theirs" | "base",
): Promise<T> {
  if (ours === undefined || theirs === undefined) throw new Error("two branches are needed");
  return registry.merge(ours, theirs, { resolve });
}

describe("Merging lists", () => {
  async function books(...edits: ((book: Book) => void)[]): Promise<{
    registry: EntityRegistry;
    copies: Book[];
    heads: () => Promise<number>;
  }> {
    const { registry } = fixture();
    const base = await registry.register(bookOf(5));
    const load = (): Promise<Book> => registry.getOrThrow(Book, base.ecsId);
    const copies = await branches(registry, load, ...edits);
    return {
      registry,
      copies,
      heads: async () => (await registry.heads(base.lineageId)).length,
    };
  }

  const move = (book: Book, from: number, to: number): void => {
    const [page] = book.pages.splice(from, 1);
    if (page !== undefined) book.pages.splice(to, 0, page);
  };

  test("three appends stand one after the other, in the order in which they were merged", async () => {
    const { registry, copies, heads } = await books(
      (book) => book.pages.push(note("a1"), note("a2")),
      (book) => book.pages.push(note("b")),
      (book) => book.pages.push(note("c1"), note("c2")),
    );
    const [a, b, c] = copies;
    const first = await joined(
      registry,
      [a, b].flatMap((book) => book ?? []),
    );
    const all = await joined(
      registry,
      [first, c].flatMap((book) => book ?? []),
    );
    expect(contents(all)).toEqual(["0", "1", "2", "3", "4", "a1", "a2", "b", "c1", "c2"]);
    expect(await heads()).toBe(1);
  });

  test("a move here and an edit of the same page there: both", async () => {
    const { registry, copies } = await books(
      (book) => move(book, 0, 4),
      (book) => {
        at(book.pages, 0).content = "edited";
      },
    );
    expect(contents(await joined(registry, copies))).toEqual(["1", "2", "3", "4", "edited"]);
  });

  test("two moves of one page leave it once", async () => {
    const { registry, copies } = await books(
      (book) => move(book, 2, 0),
      (book) => move(book, 2, 4),
    );
    expect(contents(await joined(registry, copies))).toEqual(["2", "0", "1", "3", "4"]);
  });

  test("two rearrangements lose and double nothing, and stand in the order of ours", async () => {
    const { registry, copies } = await books(
      (book) => book.pages.reverse(),
      (book) => {
        move(book, 1, 3);
        book.pages.splice(2, 0, note("new"));
      },
    );
    const merged = await joined(registry, copies);
    expect(contents(merged).toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
      "0",
      "1",
      "2",
      "3",
      "4",
      "new",
    ]);
  });

  test("a removal here and an edit there: the page is gone from the book, and its edit kept in its history", async () => {
    const { registry, copies } = await books(
      (book) => book.pages.splice(1, 1),
      (book) => {
        at(book.pages, 1).content = "edited";
        at(book.pages, 2).content = "edited too";
      },
    );
    const edited = at(at(copies, 1).pages, 1);
    expect(contents(await joined(registry, copies))).toEqual(["0", "edited too", "3", "4"]);
    expect(await registry.heads(edited.lineageId)).toEqual([edited.ecsId]);
  });

  test("what both removed is gone; what only one kept in a shorter list too", async () => {
    const { registry, copies } = await books(
      (book) => book.pages.splice(0, 3),
      (book) => book.pages.splice(1, 3),
    );
    expect(contents(await joined(registry, copies))).toEqual(["4"]);
  });

  test("two replacements of one page are a conflict", async () => {
    const { registry, copies } = await books(
      (book) => book.pages.splice(1, 1, note("ours")),
      (book) => book.pages.splice(1, 1, note("theirs")),
    );
    await expect(joined(registry, copies)).rejects.toThrow(MergeConflictError);
    expect(contents(await joined(registry, copies, () => "theirs"))).toEqual([
      "0",
      "theirs",
      "2",
      "3",
      "4",
    ]);
  });
});

describe("Deciding a conflict of a list for one side", () => {
  test.each([
    ["ours", ["0", "ours", "4", "2", "3"]],
    ["theirs", ["0", "theirs", "4", "2", "3"]],
  ] as const)("%s loses nothing that the other only moved there", async (side, wanted) => {
    const { registry } = fixture();
    const base = await registry.register(bookOf(5));
    const copies = await branches(
      registry,
      () => registry.getOrThrow(Book, base.ecsId),
      (book) => book.pages.splice(1, 1, note("ours")),
      (book) => {
        const [moved] = book.pages.splice(4, 1);
        book.pages.splice(1, 1, note("theirs"));
        if (moved) book.pages.splice(2, 0, moved);
      },
    );
    expect(contents(await joined(registry, copies, () => side))).toEqual(wanted);
  });
});

describe("Merging criss-cross histories", () => {
  /** Two copies that each merged the other's state of before. */
  async function crossed(
    registry: EntityRegistry,
    one: Book,
    two: Book,
    resolve: (side: "one" | "two") => "ours" | "theirs" = () => "ours",
  ): Promise<void> {
    const [oldOne, oldTwo] = [one.ecsId, two.ecsId];
    await registry.merge(one, oldTwo, { resolve: () => resolve("one") });
    await registry.merge(two, oldOne, { resolve: () => resolve("two") });
  }

  async function pair(): Promise<{ registry: EntityRegistry; one: Book; two: Book }> {
    const { registry } = fixture();
    const base = await registry.register(bookOf(3));
    const one = await registry.getOrThrow(Book, base.ecsId);
    const two = await registry.getOrThrow(Book, base.ecsId);
    return { registry, one, two };
  }

  test("what was put in on either side and taken out again later stays out, and stands once where it is kept", async () => {
    const { registry, one, two } = await pair();
    one.pages.push(note("a"), note("b"));
    two.pages.unshift(note("x"), note("y"));
    await one.fork();
    await two.fork();
    await crossed(registry, one, two);
    const [b, x] = [at(one.pages, 6), at(two.pages, 0)];
    one.pages.splice(one.pages.indexOf(b), 1);
    two.pages.splice(two.pages.indexOf(x), 1);
    two.pages.push(note("last"));
    await one.fork();
    await two.fork();
    await registry.merge(one, two);
    expect(contents(one)).toEqual(["y", "0", "1", "2", "a", "last"]);
    expect(await registry.heads(one.lineageId)).toEqual([one.ecsId]);
  });

  test("a page that the first ancestor alone took out is not brought back by the other", async () => {
    const { registry, one, two } = await pair();
    one.pages.splice(1, 1);
    two.pages.push(note("two"));
    await one.fork();
    await two.fork();
    await crossed(registry, one, two);
    one.title = "one";
    two.pages.push(note("later"));
    await one.fork();
    await two.fork();
    await registry.merge(two, one);
    expect([two.title, contents(two)]).toEqual(["one", ["0", "2", "two", "later"]]);
  });

  test("what the ancestors disagree about, and the sides settled differently, is a conflict", async () => {
    const { registry, one, two } = await pair();
    one.title = "one";
    two.title = "two";
    at(two.pages, 0).content = "two";
    await one.fork();
    await two.fork();
    await crossed(registry, one, two);
    expect([one.title, two.title]).toEqual(["one", "two"]);
    const conflicts: MergeConflict[] = [];
    await registry.merge(one, two, {
      resolve: (conflict) => {
        conflicts.push(conflict);
        return "base";
      },
    });
    expect(conflicts).toMatchObject([{ path: ["title"], base: "", ours: "one", theirs: "two" }]);
    expect([one.title, contents(one)]).toEqual(["", ["two", "1", "2"]]);
  });

  test("crossing again and again, in lists that both sides append to, move in and remove from", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = new Random(seed);
      const { registry, one, two } = await pair();
      const removed = new Set<string | null>();
      const written = new Set<string | null>(contents(one));
      for (let round = 0; round < 5; round++) {
        for (const book of [one, two]) {
          for (let edit = random.below(4); edit >= 0; edit--) {
            const { length } = book.pages;
            const kind = random.below(5);
            const from = random.below(length + 1);
            const name = `${seed}.${written.size}`;
            if (kind < 2) {
              book.pages.splice(from, 0, note(name));
              written.add(name);
            } else if (kind === 2) {
              book.pages.push(note(name));
              written.add(name);
            } else if (kind === 3) {
              const [page] = book.pages.splice(from, 1);
              if (page !== undefined) book.pages.splice(random.below(length), 0, page);
            } else if (from < length && random.below(3) === 0)
              for (const page of book.pages.splice(from, 1)) removed.add(page.content);
          }
          await book.fork();
        }
        await crossed(registry, one, two);
      }
      await registry.merge(one, two, { resolve: () => "ours" });
      const found = contents(one);
      expect([seed, new Set(found).size]).toEqual([seed, found.length]);
      const lost = [...written].filter((name) => !removed.has(name) && !found.includes(name));
      expect([seed, lost]).toEqual([seed, []]);
      const loaded = await registry.getOrThrow(Book, one.ecsId);
      expect(contents(loaded)).toEqual(found);
    }
  });

  test("many crossings in a row end without a recursion limit", async () => {
    const { registry, one, two } = await pair();
    for (let round = 0; round < 60; round++) {
      one.title = `one ${round}`;
      two.pages.push(note(`two ${round}`));
      await one.fork();
      await two.fork();
      await crossed(registry, one, two);
    }
    one.title = "end";
    await one.fork();
    await registry.merge(one, two);
    expect([one.title, one.pages.length]).toEqual(["end", 63]);
  }, 60_000);
});

describe("Merging shapes", () => {
  test("tuples join place by place", async () => {
    const { registry } = fixture();
    const base = await registry.register(
      new Placed({ at: [1, 1, ["a"]], owner: [new Tool({ name: "t" }), "x"] }),
    );
    const load = (): Promise<Placed> => registry.getOrThrow(Placed, base.ecsId);
    const other = await registry.register(new Tool({ name: "other" }));
    const copies = await branches(
      registry,
      load,
      (copy) => {
        copy.at[0] = 2;
        copy.at[2].push("ours");
        copy.rest.push(1);
        copy.owner = [other, "x"];
      },
      (copy) => {
        copy.at[1] = 3;
        copy.at[2].unshift("theirs");
        copy.rest.push(2);
        if (copy.owner) copy.owner[1] = "theirs";
      },
    );
    const merged = await joined(registry, copies);
    expect(merged.at).toEqual([2, 3, ["theirs", "a", "ours"]]);
    expect(merged.rest).toEqual(["x", 1, 2]);
    expect([merged.owner?.[0].name, merged.owner?.[1]]).toEqual(["other", "theirs"]);
    const clashing = await branches(
      registry,
      load,
      (copy) => {
        copy.at[0] = 5;
      },
      (copy) => {
        copy.at = [6, 1, ["a"]];
      },
    );
    await expect(joined(registry, clashing)).rejects.toMatchObject({
      conflicts: [{ path: ["at", 0], base: 1, ours: 5, theirs: 6 }],
    });
  });

  test("references in every position: records key by key, nested objects, polymorphic ones", async () => {
    const { registry } = fixture();
    const base = await registry.register(
      new Everything({
        direct: usage(1),
        byName: { a: usage(2), b: usage(3) },
        nested: { label: "n", main: usage(4), more: [usage(5)] },
        grid: [[usage(6)], [usage(7)]],
        either: [usage(8), note("9")],
        tool: new Tool({ name: "plain" }),
        mixed: "text",
      }),
    );
    const copies = await branches(
      registry,
      () => registry.getOrThrow(Everything, base.ecsId),
      (copy) => {
        copy.direct = usage(10);
        delete copy.byName["a"];
        copy.byName["mine"] = usage(11);
        copy.nested?.more.push(usage(12));
        copy.grid[0]?.push(usage(13));
        copy.either.push(note("ours"));
        copy.tool = new CallableTool({ name: "callable", inputSchema: {} });
      },
      (copy) => {
        copy.direct.totalTokens = 20;
        copy.byName["theirs"] = usage(21);
        const { b } = copy.byName;
        if (b) b.totalTokens = 30;
        if (copy.nested) copy.nested.main = null;
        copy.nested?.more.unshift(usage(22));
        copy.grid.push([usage(23)]);
        copy.either.splice(0, 1);
        copy.mixed = note("mixed");
      },
    );
    const merged = await joined(registry, copies);
    const loaded = await registry.getOrThrow(Everything, merged.ecsId);
    expect(loaded.toObject()).toEqual(merged.toObject());
    expect(loaded.toObject()).toMatchObject({
      direct: { totalTokens: 10 },
      byName: { b: { totalTokens: 30 }, mine: { totalTokens: 11 }, theirs: { totalTokens: 21 } },
      nested: {
        main: null,
        more: [{ totalTokens: 22 }, { totalTokens: 5 }, { totalTokens: 12 }],
      },
      grid: [
        [{ totalTokens: 6 }, { totalTokens: 13 }],
        [{ totalTokens: 7 }],
        [{ totalTokens: 23 }],
      ],
      either: [{ content: "9" }, { content: "ours" }],
      tool: { name: "callable" },
      mixed: { content: "mixed" },
    });
    expect(Object.keys(loaded.byName)).not.toContain("a");
  });

  test("a sub-entity shared by two holders is merged once", async () => {
    const { registry, made } = fixture();
    const shared = new Link({ name: "shared" });
    const base = await registry.register(
      new Link({
        name: "root",
        children: [
          new Link({ name: "left", next: shared }),
          new Link({ name: "right", next: shared }),
        ],
      }),
    );
    const copies = await branches(
      registry,
      () => registry.getOrThrow(Link, base.ecsId),
      (copy) => {
        const { next } = at(copy.children, 0);
        if (next) next.name = "ours";
      },
      (copy) => {
        at(copy.children, 1).next?.children.push(new Link({ name: "theirs" }));
      },
    );
    await made();
    const merged = await joined(registry, copies);
    expect(await made()).toBe(4);
    const [left, right] = merged.children;
    expect(left?.next).toBe(right?.next);
    expect([left?.next?.name, left?.next?.children[0]?.name]).toEqual(["ours", "theirs"]);
    for (const { lineageId } of [merged, shared, ...merged.children])
      expect(await registry.heads(lineageId)).toHaveLength(1);
  });

  test("a circle that one side closed and the other grew", async () => {
    const { registry } = fixture();
    const base = await registry.register(
      new Link({ name: "a", next: new Link({ name: "b", next: new Link({ name: "c" }) }) }),
    );
    const copies = await branches(
      registry,
      () => registry.getOrThrow(Link, base.ecsId),
      (copy) => {
        const last = copy.next?.next;
        if (last) last.next = copy;
      },
      (copy) => {
        const middle = copy.next;
        if (middle) middle.next = new Link({ name: "between", next: middle.next });
      },
    );
    const merged = await joined(registry, copies);
    const loaded = await registry.getOrThrow(Link, merged.ecsId);
    const names = (link: Link | null | undefined, left = 5): string[] =>
      link && left > 0 ? [link.name, ...names(link.next, left - 1)] : [];
    expect(names(loaded)).toEqual(["a", "b", "between", "c", "a"]);
    expect(names(merged)).toEqual(names(loaded));
  });

  test("a type that the process doesn't know, changed on both sides", async () => {
    const { registry, storage, made } = fixture();
    const base = await registry.register(
      new Everything({
        direct: usage(1),
        tool: new CallableTool({ name: "t", inputSchema: { a: 1 } }),
      }),
    );
    const [ours, theirs] = await branches(
      registry,
      () => registry.getOrThrow(Everything, base.ecsId),
      (copy) => {
        if (copy.tool) copy.tool.name = "ours";
      },
      (copy) => {
        if (copy.tool) Object(copy.tool).inputSchema.b = 2;
      },
    );
    const partly = new EntityRegistry({ storage, types: [Everything] });
    const loaded = await partly.getOrThrow(Everything, ours?.ecsId ?? base.ecsId);
    await made();
    await partly.merge(loaded, theirs?.ecsId ?? base.ecsId);
    expect(await made()).toBe(2);
    const merged = await registry.getOrThrow(Everything, loaded.ecsId);
    expect(merged.tool?.toObject()).toEqual({ name: "ours", inputSchema: { a: 1, b: 2 } });
    expect(merged.tool).toBeInstanceOf(CallableTool);
  });

  test("sides of different schema versions meet in the newer shape", async () => {
    class Old extends entity("test.Shaped", { name: z.string(), count: z.number().default(0) }) {}
    class New extends entity(
      "test.Shaped",
      { title: z.string(), count: z.number().default(0) },
      {
        version: 2,
        upcast: ({ name, ...fields }) => ({ ...fields, title: name }),
      },
    ) {}
    const { storage } = fixture();
    const before = new EntityRegistry({ storage, types: [Old] });
    const now = new EntityRegistry({ storage, types: [New] });
    const base = await before.register(new Old({ name: "base" }));
    const theirs = await now.getOrThrow(New, base.ecsId);
    theirs.title = "new title";
    await theirs.fork();
    base.count = 5;
    await base.fork();
    const ours = await now.getOrThrow(New, base.ecsId);
    await now.merge(ours, theirs);
    expect(ours.toObject()).toEqual({ title: "new title", count: 5 });
    expect((await now.getOrThrow(New, ours.ecsId)).toObject()).toEqual(ours.toObject());
    expect((await now.coldSnapshot(ours.ecsId))?.schemaVersion).toBe(2);
  });
});
