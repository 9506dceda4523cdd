import { entity, EntityRegistry, lineageRef, ref } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { engines } from "./engines.ts";
import type { Medium, Row } from "./engines.ts";

class Usage extends entity("Usage", { model: z.string(), totalTokens: z.int() }) {}

class Note extends entity("Note", {
  content: z.string().nullable(),
  rating: z.number().nullable().default(null),
  count: z.int().nullable().default(null),
  isDone: z.boolean().nullable().default(null),
  huge: z.bigint().nullable().default(null),
  dueAt: z.date().nullable().default(null),
  role: z.enum(["user", "tool"]).default("user"),
  usage: ref(Usage).nullable().default(null),
  replyTo: lineageRef("Note").nullable().default(null),
  tags: z.array(z.string()).nullable().default([]),
  mixed: z.union([z.string(), z.number()]).nullable().default(null),
}) {}

class Book extends entity("Book", {
  title: z.string().default(""),
  pages: z.array(ref(Note)).default([]),
  appendix: z.array(ref(Note)).nullable().default([]),
}) {}

const types = [Usage, Note, Book];

describe.each(engines)("on %s", (engine, makeMedium) => {
  let medium: Medium;
  let storage: EntityStorage;
  let registry: EntityRegistry;

  beforeEach(async () => {
    medium = await makeMedium();
    storage = await medium.open(types);
    registry = new EntityRegistry({ storage, types });
  });

  afterEach(async () => medium.close());

  async function one(sql: string, values?: readonly unknown[]): Promise<Row> {
    const [row, second] = await medium.query(sql, values);
    if (row === undefined || second !== undefined) throw new Error(`not one row: ${sql}`);
    return row;
  }

  test("a version is a row: its ids, its commit, and a column for each field", async () => {
    const usage = new Usage({ model: "small", totalTokens: 12 });
    const first = await registry.register(new Note({ content: "hello" }));
    const note = await registry.register(
      new Note({
        content: "it's",
        rating: 2.5,
        count: 9007199254740991,
        isDone: true,
        huge: 123456789012345678901234567890n,
        dueAt: new Date(Date.UTC(2026, 1, 3)),
        role: "tool",
        usage,
        replyTo: first.lineageId,
        tags: ["a", "b"],
        mixed: "text",
      }),
      { actor: "ann", operation: "import", reason: "a try" },
    );
    const { ecsId } = note;
    note.content = "changed";
    await note.fork({ actor: "bob" });
    expect(await one("SELECT * FROM note WHERE ecs_id = $1", [ecsId])).toEqual({
      ecs_id: ecsId,
      lineage_id: note.lineageId,
      parent_id: null,
      merged_from_id: null,
      type_name: "Note",
      schema_version: expect.anything(),
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      is_head: engine === "SQLite" ? 0 : false,
      commit_sequence: expect.anything(),
      commit_actor: "ann",
      commit_operation: "import",
      commit_reason: "a try",
      commit_at: expect.stringMatching(/^\d{4}-.*Z$/),
      record_data: expect.stringContaining('"it\'s"'),
      content: "it's",
      rating: 2.5,
      count: engine === "SQLite" ? 9007199254740991 : "9007199254740991",
      is_done: engine === "SQLite" ? 1 : true,
      huge: "123456789012345678901234567890",
      due_at: "2026-02-03T00:00:00.000Z",
      role: "tool",
      usage: usage.ecsId,
      reply_to: first.lineageId,
      tags: engine === "SQLite" ? '["a","b"]' : ["a", "b"],
      mixed: engine === "SQLite" ? '"text"' : "text",
    });
    const rows = await medium.query(
      "SELECT ecs_id, parent_id, content, commit_actor FROM note WHERE lineage_id = $1 ORDER BY commit_sequence",
      [note.lineageId],
    );
    expect(rows).toEqual([
      { ecs_id: ecsId, parent_id: null, content: "it's", commit_actor: "ann" },
      { ecs_id: note.ecsId, parent_id: ecsId, content: "changed", commit_actor: "bob" },
    ]);
    const heads = await medium.query("SELECT content FROM note_head ORDER BY content");
    expect(heads).toEqual([{ content: "changed" }, { content: "hello" }]);
  });

  test("null and what is empty are NULL, but an empty text", async () => {
    await registry.register(new Note({ content: null, tags: null }));
    await registry.register(new Note({ content: "" }));
    const rows = await medium.query(
      "SELECT content, rating, count, is_done, huge, due_at, usage, reply_to, tags, mixed FROM note ORDER BY commit_sequence",
    );
    const empty = { rating: null, count: null, is_done: null, huge: null, due_at: null };
    const rest = { usage: null, reply_to: null, mixed: null };
    expect(rows).toEqual([
      { content: null, ...empty, ...rest, tags: null },
      { content: "", ...empty, ...rest, tags: engine === "SQLite" ? "[]" : [] },
    ]);
  });

  test.each([
    ["a NUL", "a\0b", "a\ufffdb"],
    ["a lone surrogate", "a\ud800b", "a\ufffdb"],
    ["quotes and backslashes", "\"'\\", "\"'\\"],
    ["an emoji", "👩‍👩‍👧", "👩‍👩‍👧"],
    ["what looks like a tag", '{"$string":{"text":"x"}}', '{"$string":{"text":"x"}}'],
    ["ten million characters", "x".repeat(10_000_000), "x".repeat(10_000_000)],
  ])("a text with %s reads well, and so do the rows beside it", async (_what, text, readable) => {
    await registry.register(new Note({ content: text, mixed: text, tags: [text] }));
    await registry.register(new Note({ content: "beside" }));
    const rows = await medium.query("SELECT * FROM note ORDER BY commit_sequence");
    expect(rows.map(({ content }) => content === readable || content)).toEqual([true, "beside"]);
    const mixed = rows[0]?.["mixed"];
    expect((engine === "SQLite" ? JSON.parse(String(mixed)) : mixed) === readable).toBe(true);
  });

  test.each([5e-324, 1.7976931348623157e308, -0.1, 1e21, 123456789012345680000])(
    "the number %d is exact",
    async (rating) => {
      await registry.register(new Note({ content: null, rating }));
      expect((await one("SELECT rating FROM note"))["rating"]).toBe(rating);
    },
  );

  test("JSON shows as JSON, with the tags of what JSON can't say inside", async () => {
    class Loose extends entity("Loose", {
      value: z.union([z.json(), z.record(z.string(), z.date())]),
    }) {}
    const opened = await medium.open([Loose]);
    const own = new EntityRegistry({ storage: opened, types: [Loose] });
    const values = ["a\0b", 5, [1, null], { b: 1, a: 2 }, { $string: "mine" }, false];
    for (const value of values) await own.register(new Loose({ value }));
    await own.register(new Loose({ value: { at: new Date(0) } }));
    const rows = await medium.query("SELECT value FROM loose ORDER BY commit_sequence");
    const found = rows.map(({ value }) =>
      JSON.stringify(engine === "SQLite" ? JSON.parse(String(value)) : value),
    );
    expect(found).toEqual([
      '"a\ufffdb"',
      "5",
      "[1,null]",
      '{"b":1,"a":2}',
      '{"$$string":"mine"}',
      "false",
      '{"at":{"$date":"1970-01-01T00:00:00.000Z"}}',
    ]);
  });

  test("what is nested deeper than JSON in SQL goes is NULL or whole, and stops nothing", async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 490; i++) deep = { "a\0": deep };
    class Deep extends entity(
      "Deep",
      { name: z.string(), value: z.json() },
      {
        indexes: ["name"],
      },
    ) {}
    const opened = await medium.open([Deep]);
    const own = new EntityRegistry({ storage: opened, types: [Deep] });
    await own.register(
      new Deep({ name: "deep", value: deep as z.input<ReturnType<typeof z.json>> }),
    );
    await own.register(new Deep({ name: "flat", value: 1 }));
    const rows = await medium.query("SELECT * FROM deep ORDER BY commit_sequence");
    expect(rows.map(({ name }) => name)).toEqual([engine === "SQLite" ? null : "deep", "flat"]);
  });

  test("each version has the members of its lists in order, however the list came about", async () => {
    const pages = Array.from({ length: 60 }, (_, i) => new Note({ content: `page ${i}` }));
    const book = await registry.register(new Book({ pages: pages.slice(0, 40), appendix: null }));
    const versions = [book.ecsId];
    const edits = [
      () => book.pages.push(...pages.slice(40, 50)),
      () => book.pages.splice(20, 1, ...pages.slice(50, 52)),
      () => book.pages.splice(0, 3),
      () => book.pages.splice(30, 10),
      () => void (book.appendix = [pages[3] as Note, pages[1] as Note]),
      () => book.pages.push(pages[55] as Note),
      () => void (book.pages = []),
    ];
    for (const edit of edits) {
      edit();
      versions.push((await book.fork()).ecsId);
    }
    const old = await registry.getOrThrow(Book, versions[1] ?? book.ecsId);
    old.pages.push(pages[58] as Note);
    versions.push((await old.fork()).ecsId);
    for (const version of versions) {
      const expected = await registry.getOrThrow(Book, version);
      const rows = await medium.query(
        `SELECT l.field, l.position, l.member_id, n.content FROM book_list l JOIN note n ON n.ecs_id = l.member_id
          WHERE l.holder_id = $1 ORDER BY l.field, l.position`,
        [version],
      );
      const rowsOf = (field: string, notes: readonly Note[] | null) =>
        (notes ?? []).map(({ ecsId, content }, position) => ({
          field,
          position,
          member_id: ecsId,
          content,
        }));
      expect(rows).toEqual([
        ...rowsOf("appendix", expected.appendix),
        ...rowsOf("pages", expected.pages),
      ]);
      expect(
        await one("SELECT pages_length, appendix_length FROM book WHERE ecs_id = $1", [version]),
      ).toEqual({
        pages_length: expected.pages.length,
        appendix_length: expected.appendix?.length ?? null,
      });
    }
    const counts = await medium.query(
      `SELECT b.ecs_id, count(*) AS members FROM book_head b JOIN book_list l ON l.holder_id = b.ecs_id
        GROUP BY b.ecs_id ORDER BY 2`,
    );
    expect(counts.map(({ members }) => Number(members))).toEqual([2, 51]);
  });

  test("two heads of a lineage are two rows", async () => {
    const note = await registry.register(new Note({ content: "base" }));
    const other = await registry.getOrThrow(Note, note.ecsId);
    note.content = "left";
    await note.fork();
    other.content = "right";
    await other.fork({ onConflict: "branch" });
    const heads = await medium.query("SELECT content, is_head FROM note_head ORDER BY content");
    expect(heads.map(({ content, is_head }) => [content, Boolean(is_head)])).toEqual([
      ["left", true],
      ["right", true],
    ]);
  });
});
