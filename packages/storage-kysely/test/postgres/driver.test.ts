import type pg from "pg";
import { Fixtures } from "@mi/conformance";
import { MiError } from "@mi/ecs";
import type { EcsId, EntityRecord } from "@mi/ecs";
import { listenedPool } from "@mi/postgres-server";
import { emptySchema, testServer } from "@mi/postgres-server/jest";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { postgresError } from "../../src/postgres/postgres-errors.ts";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";
import { named } from "../faults/sessions.ts";

let sent: number;
let url: string;
/** By which the server knows the sessions of the test. */
let name: string;
let pool: pg.Pool;
let storage: PostgresStorage;
let make: Fixtures;

beforeEach(async () => {
  const empty = await emptySchema();
  name = empty.schema;
  url = named(empty.url, name);
  pool = listenedPool({ connectionString: url, max: 3, connectionTimeoutMillis: 300 });
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      sent++;
      return query(...args);
    }) as typeof client.query;
  });
  storage = await PostgresStorage.open(pool);
  make = new Fixtures(1);
});

afterEach(async () => {
  await storage.close();
  await pool.end();
});

/** How many queries the work sent to the server. */
async function queriesOf(work: () => Promise<unknown>): Promise<number> {
  sent = 0;
  await work();
  return sent;
}

function commit(...versions: EntityRecord[]) {
  return storage.commit(make.commit({ versions }));
}

describe("a commit is one query, sent at once", () => {
  test.each([1, 1000])("of %i versions", async (count) => {
    const versions = Array.from({ length: count }, () => make.version());
    expect(await queriesOf(() => commit(...versions))).toBe(1);
    expect(await storage.stats()).toMatchObject({ versions: count, commits: 1 });
  });

  test("of a turn: two messages and a thread that grew by them, on a head that it needs", async () => {
    const leaf = make.version();
    let thread = make.version({ lists: [[leaf]] });
    await commit(leaf, thread);
    for (let at = 1; at < 20; at += 2) {
      const messages = [make.version(), make.version()];
      const insert = messages.map(({ ecsId }) => ecsId);
      const next = make.edited(thread, [[{ at, remove: 0, insert }]]);
      const turn = make.commit({ versions: [...messages, next], mustBeHeads: [thread] });
      expect(await queriesOf(() => storage.commit(turn))).toBe(1);
      thread = next.record;
    }
    const { rows } = await pool.query("select count(*)::int as segments from mi_segments");
    expect(rows).toEqual([{ segments: 1 }]);
  });

  test("of a branch that grows from an old version, which borrows what was there", async () => {
    const members = Array.from({ length: 50 }, () => make.version());
    const base = make.version({ lists: [members.slice(0, 40)] });
    await commit(...members, base);
    const grown = (id: EcsId | undefined) =>
      make.edited(base, [[{ at: 40, remove: 0, insert: id === undefined ? [] : [id] }]]);
    const branches = members.slice(40, 43).map(({ ecsId }) => grown(ecsId));
    // All at once in one commit, and one more in the next.
    const together = make.commit({ versions: branches });
    expect(await queriesOf(() => storage.commit(together))).toBe(1);
    const later = make.commit({ versions: [grown(members[45]?.ecsId)] });
    expect(await queriesOf(() => storage.commit(later))).toBe(1);
    const { rows } = await pool.query("select count(*)::int as items from mi_segment_items");
    expect(rows).toEqual([{ items: 44 }]);
    const read = await storage.read(branches.map(({ record }) => record.ecsId));
    expect(read.map((stored) => stored?.record.lists[0]?.at(40))).toEqual(
      members.slice(40, 43).map(({ ecsId }) => ecsId),
    );
    expect(await storage.verify()).toEqual([]);
  });

  test("but for an edit in the middle of a long list, whose base is read first", async () => {
    const members = Array.from({ length: 1000 }, () => make.version());
    const base = make.version({ lists: [members] });
    await commit(...members, base);
    const [other] = members;
    const insert = other === undefined ? [] : [other.ecsId];
    const edited = make.edited(base, [[{ at: 500, remove: 1, insert }]]);
    expect(await queriesOf(() => storage.commit(make.commit({ versions: [edited] })))).toBe(2);
    const [stored] = await storage.read([edited.record.ecsId]);
    expect([...(stored?.record.lists[0] ?? [])]).toEqual([...(edited.record.lists[0] ?? [])]);
    const { rows } = await pool.query("select count(*)::int as items from mi_segment_items");
    expect(rows).toEqual([{ items: 1001 }]);
  });
});

