import Database from "better-sqlite3";
import { MiError } from "@mi/ecs";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";

/** Nobody: may read and write only what everybody may. */
const NOBODY = 65534;

/** Opens the path as somebody who isn't root, and says "open", or what came instead. */
const [path = ""] = process.argv.slice(2);
// Loads the driver while its file can be read for sure.
new Database(":memory:").close();
if (process.getuid?.() === 0) process.setuid?.(NOBODY);
try {
  const storage = await SqliteStorage.open(path);
  await storage.close();
  console.log("open");
} catch (error) {
  console.log(MiError.is(error) ? `${error.code} ${error.message}` : String(error));
}
