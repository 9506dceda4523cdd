import { describe, expect, test } from "@jest/globals";
import { entityTracer, EntityRegistry, type Logger, type RegistryEvents } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { at, Book, bookOf, fixture, Note, note } from "./fixtures/library.ts";
import { runProgram } from "./fixtures/run-program.ts";

function recorder(): {
  logger: Logger;
  lines: { level: string; fields: object; message: string }[];
} {
  const lines: { level: string; fields: object; message: string }[] = [];
  const log = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return {
    lines,
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
  };
}

describe("Lifecycle events", () => {
  test("a commit tells its header, its place, and each version that it made", async () => {
    const { registry } = fixture();
    const events: RegistryEvents["commit"][] = [];
    registry.on("commit", (event) => {
      events.push(event);
    });
    const book = await registry.register(bookOf(2), { actor: "ana", reason: "first" });
    const before = book.ecsId;
    at(book.pages, 0).content = "edited";
    await book.fork({ actor: "bo", metadata: { size: 2 } });
    expect(events.map(({ sequence, versions }) => [sequence, versions.length])).toEqual([
      [1, 3],
      [2, 2],
    ]);
    expect(at(events, 1)).toMatchObject({
      header: { actor: "bo", reason: null, metadata: '{"size":2}' },
      versions: expect.arrayContaining([
        {
          type: "test.Book",
          ecsId: book.ecsId,
          lineageId: book.lineageId,
          parentId: before,
          mergedFromId: null,
        },
      ]),
    });
    await book.fork();
    expect(events).toHaveLength(2);
  });

  test("a commit is told once it is written: what it made can be read", async () => {
    const { registry } = fixture();
    const seen: Promise<unknown>[] = [];
    registry.on("commit", ({ versions }) => {
      for (const { ecsId } of versions) seen.push(registry.coldSnapshot(ecsId));
    });
    await registry.register(bookOf(1));
    expect((await Promise.all(seen)).map((record) => record !== undefined)).toEqual([true, true]);
  });

  test("a commit that fails and a call that throws tell no commit", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    const commits: unknown[] = [];
    registry.on("commit", (event) => {
      commits.push(event);
    });
    page.tags.push("x");
    await expect(page.fork({ actor: "\0" })).rejects.toMatchObject({
      code: "MI_ENTITY_COMMIT_CONTEXT",
    });
    await expect(
      entityTracer(async (n: Note) => {
        n.content = "b";
        throw new Error("on purpose");
      })(page),
    ).rejects.toThrow("on purpose");
    expect(commits).toEqual([]);
  });

  test("a merge, a revert and a moved ref are commits like any other", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    const first = page.ecsId;
    const other = await registry.getOrThrow(Note, first);
    other.tags.push("theirs");
    await other.fork();
    page.content = "ours";
    await page.fork();
    const told: (string | null)[] = [];
    registry.on("commit", ({ header }) => {
      told.push(header.operation);
    });
    await registry.merge(page, other);
    await page.revert(first);
    await registry.refs.set("tag", first);
    expect(told).toEqual(["merge", "revert", "refs.set"]);
  });

  test("a load tells the roots that were found and how many copies were made", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(3));
    const loads: RegistryEvents["load"][] = [];
    registry.on("load", (event) => {
      loads.push(event);
    });
    await registry.get(Book, book.ecsId);
    await registry.getMany(Book, [book.ecsId, note("never stored").ecsId]);
    expect(loads).toEqual([
      { roots: [book.ecsId], copies: 4 },
      { roots: [book.ecsId], copies: 4 },
    ]);
  });

  test("a conflict tells the lineages, whatever becomes of it", async () => {
    const { storage } = fixture();
    for (const onConflict of ["fail", "merge"] as const) {
      const registry = new EntityRegistry({ storage, onConflict });
      const conflicts: RegistryEvents["conflict"][] = [];
      registry.on("conflict", (event) => {
        conflicts.push(event);
      });
      const page = await registry.register(note("a"));
      const other = await registry.getOrThrow(Note, page.ecsId);
      other.tags.push("theirs");
      await other.fork();
      page.content = "ours";
      await page.fork().catch(() => undefined);
      expect(conflicts).toEqual([{ lineages: [page.lineageId] }]);
    }
  });

  test("a traced call tells its end, its outcome, and what it says about its commit", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    const calls: RegistryEvents["trace"][] = [];
    registry.on("trace", (event) => {
      calls.push(event);
    });
    const error = new Error("on purpose");
    const work = entityTracer(
      async function work(n: Note, fails: boolean) {
        n.content += "!";
        await n.fork({ reason: "because" });
        if (fails) throw error;
      },
      { context: { actor: "ana" } },
    );
    await work(page, false);
    await expect(work(page, true)).rejects.toBe(error);
    expect(calls).toMatchObject([
      { name: "work", outcome: "returned", context: { actor: "ana", reason: "because" } },
      { name: "work", outcome: "threw", error, context: { actor: "ana" } },
    ]);
  });

  test("listeners are called in their order, each as often as it was added, until it is ended", async () => {
    const { registry } = fixture();
    const heard: string[] = [];
    const one = (): void => {
      heard.push("one");
    };
    const stopFirst = registry.on("commit", one);
    registry.on("commit", () => {
      heard.push("two");
    });
    const stopSecond = registry.on("commit", one);
    await registry.register(note("a"));
    stopFirst();
    stopFirst();
    await registry.register(note("b"));
    stopSecond();
    await registry.register(note("c"));
    expect(heard).toEqual(["one", "two", "one", "two", "one", "two"]);
  });

  test("a listener may end itself or add another one while it is called", async () => {
    const { registry } = fixture();
    const heard: string[] = [];
    const stop = registry.on("commit", () => {
      heard.push("once");
      stop();
      registry.on("commit", () => {
        heard.push("later");
      });
    });
    await registry.register(note("a"));
    await registry.register(note("b"));
    expect(heard).toEqual(["once", "later"]);
  });
});

