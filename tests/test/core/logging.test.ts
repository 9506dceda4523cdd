import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { entityTracer, EntityRegistry } from "@mi/ecs";
import { createLogger, type ClosableLogger } from "@mi/ecs/pino";
import { ManualClock } from "@mi/ecs/testing";
import { MemoryStorage } from "@mi/storage-memory";
import { at, Book, bookOf, Note, note } from "./fixtures/library.ts";
import { runProgram } from "./fixtures/run-program.ts";

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

let folder: string;
const open: ClosableLogger[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mi-log-"));
});

afterEach(async () => {
  for (const logger of open.splice(0)) await logger.close();
  await rm(folder, { recursive: true });
});

async function logger(options: Parameters<typeof createLogger>[0] = {}): Promise<ClosableLogger> {
  const made = await createLogger({ file: join(folder, "app.log"), level: "debug", ...options });
  open.push(made);
  return made;
}

/** The files by number, and their lines. */
async function logged(): Promise<{ files: string[]; lines: Line[] }> {
  const number = (name: string): number => Number(/\.(\d+)\.log$/.exec(name)?.[1]);
  const files = (await readdir(folder)).toSorted((a, b) => number(a) - number(b));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  const lines = texts.flatMap((text) => text.split("\n").filter((line) => line !== ""));
  return { files, lines: lines.map((line): Line => JSON.parse(line)) };
}

