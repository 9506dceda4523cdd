import { describe, expect, test } from "@jest/globals";
import { EntityRegistry } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { at, Book, bookOf, contents, fixture, Link, note, Note } from "./fixtures/library.ts";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

/** What a line of a bundle holds, as far as it is damaged here. */
interface Line {
  readonly header: { metadata: string };
  readonly versions: { data: string; schemaVersion: number; type: string }[];
}

describe("Export and import", () => {
  test("a lineage travels with its history, branches, merges, circles and audit trail, memory to SQLite and back", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(3), { actor: "ana", metadata: { n: 1 } });
    const old = book.ecsId;
    book.pages.push(note("3"));
    await book.fork({ reason: "more" });
    const branch = await registry.getOrThrow(Book, old);
    branch.title = "branch";
    await branch.fork();
    await registry.merge(book, branch);
    const link = new Link({ name: "a" });
    link.children.push(new Link({ name: "b", next: link }));
    await registry.register(link);
    await registry.register(note("left behind"));
    const lines = await collect(registry.exportLineages([book.lineageId, link.lineageId]));
    const sqlite = new EntityRegistry({ storage: await SqliteStorage.open(":memory:") });
    const first = await sqlite.importBundle(lines);
    expect(first).toMatchObject({ committed: 5, known: 0 });
    const before = await sqlite.status();
    expect(await sqlite.importBundle(lines.map((line) => `${line}\n`))).toMatchObject({
      committed: 0,
      known: 5,
    });
    expect(await sqlite.status()).toEqual(before);
    expect(await collect(sqlite.exportLineages([book.lineageId, link.lineageId]))).toEqual(lines);
    for (const id of [old, branch.ecsId, book.ecsId])
      expect((await sqlite.getOrThrow(Book, id)).toObject()).toEqual(
        (await registry.getOrThrow(Book, id)).toObject(),
      );
    expect((await sqlite.lineage(book.lineageId)).toJSON()).toMatchObject({
      heads: [book.ecsId],
      versions: (await registry.lineage(book.lineageId)).versions.map(({ record }) => ({
        ecsId: record.ecsId,
      })),
    });
    expect(await sqlite.getOrThrow(Link, link.ecsId)).toMatchObject({
      children: [{ next: { name: "a" } }],
    });
    expect(at(await collect(sqlite.commits()), 0)).toMatchObject({
      actor: "ana",
      metadata: { n: 1 },
    });
    const back = new EntityRegistry({ storage: new MemoryStorage() });
    await back.importBundle(sqlite.exportLineages(book.lineageId));
    expect(contents(await back.getOrThrow(Book, book.ecsId))).toEqual(contents(book));
    await sqlite.close();
  });

  test("a growing list costs what was added", async () => {
    const { registry } = fixture();
    const book = await registry.register(bookOf(200));
    const ids: number[] = [];
    for (let i = 0; i < 20; i++) {
      book.pages.push(note("more"));
      await book.fork();
      ids.push(i);
    }
    const lines = await collect(registry.exportLineages(book.lineageId));
    const sizes = lines.slice(2).map((line) => line.length);
    expect(Math.max(...sizes)).toBeLessThan(1500);
  });

  test("a bad line is named, what came before it is kept, and the mended bundle goes on", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("a"));
    page.content = "b";
    await page.fork();
    const lines = await collect(registry.exportLineages(page.lineageId));
    const other = fixture();
    const [head, first = "", second = ""] = lines;
    for (const bad of ["{", '{"header":{}}', second.replace(/"ecsId":"[^"]+"/, '"ecsId":"x"')]) {
      const cut = [head ?? "", first, bad];
      await expect(other.registry.importBundle(cut)).rejects.toMatchObject({
        code: "MI_BUNDLE_INVALID",
        details: { line: 3 },
      });
    }
    await expect(other.registry.importBundle(['{"format":"other"}'])).rejects.toThrow(/Line 1/);
    const newer = '{"format":"mi.bundle","version":2,"compressed":true}';
    await expect(other.registry.importBundle([newer])).rejects.toThrow(
      "Line 1 of the bundle: it is of format version 2, and this program reads up to 1; upgrade this program",
    );
    await expect(other.registry.importBundle([])).rejects.toMatchObject({
      code: "MI_BUNDLE_INVALID",
    });
    expect((await other.registry.status()).versions).toBe(1);
    await other.registry.importBundle(lines);
    expect((await other.registry.latest(Note, page.lineageId))?.content).toBe("b");
  });

  test.each([
    ["text that is none of the codec's", (line: Line) => (at(line.versions, 0).data = "{{{")],
    [
      "a reference that it doesn't have",
      (line: Line) => (at(line.versions, 0).data = '{"title":{"$ref":3}}'),
    ],
    [
      "a list that it doesn't have",
      (line: Line) => (at(line.versions, 0).data = '{"pages":{"$list":1}}'),
    ],
    ["text that is no object", (line: Line) => (at(line.versions, 0).data = "[]")],
    ["metadata that is no object", (line: Line) => (line.header.metadata = "nope")],
    ["an impossible schema version", (line: Line) => (at(line.versions, 0).schemaVersion = -5)],
    ["no type", (line: Line) => (at(line.versions, 0).type = "")],
  ])("a line with %s is refused by its number, and can be mended", async (_, damage) => {
    const { registry } = fixture();
    const book = await registry.register(new Book({ title: "t" }));
    const lines = await collect(registry.exportLineages(book.lineageId));
    const damaged = JSON.parse(at(lines, 1)) as Line;
    damage(damaged);
    const there = new EntityRegistry({ storage: new MemoryStorage() });
    await expect(there.importBundle([at(lines, 0), JSON.stringify(damaged)])).rejects.toMatchObject(
      { code: "MI_BUNDLE_INVALID", details: { line: 2 } },
    );
    expect((await there.status()).versions).toBe(0);
    await there.importBundle(lines);
    expect((await there.getOrThrow(Book, book.ecsId)).title).toBe("t");
  });

  test("a bundle is imported from one text as well, as it stands in a file", async () => {
    const { registry } = fixture();
    const book = await registry.register(new Book({ title: "t" }));
    const lines = await collect(registry.exportLineages(book.lineageId));
    for (const end of ["\n", "\r\n"]) {
      const there = new EntityRegistry({ storage: new MemoryStorage() });
      await there.importBundle(lines.map((line) => line + end).join(""));
      expect((await there.getOrThrow(Book, book.ecsId)).title).toBe("t");
    }
  });

  test("a line that is missing is told by the first one that names what it had", async () => {
    const { registry } = fixture();
    const page = await registry.register(note("0"));
    const book = await registry.register(new Book({ pages: [page] }));
    const lines = await collect(registry.exportLineages(book.lineageId));
    const there = new EntityRegistry({ storage: new MemoryStorage() });
    await expect(there.importBundle([at(lines, 0), ...lines.slice(2)])).rejects.toMatchObject({
      code: "MI_BUNDLE_INVALID",
      details: { line: 2 },
    });
  });
});