describe("A listener that throws", () => {
  test("breaks neither the commit nor the other listeners, and is logged", async () => {
    const { logger, lines } = recorder();
    const registry = new EntityRegistry({ storage: new MemoryStorage(), logger });
    const fault = new Error("in a listener");
    const late = new Error("in a promise");
    const heard: string[] = [];
    registry.on("commit", () => {
      throw fault;
    });
    registry.on("commit", async () => {
      await Promise.resolve();
      throw late;
    });
    registry.on("commit", () => {
      heard.push("still called");
    });
    const page = note("a");
    expect(await registry.register(page)).toBe(page);
    expect([heard, page.hasModifications()]).toEqual([["still called"], false]);
    expect(await registry.has(page.ecsId)).toBe(true);
    expect(lines.filter(({ level }) => level === "error")).toEqual([
      { level: "error", message: "a listener threw", fields: { event: "commit", err: fault } },
      { level: "error", message: "a listener threw", fields: { event: "commit", err: late } },
    ]);
  });

  test("without a logger it becomes an uncaught error of the process: nothing is swallowed", async () => {
    const { printed } = await runProgram(`
      import { z } from "zod";
      import { entity, EntityRegistry } from "@mi/ecs";
      import { MemoryStorage } from "@mi/storage-memory";
      class Note extends entity("Note", { content: z.string() }) {}
      process.on("uncaughtException", ({ message }) => console.log("uncaught: " + message));
      const registry = new EntityRegistry({ storage: new MemoryStorage() });
      registry.on("load", () => { throw new Error("in a listener"); });
      registry.on("load", () => console.log("still called"));
      const note = await registry.register(new Note({ content: "a" }));
      console.log((await registry.get(Note, note.ecsId)).content);
    `);
    expect(printed.toSorted()).toEqual(["a", "still called", "uncaught: in a listener"]);
  });
});

describe("The types of events", () => {
  test("a listener gets the event of its name, and no other name is taken", () => {
    const { registry } = fixture();
    registry.on("commit", ({ header, versions }) => {
      const actor: string | null = header.actor;
      const types: string[] = versions.map(({ type }) => type);
      return void [actor, types];
    });
    // @ts-expect-error a load has no header
    registry.on("load", ({ header }) => void header);
    // @ts-expect-error no such event
    expect(() => registry.on("nothing", () => undefined)).toThrow(
      /no event "nothing"; the events are commit, conflict, load, trace/,
    );
  });
});
