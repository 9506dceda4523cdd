import { describe, expect, test } from "@jest/globals";
import { entityTracer, EntityRegistry, StorageError, type RegistryEvents } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { at, Book, bookOf, contents, fixture, Note, note } from "./fixtures/library.ts";

describe("Scopes and pending entities", () => {
  test("a new entity is pending, and registered when it is first asked for by its id", async () => {
    const { registry } = fixture();
    await registry.run(async () => {
      const book = bookOf(1);
      expect((await registry.status()).pending).toBe(2);
      book.pages.push(note("added after construction"));
      const loaded = await Book.get(book.ecsId);
      expect(loaded && contents(loaded)).toEqual(["0", "added after construction"]);
      expect((await registry.status()).pending).toBe(0);
      expect(await registry.heads(note("asked by lineage").lineageId)).toHaveLength(1);
    });
  });

  test("reading never commits changes of an entity that is already stored", async () => {
    const { registry, made } = fixture();
    const page = await registry.register(note("a"));
    await made();
    page.content = "unsaved";
    expect((await registry.getOrThrow(Note, page.ecsId)).content).toBe("a");
    expect(await made()).toBe(0);
  });

  test("what a scope made is one commit when it returns, and dropped when it throws", async () => {
    const { registry, made } = fixture();
    const result = await registry.run(async () => {
      new Book({ pages: [note("1"), note("2")] });
      await Promise.resolve();
      return "done";
    });
    expect(result).toBe("done");
    expect(await made()).toBe(3);
    expect((await registry.status()).commits).toBe(1);
    await expect(
      registry.run(() => {
        note("dropped");
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect([await made(), (await registry.status()).pending]).toEqual([0, 0]);
  });

  test("flush registers, discard drops, a committed tree takes what it holds out of the pending", async () => {
    const { registry, made } = fixture();
    EntityRegistry.setDefault(registry);
    try {
      const [one, two] = [note("1"), note("2")];
      expect((await registry.status()).pending).toBe(2);
      await registry.register(new Book({ pages: [one] }));
      expect((await registry.status()).pending).toBe(1);
      await registry.flush({ reason: "flushed" });
      expect(await made()).toBe(3);
      expect(await registry.has(two.ecsId)).toBe(true);
      note("3");
      registry.discard();
      await registry.flush();
      expect([await made(), (await registry.status()).pending]).toEqual([0, 0]);
      registry.detached(() => note("nobody's"));
      expect((await registry.status()).pending).toBe(0);
    } finally {
      EntityRegistry.setDefault(undefined);
    }
  });

  test("only a registry can be the default one", () => {
    // @ts-expect-error: as a program without types calls it
    expect(() => EntityRegistry.setDefault({})).toThrow(
      expect.objectContaining({ code: "MI_REGISTRY_USAGE" }),
    );
  });

  test("what was registered and forked inside its scope is pending no more", async () => {
    const { registry, made } = fixture();
    await registry.run(async () => {
      const page = await registry.register(note("a"));
      page.content = "b";
      await page.fork();
    });
    expect([(await registry.status()).pending, await made()]).toEqual([0, 2]);
  });

  test("loading makes nothing pending; the statics use the current registry", async () => {
    const [here, there] = [fixture(), fixture()];
    const [mine, theirs] = [
      await here.registry.register(note("mine")),
      await there.registry.register(note("theirs")),
    ];
    await here.registry.run(async () => {
      expect((await Note.get(mine.ecsId))?.content).toBe("mine");
      expect(await Note.get(theirs.ecsId)).toBeUndefined();
      await there.registry.run(async () => {
        expect(
          (await Note.getMany([theirs.ecsId, mine.ecsId])).map((page) => page?.content),
        ).toEqual(["theirs", undefined]);
      });
      expect((await here.registry.status()).pending).toBe(0);
    });
    expect(() => Note.get(mine.ecsId)).toThrow(/needs a registry/);
  });

  test("the contexts of registry, scope and call are merged, the nearest first", async () => {
    const { storage } = fixture();
    const registry = new EntityRegistry({
      storage,
      context: { actor: "service", metadata: { version: 1 } },
      requiredContext: ["reason"],
    });
    await registry.run(() => registry.register(note("a"), { reason: "call", metadata: { b: 2 } }), {
      actor: "scope",
      correlationId: "c-1",
    });
    const [commit] = await collect(registry.commits());
    expect(commit).toMatchObject({
      actor: "scope",
      correlationId: "c-1",
      reason: "call",
      metadata: { version: 1, b: 2 },
    });
    await expect(registry.register(note("b"))).rejects.toMatchObject({
      code: "MI_ENTITY_COMMIT_CONTEXT",
    });
    await expect(registry.register(note("b"), { reason: "x", actor: "\0" })).rejects.toMatchObject({
      code: "MI_ENTITY_COMMIT_CONTEXT",
    });
    expect((await registry.status()).versions).toBe(1);
  });

  test("metadata is an object of plain data, as every bundle of it must be read", async () => {
    const { registry } = fixture();
    for (const metadata of ['"text"', "[1]", "7", "true"])
      await expect(
        registry.register(note("a"), JSON.parse(`{ "metadata": ${metadata} }`)),
      ).rejects.toMatchObject({
        code: "MI_ENTITY_COMMIT_CONTEXT",
        details: { field: "metadata" },
      });
    expect((await registry.status()).commits).toBe(0);
  });

  test("what a registry requires must say something", async () => {
    const { storage } = fixture();
    const registry = new EntityRegistry({ storage, requiredContext: ["actor", "reason"] });
    const page = await registry.register(note("a"), { actor: "ana", reason: "first" });
    page.content = "b";
    for (const reason of [undefined, "", " \t\n"])
      await expect(page.fork({ actor: "ana", reason })).rejects.toMatchObject({
        code: "MI_ENTITY_COMMIT_CONTEXT",
        details: { field: "reason" },
      });
    expect([page.hasModifications(), (await registry.status()).versions]).toEqual([true, 1]);
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

describe("Events and log", () => {
  test("commits, conflicts, loads and traced calls are told, with who and what", async () => {
    const { storage } = fixture();
    const lines: [string, object, string][] = [];
    const log = (level: string) => (fields: object, message: string) => {
      lines.push([level, fields, message]);
    };
    const registry = new EntityRegistry({
      storage,
      onConflict: "fail",
      logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    });
    const events: [keyof RegistryEvents, unknown][] = [];
    const end = (["commit", "conflict", "load", "trace"] as const).map((name) =>
      registry.on(name, (event) => events.push([name, event])),
    );
    const page = await registry.register(note("a"), { actor: "ana", correlationId: "c-1" });
    const other = await registry.getOrThrow(Note, page.ecsId);
    other.content = "b";
    await other.fork();
    page.content = "c";
    await expect(page.fork()).rejects.toMatchObject({ code: "MI_ENTITY_CONFLICT" });
    await entityTracer(async function rename(n: Note) {
      n.content = "d";
    })(other);
    expect(events.map(([name]) => name)).toEqual([
      "commit",
      "load",
      "commit",
      "conflict",
      "commit",
      "trace",
    ]);
    expect(at(events, 0)[1]).toMatchObject({
      header: { actor: "ana" },
      versions: [{ lineageId: page.lineageId, parentId: null, type: "test.Note" }],
    });
    expect(at(events, 5)[1]).toMatchObject({
      name: "rename",
      severity: "NORMAL",
      nested: false,
      outcome: "returned",
    });
    expect(lines).toContainEqual([
      "debug",
      expect.objectContaining({ lineageId: page.lineageId, actor: "ana", correlationId: "c-1" }),
      "entity created",
    ]);
    expect(lines.filter(([level]) => level === "warn")).toHaveLength(1);
    for (const stop of end) stop();
    other.content = "e";
    await other.fork();
    expect(events).toHaveLength(6);
  });

  test("T6 severity decides what is reported, never what is committed", async () => {
    const { registry, made } = fixture();
    const page = await registry.register(note("a"));
    await made();
    const inner = entityTracer(async function inner(n: Note) {
      n.tags.push("x");
    });
    const outer = entityTracer(async function outer(n: Note) {
      await inner(n);
    });
    const critical = entityTracer(inner, { name: "critical", severity: "CRITICAL" });
    const reported: (string | undefined)[] = [];
    registry.on("trace", (call) => reported.push(call.name));
    for (const level of ["NONE", "CRITICAL", "NORMAL", "VERBOSE"] as const) {
      registry.setTraceSeverity(level);
      await outer(page);
      await critical(page);
      reported.push(level);
      expect(await made()).toBe(2);
    }
    expect(reported).toEqual([
      "NONE",
      "critical",
      "CRITICAL",
      "outer",
      "critical",
      "NORMAL",
      "inner",
      "outer",
      "inner",
      "critical",
      "VERBOSE",
    ]);
  });

  test("what is pending stays so when its registration fails", async () => {
    const storage = new MemoryStorage();
    const registry = new EntityRegistry({ storage });
    const commit = storage.commit.bind(storage);
    storage.commit = async () => {
      storage.commit = commit;
      throw new StorageError("MI_STORAGE_BUSY", "locked; retry", { retryable: true });
    };
    await registry.run(async () => {
      const page = note("kept");
      await expect(registry.flush()).rejects.toMatchObject({ code: "MI_STORAGE_BUSY" });
      expect((await registry.status()).pending).toBe(1);
      await registry.flush();
      expect(await registry.status()).toMatchObject({ pending: 0, versions: 1 });
      expect(await registry.has(page.ecsId)).toBe(true);
    });
  });

  test("an unmodified entity of another registry is refused when it is registered", async () => {
    const [here, there] = [fixture(), fixture()];
    const foreign = await there.registry.register(note("theirs"));
    await expect(here.registry.register(foreign)).rejects.toMatchObject({
      code: "MI_ENTITY_OTHER_REGISTRY",
    });
  });
});
