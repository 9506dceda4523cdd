import { describe, expect, test } from "@jest/globals";
import {
  entity,
  entityTracer,
  ref,
  type CommitEntry,
  type EcsId,
  type EntityRegistry,
} from "@mi/ecs";
import { z } from "zod";
import {
  at,
  Book,
  bookOf,
  contents,
  fixture,
  Link,
  Note,
  note,
  Values,
} from "./fixtures/library.ts";

class Thread extends entity("test.Thread", {
  newMessage: z.string().nullable().default(null),
  history: z.array(ref(Note)).default([]),
}) {
  @entityTracer
  async addUserMessage(): Promise<Note> {
    const message = new Note({ content: this.newMessage });
    await Promise.resolve();
    this.history.push(message);
    this.newMessage = null;
    return message;
  }

  @entityTracer({ name: "failing", severity: "VERBOSE" })
  async fail(): Promise<void> {
    this.newMessage = "lost";
    await this.addUserMessage();
    throw new Error("on purpose");
  }
}

async function trail(registry: EntityRegistry): Promise<CommitEntry[]> {
  const entries: CommitEntry[] = [];
  for await (const entry of registry.commits()) entries.push(entry);
  return entries;
}

function signal(): { wait: Promise<void>; send: () => void } {
  let send = (): void => {};
  const wait = new Promise<void>((resolve) => {
    send = resolve;
  });
  return { wait, send };
}

