import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { sql } from "kysely";
import pg from "pg";
import { Fixtures } from "@mi/conformance";
import { listenedPool } from "@mi/postgres-server";
import { emptyDatabase, emptySchema, testServer } from "@mi/postgres-server/jest";
import { describe, expect, test } from "@jest/globals";
import type { PostgresOptions } from "../../src/postgres/postgres-options.ts";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { migrationsFor } from "../../src/postgres/schema/migrations.ts";
import { outputOf } from "../child/run-child.ts";

const make = new Fixtures(1);

test("eight processes that open an empty database at once all succeed, and the tables are made once", async () => {
  const url = await emptyDatabase();
  const outputs = await Promise.all(
    Array.from({ length: 8 }, (_, i) => outputOf("open-postgres.ts", [url, String(20 + i)])),
  );
  expect(outputs).toEqual(Array(8).fill("open"));
  const storage = await PostgresStorage.open(url);
  expect(await storage.stats()).toMatchObject({ commits: 8 });
  const steps = await storage.db.selectFrom("mi_migrations").select("number").execute();
  expect(steps).toEqual([{ number: 1 }]);
  await storage.close();
});

test("a schema that isn't there is made, and storages in two schemas share nothing", async () => {
  const { url } = await emptySchema();
  const names = [`Über "no"`.replaceAll('"', ""), "mi_other"];
  const storages = await Promise.all(names.map((schema) => PostgresStorage.open(url, { schema })));
  const [first, second] = storages;
  await first?.commit(make.commit({ versions: [make.version()] }));
  expect(await first?.stats()).toMatchObject({ versions: 1 });
  expect(await second?.stats()).toMatchObject({ versions: 0 });
  await Promise.all(storages.map((storage) => storage.close()));
  for (const name of names) await (await testServer()).query(`drop schema "${name}" cascade`);
});

test("two storages over one pool, in two schemas, don't take each other's statements", async () => {
  const { url } = await emptySchema();
  const pool = listenedPool({ connectionString: url, max: 1 });
  const first = await PostgresStorage.open(pool);
  const second = await PostgresStorage.open(pool, { schema: "mi_second" });
  await first.commit(make.commit({ versions: [make.version()] }));
  await second.commit(make.commit({ versions: [make.version()] }));
  expect(await first.stats()).toMatchObject({ versions: 1 });
  await first.close();
  expect(await second.stats()).toMatchObject({ versions: 1 });
  await pool.query("drop schema mi_second cascade");
  await pool.end();
  await expect(second.stats()).rejects.toMatchObject({ code: "MI_STORAGE_CLOSED" });
});

test("without prepared statements everything works the same", async () => {
  const { url } = await emptySchema();
  const storage = await PostgresStorage.open(url, { prepare: false });
  const version = make.version();
  await storage.commit(make.commit({ versions: [version] }));
  expect((await storage.read([version.ecsId]))[0]).toMatchObject({ sequence: 1 });
  const { rows } = await sql`select * from pg_catalog.pg_prepared_statements`.execute(storage.db);
  expect(rows).toEqual([]);
  await storage.close();
});

