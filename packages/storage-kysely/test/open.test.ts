import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Fixtures } from "@mi/conformance";
import { describe, expect, jest, test } from "@jest/globals";
import type { SqliteOptions } from "../src/sqlite/open-connection.ts";
import { SqliteStorage } from "../src/sqlite/sqlite-storage.ts";
import { outputOf } from "./child/run-child.ts";
import { scratchPath } from "./scratch-folder.ts";

const make = new Fixtures(1);

describe("what can't be opened is a typed error that names the path and what to do", () => {
  test("a folder that doesn't exist", async () => {
    const path = join(scratchPath("nowhere"), "data.sqlite");
    await expect(SqliteStorage.open(path)).rejects.toMatchObject({
      code: "MI_STORAGE_OPEN",
      message: expect.stringMatching(/nowhere.*make the folder first/s),
    });
  });

  test.each(["", " ", undefined, null, {}, 5])("%j in place of a path", async (nothing) => {
    const open: (path: never) => Promise<unknown> = SqliteStorage.open.bind(SqliteStorage);
    await expect(Reflect.apply(open, undefined, [nothing])).rejects.toMatchObject({
      code: "MI_STORAGE_USAGE",
      message: expect.stringContaining("the path of a file"),
    });
  });

  test("a folder in place of a file", async () => {
    const path = scratchPath("folder");
    mkdirSync(path);
    await expect(SqliteStorage.open(path)).rejects.toMatchObject({
      code: "MI_STORAGE_OPEN",
      message: expect.stringContaining(path),
    });
  });

  test("a file that is no database, and it stays as it was", async () => {
    const path = scratchPath("letter.txt");
    const text = "Dear reader, ".repeat(100);
    writeFileSync(path, text);
    await expect(SqliteStorage.open(path)).rejects.toMatchObject({
      code: "MI_STORAGE_OPEN",
      message: expect.stringMatching(/letter\.txt.*is no SQLite database/s),
    });
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test.each([
    ["in a folder that may not be written", 0o555, undefined],
    ["that may only be read", 0o777, 0o444],
    ["that may not even be read", 0o777, 0o000],
    ["in a folder that takes no log beside it", 0o555, 0o666],
  ])("a database %s", async (_where, folderMode, fileMode) => {
    const folder = scratchPath("rights");
    const path = join(folder, "data.sqlite");
    mkdirSync(folder);
    if (fileMode !== undefined) {
      await (await SqliteStorage.open(path)).close();
      chmodSync(path, fileMode);
    }
    chmodSync(folder, folderMode);
    const output = await outputOf("open-once.ts", [path]);
    expect(output).toMatch(/^MI_STORAGE_PERMISSION .*rights.*the file and its folder/);
  });

  test("a database of a newer program, and it stays as it was", async () => {
    const path = scratchPath();
    await (await SqliteStorage.open(path)).close();
    const database = new Database(path);
    database.exec("INSERT INTO mi_migrations (number, name) VALUES (99, 'from the future')");
    database.close();
    await expect(SqliteStorage.open(path)).rejects.toMatchObject({
      code: "MI_STORAGE_SCHEMA_NEWER",
      message: expect.stringMatching(/99.*update @mi\/storage-kysely/s),
    });
  });

  test("a schema of the same number and another name", async () => {
    const path = scratchPath();
    await (await SqliteStorage.open(path)).close();
    const database = new Database(path);
    database.exec("UPDATE mi_migrations SET name = 'of somebody else'");
    database.close();
    await expect(SqliteStorage.open(path)).rejects.toMatchObject({ code: "MI_STORAGE_OPEN" });
  });

  test("a table of the same name as ours", async () => {
    const path = scratchPath();
    const database = new Database(path);
    database.exec("CREATE TABLE mi_commits (mine TEXT)");
    database.close();
    await expect(SqliteStorage.open(path)).rejects.toMatchObject({
      code: "MI_STORAGE_OPEN",
      message: expect.stringContaining("has other tables than this package makes"),
    });
  });

  test("a table of ours that somebody changed", async () => {
    const path = scratchPath();
    await (await SqliteStorage.open(path)).close();
    const database = new Database(path);
    database.exec("ALTER TABLE mi_versions RENAME COLUMN data TO text");
    database.close();
    await expect(SqliteStorage.open(path)).rejects.toMatchObject({
      code: "MI_STORAGE_CORRUPT",
      message: expect.stringContaining("lacks a table or a column that this package makes"),
    });
  });

  test.each([
    { durability: "off" },
    { busyTimeoutMs: -1 },
    { busyTimeoutMs: Number.NaN },
    { busyTimeoutMs: 2 ** 31 },
  ])("the options %j", async (options) => {
    const open = SqliteStorage.open(":memory:", options as SqliteOptions);
    await expect(open).rejects.toMatchObject({ code: "MI_STORAGE_USAGE" });
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 42],
    ["an object", {}],
    ["a URL object", new URL("file:///tmp/data.sqlite")],
    ["an empty path, of which nothing would stay", ""],
    ["a blank path", " "],
    ["a path with NUL", "/tmp/data\0.sqlite"],
    ["a URL with a password", "postgres://me:pass-word@host/data"],
    ["a file URL", "file:data.sqlite?mode=ro"],
    ["a URL of others", "sqlite:data.sqlite"],
  ])("in place of a path: %s", async (_what, path) => {
    const error: unknown = await SqliteStorage.open(path as string).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "MI_STORAGE_USAGE",
      message: expect.stringMatching(/takes (a|the) path/),
    });
    expect(JSON.stringify(error) + String(error)).not.toContain("pass-word");
  });

  test.each([null, 5, "normal", { views: 5 }, { views: "Note" }])(
    "in place of options: %j",
    async (options) => {
      await expect(
        SqliteStorage.open(":memory:", options as unknown as SqliteOptions),
      ).rejects.toMatchObject({ code: "MI_STORAGE_USAGE" });
    },
  );

  test("a device", async () => {
    await expect(SqliteStorage.open("/dev/null")).rejects.toMatchObject({
      code: "MI_STORAGE_OPEN",
      message: expect.stringContaining("something else than a file"),
    });
  });

  test("a database that its owner has closed, or has opened for reading alone", async () => {
    const path = scratchPath();
    const database = new Database(path);
    database.close();
    await expect(SqliteStorage.open(database)).rejects.toMatchObject({
      code: "MI_STORAGE_CLOSED",
      message: expect.stringContaining(path),
    });
    const reading = new Database(path, { readonly: true });
    await expect(SqliteStorage.open(reading)).rejects.toMatchObject({
      code: "MI_STORAGE_PERMISSION",
    });
    reading.close();
  });

  test("a database in a transaction of its owner", async () => {
    const database = new Database(scratchPath());
    database.exec("BEGIN");
    await expect(SqliteStorage.open(database)).rejects.toMatchObject({
      code: "MI_STORAGE_USAGE",
    });
    database.close();
  });

  test("one that another process holds locked for longer than the busy timeout", async () => {
    const path = scratchPath();
    await (await SqliteStorage.open(path)).close();
    const other = new Database(path);
    other.exec("BEGIN IMMEDIATE");
    await expect(SqliteStorage.open(path, { busyTimeoutMs: 10 })).rejects.toMatchObject({
      code: "MI_STORAGE_BUSY",
      retryable: true,
    });
    other.close();
  });
});

