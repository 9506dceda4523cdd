import pg from "pg";
import { Fixtures, Random } from "@mi/conformance";
import { MiError } from "@mi/ecs";
import { listenedPool } from "@mi/postgres-server";
import type { PostgresServer } from "@mi/postgres-server";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { BusyWriters } from "./busy-writers.ts";
import { checkLedger } from "./check-ledger.ts";
import { recoveringServer } from "./recovering-server.ts";
import { SwallowingProxy } from "./swallowing-proxy.ts";
import { named, sessionsEnd, sessionsOf } from "./sessions.ts";

let server: PostgresServer;
let made = 0;

beforeAll(async () => {
  server = await recoveringServer();
});

afterAll(() => server.stop());

interface Opened {
  readonly storage: PostgresStorage;
  readonly url: string;
  readonly name: string;
}

/** A storage in a schema of its own, whose sessions have a name of their own. */
async function open(max: number): Promise<Opened> {
  const name = `faults_${++made}`;
  const url = named(server.url, name);
  return { storage: await PostgresStorage.open(url, { schema: name, max }), url, name };
}

test.each(["immediate", "killed"] as const)(
  "a server that is %s and started again has all that it acknowledged, and the storage goes on",
  async (how) => {
    const { storage, name } = await open(4);
    const writers = new BusyWriters(storage, made, 4);
    for (let round = 0; round < 2; round++) {
      await writers.acknowledgeMore(40);
      await server.break(how);
      await server.restart();
    }
    await writers.acknowledgeMore(40);
    await writers.stop();
    expect([...writers.errors.keys()]).toEqual(["MI_STORAGE_CONNECTION"]);
    expect(await checkLedger(storage, writers.ledger)).toEqual([]);
    expect(await sessionsOf(server.url, name)).toBeLessThanOrEqual(4);
    await storage.close();
    await sessionsEnd(server.url, name);
  },
);

test("a storage that was idle while the server was restarted goes on, after one error for each connection at most", async () => {
  const { storage, name } = await open(3);
  await Promise.all([storage.stats(), storage.stats(), storage.stats()]);
  await server.break("immediate");
  await server.restart();
  const errors: unknown[] = [];
  for (let successes = 0; successes < 3;) {
    await storage.stats().then(
      () => successes++,
      (error: unknown) => errors.push(error),
    );
  }
  expect(errors.length).toBeLessThanOrEqual(3);
  for (const error of errors)
    expect(error).toMatchObject({ code: "MI_STORAGE_CONNECTION", retryable: true });
  await storage.close();
  await sessionsEnd(server.url, name);
});

test("while the server is gone each call fails with one code, and the first one after it succeeds", async () => {
  const { storage } = await open(2);
  await server.break("immediate");
  for (let i = 0; i < 4; i++)
    await expect(storage.stats()).rejects.toMatchObject({
      code: "MI_STORAGE_CONNECTION",
      retryable: true,
    });
  await server.restart();
  expect(await storage.stats()).toMatchObject({ commits: 0 });
  await storage.close();
});