describe("what can't be opened is a typed error that says what to do, without the password", () => {
  const open = async (url: string, options?: PostgresOptions): Promise<unknown> =>
    PostgresStorage.open(url, options).then(
      () => "open",
      (error: unknown) => error,
    );

  test("no server there", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => probe.once("listening", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const error = await open(`postgres://me:pass-word@127.0.0.1:${port}/data`);
    expect(error).toMatchObject({ code: "MI_STORAGE_CONNECTION", retryable: true });
    expect(String(error)).not.toContain("pass-word");
  });

  test("a server that never answers", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as AddressInfo;
    const url = `postgres://me:secret@127.0.0.1:${port}/data`;
    expect(await open(url, { connectTimeoutMs: 50 })).toMatchObject({
      code: "MI_STORAGE_CONNECTION",
      retryable: true,
    });
    connect(port).destroy();
    silent.close();
  });

  test("no such database, no such user, a wrong password", async () => {
    const url = new URL((await testServer()).url);
    url.pathname = "/nowhere";
    expect(await open(url.href)).toMatchObject({
      code: "MI_STORAGE_OPEN",
      message: expect.stringContaining('"nowhere"'),
    });
    url.password = "not-this-one";
    const error = await open(url.href);
    expect(error).toMatchObject({ code: "MI_STORAGE_PERMISSION", retryable: false });
    expect(String(error)).not.toContain("not-this-one");
  });

  test("a URL that is none", async () => {
    const error = await open("postgres://me:pass word@[host/data");
    expect(error).toMatchObject({ code: "MI_STORAGE_USAGE" });
    expect(JSON.stringify(error) + String(error)).not.toContain("pass word");
    expect(error instanceof Error && error.cause).toBe(undefined);
  });

  test.each<PostgresOptions>([
    { durability: "off" as "full" },
    { max: 0 },
    { connectTimeoutMs: -1 },
    { statementTimeoutMs: 2 ** 31 },
    { lockTimeoutMs: 0.5 },
    { schema: "" },
    { schema: "a'b" },
    { schema: 'a"b' },
    { schema: "a$b" },
    { schema: "x".repeat(64) },
    { schema: null as unknown as string },
    { schema: 5 as unknown as string },
    // Backups leave them out.
    { schema: "pg_mine" },
    { schema: "information_schema" },
    { prepare: "no" as unknown as boolean },
    { applicationName: 5 as unknown as string },
    { applicationName: "a\0b" },
    { views: 5 as unknown as [] },
  ])("the options %j", async (options) => {
    const error = await open("postgres://127.0.0.1:1/data", options);
    expect(error).toMatchObject({ code: "MI_STORAGE_USAGE" });
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 42],
    ["an object", {}],
    ["a URL object", new URL("postgres://me:pass-word@127.0.0.1:1/data")],
    ["a client", new pg.Client("postgres://me:pass-word@127.0.0.1:1/data")],
  ])("in place of a URL: %s", async (_what, url) => {
    const error = await open(url as string);
    expect(error).toMatchObject({ code: "MI_STORAGE_USAGE" });
    expect(JSON.stringify(error) + String(error)).not.toContain("pass-word");
  });

  test.each([null, 5, "normal"])("in place of options: %j", async (options) => {
    const error = await open("postgres://127.0.0.1:1/data", options as unknown as PostgresOptions);
    expect(error).toMatchObject({ code: "MI_STORAGE_USAGE" });
  });

  test("a server that ends a connection with the bytes that say it is ready", async () => {
    const message = (type: string, body: string): Buffer => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(4 + Buffer.byteLength(body));
      return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
    };
    const server = createServer((socket) => {
      socket.once("data", () => {
        const fatal = message("E", "SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0");
        socket.end(Buffer.concat([message("R", "\0\0\0\0"), message("Z", "I"), fatal]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    expect(await open(`postgres://me@127.0.0.1:${port}/data`)).toMatchObject({
      code: "MI_STORAGE_CONNECTION",
      retryable: true,
    });
    await new Promise((resolve) => server.close(resolve));
  });

  test("a pool that was ended", async () => {
    const pool = listenedPool({ connectionString: "postgres://127.0.0.1:1/data" });
    await pool.end();
    await expect(PostgresStorage.open(pool)).rejects.toMatchObject({ code: "MI_STORAGE_CLOSED" });
  });

  test("a database of another encoding", async () => {
    const { query, url: place } = await testServer();
    const name = `mi_latin_${process.pid}`;
    await query(`create database ${name} template template0 encoding 'LATIN1' locale 'C'`);
    const url = new URL(place);
    url.pathname = `/${name}`;
    expect(await open(url.href)).toMatchObject({
      code: "MI_STORAGE_OPEN",
      message: expect.stringContaining("encoding UTF8"),
    });
    await query(`drop database ${name} with (force)`);
  });

  test.each(["repeatable read", "serializable"])(
    "sessions that begin as %s, until the URL says otherwise",
    async (level) => {
      const { query } = await testServer();
      const { url, schema } = await emptySchema();
      const user = `${schema}_strict`;
      await query(`create role ${user} login superuser password 'strict'`);
      await query(`alter role ${user} set default_transaction_isolation = '${level}'`);
      const asUser = new URL(url);
      asUser.username = user;
      asUser.password = "strict";
      const error = await open(asUser.href);
      expect(error).toMatchObject({
        code: "MI_STORAGE_OPEN",
        message: expect.stringContaining(`begins transactions as ${level}`),
      });
      const [advice = ""] = /options=\S+/.exec(String(error)) ?? [];
      const mended = new URL(asUser);
      mended.search = `?${advice}`;
      const storage = await PostgresStorage.open(mended.href, { schema });
      await storage.commit(make.commit({ versions: [make.version()] }));
      await storage.close();
      await query(`drop owned by ${user} cascade; drop role ${user}`);
    },
  );

  test("a server that is older than any that this package was tried with", async () => {
    const { url } = await emptySchema();
    const pool = listenedPool({ connectionString: url, max: 1 });
    // A real server that says it is an old one.
    pool.on("connect", (client) => {
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      client.query = ((text: unknown, ...rest: unknown[]) =>
        query(
          String(text)
            .replace("current_setting('server_version_num')", "'120022'")
            .replace("current_setting('server_version')", "'12.22'"),
          ...rest,
        )) as typeof client.query;
    });
    await expect(PostgresStorage.open(pool)).rejects.toMatchObject({
      code: "MI_STORAGE_OPEN",
      message: expect.stringMatching(/PostgreSQL 12\.22.*13 or newer/),
    });
    await pool.end();
  });

  test("a database of a newer program", async () => {
    const { url } = await emptySchema();
    const storage = await PostgresStorage.open(url);
    await storage.db
      .insertInto("mi_migrations")
      .values({ number: 99, name: "from the future" })
      .execute();
    await storage.close();
    expect(await open(url)).toMatchObject({
      code: "MI_STORAGE_SCHEMA_NEWER",
      message: expect.stringMatching(/99.*update @mi\/storage-kysely/s),
    });
  });

  test("a table of the same name as ours, and one of ours that somebody dropped", async () => {
    const { url, schema } = await emptySchema();
    const { query } = await testServer();
    await query(`create table ${schema}.mi_commits (mine text)`);
    expect(await open(url)).toMatchObject({ code: "MI_STORAGE_OPEN" });
    await query(`drop table ${schema}.mi_commits`);
    await (await PostgresStorage.open(url)).close();
    await query(`drop table ${schema}.mi_segment_items`);
    expect(await open(url)).toMatchObject({
      code: "MI_STORAGE_CORRUPT",
      message: expect.stringContaining("mi_segment_items"),
    });
  });

  test("a schema that was renamed, whose functions would write where its old name leads", async () => {
    const { schema } = await emptySchema();
    const { query, url } = await testServer();
    await (await PostgresStorage.open(url, { schema })).close();
    const renamed = `${schema}_renamed`;
    await query(`alter schema ${schema} rename to ${renamed}`);
    const elsewhere = await PostgresStorage.open(url, { schema });
    const error = await open(url, { schema: renamed });
    expect(error).toMatchObject({
      code: "MI_STORAGE_OPEN",
      message: expect.stringContaining(`"${schema}"`),
    });
    await elsewhere.close();
    await query(`drop schema ${schema} cascade`);
    const [, advice = ""] = /: (alter schema .*)$/.exec(String(error)) ?? [];
    await query(advice);
    expect(await open(url, { schema })).toBe("open");
  });

  test("a user who may not write, or not even read", async () => {
    const { url, schema } = await emptySchema();
    await (await PostgresStorage.open(url)).close();
    const { query } = await testServer();
    const user = `${schema}_reader`;
    await query(`create role ${user} login password 'reader'`);
    const asReader = new URL(url);
    asReader.username = user;
    asReader.password = "reader";
    expect(await open(asReader.href, { schema })).toMatchObject({ code: "MI_STORAGE_PERMISSION" });
    await query(`grant usage on schema ${schema} to ${user}`);
    await query(`grant select on all tables in schema ${schema} to ${user}`);
    expect(await open(asReader.href, { schema })).toMatchObject({ code: "MI_STORAGE_PERMISSION" });
    await query(`drop owned by ${user}; drop role ${user}`);
  });
});

test.each([
  [undefined, "on"],
  ["full" as const, "on"],
  ["normal" as const, "off"],
])(
  "durability %s commits with synchronous_commit = %s, whatever the server's is",
  async (durability, expected) => {
    const { url } = await emptySchema();
    const pool = listenedPool({ connectionString: url, max: 1 });
    pool.on("connect", (client) => {
      void client.query("set synchronous_commit = off");
    });
    const storage = await PostgresStorage.open(pool, { durability });
    const seen: string[] = [];
    await pool.query(`create function seen() returns trigger language plpgsql as
    $$ begin raise notice 'synchronous_commit %', current_setting('synchronous_commit'); return null; end $$;
    create constraint trigger seen after insert on mi_commits deferrable initially deferred
      for each row execute function seen()`);
    const client = await pool.connect();
    client.on("notice", ({ message = "" }) => seen.push(message));
    client.release();
    await storage.commit(make.commit({ versions: [make.version()] }));
    // Asked when the transaction commits, which is when it counts.
    expect(seen).toEqual([`synchronous_commit ${expected}`]);
    const { rows } = await pool.query("show synchronous_commit");
    expect(rows).toEqual([{ synchronous_commit: "off" }]);
    await pool.end();
  },
);

test("connections of our own pool have timeouts of the server, and a name", async () => {
  const { url } = await emptySchema();
  const storage = await PostgresStorage.open(url, { statementTimeoutMs: 1234, lockTimeoutMs: 345 });
  const { rows } =
    await sql`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
      current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`.execute(
      storage.db,
    );
  expect(rows).toEqual([
    { statement: "1234ms", lock: "345ms", idle: "1min", name: "@mi/storage-kysely" },
  ]);
  await storage.close();
});

test("steps of the schema stay as they were released", () => {
  const digests = migrationsFor('"a"').map(({ number, statements }) => [
    number,
    createHash("sha256").update(statements.join(";\n")).digest("hex").slice(0, 16),
  ]);
  expect(digests).toEqual([[1, "6d1e85cd586be0c6"]]);
});
