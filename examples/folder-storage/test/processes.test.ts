import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Fixtures } from "@mi/conformance";
import type { EntityRecord } from "@mi/ecs";
import { FolderStorage } from "../src/folder-storage.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const loader = join(root, "scripts", "typescript-loader.mjs");
const patience = 120_000;

let folder: string;
let storage: FolderStorage;
let thread: EntityRecord;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "mi-folder-"));
  storage = await FolderStorage.open(folder);
  const make = new Fixtures(0);
  thread = make.version({ type: "Thread", lists: [[]] });
  await storage.commit(make.commit({ versions: [thread] }));
});

afterEach(async () => {
  await storage.close();
  rmSync(folder, { recursive: true });
});

test(
  "four processes that append to one thread lose no message and make no branch",
  async () => {
    const writers = [1, 2, 3, 4].map((seed) => startWriter(seed, 20));
    const appended = await Promise.all(writers.map(({ messages }) => messages));
    expect(appended.map(({ length }) => length)).toEqual([20, 20, 20, 20]);
    await expectWholeHistory(appended);
  },
  patience,
);

test(
  "processes that are killed at any moment leave whole commits, all that they told of among them",
  async () => {
    const told: (readonly string[])[] = [];
    for (let seed = 10; seed < 14; seed++) {
      const { child, messages } = startWriter(seed, 1000, (count) => {
        if (count === seed - 8) child.kill("SIGKILL");
      });
      told.push(await messages);
    }
    expect(told.every(({ length }) => length >= 2)).toBe(true);
    await expectWholeHistory(told);
  },
  patience,
);

/** Starts a process that appends; the ids of the messages that it told of, when it has ended. */
function startWriter(seed: number, count: number, onMessage?: (count: number) => void) {
  const script = join(import.meta.dirname, "child", "append.ts");
  const args = [script, folder, String(seed), thread.lineageId, String(count)];
  const child = spawn(process.execPath, ["--conditions=@mi/source", "--import", loader, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const messages = (async (): Promise<readonly string[]> => {
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      onMessage?.(lines.length);
    }
    await ended;
    return lines;
  })();
  return { child, messages };
}

/** One chain of versions, each longer by one message, with every message that was told of, in its writer's order. */
async function expectWholeHistory(told: readonly (readonly string[])[]): Promise<void> {
  const { lineageId } = thread;
  const { items } = await storage.versions({ lineageId }, { limit: 10_000 });
  const ids = items.map(({ ecsId }) => ecsId);
  expect(items.map(({ parentId }) => parentId)).toEqual([null, ...ids.slice(0, -1)]);
  expect(await storage.heads([lineageId])).toEqual([ids.slice(-1)]);
  const versions = await storage.read(ids);
  const lengths = versions.map((version) => version?.record.lists[0]?.length);
  expect(lengths).toEqual(ids.map((_, i) => i));
  const members = [...(versions.at(-1)?.record.lists[0] ?? [])].map(String);
  for (const own of told) expect(members.filter((id) => own.includes(id))).toEqual(own);
  // A commit whose writer was killed before it could tell is there too; nothing else is.
  expect(members.length - told.flat().length).toBeLessThanOrEqual(told.length);
  expect((await storage.stats()).versions).toBe(ids.length + members.length);
}
