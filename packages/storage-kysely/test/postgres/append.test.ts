import type pg from "pg";
import { Fixtures } from "@mi/conformance";
import type { Commit, CommitResult, EntityRecord, VersionWrite } from "@mi/ecs";
import { listenedPool } from "@mi/postgres-server";
import { emptySchema } from "@mi/postgres-server/jest";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { PostgresStorage } from "../../src/postgres/postgres-storage.ts";

let url: string;
let pool: pg.Pool;
let storage: PostgresStorage;
let make: Fixtures;
/** The functions that were called, in order. */
let called: string[];

beforeEach(async () => {
  ({ url } = await emptySchema());
  pool = listenedPool({ connectionString: url, max: 3 });
  called = [];
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      const [{ text = "" }] = args as [{ text?: string }];
      const [, name] = /mi_(append|commit)\(/.exec(text) ?? [];
      if (name !== undefined) called.push(name);
      return query(...args);
    }) as typeof client.query;
  });
  storage = await PostgresStorage.open(pool);
  make = new Fixtures(3);
});

afterEach(async () => {
  await storage.close();
  await pool.end();
});

async function callsOf(
  commit: Commit,
): Promise<{ calls: readonly string[]; result: CommitResult }> {
  called = [];
  const result = await storage.commit(commit);
  return { calls: called, result };
}

function commitOf(
  versions: readonly (EntityRecord | VersionWrite)[],
  ...heads: EntityRecord[]
): Commit {
  return make.commit({ versions, mustBeHeads: heads });
}

async function expectStored(...records: EntityRecord[]): Promise<void> {
  const fresh = await PostgresStorage.open(url, { max: 1 });
  const stored = await fresh.read(records.map(({ ecsId }) => ecsId));
  const plain = (record: EntityRecord | undefined) =>
    record && { ...record, lists: record.lists.map((list) => [...list]) };
  expect(stored.map((version) => plain(version?.record))).toEqual(records.map(plain));
  expect(await fresh.verify()).toEqual([]);
  await fresh.close();
}

/** A thread with two messages, that this process has written. */
async function writtenThread(): Promise<{
  thread: EntityRecord;
  messages: readonly EntityRecord[];
}> {
  const messages = [make.version(), make.version()];
  const thread = make.version({ type: "Thread", lists: [messages] });
  await storage.commit(commitOf([...messages, thread]));
  return { thread, messages };
}

function grown(thread: EntityRecord, ...members: EntityRecord[]): VersionWrite {
  const at = thread.lists[0]?.length ?? 0;
  return make.edited(thread, [[{ at, remove: 0, insert: members.map(({ ecsId }) => ecsId) }]]);
}

describe("a commit on top of what this process wrote takes the short way", () => {
  test("of turns: messages and a thread that grows by them", async () => {
    let { thread } = await writtenThread();
    for (let turn = 0; turn < 40; turn++) {
      const messages = [make.version(), make.version()];
      const next = grown(thread, ...messages);
      const { calls, result } = await callsOf(commitOf([...messages, next], thread));
      expect(calls).toEqual(["append"]);
      expect(result).toEqual({ status: "committed", sequence: turn + 2 });
      thread = next.record;
    }
    expect(thread.lists[0]?.length).toBe(82);
    await expectStored(thread);
    expect(await storage.heads([thread.lineageId])).toEqual([[thread.ecsId]]);
    const { rows } = await pool.query("select count(*)::int as segments from mi_segments");
    expect(rows).toEqual([{ segments: 1 }]);
  });

  test("with references to versions that are stored, new lists of them, and parents inside of the commit", async () => {
    const { thread, messages } = await writtenThread();
    const first = make.version({
      type: "Note",
      refs: [thread, ...messages],
      lists: [messages, []],
    });
    const second = make.version({ parent: first, refs: [first], lists: [[first, ...messages]] });
    const renamed = make.edited(thread, [[]]);
    const { calls } = await callsOf(commitOf([first, second, renamed], thread));
    expect(calls).toEqual(["append"]);
    await expectStored(first, second, renamed.record);
    expect(await storage.heads([first.lineageId])).toEqual([[second.ecsId]]);
  });

  test("of a merge, which replaces two heads", async () => {
    const base = make.version();
    await storage.commit(commitOf([base]));
    const ours = make.version({ parent: base });
    const theirs = make.version({ parent: base });
    expect((await callsOf(commitOf([ours]))).calls).toEqual(["append"]);
    expect((await callsOf(commitOf([theirs]))).calls).toEqual(["append"]);
    const merged = make.version({ parent: ours, mergedFrom: theirs });
    expect((await callsOf(commitOf([merged], ours, theirs))).calls).toEqual(["append"]);
    expect(await storage.heads([base.lineageId])).toEqual([[merged.ecsId]]);
    await expectStored(merged);
  });

  test("with every text that there is", async () => {
    const base = make.version();
    await storage.commit(commitOf([base]));
    for (const text of [
      "\0",
      '"\\',
      "\u{10ffff}0",
      "a\nb\tc",
      "{NULL}",
      "null",
      "",
      "\u{1f600}",
      "\u2028",
    ]) {
      const header = { operation: text, actor: text, reason: text, correlationId: text };
      const version = make.version({ parent: base, data: JSON.stringify({ text }) });
      const { calls } = await callsOf(make.commit({ versions: [version], header }));
      expect(calls).toEqual(["append"]);
      await expectStored(version);
      const { items } = await storage.commits({ actor: text }, { limit: 2 });
      expect(items).toMatchObject([header]);
    }
  });
});

