import Database from "better-sqlite3";
import { expect, test } from "@jest/globals";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";
import { scratchPath } from "../scratch-folder.ts";
import { fillDisk } from "./disk-full.ts";

test("a database that may grow no more keeps all that it acknowledged, says so, and goes on when there is room", async () => {
  const database = new Database(scratchPath());
  const storage = await SqliteStorage.open(database);
  const pages = Number(database.pragma("page_count", { simple: true }));
  database.pragma(`max_page_count = ${pages + 60}`);
  const { acknowledged, codes, findings } = await fillDisk(storage, 51, async () => {
    expect(database.inTransaction).toBe(false);
    database.pragma("max_page_count = 1000000");
  });
  expect({ codes, findings }).toEqual({ codes: ["MI_STORAGE_FULL"], findings: [] });
  expect(acknowledged).toBeGreaterThan(5);
  await storage.close();
  database.close();
});
