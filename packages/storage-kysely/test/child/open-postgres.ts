import { Fixtures } from "@mi/conformance";
import { MiError } from "@mi/ecs";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";

/** Opens the database, commits one version, and says "open", or what came instead. Arguments: URL, seed. */
const [url = "", seed = ""] = process.argv.slice(2);
const make = new Fixtures(Number(seed));
try {
  const storage = await PostgresStorage.open(url);
  await storage.commit(make.commit({ versions: [make.version()] }));
  await storage.close();
  console.log("open");
} catch (error) {
  console.log(MiError.is(error) ? `${error.code} ${error.message}` : String(error));
}
