import { entity } from "@mi/ecs";
import { z } from "zod";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";

/** Opens a database with a view of a type that has a field of its own, and an index on it. */
const [place = "", field = "field"] = process.argv.slice(2);
const views = [
  class extends entity("Task", { text: z.string(), [field]: z.string() }, { indexes: [field] }) {},
];
const storage = place.startsWith("postgres:")
  ? await PostgresStorage.open(place, { views, max: 1 })
  : await SqliteStorage.open(place, { views });
await storage.close();
console.log("open");
