import { entity, EntityRegistry, ref } from "@mi/ecs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { engines } from "./engines.ts";
import type { Medium } from "./engines.ts";

const fields = {
  name: z.string(),
  size: z.int(),
  weight: z.number(),
  isNew: z.boolean(),
  madeAt: z.date(),
  serial: z.bigint(),
};
const indexes = ["name", "size", "weight", "isNew", "madeAt", "serial"] as const;

class Part extends entity("Part", fields, { indexes }) {}
class Bolt extends Part.extend("Bolt", { thread: z.string().default("") }) {}
class Plain extends entity("Plain", { name: z.string() }) {}
class Shelf extends entity("Shelf", { parts: z.array(ref(Part)) }) {}
class Box extends entity(
  "Box",
  { lid: ref(Plain), parts: z.array(ref(Plain)).default([]), notes: z.json().default(null) },
  { indexes: ["lid", "parts", "notes"] },
) {}

describe.each(engines)("on %s", (engine, makeMedium) => {
  let medium: Medium;

  beforeEach(async () => {
    medium = await makeMedium();
  });

  afterEach(async () => medium.close());

  async function fill(): Promise<Shelf> {
    const types = [Part, Bolt, Shelf];
    const registry = new EntityRegistry({ storage: await medium.open(types), types });
    const parts = Array.from({ length: 3000 }, (_, i) => {
      const Type = i % 3 === 0 ? Bolt : Part;
      return new Type({
        name: i === 7 ? "long ".repeat(2000) : `part ${i}`,
        size: i,
        weight: i / 2,
        isNew: i === 5,
        madeAt: new Date(i * 1000),
        serial: BigInt(i),
      });
    });
    return registry.register(new Shelf({ parts }));
  }

  test("a query of a view by an indexed field goes through the index", async () => {
    await fill();
    for (const [where, value, count] of [
      ["name = $1", "part 8", 1],
      ["size = $1", 8, 1],
      ["weight = $1", 4.5, 1],
      ["is_new = $1", engine === "SQLite" ? 1 : true, 1],
      ["made_at = $1", "1970-01-01T00:00:08.000Z", 1],
      ["serial = $1", "8", 1],
      ["size > $1", 2990, 9],
      ["weight > $1", 1498, 3],
      ["made_at > $1", "1970-01-01T00:49:50.000Z", 9],
    ] as const) {
      for (const view of ["part", "part_head"]) {
        const sql = `SELECT ecs_id, name, commit_at FROM ${view} WHERE ${where}`;
        const rows = await medium.query(sql, [value]);
        expect({ sql, rows: rows.length }).toEqual({ sql, rows: count });
      }
      const plan = await medium.plan(`SELECT ecs_id, name, commit_at FROM part WHERE ${where}`, [
        value,
      ]);
      const column = where.split(" ")[0];
      expect({ where, plan }).toEqual({
        where,
        plan: expect.stringMatching(new RegExp(`mi_view_[0-9a-f]{8}_${column}_[0-9a-f]{8}`)),
      });
    }
  });

  test("a version, a lineage, and the members of a list are found through indexes", async () => {
    const shelf = await fill();
    // To go through all versions of a type for each row of another view is the worst of plans.
    const wasteful = /Seq Scan on mi_|^SCAN |\(type_key=\?\)/;
    for (const sql of [
      "SELECT * FROM part WHERE ecs_id = $1",
      "SELECT * FROM part WHERE lineage_id = $1",
      "SELECT * FROM part_head WHERE lineage_id = $1",
      "SELECT * FROM shelf_list WHERE holder_id = $1",
      "SELECT p.name FROM shelf_list l JOIN part p ON p.ecs_id = l.member_id WHERE l.holder_id = $1 ORDER BY l.position",
      "SELECT count(*), sum(p.size) FROM shelf s JOIN shelf_list l ON l.holder_id = s.ecs_id JOIN part p ON p.ecs_id = l.member_id WHERE s.lineage_id = $1",
    ]) {
      const plan = await medium.plan(sql, [shelf.ecsId]);
      const scans = plan.split("\n").filter((step) => wasteful.test(step));
      expect({ sql, plan, scans }).toEqual({ sql, plan, scans: [] });
    }
  });

  test("an indexed reference is found from the other side, and so is a list", async () => {
    await medium.open([Box]);
    const plain = await medium.plan(
      "SELECT r.version_key FROM mi_references r JOIN mi_versions t ON t.version_key = r.target_key WHERE t.ecs_id = $1",
      ["x"],
    );
    const names = await medium.query(
      engine === "SQLite"
        ? "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name"
        : "SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1",
    );
    const own = names.map(({ name }) => String(name)).filter((name) => name.startsWith("mi_view_"));
    expect(own).toEqual(["mi_view_lineage", "mi_view_member", "mi_view_reference"]);
    expect(plain).toContain("mi_view_reference");
  });

  test("an index that a newer version of the type doesn't name is dropped", async () => {
    await fill();
    class Newer extends entity("Part", fields, { version: 2, indexes: ["name"] }) {}
    await medium.open([Newer]);
    await medium.open([Part]);
    const plan = await medium.plan("SELECT * FROM part WHERE size = $1", [5]);
    expect(plan).not.toMatch(/mi_view_[0-9a-f]{8}_size/);
    expect(await medium.plan("SELECT * FROM part WHERE name = $1", ["x"])).toMatch(
      /mi_view_[0-9a-f]{8}_name/,
    );
  });
});