describe("reading is one query", () => {
  test("of a tree 200 deep, through references and lists in turn", async () => {
    const versions: EntityRecord[] = [];
    for (let i = 0; i < 200; i++) {
      const below = versions.slice(-1);
      versions.push(make.version(i % 2 === 0 ? { refs: below } : { lists: [below] }));
    }
    await commit(...versions);
    const root = versions.slice(-1).map(({ ecsId }) => ecsId);
    let found: readonly unknown[] = [];
    expect(await queriesOf(async () => (found = await storage.readTree(root)))).toBe(1);
    expect(found).toHaveLength(200);
  });

  test("of any number of versions, and of a page of each listing", async () => {
    const leaves = Array.from({ length: 500 }, () => make.version());
    const holders = leaves
      .slice(0, 100)
      .map((leaf) => make.version({ refs: [leaf], lists: [leaves] }));
    await commit(...leaves, ...holders);
    const ids = [...holders, ...leaves].map(({ ecsId }) => ecsId);
    expect(await queriesOf(() => storage.read(ids))).toBe(1);
    expect(await queriesOf(() => storage.read([]))).toBe(0);
    const { lineageId } = make.version();
    const page = { limit: 100 };
    expect(await queriesOf(() => storage.versions({ lineageId }, page))).toBe(1);
    expect(
      await queriesOf(() => storage.versions({ types: ["Note"], headsOnly: true }, page)),
    ).toBe(1);
    expect(await queriesOf(() => storage.commits({ lineageId }, page))).toBe(1);
    expect(await queriesOf(() => storage.refs({ prefix: "a" }, page))).toBe(1);
    expect(await queriesOf(() => storage.heads(ids.map(() => lineageId)))).toBe(1);
    expect(await queriesOf(() => storage.stats())).toBe(1);
  });
});

