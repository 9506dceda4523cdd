import { entity, EntityRegistry, ref } from "@mi/ecs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { engines } from "./engines.ts";
import type { Medium, Row } from "./engines.ts";

class First extends entity("Task", { text: z.string(), effort: z.string() }) {}

class Second extends entity(
  "Task",
  { title: z.string(), effort: z.number() },
  {
    version: 2,
    upcast: ({ text, effort }) => ({ title: text, effort: Number(effort) }),
  },
) {}

class Longer extends entity("Task", { text: z.string(), effort: z.string(), due: z.string() }) {}
class Disagreeing extends entity("Task", { text: z.string(), effort: z.number() }) {}

describe.each(engines)("on %s", (engine, makeMedium) => {
  let medium: Medium;

  beforeEach(async () => {
    medium = await makeMedium();
  });

  afterEach(async () => medium.close());

  async function fill(): Promise<void> {
    const storage = await medium.open();
    await new EntityRegistry({ storage, types: [First] }).register(
      new First({ text: "old", effort: "3" }),
    );
    await new EntityRegistry({ storage, types: [Second] }).register(
      new Second({ title: "new", effort: 2.5 }),
    );
  }

  async function rows(): Promise<readonly Row[]> {
    const found = await medium.query("SELECT * FROM task ORDER BY schema_version");
    return found.map((row) => Object.fromEntries(Object.entries(row).slice(14)));
  }

  test.each([
    ["the older first", [First, Second]],
    ["the newer first", [Second, First]],
    ["both, again and again", [First, Second, First, Second]],
  ])(
    "two schema versions, %s: columns of both, each of the kind of the newer",
    async (_, order) => {
      await fill();
      for (const Type of order) await medium.open([Type]);
      expect(await rows()).toEqual([
        { effort: null, text: "old", title: null },
        { effort: 2.5, text: null, title: "new" },
      ]);
    },
  );

  test.each([
    ["the shorter first", [First, Longer]],
    ["the longer first", [Longer, First]],
  ])("two shapes of one schema version, %s: columns of both", async (_, order) => {
    await fill();
    for (const Type of order) await medium.open([Type]);
    expect((await rows())[0]).toEqual({ text: "old", effort: "3", due: null });
  });

  test("a field that two shapes of one schema version disagree on is JSON, whoever comes last", async () => {
    await fill();
    for (const Type of [First, Disagreeing, First, Disagreeing]) await medium.open([Type]);
    const [old] = await rows();
    expect(old?.["effort"]).toBe(engine === "SQLite" ? '"3"' : "3");
  });

  test("a view of a newer version of this package stays as it is", async () => {
    await medium.open([First]);
    await medium.execute(
      `UPDATE mi_views SET definition = replace(definition, '"format":2', '"format":3')`,
    );
    const before = await medium.query("SELECT * FROM mi_views");
    await medium.open([Second]);
    expect(await medium.query("SELECT * FROM mi_views")).toEqual(before);
    await expect(medium.query("SELECT title FROM task")).rejects.toMatchObject({
      message: expect.stringMatching(/title/),
    });
  });

  test("a view that somebody dropped is made again", async () => {
    await fill();
    await medium.open([First]);
    await medium.execute("DROP VIEW task_head");
    await medium.open([First]);
    expect(await medium.query("SELECT text FROM task_head ORDER BY text")).toHaveLength(2);
  });

  test("a view of the owner's on one of ours stays when ours gains a column", async () => {
    await fill();
    await medium.open([First]);
    await medium.execute("CREATE VIEW mine AS SELECT text FROM task");
    await medium.open([Longer]);
    expect(await medium.query("SELECT text FROM mine ORDER BY text")).toHaveLength(2);
    expect((await rows())[0]).toHaveProperty("due");
  });

  test("a view of a base shows what derives from it, also what only another process knows", async () => {
    class Tool extends entity("Tool", { name: z.string() }) {}
    class Callable extends Tool.extend("Callable", { code: z.string() }) {}
    class Holder extends entity("Holder", { tools: z.array(ref(Tool)) }) {}
    const storage = await medium.open([Tool, Callable, Holder]);
    const registry = new EntityRegistry({ storage, types: [Tool, Callable, Holder] });
    const tools = [new Tool({ name: "plain" }), new Callable({ name: "call", code: "x" })];
    await registry.register(new Holder({ tools }));
    // As a process does that has never heard of the other one.
    class OtherTool extends entity("Tool", { name: z.string() }) {}
    await medium.open([OtherTool]);
    expect(await medium.query("SELECT type_name, name FROM tool ORDER BY name")).toEqual([
      { type_name: "Callable", name: "call" },
      { type_name: "Tool", name: "plain" },
    ]);
    expect(await medium.query("SELECT name, code FROM callable")).toEqual([
      { name: "call", code: "x" },
    ]);
    const members = await medium.query(
      "SELECT t.name FROM holder_list l JOIN tool t ON t.ecs_id = l.member_id ORDER BY l.position",
    );
    expect(members).toEqual([{ name: "plain" }, { name: "call" }]);
  });

  test("any number of processes open at once with other shapes, and the view has all columns", async () => {
    await fill();
    const shapes = Array.from(
      { length: 8 },
      (_, i) => class extends entity("Task", { text: z.string(), [`own${i}`]: z.string() }) {},
    );
    await Promise.all(shapes.map((Type) => medium.open([Type])));
    const [row = {}] = await rows();
    expect(Object.keys(row).toSorted()).toEqual([...shapes.map((_, i) => `own${i}`), "text"]);
  });

  test("a view that others stand on can't lose its columns: the error names both", async () => {
    if (engine === "SQLite") return;
    await medium.open([First]);
    await medium.execute("CREATE VIEW mine AS SELECT effort FROM task");
    await expect(medium.open([Second])).rejects.toMatchObject({
      code: "MI_STORAGE_USAGE",
      message: expect.stringMatching(/view task .*mine.* drop/s),
    });
    expect(await medium.query("SELECT effort FROM mine")).toEqual([]);
  });
});
