import { openSync, readdirSync, readFileSync, writeSync, closeSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { Fixtures } from "@mi/conformance";
import { MiError, StorageError } from "@mi/ecs";
import { describe, expect, test } from "@jest/globals";
import { sqliteError } from "../src/sqlite/sqlite-errors.ts";
import { SqliteStorage } from "../src/sqlite/sqlite-storage.ts";
import { scratchPath } from "./scratch-folder.ts";

const make = new Fixtures(1);

function notes(count: number) {
  const data = JSON.stringify({ text: "word ".repeat(200) });
  return make.commit({ versions: Array.from({ length: count }, () => make.version({ data })) });
}

describe("what the driver throws becomes one code for each event", () => {
  test("another writer holds the lock: MI_STORAGE_BUSY, to be repeated", async () => {
    const path = scratchPath();
    const storage = await SqliteStorage.open(path, { busyTimeoutMs: 5 });
    const other = new Database(path);
    const commit = notes(1);
    other.exec("BEGIN IMMEDIATE");
    await expect(storage.commit(commit)).rejects.toMatchObject({
      code: "MI_STORAGE_BUSY",
      retryable: true,
      message: expect.stringContaining(path),
      cause: { code: "SQLITE_BUSY" },
    });
    other.exec("COMMIT");
    expect(await storage.commit(commit)).toMatchObject({ status: "committed" });
    other.close();
    await storage.close();
  });

  test("no room: MI_STORAGE_FULL, nothing of the commit is there, and it succeeds when there is room", async () => {
    const database = new Database(":memory:");
    const storage = await SqliteStorage.open(database);
    await storage.commit(notes(1));
    const commit = notes(50);
    database.pragma(`max_page_count = ${String(database.pragma("page_count", { simple: true }))}`);
    await expect(storage.commit(commit)).rejects.toMatchObject({ code: "MI_STORAGE_FULL" });
    expect(await storage.stats()).toMatchObject({ versions: 1, commits: 1 });
    database.pragma("max_page_count = 100000");
    expect(await storage.commit(commit)).toMatchObject({ status: "committed", sequence: 2 });
    expect(await storage.verify()).toEqual([]);
    database.close();
  });

  test("a database that was opened for reading: MI_STORAGE_PERMISSION", async () => {
    const path = scratchPath();
    await (await SqliteStorage.open(path)).close();
    const database = new Database(path, { readonly: true });
    await expect(SqliteStorage.open(database)).rejects.toMatchObject({
      code: "MI_STORAGE_PERMISSION",
    });
    database.close();
  });

  test("a torn page: MI_STORAGE_CORRUPT, and verify says so", async () => {
    const path = scratchPath();
    const storage = await SqliteStorage.open(path);
    const commit = notes(200);
    await storage.commit(commit);
    await storage.close();
    const file = openSync(path, "r+");
    const middle = Math.floor(statSync(path).size / 8192) * 4096;
    writeSync(file, Buffer.alloc(4096 * 4, 0x5a), 0, 4096 * 4, middle);
    closeSync(file);
    const torn = await SqliteStorage.open(path);
    const ids = commit.versions.map(({ record }) => record.ecsId);
    await expect(torn.read(ids)).rejects.toMatchObject({ code: "MI_STORAGE_CORRUPT" });
    const problems = await torn.verify();
    expect(problems.map(({ kind }) => kind)).toContain("file");
    await torn.close();
  });

  test("a table that somebody dropped: MI_STORAGE_CORRUPT from reading, writing and opening", async () => {
    const path = scratchPath();
    const storage = await SqliteStorage.open(path);
    const note = make.version();
    const holder = make.version({ lists: [[note]] });
    await storage.commit(make.commit({ versions: [note, holder] }));
    const other = new Database(path);
    other.pragma("foreign_keys = OFF");
    other.exec("DROP TABLE mi_segment_items");
    other.close();
    const corrupt = {
      code: "MI_STORAGE_CORRUPT",
      message: expect.stringContaining("no such table: mi_segment_items"),
    };
    const next = make.commit({ versions: [make.version({ lists: [[note]] })] });
    await expect(storage.read([holder.ecsId])).rejects.toMatchObject(corrupt);
    await expect(storage.readTree([holder.ecsId])).rejects.toMatchObject(corrupt);
    await expect(storage.commit(next)).rejects.toMatchObject(corrupt);
    await expect(storage.clear()).rejects.toMatchObject(corrupt);
    await storage.close();
    await expect(SqliteStorage.open(path)).rejects.toMatchObject(corrupt);
  });

  test.each([
    [{ code: "SQLITE_ERROR", message: "no such table: t" }, "MI_STORAGE_CORRUPT", false],
    [{ code: "SQLITE_ERROR", message: "no such column: t.c" }, "MI_STORAGE_CORRUPT", false],
    [
      { code: "SQLITE_ERROR", message: "table t has no column named c" },
      "MI_STORAGE_CORRUPT",
      false,
    ],
    [{ code: "SQLITE_ERROR", message: "table t already exists" }, "MI_STORAGE_OPEN", false],
    [{ code: "SQLITE_BUSY_SNAPSHOT" }, "MI_STORAGE_BUSY", true],
    [{ code: "SQLITE_LOCKED_VTAB" }, "MI_STORAGE_BUSY", true],
    [{ code: "SQLITE_READONLY_DBMOVED" }, "MI_STORAGE_PERMISSION", false],
    [{ code: "SQLITE_CANTOPEN_ISDIR" }, "MI_STORAGE_OPEN", false],
    [{ code: "SQLITE_CORRUPT_INDEX" }, "MI_STORAGE_CORRUPT", false],
    [{ code: "SQLITE_TOOBIG" }, "MI_STORAGE_USAGE", false],
    [{ code: "SQLITE_CONSTRAINT_DATATYPE" }, "MI_STORAGE_USAGE", false],
    [{ code: "SQLITE_CONSTRAINT_UNIQUE" }, "MI_STORAGE_UNEXPECTED", false],
    [{ code: "SQLITE_INTERRUPT" }, "MI_STORAGE_TIMEOUT", true],
    [{ code: "SQLITE_IOERR_FSYNC" }, "MI_STORAGE_UNEXPECTED", false],
    [
      { code: "ERR_DLOPEN_FAILED", message: "another NODE_MODULE_VERSION" },
      "MI_STORAGE_OPEN",
      false,
    ],
    [new Error("Could not locate the bindings file. Tried:\n → /build"), "MI_STORAGE_OPEN", false],
    [{ code: 5 }, "MI_STORAGE_UNEXPECTED", false],
    [new TypeError("no such thing"), "MI_STORAGE_UNEXPECTED", false],
    ["a thrown text", "MI_STORAGE_UNEXPECTED", false],
    [undefined, "MI_STORAGE_UNEXPECTED", false],
  ])("%j is %s", (thrown, code, retryable) => {
    const error = sqliteError(thrown, "The database");
    expect(MiError.is(error)).toBe(true);
    expect(error).toMatchObject({ code, retryable, details: { place: "The database" } });
    expect(error instanceof Error && error.cause).toBe(thrown);
  });

  test("an error that has its code already comes through as it is", () => {
    const error = new StorageError("MI_STORAGE_CLOSED", "closed");
    expect(sqliteError(error, "The database")).toBe(error);
  });
});

test("the README lists every code that this package throws, and no other", () => {
  const folder = fileURLToPath(new URL("..", import.meta.url));
  const sources = readdirSync(`${folder}/src`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(`${folder}/src/${name}`, "utf8"));
  const codesIn = (text: string) => text.match(/MI_[A-Z_]+/g) ?? [];
  // These two have a class that knows its code.
  const thrown = ["MI_STORAGE_ID_REUSE", "MI_STORAGE_MISSING_VERSION", ...sources.flatMap(codesIn)];
  const readme = readFileSync(`${folder}/README.md`, "utf8");
  const table = readme.split("\n").filter((line) => line.startsWith("| `MI_"));
  const sorted = (codes: readonly string[]) => [...new Set(codes)].toSorted();
  expect(sorted(table.flatMap(codesIn))).toEqual(sorted(thrown));
});