/** Comes back when it holds; asks after each turn of the event loop. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

describe("What the core logs", () => {
  test("create, fork, load, commit, conflict and traced call, each with its lineage and who did it", async () => {
    const log = await logger();
    const registry = new EntityRegistry({
      storage: new MemoryStorage(),
      logger: log,
      onConflict: "fail",
      context: { actor: "service" },
    });
    const page = note("a");
    const created = page.ecsId;
    await registry.run(() =>
      registry.register(page, { operation: "import", correlationId: "c-1" }),
    );
    const other = await registry.run(() => registry.getOrThrow(Note, page.ecsId), {
      actor: "ana",
      correlationId: "c-2",
    });
    const rename = entityTracer(
      async function rename(n: Note) {
        await registry.get(Note, n.ecsId);
        n.content = "b";
      },
      { context: { actor: "bo", correlationId: "c-3" } },
    );
    await rename(other);
    page.content = "late";
    await expect(page.fork()).rejects.toMatchObject({ code: "MI_ENTITY_CONFLICT" });
    const { lines } = await logged();
    const { lineageId } = page;
    expect(lines.map(({ level, msg }) => `${level} ${msg}`)).toEqual([
      "info commit written",
      "debug entity created",
      "debug entity loaded",
      "debug entity loaded",
      "info commit written",
      "debug entity forked",
      "info traced call ended",
      "warn somebody else was first",
    ]);
    const whole = (more: object): unknown => expect.objectContaining(more);
    const first = { actor: "service", operation: "import", correlationId: "c-1" };
    const traced = { actor: "bo", operation: "rename", correlationId: "c-3" };
    expect(lines).toEqual([
      whole({ ...first, sequence: 1, versions: 1 }),
      whole({ ...first, type: "test.Note", lineageId, ecsId: created, parentId: null }),
      whole({ actor: "ana", correlationId: "c-2", type: "test.Note", lineageId, ecsId: created }),
      whole({ ...traced, type: "test.Note", lineageId, ecsId: created }),
      whole({ ...traced, sequence: 2, versions: 1 }),
      whole({ ...traced, lineageId, ecsId: other.ecsId, parentId: created }),
      whole({ ...traced, outcome: "returned", severity: "NORMAL", nested: false }),
      whole({ actor: "service", lineages: [lineageId] }),
    ]);
  });

  test("a lineage can be followed through the log, version by version", async () => {
    const log = await logger();
    const registry = new EntityRegistry({ storage: new MemoryStorage(), logger: log });
    const book = await registry.register(bookOf(2));
    const ids = [book.ecsId];
    for (const title of ["x", "y"]) {
      book.title = title;
      await book.fork();
      ids.push(book.ecsId);
    }
    const { lines } = await logged();
    const own = lines.filter(({ lineageId }) => lineageId === book.lineageId);
    expect(own.map(({ ecsId, parentId }) => [ecsId, parentId])).toEqual([
      [ids[0], null],
      [ids[1], ids[0]],
      [ids[2], ids[1]],
    ]);
  });

  test("inside nested traced calls a line says the operation that the commit will have", async () => {
    const log = await logger();
    const registry = new EntityRegistry({ storage: new MemoryStorage(), logger: log });
    const page = await registry.register(note("a"));
    const inner = entityTracer(async function inner() {
      await registry.get(Note, page.ecsId);
    });
    const outer = entityTracer(
      async function outer(n: Note) {
        n.content = "b";
        await inner();
      },
      { context: { actor: "ana" } },
    );
    await outer(page);
    const { lines } = await logged();
    const load = lines.find(({ msg }) => msg === "entity loaded");
    const commit = lines.findLast(({ msg }) => msg === "commit written");
    expect([load, commit]).toMatchObject([
      { operation: "outer", actor: "ana" },
      { operation: "outer", actor: "ana" },
    ]);
  });

  test("two scopes at once keep their own actor and correlation id", async () => {
    const log = await logger();
    const registry = new EntityRegistry({ storage: new MemoryStorage(), logger: log });
    await Promise.all(
      ["ana", "bo", "cy"].map((actor) =>
        registry.run(
          async () => {
            const page = await registry.register(note(actor));
            await registry.getOrThrow(Note, page.ecsId);
          },
          { actor, correlationId: `of ${actor}` },
        ),
      ),
    );
    const { lines } = await logged();
    expect(lines).toHaveLength(9);
    for (const { actor, correlationId } of lines) expect(correlationId).toBe(`of ${String(actor)}`);
  });

  test("no content of an entity is logged", async () => {
    const log = await logger();
    const registry = new EntityRegistry({ storage: new MemoryStorage(), logger: log });
    const page = await registry.register(note("a secret"));
    page.content = "another secret";
    await page.fork({ reason: "why", metadata: { secret: true } });
    await registry.get(Note, page.ecsId);
    expect(JSON.stringify((await logged()).lines)).not.toContain("secret");
  });

  test("a registry without a logger is silent", async () => {
    const registry = new EntityRegistry({ storage: new MemoryStorage() });
    await registry.register(note("a"));
    expect((await logged()).lines).toEqual([]);
  });

  test("a logger that throws breaks no commit, and is told as a process warning", async () => {
    const { printed } = await runProgram(`
      import { z } from "zod";
      import { entity, EntityRegistry } from "@mi/ecs";
      import { MemoryStorage } from "@mi/storage-memory";
      class Note extends entity("Note", { content: z.string() }) {}
      process.on("warning", ({ message }) => console.log(message));
      const fail = () => { throw new Error("disk full"); };
      const logger = { debug: fail, info: fail, warn: fail, error: fail };
      const registry = new EntityRegistry({ storage: new MemoryStorage(), logger });
      const note = await registry.register(new Note({ content: "a" }));
      console.log(await registry.has(note.ecsId), note.hasModifications());
    `);
    expect(printed.toSorted()).toEqual([
      'the logger threw at "commit written": Error: disk full',
      'the logger threw at "entity created": Error: disk full',
      "true false",
    ]);
  });
});

describe("createLogger of @mi/ecs/pino", () => {
  test("writes JSON lines with the level, the time of the clock and the message", async () => {
    const clock = new ManualClock();
    const log = await logger({ clock });
    log.info({ lineageId: "x" }, "first");
    clock.advance(1_000);
    log.warn({ err: new TypeError("why") }, "second");
    const { files, lines } = await logged();
    expect(files).toEqual(["app.1.log"]);
    expect(lines).toMatchObject([
      { level: "info", time: "2026-01-01T00:00:00.000Z", pid: process.pid, lineageId: "x" },
      { level: "warn", time: "2026-01-01T00:00:01.000Z", msg: "second", err: { message: "why" } },
    ]);
  });

  test("writes what is at its level or above, and the level can be changed while it runs", async () => {
    const log = await logger({ level: "warn" });
    log.info({}, "no");
    log.warn({}, "yes");
    log.level = "debug";
    log.debug({}, "yes");
    log.level = "silent";
    log.fatal({}, "no");
    expect((await logged()).lines.map(({ msg }) => msg)).toEqual(["yes", "yes"]);
  });

  test("begins a new file when one has reached its size, and loses no line", async () => {
    const log = await logger({ rotate: { size: "2k", keep: 1_000 } });
    for (let i = 0; i < 200; i++) {
      log.info({ i, text: "x".repeat(100) }, "line");
      if (i % 10 === 9) await new Promise((resolve) => setImmediate(resolve));
    }
    await log.close();
    const { files, lines } = await logged();
    expect(lines.map(({ i }) => i)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    const sizes = await Promise.all(
      files.map(async (name) => (await readFile(join(folder, name))).length),
    );
    // About the size: what one turn of the event loop writes stays together.
    expect(files.length).toBeGreaterThan(10);
    expect(Math.max(...sizes)).toBeLessThan(2 * 2_048);
  });

  test("keeps so many files and no more, those of earlier runs counted; other files are left alone", async () => {
    await writeFile(join(folder, "other.txt"), "mine");
    for (let run = 0; run < 3; run++) {
      const log = await logger({ rotate: { size: "1k", keep: 3 } });
      for (let i = 0; i < 50; i++) {
        log.info({ run, i, text: "x".repeat(100) }, "line");
        await new Promise((resolve) => setImmediate(resolve));
      }
      await log.close();
    }
    const kept = async (): Promise<string[]> =>
      (await readdir(folder)).filter((name) => name.endsWith(".log"));
    await until(async () => (await kept()).length <= 3);
    const names = await kept();
    const lines: Line[] = [];
    for (const name of names.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)))
      for (const line of (await readFile(join(folder, name), "utf8")).split("\n"))
        if (line !== "") lines.push(JSON.parse(line));
    expect(names).toHaveLength(3);
    expect(lines.at(-1)).toMatchObject({ run: 2, i: 49 });
    expect(await readFile(join(folder, "other.txt"), "utf8")).toBe("mine");
  });

  test("a second run appends to the file that is not full", async () => {
    for (const run of [1, 2]) {
      const log = await logger();
      log.info({ run }, "line");
      await log.close();
    }
    const { files, lines } = await logged();
    expect([files, lines.map(({ run }) => run)]).toEqual([["app.1.log"], [1, 2]]);
  });

  test("puts the day into the names when it rotates daily, and makes the folder", async () => {
    const log = await logger({
      file: join(folder, "deep", "er", "app.log"),
      rotate: { frequency: "daily" },
    });
    log.info({}, "line");
    await log.close();
    const [name] = await readdir(join(folder, "deep", "er"));
    expect(name).toMatch(/^app\.\d{4}-\d\d-\d\d\.1\.log$/);
  });

  test("has written every line when the process ends abruptly", async () => {
    const program = `
      const { createLogger } = await import("@mi/ecs/pino");
      const log = await createLogger({ file: process.argv[1] });
      for (let i = 0; i < 1000; i++) log.info({ i }, "line");
      process.kill(process.pid, "SIGKILL");`;
    const { signal } = await runProgram(program, join(folder, "app.log"));
    expect(signal).toBe("SIGKILL");
    expect((await logged()).lines).toHaveLength(1_000);
  });

  test("close can be called twice; a registry that logs after it goes on, with a warning", async () => {
    const log = await logger();
    const registry = new EntityRegistry({ storage: new MemoryStorage(), logger: log });
    await Promise.all([log.close(), log.close()]);
    const page = await registry.register(note("a"));
    expect(await registry.has(page.ecsId)).toBe(true);
  });

  test("refuses what makes no sense and files that can't be opened, with a code", async () => {
    await writeFile(join(folder, "plain"), "");
    for (const options of [
      { file: join(folder, "plain", "app.log") },
      { rotate: { keep: 1 } },
      { rotate: { size: "much" } },
      { rotate: { size: "20q" } },
      { rotate: { size: "0m" } },
    ])
      await expect(logger(options)).rejects.toMatchObject({ code: "MI_LOG_OPEN" });
    const level: { level?: "info" } = {};
    Reflect.set(level, "level", "loud");
    await expect(logger(level)).rejects.toMatchObject({
      code: "MI_LOG_OPEN",
      message: expect.stringMatching(/level must be trace, .*fatal or silent, got "loud"/),
    });
  });

  test("is a pino logger: children carry their bindings, and the core takes it as it is", async () => {
    const log = await logger();
    const registry = new EntityRegistry({
      storage: new MemoryStorage(),
      logger: log.child({ component: "threads" }),
    });
    const book = await registry.register(bookOf(0));
    await registry.get(Book, book.ecsId);
    const { lines } = await logged();
    expect(lines.map(({ component }) => component)).toEqual(lines.map(() => "threads"));
    expect(at(lines, 0).msg).toBe("commit written");
  });
});