test("sessions that are ended while they commit lose nothing, and none is left behind", async () => {
  const { storage, name } = await open(4);
  const writers = new BusyWriters(storage, made, 8);
  const random = new Random(31);
  const killer = new pg.Client(server.url);
  await killer.connect();
  let ended = 0;
  while (ended < 40) {
    await writers.acknowledgeMore(random.below(4));
    const { rows } = await killer.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = $1 and state = 'active' order by random() limit 1`,
      [name],
    );
    ended += rows.length;
  }
  await killer.end();
  await writers.acknowledgeMore(20);
  await writers.stop();
  expect([...writers.errors.keys()]).toEqual(["MI_STORAGE_CONNECTION"]);
  expect(await checkLedger(storage, writers.ledger)).toEqual([]);
  expect(await sessionsOf(server.url, name)).toBeLessThanOrEqual(4);
  await storage.close();
  await sessionsEnd(server.url, name);
});

test("one process of the server that is killed ends all its sessions, and nothing is lost", async () => {
  const { storage, name } = await open(3);
  const writers = new BusyWriters(storage, made, 3);
  await writers.acknowledgeMore(20);
  const [session] = (await server.query(
    "select pid from pg_stat_activity where application_name = $1 limit 1",
    [name],
  )) as readonly { readonly pid: number }[];
  process.kill(session?.pid ?? 0, "SIGKILL");
  while (writers.errors.size === 0) await writers.acknowledgeMore(1);
  await writers.acknowledgeMore(20);
  await writers.stop();
  expect([...writers.errors.keys()]).toEqual(["MI_STORAGE_CONNECTION"]);
  expect(await checkLedger(storage, writers.ledger)).toEqual([]);
  await storage.close();
});

describe("connections", () => {
  test("200 reads at once on two connections all end", async () => {
    const { storage, name } = await open(2);
    const make = new Fixtures(7);
    const version = make.version();
    await storage.commit(make.commit({ versions: [version] }));
    const reads = Array.from({ length: 200 }, () => storage.read([version.ecsId]));
    for (const [stored] of await Promise.all(reads))
      expect(stored?.record.ecsId).toBe(version.ecsId);
    expect(await sessionsOf(server.url, name)).toBeLessThanOrEqual(2);
    await storage.close();
    await sessionsEnd(server.url, name);
  });

  test("are all given back after errors of every kind", async () => {
    const name = `faults_${++made}`;
    const pool = listenedPool({
      connectionString: named(server.url, name),
      max: 2,
      statement_timeout: 100,
    });
    const storage = await PostgresStorage.open(pool, { schema: name });
    const make = new Fixtures(8);
    const base = make.version();
    const known = make.commit({ versions: [base] });
    await storage.commit(known);
    const missing = make.commit({ versions: [make.version({ refs: [make.version()] })] });
    const reused = make.commit({ versions: [{ ...base, data: '{"other":1}' }] });
    const next = make.commit({ versions: [make.version({ parent: base })], mustBeHeads: [base] });
    const codes: string[] = [];
    const failing = async (work: Promise<unknown>): Promise<void> => {
      const error: unknown = await work.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      codes.push(MiError.is(error) ? error.code : String(error));
    };
    const locker = new pg.Client(server.url);
    await locker.connect();
    await locker.query(`begin; select from ${name}.mi_heads for update`);
    for (let i = 0; i < 5; i++) {
      await failing(storage.commit(missing));
      await failing(storage.commit(reused));
      await failing(storage.commit(next));
      await failing(storage.versions({}, { limit: 0 }));
      await failing(
        storage.db
          .selectFrom("mi_commits")
          .select("nothing" as "sequence")
          .execute(),
      );
      await failing(
        storage.db.transaction().execute(async () => Promise.reject(new Error("mine"))),
      );
    }
    await locker.end();
    expect(codes.slice(0, 6)).toEqual([
      "MI_STORAGE_MISSING_VERSION",
      "MI_STORAGE_ID_REUSE",
      "MI_STORAGE_TIMEOUT",
      "MI_STORAGE_USAGE",
      expect.stringContaining("nothing"),
      "Error: mine",
    ]);
    expect([pool.totalCount - pool.idleCount, pool.waitingCount]).toEqual([0, 0]);
    expect(await storage.commit(next)).toMatchObject({ status: "committed" });
    await storage.close();
    await pool.end();
    await sessionsEnd(server.url, name);
  });

  test("on which no answer comes any more are given up and replaced", async () => {
    const name = `faults_${++made}`;
    const proxy = new SwallowingProxy(named(server.url, name));
    await proxy.listen();
    const storage = await PostgresStorage.open(proxy.through(named(server.url, name)), {
      schema: name,
      statementTimeoutMs: 200,
      connectTimeoutMs: 200,
    });
    const make = new Fixtures(9);
    const commit = make.commit({ versions: [make.version()] });
    await storage.stats();
    proxy.isSilent = true;
    for (const call of [() => storage.commit(commit), () => storage.stats()])
      await expect(call()).rejects.toMatchObject({
        code: "MI_STORAGE_CONNECTION",
        retryable: true,
      });
    proxy.isSilent = false;
    expect(await storage.commit(commit)).toMatchObject({ status: "committed" });
    expect(await storage.stats()).toMatchObject({ commits: 1 });
    await storage.close();
    await proxy.close();
    await sessionsEnd(server.url, name);
  });

  test("and a pool that storages come to and leave gather no listeners", async () => {
    const name = `faults_${++made}`;
    const pool = listenedPool({ connectionString: named(server.url, name), max: 1 });
    const listeners = async (): Promise<readonly number[]> => {
      const client = await pool.connect();
      client.release();
      return [pool.listenerCount("error"), client.listenerCount("error")];
    };
    const before = await listeners();
    for (let i = 0; i < 20; i++) await (await PostgresStorage.open(pool, { schema: name })).close();
    const [onPool = 0, onClient = 0] = await listeners();
    expect(onPool).toBe(before[0]);
    expect(onClient).toBeLessThanOrEqual((before[1] ?? 0) + 1);
    await pool.end();
  });

  test("of a storage that can't be opened are none", async () => {
    const name = `faults_${++made}`;
    const url = named(server.url, name);
    const client = new pg.Client(server.url);
    await client.connect();
    await client.query(`create schema ${name}; create table ${name}.mi_commits (mine text)`);
    await client.end();
    for (let i = 0; i < 5; i++)
      await expect(PostgresStorage.open(url, { schema: name })).rejects.toMatchObject({
        code: "MI_STORAGE_OPEN",
      });
    await sessionsEnd(server.url, name);
  });
});
