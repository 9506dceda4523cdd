import Database from "better-sqlite3";
import pg from "pg";
import { Fixtures } from "@mi/conformance";
import { MiError } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";
import { emptySchema, testServer } from "@mi/postgres-server/jest";
import { describe, expect, test } from "@jest/globals";
import { postgresError } from "../../src/postgres/postgres-errors.ts";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { sqliteError } from "../../src/sqlite/sqlite-errors.ts";
import { SqliteStorage } from "../../src/sqlite/sqlite-storage.ts";
import { scratchPath } from "../scratch-folder.ts";

/** A database and somebody else who has it open too, with the same SQL on both engines. */
interface Opened {
  readonly storage: EntityStorage & { verify(): Promise<readonly { details: object }[]> };
  /** Runs SQL past the storage, without foreign keys. */
  damage(sql: string): Promise<void>;
  /** Keeps writers away from the heads until it is called again. */
  lock(): Promise<() => Promise<void>>;
  reopen(): Promise<unknown>;
  close(): Promise<void>;
}

async function openSqlite(): Promise<Opened> {
  const path = scratchPath();
  const storage = await SqliteStorage.open(path, { busyTimeoutMs: 20 });
  const other = new Database(path);
  other.pragma("foreign_keys = OFF");
  return {
    storage,
    damage: async (sql) => void other.exec(sql),
    lock: async () => {
      other.exec("BEGIN IMMEDIATE");
      return async () => void other.exec("ROLLBACK");
    },
    reopen: async () => (await SqliteStorage.open(path)).close(),
    close: async () => {
      await storage.close();
      other.close();
    },
  };
}

async function openPostgres(): Promise<Opened> {
  const { url } = await emptySchema();
  const storage = await PostgresStorage.open(url, { lockTimeoutMs: 20 });
  const other = new pg.Client(url);
  await other.connect();
  await other.query("set session_replication_role = replica");
  return {
    storage,
    damage: async (sql) => void (await other.query(sql)),
    lock: async () => {
      await other.query("begin; lock table mi_heads in access exclusive mode");
      return async () => void (await other.query("rollback"));
    },
    reopen: async () => (await PostgresStorage.open(url)).close(),
    close: async () => {
      await storage.close();
      await other.end();
    },
  };
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "no failure",
    (error: unknown) => error,
  );
}

const engines = [
  ["SQLite", openSqlite],
  ["PostgreSQL", openPostgres],
] as const;

describe.each(engines)("the same event has the same code on each engine: on %s", (_name, open) => {
  test("others hold the lock that a commit needs", async () => {
    const { storage, lock, close } = await open();
    const make = new Fixtures(1);
    const first = make.version();
    await storage.commit(make.commit({ versions: [first] }));
    const unlock = await lock();
    const commit = make.commit({
      versions: [make.version({ parent: first })],
      mustBeHeads: [first],
    });
    const error = await failureOf(storage.commit(commit));
    expect(error).toMatchObject({ code: "MI_STORAGE_BUSY", retryable: true });
    await unlock();
    expect(await storage.commit(commit)).toMatchObject({ status: "committed" });
    await close();
  });

  test.each<readonly [what: string, sql: string, whoNamesIt: readonly ("read" | "verify")[]]>([
    [
      "content that was changed",
      "update mi_versions set data = '{}' where version_key = $key",
      ["read", "verify"],
    ],
    [
      "a reference that is gone",
      "delete from mi_references where version_key = $key",
      ["read", "verify"],
    ],
    [
      "a list that is gone",
      "delete from mi_version_lists where version_key = $key",
      ["read", "verify"],
    ],
    // Of a segment, which other versions may share.
    ["a member that is gone", "delete from mi_segment_items where position = 1", ["verify"]],
    ["a commit that is gone", "delete from mi_commits where sequence = 2", ["read"]],
  ])("%s: told as damage, by name, and others stay readable", async (_what, sql, whoNamesIt) => {
    const { storage, damage, close } = await open();
    const make = new Fixtures(2);
    const [leaf, other] = [make.version(), make.version()];
    await storage.commit(make.commit({ versions: [leaf, other] }));
    const holder = make.version({ refs: [leaf], lists: [[leaf, other]] });
    await storage.commit(make.commit({ versions: [holder] }));
    expect(await storage.verify()).toEqual([]);
    const key = `(select version_key from mi_versions where ecs_id = '${holder.ecsId}')`;
    await damage(sql.replace("$key", key));
    const error = await failureOf(storage.read([holder.ecsId]));
    expect(error).toMatchObject({ code: "MI_STORAGE_CORRUPT", retryable: false });
    const problems = await storage.verify();
    expect(problems.length).toBeGreaterThan(0);
    const said = { read: String(error), verify: JSON.stringify(problems) };
    for (const who of whoNamesIt) expect(said[who]).toContain(holder.ecsId);
    const [stored] = await storage.read([other.ecsId]);
    expect(stored?.record).toMatchObject({ ecsId: other.ecsId, data: other.data });
    await close();
  });

  test("a table that is gone, to calls under way and to an open", async () => {
    const { storage, damage, reopen, close } = await open();
    const make = new Fixtures(3);
    const leaf = make.version();
    const version = make.version({ lists: [[leaf]] });
    await storage.commit(make.commit({ versions: [leaf, version] }));
    await damage("drop table mi_segment_items");
    expect(await failureOf(storage.read([version.ecsId]))).toMatchObject({
      code: "MI_STORAGE_CORRUPT",
    });
    expect(await failureOf(reopen())).toMatchObject({ code: "MI_STORAGE_CORRUPT" });
    await close();
  });

  test("a database that a newer program made", async () => {
    const { damage, reopen, close } = await open();
    await damage(
      "insert into mi_migrations (number, name, applied_at) values (99, 'later', '2030-01-01T00:00:00.000Z')",
    );
    expect(await failureOf(reopen())).toMatchObject({ code: "MI_STORAGE_SCHEMA_NEWER" });
    await close();
  });

  test("what was closed, and what was called wrongly", async () => {
    const { storage, close } = await open();
    expect(await failureOf(storage.commits({}, { limit: 0 }))).toMatchObject({
      code: "MI_STORAGE_USAGE",
    });
    expect(await failureOf(storage.commits({}, { limit: 1, after: "no cursor" }))).toMatchObject({
      code: "MI_STORAGE_USAGE",
    });
    await close();
    expect(await failureOf(storage.stats())).toMatchObject({ code: "MI_STORAGE_CLOSED" });
  });
});