describe("Tracing", () => {
  test("T1 one commit named after the method, changes carried on entry included", async () => {
    const { registry, made } = fixture();
    const thread = await registry.register(new Thread({}));
    await made();
    thread.newMessage = "Hi";
    const message = await thread.addUserMessage();
    expect(await made()).toBe(2);
    expect(thread.history).toEqual([message]);
    expect(message.parentId).toBeNull();
    expect(at(await trail(registry), 1)).toMatchObject({ operation: "Thread.addUserMessage" });
    expect((await registry.lineage(thread.lineageId)).versions).toHaveLength(2);
    expect(thread.hasModifications()).toBe(false);
  });

  test("T1 entities in arrays, objects, maps and sets of the arguments, at any depth of calls", async () => {
    const { registry, made } = fixture();
    const notes = [note("0"), note("1"), note("2"), note("3")];
    for (const page of notes) await registry.register(page);
    await made();
    const inner = entityTracer(async (page: Note) => {
      await Promise.resolve();
      page.content = "inner";
    });
    const outer = entityTracer(async function outer(given: {
      list: Note[];
      deep: { map: Map<string, Set<Note>> };
    }) {
      await Promise.all(given.list.map((page) => inner(page)));
      for (const pages of given.deep.map.values()) for (const page of pages) page.content = "outer";
    });
    await outer({
      list: notes.slice(0, 2),
      deep: { map: new Map([["k", new Set(notes.slice(2))]]) },
    });
    expect(await made()).toBe(4);
    expect((await trail(registry)).filter((entry) => entry.operation === "outer")).toHaveLength(1);
  });

  test("T1 an entity loaded inside, by id", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(bookOf(2));
    await made();
    const update = entityTracer(async function update(id: EcsId, index: number, text: string) {
      const loaded = await registry.getOrThrow(Book, id);
      at(loaded.pages, index).content = text;
      return loaded;
    });
    const updated = await update(book.ecsId, 1, "new");
    expect(await made()).toBe(2);
    expect(contents(await registry.getOrThrow(Book, updated.ecsId))).toEqual(["0", "new"]);
  });

  test("T2 when it throws nothing is committed, all is as it was on entry, the error unchanged", async () => {
    const { registry, made } = fixture();
    const values = await registry.register(
      new Values({
        list: [{ x: 1, tags: ["a"] }],
        record: { k: 1 },
        when: new Date(5),
        maybe: "m",
      }),
    );
    const book = await registry.register(bookOf(4));
    await made();
    book.title = "carried on entry";
    const [before, pages, first] = [values.toObject(), contents(book), at(values.list, 0)];
    const error = new Error("on purpose");
    const failing = entityTracer(async (v: Values, b: Book) => {
      v.text = "x";
      at(v.list, 0).tags.push("b");
      v.list.unshift({ x: 0, tags: [] });
      v.list.sort((p, q) => q.x - p.x);
      v.record["new"] = { deep: [1] };
      delete v.record["k"];
      v.when?.setTime(9);
      v.when = new Date(10);
      delete v.maybe;
      v.list = [];
      await Promise.resolve();
      b.title = "changed";
      b.pages.reverse();
      b.pages.splice(1, 2, note("new"), note("newer"), note("newest"));
      b.pages.length = 2;
      b.pages.push(note("last"));
      at(b.pages, 0).content = "edited";
      b.pages = [note("replaced")];
      throw error;
    });
    await expect(failing(values, book)).rejects.toBe(error);
    expect(values.toObject()).toEqual(before);
    expect(contents(book)).toEqual(pages);
    expect(book.title).toBe("carried on entry");
    expect(await made()).toBe(0);
    expect(values.hasModifications()).toBe(false);
    first.x = 7;
    expect(at(values.list, 0).x).toBe(7);
    expect(book.modifications().map((m) => m.changes.map((c) => c.path))).toEqual([[["title"]]]);
    await book.fork();
    expect(await made()).toBe(1);
    expect(contents(await registry.getOrThrow(Book, book.ecsId))).toEqual(pages);
  });

  test("T2 an inner call that throws and is caught is undone alone", async () => {
    const { registry, made } = fixture();
    const thread = await registry.register(new Thread({}));
    await made();
    const outer = entityTracer(async (t: Thread) => {
      t.newMessage = "kept";
      await t.addUserMessage();
      await t.fail().catch(() => undefined);
      return t.history.length;
    });
    expect(await outer(thread)).toBe(1);
    expect(thread.newMessage).toBeNull();
    expect(await made()).toBe(2);
    await expect(thread.fail()).rejects.toThrow("on purpose");
    expect([await made(), thread.history.length, thread.newMessage]).toEqual([0, 1, null]);
  });

  test("T2 a commit that fails undoes the call too", async () => {
    const { registry, made } = fixture();
    const values = await registry.register(new Values({ list: [{ x: 1, tags: [] }] }));
    await made();
    const spoil = entityTracer(async (v: Values) => {
      v.text = "x";
      Reflect.set(at(v.list, 0), "x", "no number");
    });
    await expect(spoil(values)).rejects.toMatchObject({ code: "MI_ENTITY_INVALID" });
    expect([values.text, at(values.list, 0).x, await made()]).toEqual(["", 1, 0]);
  });

  test("T3 calls on one warm copy run one after the other: no update is lost", async () => {
    const { registry, made } = fixture();
    const values = await registry.register(new Values({}));
    await made();
    const increment = entityTracer(async (v: Values) => {
      const { number } = v;
      await Promise.resolve();
      v.number = number + 1;
    });
    await Promise.all([increment(values), increment(values), increment(values)]);
    expect([values.number, await made()]).toEqual([3, 3]);
    const thrice = entityTracer(async (v: Values) => {
      await Promise.all([increment(v), increment(v), increment(v)]);
    });
    await thrice(values);
    expect([values.number, await made()]).toEqual([6, 1]);
  });

  test("T3 a wait that can never end is a TraceDeadlockError, and the other call goes on", async () => {
    const { registry } = fixture();
    const [a, b] = [
      await registry.register(new Values({})),
      await registry.register(new Values({})),
    ];
    const touch = entityTracer(async function touch(v: Values) {
      v.number++;
    });
    const [started, go] = [signal(), signal()];
    const crossed = entityTracer(
      async (mine: Values, theirs: () => Values, meet: () => Promise<void>) => {
        mine.number = 100;
        await meet();
        await touch(theirs());
      },
    );
    const first = crossed(
      a,
      () => b,
      async () => {
        started.send();
        await go.wait;
      },
    );
    await started.wait;
    const second = crossed(
      b,
      () => a,
      async () => go.send(),
    );
    const results = await Promise.allSettled([first, second]);
    expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(results.find((result) => result.status === "rejected")).toMatchObject({
      reason: { code: "MI_TRACE_DEADLOCK" },
    });
  });

  test("T3 a call that outlives its outer call throws at its next write", async () => {
    const { registry } = fixture();
    const values = await registry.register(new Values({}));
    const late = signal();
    let outliving: Promise<void> | undefined;
    const outer = entityTracer(async (v: Values) => {
      outliving = (async () => {
        await late.wait;
        v.number = 5;
      })();
      outliving.catch(() => undefined);
    });
    await outer(values);
    late.send();
    await expect(outliving).rejects.toMatchObject({ code: "MI_TRACE_CLOSED" });
    expect(values.number).toBe(0);
  });

  test("T3 entities of two registries in one call are refused, and undone", async () => {
    const [here, there] = [fixture(), fixture()];
    const [mine, theirs] = [
      await here.registry.register(note("a")),
      await there.registry.register(note("b")),
    ];
    const both = entityTracer(async (x: Note, y: Note) => {
      x.content = "changed";
      y.content = "changed";
    });
    await expect(both(mine, theirs)).rejects.toMatchObject({ code: "MI_TRACE_OTHER_REGISTRY" });
    expect([mine.content, theirs.content]).toEqual(["a", "b"]);
  });

  test("T4 a transaction is the same without a function's name, entities of its closure included", async () => {
    const { registry, made } = fixture();
    const [book, page] = [await registry.register(bookOf(3)), await registry.register(note("x"))];
    await made();
    await registry.transaction(
      () => {
        at(book.pages, 1).content = "in it";
        page.content = "too";
      },
      { actor: "ana", reason: "why not" },
    );
    expect(await made()).toBe(3);
    expect(at(await trail(registry), 2)).toMatchObject({
      actor: "ana",
      reason: "why not",
      operation: undefined,
    });
    await expect(
      registry.transaction(() => {
        page.content = "undone";
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect([page.content, await made()]).toEqual(["too", 0]);
  });

  test("T4 forks and registrations inside are part of the one commit", async () => {
    const { registry, made } = fixture();
    const [one, two] = [note("1"), note("2")];
    await registry.transaction(async () => {
      await registry.register(one, { reason: "first" });
      two.content = "changed";
      await two.fork({ metadata: { by: "test" } });
    });
    expect(await made()).toBe(2);
    expect(await trail(registry)).toMatchObject([{ reason: "first", metadata: { by: "test" } }]);
  });

  test("T5 entities made inside are registered when they are returned, attached or changed, not otherwise", async () => {
    const { registry, made } = fixture();
    const book = await registry.register(new Book({}));
    await made();
    const work = entityTracer(async (b: Book) => {
      new Note({ content: "neither" });
      const changed = new Note({ content: "to be changed" });
      changed.content = "changed";
      b.pages.push(new Note({ content: "attached" }));
      return { list: [new Note({ content: "returned" })] };
    });
    const { list } = await registry.run(() => work(book));
    expect(await made()).toBe(4);
    expect(await registry.has(at(list, 0).ecsId)).toBe(true);
  });

  test("a wrapper gives a promise of what the function returns, and passes this and arguments", async () => {
    const double = entityTracer((n: number) => 2 * n);
    expect(await double(4)).toBe(8);
    await expect(entityTracer(() => Promise.reject(new RangeError("x")))()).rejects.toThrow(
      RangeError,
    );
    const readName = entityTracer(function (this: { name: string }) {
      return this.name;
    });
    expect(await readName.call({ name: "n" })).toBe("n");
    expect(entityTracer(async function rename() {}).name).toBe("rename");
  });

  test("a chain is locked, changed and undone without recursion", async () => {
    const { registry, made } = fixture();
    let link = new Link({ name: "end" });
    for (let i = 0; i < 3000; i++) link = new Link({ name: String(i), next: link });
    await registry.register(link);
    await made();
    const rename = entityTracer(async (root: Link) => {
      for (let l: Link | null = root; l !== null; l = l.next) l.name = "x";
      throw new Error("undo");
    });
    await expect(rename(link)).rejects.toThrow("undo");
    expect([link.name, link.hasModifications(), await made()]).toEqual(["2999", false, 0]);
  });

  test("T1 arguments and results may be long arrays, sets and maps", async () => {
    const { registry, made } = fixture();
    const page = await registry.register(note("0"));
    await made();
    const numbers = Array.from({ length: 200_000 }, (_, i) => i);
    const work = entityTracer(async (given: unknown[]) => {
      page.content = String(given.length);
      return [...numbers, page];
    });
    await work([numbers, new Set(numbers), new Map(numbers.map((n) => [n, n])), page]);
    expect([page.content, await made()]).toEqual(["4", 1]);
  });

  test("what is no function is refused by its kind", () => {
    // @ts-expect-error: as a program without types calls it
    expect(() => entityTracer(5)).toThrow(/takes a function to trace, or options, got number/);
    // @ts-expect-error: the same
    expect(() => entityTracer()(undefined)).toThrow(
      expect.objectContaining({ code: "MI_REGISTRY_USAGE" }),
    );
  });

  test("a generator, whose body would run after the call, is refused", async () => {
    expect(() =>
      entityTracer(async function* pages() {
        yield 1;
      }),
    ).toThrow(expect.objectContaining({ code: "MI_REGISTRY_USAGE" }));
    const { registry } = fixture();
    const page = await registry.register(note("0"));
    function* write(): Generator<number> {
      page.content = "late";
      yield 1;
    }
    await expect(entityTracer(() => write())()).rejects.toMatchObject({
      code: "MI_REGISTRY_USAGE",
    });
    expect(page.content).toBe("0");
  });

  test.each(["fail", "merge"] as const)(
    "C2 one call that changes two copies of one version is no conflict with itself under %s, but refused",
    async (onConflict) => {
      const { registry, made } = fixture();
      const values = await registry.register(new Values({}));
      await made();
      const change = registry.transaction(
        async () => {
          (await registry.getOrThrow(Values, values.ecsId)).text = "x";
          (await registry.getOrThrow(Values, values.ecsId)).number++;
        },
        { onConflict },
      );
      await expect(change).rejects.toMatchObject({ code: "MI_ENTITY_DUPLICATE_WARM_COPY" });
      expect(await made()).toBe(0);
    },
  );

  test("T2 nothing that a call wrote or made is stored because the call asked for it", async () => {
    const { registry, made } = fixture();
    await registry.run(async () => {
      const page = note("0");
      const ask = registry.transaction(async () => {
        page.content = "1";
        await registry.get(Note, page.ecsId);
      });
      await expect(ask).rejects.toMatchObject({ code: "MI_REGISTRY_USAGE" });
      const askLineage = registry.transaction(async () => {
        page.content = "1";
        await registry.latest(Note, page.lineageId);
      });
      await expect(askLineage).rejects.toMatchObject({ code: "MI_REGISTRY_USAGE" });
      await expect(
        registry.transaction(async () => registry.get(Note, note("new").ecsId)),
      ).rejects.toMatchObject({ message: expect.stringContaining("use the object itself") });
      expect([page.content, await made()]).toEqual(["0", 0]);
      await registry.transaction(async () => registry.get(Note, page.ecsId));
      expect(await made()).toBe(1);
    });
  });
});
