import { entity, EntityRegistry, lineageRef, ref } from "@mi/ecs";
import type { EcsId, LineageId } from "@mi/ecs";
import { emptySchema } from "@mi/postgres-server/jest";
import { expect, test } from "@jest/globals";
import { z } from "zod";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";

class Usage extends entity("Usage", { totalTokens: z.int() }) {}

class Note extends entity("Note", {
  role: z.enum(["user", "tool"]),
  content: z.string().nullable(),
  usage: ref(Usage).nullable().default(null),
  replyTo: lineageRef("Note").nullable().default(null),
  isDone: z.boolean().default(false),
  serial: z.bigint().default(1n),
  dueAt: z.date().nullable().default(null),
  tags: z.array(z.string()).default([]),
  mixed: z.union([z.string(), z.number()]).default(0),
  maxHTTPSize2Go: z.number().default(1),
  is_head: z.string().default("own"),
}) {
  /** No column. */
  get shout(): string {
    return `${this.content}!`;
  }
}

class Book extends entity("Book", {
  title: z.string(),
  pages: z.array(ref(Note)).default([]),
}) {}

class Chapter extends Book.extend("Chapter", { number: z.int().default(1) }) {}

const views = { notes: Note, books: Book, chapters: Chapter };

/** Compiles only where the two types are the same one. */
function same<A, B>(..._proof: Same<A, B> extends true ? [] : [never]): void {}
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

async function fill(storage: SqliteStorage<object> | PostgresStorage<object>): Promise<Note> {
  const registry = new EntityRegistry({ storage, types: [Usage, Note, Book, Chapter] });
  const note = new Note({ role: "user", content: "hello", usage: new Usage({ totalTokens: 5 }) });
  await registry.register(new Chapter({ title: "One", pages: [note] }));
  return note;
}

test("SQLite: a query of the views has the types of the fields, and its rows are of them", async () => {
  const storage = await SqliteStorage.open(":memory:", { views });
  const note = await fill(storage);
  const row = await storage.db
    .selectFrom("notes_head")
    .where("role", "=", "user")
    .selectAll()
    .executeTakeFirstOrThrow();
  same<typeof row.ecs_id, EcsId>();
  same<typeof row.lineage_id, LineageId>();
  same<typeof row.role, "user" | "tool" | null>();
  same<typeof row.content, string | null>();
  same<typeof row.usage, EcsId | null>();
  same<typeof row.is_done, 0 | 1 | null>();
  same<typeof row.is_head, 0 | 1>();
  same<typeof row.serial, string | null>();
  same<typeof row.due_at, string | null>();
  same<typeof row.tags, string | null>();
  same<typeof row.mixed, string | null>();
  same<typeof row.max_http_size2_go, number | null>();
  same<typeof row.is_head_field, string | null>();
  const columns: readonly (keyof typeof row)[] = Object.keys(row) as (keyof typeof row)[];
  expect(columns).toContain("max_http_size2_go");
  expect(row).toMatchObject({
    ecs_id: note.ecsId,
    role: "user",
    content: "hello",
    usage: note.usage?.ecsId,
    reply_to: null,
    is_done: 0,
    is_head: 1,
    serial: "1",
    due_at: null,
    tags: "[]",
    mixed: "0",
    max_http_size2_go: 1,
    is_head_field: "own",
  });

  const members = await storage.db
    .selectFrom("books_list")
    .innerJoin("notes", "notes.ecs_id", "books_list.member_id")
    .where("books_list.field", "=", "pages")
    .select(["position", "content"])
    .execute();
  expect(members).toEqual([{ position: 0, content: "hello" }]);
  const chapter = await storage.db
    .selectFrom("chapters")
    .select(["title", "number", "pages_length"])
    .executeTakeFirstOrThrow();
  same<typeof chapter.pages_length, number | null>();
  expect(chapter).toEqual({ title: "One", number: 1, pages_length: 1 });
  // The tables are there as well.
  expect(await storage.db.selectFrom("mi_commits").select("sequence").execute()).toHaveLength(1);
  await storage.close();
});

test("PostgreSQL: a query of the views has the types of the fields, and its rows are of them", async () => {
  const { url } = await emptySchema();
  const storage = await PostgresStorage.open(url, { views, max: 2 });
  await fill(storage);
  const row = await storage.db.selectFrom("notes").selectAll().executeTakeFirstOrThrow();
  same<typeof row.is_done, boolean | null>();
  same<typeof row.is_head, boolean>();
  same<typeof row.commit_sequence, number>();
  same<typeof row.serial, string | null>();
  same<typeof row.tags, unknown>();
  expect(row).toMatchObject({
    is_done: false,
    is_head: true,
    commit_sequence: 1,
    schema_version: 1,
    serial: "1",
    tags: [],
    mixed: 0,
  });
  const chapter = await storage.db
    .selectFrom("chapters_head")
    .select(["number", "pages_length"])
    .executeTakeFirstOrThrow();
  expect(chapter).toEqual({ number: 1, pages_length: 1 });
  await storage.close();
});

test("what the views don't have compiles as little as it runs", async () => {
  const storage = await SqliteStorage.open(":memory:", { views });
  const { db } = storage;
  const plain = await SqliteStorage.open(":memory:");
  const queries = [
    // @ts-expect-error there is no such view
    db.selectFrom("Note"),
    // @ts-expect-error Note has no list of entities
    db.selectFrom("notes_list"),
    // @ts-expect-error a getter is no column
    db.selectFrom("notes").select("shout"),
    // @ts-expect-error columns are named as in SQL
    db.selectFrom("notes").select("replyTo"),
    // @ts-expect-error a list shows its length
    db.selectFrom("books").select("pages"),
    // @ts-expect-error no views were asked for
    plain.db.selectFrom("notes"),
  ];
  for (const query of queries)
    await expect(query.select("ecs_id").execute()).rejects.toMatchObject({
      message: expect.stringMatching(/no such (table|column)/),
    });
  await storage.close();
  await plain.close();
});

test("values that a field never has don't compile", async () => {
  const storage = await SqliteStorage.open(":memory:", { views });
  await fill(storage);
  const { db } = storage;
  const queries = [
    // @ts-expect-error no role of a Note
    db.selectFrom("notes").where("role", "=", "system"),
    // @ts-expect-error no list of a Book
    db.selectFrom("books_list").where("field", "=", "title"),
  ];
  for (const query of queries) expect(await query.selectAll().execute()).toEqual([]);
  await storage.close();
});

test("a storage whose views are not typed is a storage like any other", async () => {
  const plain: SqliteStorage = await SqliteStorage.open(":memory:");
  await plain.close();
  // From a list of classes the views are made; their names are nothing that TypeScript knows.
  const listed = await SqliteStorage.open(":memory:", { views: [Note] });
  const rows = await listed.db.selectFrom("mi_views").select(["name", "type_name"]).execute();
  expect(rows).toEqual([{ name: "note", type_name: "Note" }]);
  // @ts-expect-error see above
  expect(await listed.db.selectFrom("note").selectAll().execute()).toEqual([]);
  await listed.close();
});

test("what is no class of an entity doesn't compile, and is refused", async () => {
  // @ts-expect-error a name is no class
  await expect(SqliteStorage.open(":memory:", { views: { notes: "Note" } })).rejects.toMatchObject({
    code: "MI_STORAGE_USAGE",
  });
});
