import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { EntityRegistry, entityTracer, MiError, type EcsId, type EntityStorage } from "@mi/ecs";
import { CachedStorage } from "@mi/ecs/storage";
import { ManualClock, SequentialIds } from "@mi/ecs/testing";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { MemoryStorage } from "@mi/storage-memory";
import {
  Book,
  bookOf,
  contents,
  Link,
  Note,
  note,
  Tool,
  CallableTool,
  Values,
} from "./fixtures/library.ts";

/** A program that does a bit of everything; answers all that it saw. */
async function program(storage: EntityStorage): Promise<unknown[]> {
  const seen: unknown[] = [];
  const clock = new ManualClock();
  const registry = new EntityRegistry({ storage, clock, ids: new SequentialIds() });
  registry.on("commit", ({ header, sequence, versions }) => seen.push(header, sequence, versions));
  await registry.run(async () => {
    const code = async (work: () => Promise<unknown>): Promise<void> => {
      await work().then(
        () => seen.push("fine"),
        (error: unknown) => seen.push(MiError.is(error) ? [error.code, error.message] : error),
      );
    };
    const book = await registry.register(bookOf(3), { actor: "ana", metadata: { $a: "\0\ud800" } });
    const first = book.ecsId;
    clock.advance(1_000);
    const circle = new Link({ name: "a" });
    circle.next = new Link({ name: "b", next: circle, children: [circle] });
    await registry.register(circle);
    await registry.register(new CallableTool({ name: "t", inputSchema: { z: 1, a: [null] } }));
    await registry.register(
      new Values({
        text: "\ud83d\0",
        big: 2n ** 70n,
        when: new Date(1),
        record: { __proto__x: 1 },
      }),
    );
    const edit = entityTracer(async function edit(id: EcsId, text: string, fails: boolean) {
      const loaded = await registry.getOrThrow(Book, id);
      loaded.pages.splice(1, 1, note(text));
      const [page] = loaded.pages;
      if (page !== undefined) page.content = `${text}!`;
      if (fails) throw new Error("on purpose");
      return loaded;
    });
    const theirs = await edit(first, "x", false);
    await edit(first, "y", true).catch((error: unknown) => seen.push(String(error)));
    clock.advance(1_000);
    book.title = "ours";
    book.pages.push(note("last"));
    await book.fork({ reason: "a branch" });
    seen.push(await registry.heads(book.lineageId));
    await registry.merge(book, theirs);
    seen.push(contents(book), book.title);
    await book.revert(first);
    await registry.refs.set("start", first, { expected: null });
    await code(() => registry.refs.set("start", book.ecsId, { expected: null }));
    await code(() => registry.getOrThrow(Note, first));
    await code(() => registry.getOrThrow(Book, note("never").ecsId));
    await code(() => registry.list(Book, { limit: 0 }));
    theirs.title = "late";
    await code(() => theirs.fork({ onConflict: "fail" }));
    await code(() => theirs.fork({ onConflict: "merge" }));
    for await (const tool of registry.list(Tool)) seen.push(tool.toObject());
    for await (const values of registry.list(Values)) seen.push(values.toObject());
    for await (const commit of registry.commits({ lineageId: book.lineageId })) seen.push(commit);
    const page = await registry.list(Note, { limit: 2, headsOnly: true });
    seen.push(
      page.items.map((found) => found.content),
      page.next !== undefined,
    );
    seen.push((await registry.asOf(Book, book.lineageId, new Date(clock.now() - 1_500)))?.ecsId);
    seen.push((await registry.lineage(book.lineageId)).toMermaid());
    seen.push(await registry.diffTrees(first, book.ecsId));
    seen.push(await registry.childrenAcrossVersions(book.lineageId));
    seen.push(await book.oldIds(), (await registry.latest(Link, circle.lineageId))?.next?.name);
    seen.push(await registry.status());
    for await (const line of registry.exportLineages([book.lineageId, circle.lineageId]))
      seen.push(line);
  });
  await registry.close();
  return seen.map((item) =>
    JSON.stringify(item, (_key, value: unknown) =>
      typeof value === "bigint" ? `${value}n` : value,
    ),
  );
}

describe("One program", () => {
  test("makes the same versions, answers and errors over every storage, byte for byte", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mi-storages-"));
    try {
      const memory = await program(new MemoryStorage());
      expect(memory.length).toBeGreaterThan(60);
      const sqlite = await SqliteStorage.open(join(folder, "a.sqlite"));
      expect(await program(sqlite)).toEqual(memory);
      const cached = new CachedStorage(await SqliteStorage.open(join(folder, "b.sqlite")));
      expect(await program(cached)).toEqual(memory);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