test("a database with other tables keeps them, and what they hold", async () => {
  const path = scratchPath();
  const database = new Database(path);
  database.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')");
  const storage = await SqliteStorage.open(database);
  await storage.commit(make.commit({ versions: [make.version()] }));
  await storage.clear();
  expect(database.prepare("SELECT text FROM notes").pluck().get()).toBe("mine");
  database.close();
});

test("opening again keeps everything, and the tables are not made twice", async () => {
  const path = scratchPath();
  const version = make.version();
  for (let i = 0; i < 3; i++) {
    const storage = await SqliteStorage.open(path);
    await storage.commit(make.commit({ versions: [version] }));
    const [stored] = await storage.read([version.ecsId]);
    expect(stored).toMatchObject({ record: { ecsId: version.ecsId }, sequence: 1 });
    await storage.close();
  }
});

test("closing leaves a database of the caller open and closes one of its own", async () => {
  const path = scratchPath();
  const database = new Database(path);
  const borrowed = await SqliteStorage.open(database);
  await borrowed.close();
  expect(database.open).toBe(true);
  database.close();

  const own = await SqliteStorage.open(path);
  const busy = await SqliteStorage.open(scratchPath());
  // Its transaction can't end well then; the database is closed all the same.
  const cutOff = busy.db.transaction().execute(() => busy.close());
  await expect(cutOff).rejects.toThrow("not open");
  await own.commit(make.commit({ versions: [make.version()] }));
  await own.close();
  await own.close();
  expect(() => readFileSync(`${path}-wal`)).toThrow("ENOENT");
});