test.each([
  ["busy", "SQLITE_BUSY", "55P03"],
  ["busy", "SQLITE_LOCKED", "40P01"],
  ["busy", "SQLITE_PROTOCOL", "53300"],
  ["full", "SQLITE_FULL", "53100"],
  ["read only", "SQLITE_READONLY", "25006"],
  ["refused", "SQLITE_PERM", "42501"],
  ["interrupted", "SQLITE_INTERRUPT", "57014"],
  ["damaged", "SQLITE_CORRUPT", "XX001"],
  ["a failing disk", "SQLITE_IOERR_READ", "58030"],
  ["too large", "SQLITE_TOOBIG", "54000"],
])("%s: %s and %s are one code", (_event, sqlite, postgres) => {
  const of = (error: unknown) =>
    MiError.is(error) && "retryable" in error ? [error.code, error.retryable] : [];
  const code = of(sqliteError({ code: sqlite }, "here"));
  expect(code).toHaveLength(2);
  expect(of(postgresError({ code: postgres }, "here"))).toEqual(code);
});

test.each([
  [{ code: "26000", message: 'prepared statement "x" does not exist' }, "MI_STORAGE_USAGE"],
  [{ code: "42P05", message: 'prepared statement "x" already exists' }, "MI_STORAGE_USAGE"],
  [{ code: "ERR_TLS_CERT_ALTNAME_INVALID" }, "MI_STORAGE_OPEN"],
  [{ message: "The server does not support SSL connections" }, "MI_STORAGE_OPEN"],
  [{ message: "Query read timeout" }, "MI_STORAGE_CONNECTION"],
  // PgBouncer has one code for all that it says itself.
  [{ code: "08P01", message: "unsupported startup parameter: lock_timeout" }, "MI_STORAGE_OPEN"],
  [
    { code: "08P01", message: "unsupported startup parameter in options: search_path" },
    "MI_STORAGE_OPEN",
  ],
  [
    { code: "08P01", message: "transaction blocks not allowed in statement pooling mode" },
    "MI_STORAGE_OPEN",
  ],
  [{ code: "08P01", message: "no such database: nowhere" }, "MI_STORAGE_OPEN"],
  [{ code: "08P01", message: "SSL required" }, "MI_STORAGE_OPEN"],
  [{ code: "08P01", message: "no such user" }, "MI_STORAGE_PERMISSION"],
  [{ code: "08P01", message: "password authentication failed" }, "MI_STORAGE_PERMISSION"],
  [{ code: "08P01", message: "SASL authentication failed" }, "MI_STORAGE_PERMISSION"],
  [{ code: "08P01", message: "no more connections allowed (max_client_conn)" }, "MI_STORAGE_BUSY"],
  [
    { code: "08P01", message: "client connections exceeded (max_db_client_connections)" },
    "MI_STORAGE_BUSY",
  ],
  [{ code: "08P01", message: "query_wait_timeout" }, "MI_STORAGE_BUSY"],
  [{ code: "08P01", message: "query_timeout" }, "MI_STORAGE_TIMEOUT"],
  [{ code: "08P01", message: "server conn crashed?" }, "MI_STORAGE_CONNECTION"],
  [{ code: "08P01", message: "pgbouncer cannot connect to server" }, "MI_STORAGE_CONNECTION"],
])("%j is %s", (thrown, code) => {
  expect(postgresError(thrown, "The database")).toMatchObject({ code });
});

test("a URL without the password that the server wants, or with encryption that it hasn't", async () => {
  const { url } = await testServer();
  const bare = new URL(url);
  bare.password = "";
  expect(await failureOf(PostgresStorage.open(bare.href))).toMatchObject({
    code: "MI_STORAGE_PERMISSION",
  });
  const encrypted = new URL(url);
  encrypted.searchParams.set("sslmode", "require");
  expect(await failureOf(PostgresStorage.open(encrypted.href))).toMatchObject({
    code: "MI_STORAGE_OPEN",
    message: expect.stringContaining("sslmode"),
  });
});
