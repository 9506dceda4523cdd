import { entity, EntityRegistry } from "@mi/ecs";
import { SqliteStorage } from "@mi/storage-kysely/sqlite";
import { z } from "zod";

class Note extends entity("Note", { text: z.string() }) {}

const storage = await SqliteStorage.open("app.sqlite");
const registry = new EntityRegistry({ storage, types: [Note] });

const note = await registry.register(new Note({ text: "first" }));
note.text = "second";
await note.fork();
console.log(await storage.stats());

// The tables are yours to read: the newest state of each note.
const newest = await storage.db
  .selectFrom("mi_heads as h")
  .innerJoin("mi_versions as v", "v.version_key", "h.version_key")
  .innerJoin("mi_types as t", "t.type_key", "v.type_key")
  .where("t.name", "=", "Note")
  .select(["v.created_at", "v.data"])
  .orderBy("v.version_key", "desc")
  .limit(10)
  .execute();
console.log(newest.map(({ data }) => data));

await storage.close();
