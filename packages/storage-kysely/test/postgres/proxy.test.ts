import { createHash } from "node:crypto";
import { sql } from "kysely";
import { Fixtures } from "@mi/conformance";
import { listenedPool } from "@mi/postgres-server";
import { emptySchema, testServer } from "@mi/postgres-server/jest";
import { afterEach, describe, expect, test } from "@jest/globals";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { LendingProxy } from "../faults/lending-proxy.ts";
import type { LendingProxyOptions } from "../faults/lending-proxy.ts";

const make = new Fixtures(1);
const opened: LendingProxy[] = [];

afterEach(async () => {
  for (const proxy of opened.splice(0)) await proxy.close();
});

interface Place {
  readonly direct: string;
  readonly proxied: string;
  readonly schema: string;
}

/** An empty schema, and two ways to it; connections don't come with a search path. */
async function behind(options: LendingProxyOptions): Promise<Place> {
  const { schema } = await emptySchema();
  const { url: direct } = await testServer();
  const proxy = new LendingProxy(direct, options);
  opened.push(proxy);
  await proxy.listen();
  return { direct, proxied: proxy.through(direct), schema };
}

async function outcomeOf(work: Promise<PostgresStorage>): Promise<unknown> {
  return work.then(
    async (storage) => {
      await storage.close();
      return "open";
    },
    (error: unknown) => error,
  );
}

/** Names and texts of what the one connection of a storage has prepared. */
async function prepared(storage: PostgresStorage) {
  await storage.commit(make.commit({ versions: [make.version()] }));
  await storage.stats();
  return sql<{
    name: string;
    statement: string;
  }>`select name, statement from pg_catalog.pg_prepared_statements`.execute(storage.db);
}

describe("statements are prepared by name", () => {
  test("on connections to the server itself, under names that tell their text", async () => {
    const { direct, schema } = await behind({ settings: "dropped" });
    const storage = await PostgresStorage.open(direct, { schema, max: 1 });
    const { rows } = await prepared(storage);
    expect(rows.length).toBeGreaterThan(1);
    // Of two programs that meet on one connection of a proxy, neither runs what the other has prepared.
    for (const { name, statement } of rows)
      expect(name.slice(0, 12)).toBe(
        createHash("sha256").update(statement).digest("hex").slice(0, 12),
      );
    await storage.close();
  });

  test("and not behind a proxy, which may lend another connection each time, unless it is asked for", async () => {
    const { proxied, schema } = await behind({ settings: "refused" });
    const pool = listenedPool({ connectionString: proxied, max: 1 });
    const byItself = await PostgresStorage.open(pool, { schema });
    expect((await prepared(byItself)).rows).toEqual([]);
    // Nor is any setting left behind on a connection that others will have.
    const { rows } = await pool.query("select name from pg_settings where source = 'session'");
    expect(rows).toEqual([]);
    await byItself.close();
    const asked = await PostgresStorage.open(pool, { schema, prepare: true });
    expect((await prepared(asked)).rows).not.toEqual([]);
    await asked.close();
    await pool.end();
  });
});

describe("settings that come with a connection", () => {
  test("and are refused by a proxy: MI_STORAGE_OPEN, which says what to do", async () => {
    const { proxied, schema } = await behind({ settings: "refused" });
    expect(await outcomeOf(PostgresStorage.open(proxied, { schema }))).toMatchObject({
      code: "MI_STORAGE_OPEN",
      retryable: false,
      message: expect.stringMatching(/ignore_startup_parameters.*a pool of your own/s),
    });
  });

  test("and are dropped by a proxy: MI_STORAGE_OPEN, which names them, until the user has them", async () => {
    const { proxied, schema } = await behind({ settings: "dropped" });
    const { query } = await testServer();
    const user = `${schema}_app`;
    await query(`create role ${user} login superuser password 'secret'`);
    const url = new URL(proxied);
    url.username = user;
    url.password = "secret";
    const error = await outcomeOf(PostgresStorage.open(url.href, { schema }));
    expect(error).toMatchObject({
      code: "MI_STORAGE_OPEN",
      retryable: false,
      message: expect.stringContaining(`alter role ${user} set`),
    });
    const [, advice = ""] = /\((alter role [^)]*)\)/.exec(String(error)) ?? [];
    await query(advice);
    expect(await outcomeOf(PostgresStorage.open(url.href, { schema }))).toBe("open");
    expect(
      await outcomeOf(PostgresStorage.open(url.href, { schema, lockTimeoutMs: 1234 })),
    ).toMatchObject({ message: expect.stringContaining("lock_timeout") });
    await query(`drop owned by ${user} cascade; drop role ${user}`);
  });

  test("and are dropped by a proxy: the search path of a pool as well, with which tables would be made elsewhere", async () => {
    const { proxied, schema } = await behind({ settings: "dropped" });
    const url = new URL(proxied);
    url.searchParams.set("options", `-c search_path=${schema}`);
    const pool = listenedPool({ connectionString: url.href, max: 1 });
    expect(await outcomeOf(PostgresStorage.open(pool))).toMatchObject({
      code: "MI_STORAGE_OPEN",
      message: expect.stringContaining("search_path"),
    });
    await pool.end();
  });
});

test("a proxy that lends connections for single statements is refused, whether tables are there or not", async () => {
  const { direct, proxied, schema } = await behind({ settings: "refused", byStatement: true });
  const open = async (): Promise<unknown> => {
    const pool = listenedPool({ connectionString: proxied, max: 1 });
    const outcome = await outcomeOf(PostgresStorage.open(pool, { schema }));
    await pool.end();
    return outcome;
  };
  const refused = {
    code: "MI_STORAGE_OPEN",
    retryable: false,
    message: expect.stringMatching(/transaction or session mode/),
  };
  expect(await open()).toMatchObject(refused);
  await (await PostgresStorage.open(direct, { schema })).close();
  expect(await open()).toMatchObject(refused);
});