test("heads are locked in one order, whatever the order in a commit, so that two writers never wait for each other", async () => {
  const [root, high] = [make.version(), make.version()];
  await storage.commit(commitOf([root, high]));
  const low = make.version({ parent: root });
  await storage.commit(commitOf([low], root));
  called = [];
  const [first, second] = [await pool.connect(), await pool.connect()];
  const lockHead = ({ ecsId }: EntityRecord) =>
    `select from mi_heads h join mi_versions v using (version_key) where v.ecs_id = '${ecsId}' for update of h nowait`;
  await first.query("begin");
  await first.query(lockHead(low));
  const commit = storage.commit(
    commitOf([make.version({ parent: high }), make.version({ parent: low })], high, low),
  );
  const { rows: sessions } = await first.query<{ pid: number }>("select pg_backend_pid() as pid");
  for (let waiting: number | null = 0; waiting === 0;)
    ({ rowCount: waiting } = await second.query(
      "select from pg_stat_activity where $1 = any (pg_blocking_pids(pid))",
      [sessions[0]?.pid],
    ));
  const isHighFree = await second.query(lockHead(high)).then(
    () => true,
    () => false,
  );
  await first.query("rollback");
  first.release();
  second.release();
  expect(await commit).toMatchObject({ status: "committed" });
  expect(called).toEqual(["append"]);
  expect(isHighFree).toBe(true);
});