test("closing lets go of a database whose log can't be written back, and loses nothing", async () => {
  const path = scratchPath();
  const storage = await SqliteStorage.open(path);
  const version = make.version();
  await storage.commit(make.commit({ versions: [version] }));
  const used: Database.Database[] = [];
  const { pragma } = Database.prototype;
  const full = jest.spyOn(Database.prototype, "pragma").mockImplementation(function (
    this: Database.Database,
    source,
    options,
  ) {
    used.push(this);
    if (source.startsWith("wal_checkpoint"))
      throw new Database.SqliteError("database or disk is full", "SQLITE_FULL");
    return pragma.call(this, source, options);
  });
  await storage.close();
  full.mockRestore();
  expect(used.map(({ open }) => open)).toEqual([false]);

  const again = await SqliteStorage.open(path);
  expect(await again.read([version.ecsId])).toMatchObject([{ sequence: 1 }]);
  await again.close();
});

test("a storage whose database its owner closed answers MI_STORAGE_CLOSED", async () => {
  const database = new Database(":memory:");
  const storage = await SqliteStorage.open(database);
  database.close();
  await expect(storage.stats()).rejects.toMatchObject({ code: "MI_STORAGE_CLOSED" });
});

test.each([
  [undefined, 2],
  ["full" as const, 2],
  ["normal" as const, 1],
])("durability %s synchronizes at level %i, with a write-ahead log", async (durability, level) => {
  const database = new Database(scratchPath());
  await SqliteStorage.open(database, { durability });
  expect(database.pragma("synchronous", { simple: true })).toBe(level);
  expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(database.pragma("foreign_keys", { simple: true })).toBe(1);
  database.close();
});

test("a database that answers bigint serves as well", async () => {
  const database = new Database(":memory:");
  database.defaultSafeIntegers(true);
  const storage = await SqliteStorage.open(database);
  const leaf = make.version();
  const root = make.version({ lists: [[leaf]] });
  await storage.commit(make.commit({ versions: [leaf, root] }));
  const tree = await storage.readTree([root.ecsId]);
  expect(tree.map(({ sequence }) => sequence)).toEqual([1, 1]);
  expect(await storage.verify()).toEqual([]);
  expect(await storage.sizeOnDisk()).toBeGreaterThan(0);
  database.close();
});

test("a commit is refused while a transaction of the owner is open, and succeeds after it", async () => {
  const database = new Database(":memory:");
  const storage = await SqliteStorage.open(database);
  const commit = make.commit({ versions: [make.version()] });
  database.exec("BEGIN");
  await expect(storage.commit(commit)).rejects.toMatchObject({
    code: "MI_STORAGE_BUSY",
    retryable: true,
  });
  await expect(storage.clear()).rejects.toMatchObject({ code: "MI_STORAGE_BUSY" });
  database.exec("ROLLBACK");
  expect(await storage.commit(commit)).toMatchObject({ status: "committed" });
  database.close();
});