describe("what goes wrong becomes one code for each event, and the next call works", () => {
  test("idle connections that the server ends don't end the process", async () => {
    const own = await PostgresStorage.open(url);
    await Promise.all([own.stats(), own.stats(), storage.stats(), storage.stats()]);
    const { query } = await testServer();
    const ended = await query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1",
      [name],
    );
    expect(ended.length).toBeGreaterThan(1);
    for (const each of [own, storage]) {
      for (let failures = 0; ; failures++) {
        const error = await each.stats().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error === undefined) break;
        expect(error).toMatchObject({ code: "MI_STORAGE_CONNECTION", retryable: true });
        expect(failures).toBeLessThan(4);
      }
    }
    await own.close();
  });

  test("a session that ends in a commit: MI_STORAGE_CONNECTION, and the same commit again succeeds", async () => {
    const version = make.version();
    const base = make.commit({ versions: [version] });
    await storage.commit(base);
    const blocker = await pool.connect();
    await blocker.query("begin; select from mi_heads for update");
    const next = make.commit({
      versions: [make.version({ parent: version })],
      mustBeHeads: [version],
    });
    const outcome = storage.commit(next).then(
      () => "committed",
      (error: unknown) => error,
    );
    const { query } = await testServer();
    for (;;) {
      const ended = await query(
        "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and application_name = $1",
        [name],
      );
      if (ended.length > 0) break;
    }
    expect(await outcome).toMatchObject({ code: "MI_STORAGE_CONNECTION", retryable: true });
    await blocker.query("rollback");
    blocker.release();
    expect(await storage.commit(next)).toMatchObject({ status: "committed" });
    expect(await storage.verify()).toEqual([]);
  });

  test("a commit that is sent again while the first one still waits is stored once, and is no conflict with itself", async () => {
    const version = make.version();
    await commit(version);
    const next = make.version({ parent: version });
    const start = { name: "start", to: version.ecsId };
    await storage.commit(make.commit({ refMoves: [start] }));
    const again = make.commit({
      versions: [next],
      mustBeHeads: [version],
      refMoves: [{ name: "start", to: next.ecsId, expected: version.ecsId }],
    });
    const others = [await PostgresStorage.open(url), await PostgresStorage.open(url)];
    const blocker = await pool.connect();
    await blocker.query("begin; select from mi_heads for update");
    const answers = Promise.all(others.map((other) => other.commit(again)));
    const { query } = await testServer();
    for (let waiting = 0; waiting < 2;)
      ({ length: waiting } = await query(
        "select from pg_stat_activity where wait_event_type = 'Lock' and application_name = $1",
        [name],
      ));
    await blocker.query("rollback");
    blocker.release();
    const statuses = (await answers).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual(["already-committed", "committed"]);
    expect(await storage.heads([version.lineageId])).toEqual([[next.ecsId]]);
    await Promise.all(others.map((other) => other.close()));
  });

  test("a lock that others hold for too long: MI_STORAGE_BUSY; a statement that takes too long: MI_STORAGE_TIMEOUT", async () => {
    const version = make.version();
    await commit(version);
    const next = make.commit({
      versions: [make.version({ parent: version })],
      mustBeHeads: [version],
    });
    const blocker = await pool.connect();
    await blocker.query("begin; select from mi_heads for update");
    const impatient = await PostgresStorage.open(url, { lockTimeoutMs: 20 });
    await expect(impatient.commit(next)).rejects.toMatchObject({
      code: "MI_STORAGE_BUSY",
      retryable: true,
    });
    await impatient.close();
    const hasty = await PostgresStorage.open(url, { statementTimeoutMs: 200 });
    await expect(hasty.commit(next)).rejects.toMatchObject({
      code: "MI_STORAGE_TIMEOUT",
      retryable: true,
    });
    await blocker.query("rollback");
    blocker.release();
    expect(await hasty.commit(next)).toMatchObject({ status: "committed" });
    await hasty.close();
  });

  test("no free connection: MI_STORAGE_BUSY, to be repeated", async () => {
    const taken = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    await expect(storage.stats()).rejects.toMatchObject({
      code: "MI_STORAGE_BUSY",
      retryable: true,
    });
    taken.forEach((client) => client.release());
    expect(await storage.stats()).toMatchObject({ versions: 0 });
  });

  test.each([
    [{ code: "08006" }, "MI_STORAGE_CONNECTION", true],
    [{ code: "57P01" }, "MI_STORAGE_CONNECTION", true],
    [{ code: "57P02" }, "MI_STORAGE_CONNECTION", true],
    [{ code: "57P03" }, "MI_STORAGE_CONNECTION", true],
    [{ code: "ECONNRESET" }, "MI_STORAGE_CONNECTION", true],
    [{ message: "Connection terminated unexpectedly" }, "MI_STORAGE_CONNECTION", true],
    [
      { message: "Client has encountered a connection error and is not queryable" },
      "MI_STORAGE_CONNECTION",
      true,
    ],
    [{ code: "57014" }, "MI_STORAGE_TIMEOUT", true],
    [{ code: "25P03" }, "MI_STORAGE_TIMEOUT", true],
    [{ code: "55P03" }, "MI_STORAGE_BUSY", true],
    [{ code: "40P01" }, "MI_STORAGE_BUSY", true],
    [{ code: "40001" }, "MI_STORAGE_BUSY", true],
    [{ code: "53300" }, "MI_STORAGE_BUSY", true],
    [{ code: "53100" }, "MI_STORAGE_FULL", false],
    [{ code: "42501" }, "MI_STORAGE_PERMISSION", false],
    [{ code: "28P01" }, "MI_STORAGE_PERMISSION", false],
    [{ code: "25006" }, "MI_STORAGE_PERMISSION", false],
    [{ code: "3D000" }, "MI_STORAGE_OPEN", false],
    [{ code: "ENOTFOUND" }, "MI_STORAGE_OPEN", false],
    [{ code: "XX001" }, "MI_STORAGE_CORRUPT", false],
    [{ code: "XX002" }, "MI_STORAGE_CORRUPT", false],
    [{ code: "42P01" }, "MI_STORAGE_CORRUPT", false],
    [{ code: "54000" }, "MI_STORAGE_USAGE", false],
    [{ code: "25P02" }, "MI_STORAGE_USAGE", false],
    [{ code: "23505" }, "MI_STORAGE_UNEXPECTED", false],
    [{ code: "XX000" }, "MI_STORAGE_UNEXPECTED", false],
    [undefined, "MI_STORAGE_UNEXPECTED", false],
  ])("%j is %s", (thrown, code, retryable) => {
    const error = postgresError(thrown, "The database");
    expect(MiError.is(error)).toBe(true);
    expect(error).toMatchObject({ code, retryable, details: { place: "The database" } });
  });
});