describe("what was taken for granted and is not so is told as ever, and nothing is written before", () => {
  test("a head that another process has replaced: a conflict", async () => {
    const { thread } = await writtenThread();
    const other = await PostgresStorage.open(url, { max: 1 });
    const theirs = make.version({ parent: thread, lists: [[]] });
    await other.commit(commitOf([theirs], thread));
    await other.close();
    const message = make.version();
    const { calls, result } = await callsOf(commitOf([message, grown(thread, message)], thread));
    expect(calls).toEqual(["append", "commit"]);
    expect(result).toEqual({
      status: "conflict",
      heads: new Map([[thread.lineageId, [theirs.ecsId]]]),
      refs: [],
    });
    expect(await storage.stats()).toMatchObject({ versions: 4, commits: 2 });
  });

  test("one of two heads", async () => {
    const base = make.version();
    const ours = make.version({ parent: base });
    const theirs = make.version({ parent: base });
    await storage.commit(commitOf([base, ours, theirs]));
    const other = await PostgresStorage.open(url, { max: 1 });
    const later = make.version({ parent: theirs });
    await other.commit(commitOf([later], theirs));
    await other.close();
    const merged = make.version({ parent: ours, mergedFrom: theirs });
    const { calls, result } = await callsOf(commitOf([merged], ours, theirs));
    expect(calls).toEqual(["append", "commit"]);
    expect(result).toMatchObject({ status: "conflict" });
    expect(await storage.heads([base.lineageId])).toEqual([[ours.ecsId, later.ecsId]]);
  });

  test("the place at the end of a list that another process has taken: a branch borrows what was there", async () => {
    const { thread } = await writtenThread();
    const [mine, theirs] = [make.version(), make.version()];
    const other = await PostgresStorage.open(url, { max: 1 });
    await other.commit(commitOf([theirs, grown(thread, theirs)]));
    await other.close();
    const branch = grown(thread, mine);
    expect((await callsOf(commitOf([mine, branch]))).calls).toEqual(["append", "commit"]);
    await expectStored(branch.record);
  });

  test("the place that this process has taken itself is known to be taken", async () => {
    const members = Array.from({ length: 20 }, () => make.version());
    const thread = make.version({ type: "Thread", lists: [members] });
    await storage.commit(commitOf([...members, thread]));
    const branches = [make.version(), make.version(), make.version()].map((message) => ({
      message,
      thread: grown(thread, message),
    }));
    const calls: string[] = [];
    for (const branch of branches)
      calls.push(...(await callsOf(commitOf([branch.message, branch.thread]))).calls);
    expect(calls).toEqual(["append", "commit", "commit"]);
    await expectStored(...branches.map((branch) => branch.thread.record));
    const after = branches.map((branch) => grown(branch.thread.record, thread));
    expect((await callsOf(commitOf(after))).calls).toEqual(["append"]);
    await expectStored(...after.map(({ record }) => record));
  });

  test("a storage that was cleared, and holds other versions under the same keys", async () => {
    const { thread, messages } = await writtenThread();
    const other = await PostgresStorage.open(url, { max: 1 });
    await other.clear();
    await other.commit(
      commitOf([make.version(), make.version(), make.version({ type: "Thread" })]),
    );
    await other.close();
    await expect(storage.commit(commitOf([grown(thread)], thread))).rejects.toMatchObject({
      code: "MI_STORAGE_MISSING_VERSION",
    });
    const [message] = messages;
    const refs = message === undefined ? [] : [message];
    await expect(storage.commit(commitOf([make.version({ refs })]))).rejects.toMatchObject({
      code: "MI_STORAGE_MISSING_VERSION",
    });
    expect(await storage.stats()).toMatchObject({ versions: 3, commits: 1 });
  });

  test("a storage that was cleared, and holds the same version under its key, in a lineage that has another", async () => {
    const [root, other] = [make.version(), make.version()];
    const child = make.version({ parent: root });
    await storage.commit(commitOf([other, root]));
    await storage.commit(commitOf([child]));
    const elsewhere = await PostgresStorage.open(url, { max: 1 });
    await elsewhere.clear();
    await elsewhere.commit(commitOf([root, other]));
    await elsewhere.commit(commitOf([child]));
    await elsewhere.close();
    const next = make.version({ parent: child });
    expect((await callsOf(commitOf([next]))).calls).toEqual(["append", "commit"]);
    expect(await storage.heads([root.lineageId])).toEqual([[next.ecsId]]);
    await expectStored(next);
    // What was known is known anew.
    const after = make.version({ parent: next, refs: [child] });
    expect((await callsOf(commitOf([after], next))).calls).toEqual(["append"]);
    await expectStored(after);
  });

  test.each(["a new one", "a stored one"])(
    "a server that lost its newest commits, and gave the keys of their segments to other lists: appending %s",
    async (what) => {
      const members = Array.from({ length: 20 }, () => make.version());
      const [first, thread] = [members, members].map((list) =>
        make.version({ type: "Thread", lists: [list] }),
      );
      if (first === undefined || thread === undefined) throw new Error("no threads");
      await storage.commit(commitOf([...members, first]));
      await storage.commit(commitOf([thread]));
      const other = await PostgresStorage.open(url, { max: 1 });
      await other.clear();
      await pool.query("alter sequence mi_segments_segment_key_seq restart");
      await other.commit(commitOf([...members, make.version({ type: "Thread", lists: [[]] })]));
      await other.commit(commitOf([thread]));
      const theirs = make.version({ type: "Thread", lists: [members.toReversed()] });
      await other.commit(commitOf([theirs]));
      await other.close();
      const added = what === "a new one" ? [make.version()] : [];
      const next = grown(thread, ...added, ...members.slice(added.length, 1));
      expect((await callsOf(commitOf([...added, next], thread))).calls).toEqual([
        "append",
        "commit",
      ]);
      await expectStored(thread, theirs, next.record);
      expect((await callsOf(commitOf([grown(next.record, thread)]))).calls).toEqual(["append"]);
    },
  );

  test("a commit that is stored already, and an id that is used for something else", async () => {
    const { thread } = await writtenThread();
    const next = commitOf([grown(thread)], thread);
    const { result } = await callsOf(next);
    expect(await storage.commit(next)).toEqual({ ...result, status: "already-committed" });
    const [write] = next.versions;
    const changed = {
      ...write,
      record: { ...write?.record, data: '{"other":true,"l":{"$list":0}}' },
    };
    await expect(
      storage.commit(make.commit({ versions: [changed as VersionWrite] })),
    ).rejects.toMatchObject({ code: "MI_STORAGE_ID_REUSE" });
  });

  test("a lineage that is stored, without its parent", async () => {
    const { thread } = await writtenThread();
    const root = make.version({ lineageId: thread.lineageId, type: "Thread" });
    expect((await callsOf(commitOf([root]))).calls).toEqual(["append", "commit"]);
    expect(await storage.heads([thread.lineageId])).toEqual([[thread.ecsId, root.ecsId]]);
  });

  test("a reference that is not stored", async () => {
    const { thread } = await writtenThread();
    const missing = make.version();
    const next = make.version({ parent: thread, refs: [missing] });
    await expect(storage.commit(commitOf([next], thread))).rejects.toMatchObject({
      code: "MI_STORAGE_MISSING_VERSION",
    });
    expect(await storage.heads([thread.lineageId])).toEqual([[thread.ecsId]]);
  });
});
