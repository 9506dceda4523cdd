import { expect, test } from "@jest/globals";
import { scriptedResponder } from "@mi/clients/testing";
import { SqliteStorage, type Tables } from "@mi/storage-kysely/sqlite";
import type { ChatThread } from "@mi/threads";
import { addingThread, calls, says, textThread, withWorld, type World } from "./fixtures/world.ts";

const tables = [
  "mi_commits",
  "mi_heads",
  "mi_late_versions",
  "mi_migrations",
  "mi_named_refs",
  "mi_references",
  "mi_segment_items",
  "mi_segment_runs",
  "mi_segments",
  "mi_types",
  "mi_version_lists",
  "mi_versions",
] as const satisfies readonly (keyof Tables)[];

interface Seen {
  /** The rows of every table. */
  readonly rows: Readonly<Record<string, number>>;
  /** For each commit the types of its versions, sorted. */
  readonly commits: readonly (readonly string[])[];
}

/** Looks into the tables of the database, over a connection of its own. */
async function look(world: World): Promise<Seen> {
  const storage = await SqliteStorage.open(world.path);
  try {
    const { db } = storage;
    const present = await db.introspection.getTables();
    expect(present.map(({ name }) => name).sort()).toEqual(tables);
    const rows: Record<string, number> = {};
    for (const name of tables) {
      const counting = db.selectFrom(name).select(({ fn }) => fn.countAll<number>().as("n"));
      rows[name] = (await counting.executeTakeFirstOrThrow()).n;
    }
    const commits: string[][] = Array.from({ length: rows["mi_commits"] ?? 0 }, () => []);
    const versions = await db
      .selectFrom("mi_versions")
      .innerJoin("mi_types", "mi_types.type_key", "mi_versions.type_key")
      .select(["sequence", "name"])
      .execute();
    for (const { sequence, name } of versions)
      commits[sequence - 1]?.push(name.replace(/^mi\./, ""));
    for (const types of commits) types.sort();
    return { rows, commits };
  } finally {
    await storage.close();
  }
}

/** What one run of the thread added. */
async function added(world: World, thread: ChatThread): Promise<Seen> {
  const before = await look(world);
  const statsBefore = await world.storage.stats();
  await world.orchestrator().run([thread]);
  const after = await look(world);
  const stats = await world.storage.stats();
  const rows = Object.entries(after.rows)
    .map(([table, count]) => [table, count - (before.rows[table] ?? 0)] as const)
    .filter(([, count]) => count !== 0);
  const grown = Object.fromEntries(rows);
  // The storage's own numbers are those of its tables.
  expect({
    versions: stats.versions - statsBefore.versions,
    commits: stats.commits - statsBefore.commits,
  }).toEqual({ versions: grown["mi_versions"], commits: grown["mi_commits"] });
  return { rows: grown, commits: after.commits.slice(before.commits.length) };
}

test("a text turn is three commits: each new message once, the thread once per commit, nothing else", async () => {
  await withWorld(
    "sqlite",
    () => says("ok"),
    async (world) => {
      const thread = textThread("first");
      expect((await added(world, thread)).commits).toEqual([
        // Once for all turns: the prompt and the settings, held by the thread.
        ["ChatMessage", "ChatThread", "LLMConfig", "SystemPrompt"],
        ["RawOutput"],
        ["ChatMessage", "ChatThread", "Usage"],
      ]);

      thread.newMessage = "second";
      const { rows, commits } = await added(world, thread);
      expect(commits).toEqual([
        // The user message, and the thread that has it now: what is sent.
        ["ChatMessage", "ChatThread"],
        // The answer, before anything else is done with it.
        ["RawOutput"],
        // The assistant message with what it cost, and the thread that has it now.
        ["ChatMessage", "ChatThread", "Usage"],
      ]);
      expect(rows).toEqual({
        mi_commits: 3,
        mi_versions: 6,
        // One for each new lineage: two messages, a usage, a raw output. The thread's moved on.
        mi_heads: 4,
        // The assistant message holds its usage; each of two versions of the thread holds prompt and settings.
        mi_references: 5,
        // History and tools of two versions of the thread: where in a shared list each ends.
        mi_version_lists: 4,
        // Two messages in the history.
        mi_segment_items: 2,
      });
    },
  );
});

test("a turn with two tool calls: five commits, each message once, the thread once per commit", async () => {
  const script = scriptedResponder([
    says("ready"),
    calls(["add", { a: 1, b: 2 }], ["add", { a: 3, b: 4 }]),
    says("3 and 7"),
  ]);
  await withWorld("sqlite", script, async (world) => {
    const thread = addingThread(world, "first");
    await added(world, thread);

    thread.newMessage = "1+2? 3+4?";
    const { rows, commits } = await added(world, thread);
    expect(commits).toEqual([
      // The user message, and the thread that has it now.
      ["ChatMessage", "ChatThread"],
      // The answer with two calls.
      ["RawOutput"],
      // The assistant message with what it cost and both results at once: no version has a call without its result.
      ["ChatMessage", "ChatMessage", "ChatMessage", "ChatThread", "Usage"],
      // The answer to the results.
      ["RawOutput"],
      ["ChatMessage", "ChatThread", "Usage"],
    ]);
    expect(rows).toEqual({
      mi_commits: 5,
      mi_versions: 12,
      // New lineages: five messages, two usages, two raw outputs.
      mi_heads: 9,
      // Two assistant messages hold their usage; each of three versions of the thread holds its settings.
      mi_references: 5,
      // History and tools of three versions of the thread.
      mi_version_lists: 6,
      // Five messages in the history.
      mi_segment_items: 5,
    });
  });
});

test("the fortieth turn stores as many rows as the second", async () => {
  await withWorld(
    "sqlite",
    () => says("ok"),
    async (world) => {
      const thread = textThread("1");
      await world.orchestrator().run([thread]);
      thread.newMessage = "2";
      const second = await added(world, thread);
      for (let turn = 3; turn < 40; turn++) {
        thread.newMessage = String(turn);
        await world.orchestrator().run([thread]);
      }
      thread.newMessage = "40";
      expect(await added(world, thread)).toEqual(second);
    },
  );
});