test("a NUL and other hostile texts come back as they are, from every text of a commit", async () => {
  for (const text of ["\0", "a\0b", "\u{10ffff}", "\u{10ffff}0", "\0\u{10ffff}1\0", "plain"]) {
    const version = make.version({ type: text, data: JSON.stringify({ text }) });
    const header = { operation: text, actor: text, reason: text, correlationId: text };
    const refMoves = [{ name: text, to: version.ecsId }];
    await storage.commit(make.commit({ versions: [version], header, refMoves }));
    const page = { limit: 10 };
    expect((await storage.commits({ actor: text, operation: text }, page)).items).toMatchObject([
      header,
    ]);
    expect((await storage.versions({ types: [text] }, page)).items).toMatchObject([{ type: text }]);
    expect((await storage.refs({ names: [text] }, page)).items).toEqual([
      { name: text, to: version.ecsId },
    ]);
    expect((await storage.read([version.ecsId]))[0]?.record).toMatchObject({
      type: text,
      data: version.data,
    });
  }
  expect(await storage.verify()).toEqual([]);
});

test.each(["mi_versions", "mi_commits"])(
  "rows of %s can't be changed or deleted",
  async (table) => {
    await commit(make.version());
    for (const text of [`delete from ${table}`, `update ${table} set created_at = created_at`])
      await expect(pool.query(text)).rejects.toMatchObject({
        code: "23001",
        message: expect.stringContaining("immutable"),
      });
    await storage.clear();
    expect(await storage.stats()).toMatchObject({ versions: 0, commits: 0 });
  },
);

test("verify finds what somebody changed", async () => {
  const leaf = make.version();
  const root = make.version({ refs: [leaf], lists: [[leaf, leaf]] });
  await commit(leaf, root);
  const child = make.version({ parent: root });
  await commit(child);
  const damage = async (text: string): Promise<readonly string[]> => {
    const client = await pool.connect();
    await client.query(
      `set session_replication_role = replica; ${text}; set session_replication_role = default`,
    );
    client.release();
    return (await storage.verify()).map(({ kind }) => kind);
  };
  expect(await storage.verify()).toEqual([]);
  expect(await damage(`update mi_versions set data = '{}' where ecs_id = '${leaf.ecsId}'`)).toEqual(
    ["content"],
  );
  await expect(storage.read([leaf.ecsId])).rejects.toMatchObject({ code: "MI_STORAGE_CORRUPT" });
  expect(await damage("delete from mi_segment_items where position = 0")).toEqual([
    "content",
    "list",
  ]);
  await expect(storage.read([root.ecsId])).rejects.toMatchObject({ code: "MI_STORAGE_CORRUPT" });
  const kinds = await damage(
    `delete from mi_heads where version_key in (select version_key from mi_versions where ecs_id = '${child.ecsId}')`,
  );
  expect(kinds).toContain("head");
  expect(await damage(`delete from mi_versions where ecs_id = '${leaf.ecsId}'`)).toEqual(
    expect.arrayContaining(["row", "commit"]),
  );
});

describe("what no foreign key guards is found by verify, and is an error to read", () => {
  /** Without the triggers that keep versions and commits as they are. */
  const unguarded = async (text: string): Promise<void> => {
    const client = await pool.connect();
    await client.query(
      `set session_replication_role = replica; ${text}; set session_replication_role = default`,
    );
    client.release();
  };

  test.each([
    ["a type", "mi_types", /mi_versions.type_key names 1, which is not in mi_types/],
    ["a commit", "mi_commits", /mi_versions.sequence names 1, which is not in mi_commits/],
  ])("%s that is gone", async (_, table, message) => {
    const version = make.version();
    await commit(version);
    expect(await storage.verify()).toEqual([]);
    await unguarded(`delete from ${table}`);
    const problems = await storage.verify();
    expect(problems.map((problem) => problem.message)).toContainEqual(
      expect.stringMatching(message),
    );
    await expect(storage.read([version.ecsId])).rejects.toMatchObject({
      code: "MI_STORAGE_CORRUPT",
    });
    await expect(storage.versions({}, { limit: 10 })).rejects.toMatchObject({
      code: "MI_STORAGE_CORRUPT",
    });
  });

  test("the first version of a lineage that is gone", async () => {
    const first = make.version();
    await commit(first);
    const next = make.version({ lineageId: first.lineageId });
    await commit(next);
    await unguarded(
      "delete from mi_heads where version_key = lineage_key; delete from mi_versions where lineage_id is not null",
    );
    const problems = await storage.verify();
    expect(problems.map((problem) => problem.message)).toContainEqual(
      expect.stringMatching(/mi_versions.lineage_key names \d+, which is not in mi_versions/),
    );
    await expect(storage.read([next.ecsId])).rejects.toMatchObject({ code: "MI_STORAGE_CORRUPT" });
    await expect(storage.versions({}, { limit: 10 })).rejects.toMatchObject({
      code: "MI_STORAGE_CORRUPT",
    });
  });
});
