import { entity, EntityRegistry, ref } from "@mi/ecs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { snakeCase } from "../../src/views/snake-case.ts";
import { engines } from "./engines.ts";
import type { Medium } from "./engines.ts";

test.each([
  ["totalTokens", "total_tokens"],
  ["LLMConfig", "llm_config"],
  ["mi.ChatMessage", "mi.chat_message"],
  ["parentUUID2Go", "parent_uuid2_go"],
  ["a_b", "a_b"],
  ["Ä", "Ä"],
])("%s is %s in SQL", (name, expected) => {
  expect(snakeCase(name)).toBe(expected);
});

/** Names that meet, that SQL means something else by, or that no engine takes unquoted or at all. */
const names = [
  "Note",
  "note",
  "NOTE",
  "note_head",
  "NoteList",
  "mi.Commits",
  "mi_views",
  "order",
  "Select",
  "group by",
  `it's "quoted"; drop table mi_versions; --`,
  "back\\slash $1 ?",
  "🙂",
  "🙃",
  "ä",
  "1st",
  "",
  " ",
  "x".repeat(56),
  "x".repeat(57),
  "x".repeat(64),
  `${"x".repeat(64)}y`,
  "é".repeat(40),
  "__proto",
  "sqlite_master",
  "pg_class",
];

describe.each(engines)("on %s", (_engine, makeMedium) => {
  let medium: Medium;

  beforeEach(async () => {
    medium = await makeMedium();
  });

  afterEach(async () => medium.close());

  async function viewOf(type: string): Promise<string> {
    const rows = await medium.query("SELECT name FROM mi_views WHERE type_name = $1", [type]);
    expect(rows).toHaveLength(1);
    return String(rows[0]?.["name"]);
  }

  test("types of any name have a view each, whose name can be typed and is found in mi_views", async () => {
    const classes = names
      .filter((name) => name !== "")
      .map((name) => class extends entity(name, { own: z.string(), to: z.array(ref(Leaf)) }) {});
    const storage = await medium.open(classes);
    const registry = new EntityRegistry({ storage, types: [...classes, Leaf] });
    for (const [i, Type] of classes.entries())
      await registry.register(new Type({ own: String(i), to: [new Leaf({})] }));
    const seen = new Set<string>();
    for (const [i, name] of names.filter((each) => each !== "").entries()) {
      const view = await viewOf(name);
      expect(view).toMatch(/^[a-z_][a-z0-9_]{0,55}$/);
      seen.add(view);
      for (const each of [view, `${view}_head`])
        expect(await medium.query(`SELECT own, type_name FROM "${each}"`)).toEqual([
          { own: String(i), type_name: name },
        ]);
      expect(await medium.query(`SELECT field, position FROM "${view}_list"`)).toEqual([
        { field: "to", position: 0 },
      ]);
    }
    expect(seen.size).toBe(classes.length);
    // Opening again finds each of them.
    await medium.open(classes.toReversed());
    expect(await medium.query("SELECT name FROM mi_views")).toHaveLength(classes.length);
  });

  test("fields of any name have a column each", async () => {
    const fields = [...names, "ecs_id", "data", "ecs_id_field", "is-head", "IsHead", "recordData"];
    const shape = Object.fromEntries(
      fields.filter((name) => name !== "__proto__").map((name) => [name, z.string()]),
    );
    class Odd extends entity("Odd", shape) {}
    const registry = new EntityRegistry({ storage: await medium.open([Odd]), types: [Odd] });
    await registry.register(new Odd(Object.fromEntries(fields.map((name) => [name, name]))));
    const [row = {}] = await medium.query("SELECT * FROM odd");
    const columns = Object.entries(row).slice(14);
    expect(columns.map(([, value]) => value)).toEqual(fields);
    for (const [column] of columns) expect(column).toMatch(/^[a-z_][a-z0-9_]{0,62}$/);
    expect(row).toMatchObject({ ecs_id_field: "ecs_id", data: "data", order: "order" });
    expect(row["ecs_id"]).not.toBe("ecs_id");
  });

  test("a list shows its length beside a field of that name", async () => {
    class Shelf extends entity("Shelf", {
      books: z.array(ref(Leaf)).default([]),
      books_length: z.string(),
    }) {}
    const registry = new EntityRegistry({ storage: await medium.open([Shelf]), types: [Shelf] });
    await registry.register(new Shelf({ books: [new Leaf({})], books_length: "a metre" }));
    const [row = {}] = await medium.query("SELECT * FROM shelf");
    expect(row["books_length"]).toBe("a metre");
    expect(Object.entries(row).filter(([name]) => /^books_[0-9a-f]{8}_length$/.test(name))).toEqual(
      [[expect.anything(), 1]],
    );
  });

  test("a table of the owner keeps its name and what is in it", async () => {
    await medium.open();
    await medium.execute("CREATE TABLE leaf (mine integer)");
    await medium.open([Leaf]);
    expect(await viewOf("Leaf")).toMatch(/^leaf_[0-9a-f]{8}$/);
    await expect(medium.open({ leaf: Leaf })).rejects.toMatchObject({
      code: "MI_STORAGE_USAGE",
      message: expect.stringMatching(/view leaf of Leaf: .* there already; give the view another/),
    });
    await medium.open({ leaves: Leaf });
    await expect(medium.open({ leaves: Other })).rejects.toMatchObject({
      code: "MI_STORAGE_USAGE",
      message: expect.stringContaining("it is a view of Leaf"),
    });
    expect(await medium.query("SELECT mine FROM leaf")).toEqual([]);
    expect(await medium.query("SELECT ecs_id FROM leaves_head")).toEqual([]);
  });

  test.each(["", "Note", "a b", 'a"b', "é", "mi_note", "pg_note", "1a", "a".repeat(49)])(
    "a view can't be given the name %j",
    async (name) => {
      await expect(medium.open({ [name]: Leaf })).rejects.toMatchObject({
        code: "MI_STORAGE_USAGE",
        message: expect.stringContaining("small letter"),
      });
    },
  );

  test("only classes of entities have views", async () => {
    await expect(medium.open([class Plain {}])).rejects.toMatchObject({
      code: "MI_STORAGE_USAGE",
      message: expect.stringContaining("Plain"),
    });
  });

  test.each(["a\0b", "a\ud800b"])(
    "a field named %j has no view, and that is said",
    async (field) => {
      class Odd extends entity("Odd", { [field]: z.string() }) {}
      await expect(medium.open([Odd])).rejects.toMatchObject({
        code: "MI_STORAGE_USAGE",
        message: expect.stringContaining("name the field otherwise"),
      });
    },
  );

  test("without being asked, opening makes no view", async () => {
    await medium.open();
    await expect(medium.query("SELECT * FROM mi_views")).rejects.toMatchObject({
      message: expect.stringMatching(/mi_views/),
    });
  });
});

class Leaf extends entity("Leaf", { text: z.string().default("") }) {}
class Other extends entity("Other", { text: z.string().default("") }) {}
