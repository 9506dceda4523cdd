import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startBundledServer } from "./bundled-server.ts";
import { demo, newFolder, startDemo, type DemoResult, type RunningDemo } from "./demo-process.ts";

let folder: Awaited<ReturnType<typeof newFolder>>;

beforeAll(async () => {
  folder = await newFolder();
});

afterAll(() => folder.remove());

/** Runs into a file until its n-th request, sends the signal then, and runs into it once more meanwhile if that is wanted. */
async function runUntil(
  file: string,
  signal: NodeJS.Signals | undefined,
  meanwhile: () => Promise<void>,
): Promise<DemoResult> {
  const state: { running?: RunningDemo; meantime?: Promise<void> } = {};
  const server = await startBundledServer(({ number }) => {
    if (number !== 5) return;
    state.running?.child.kill("SIGSTOP");
    state.meantime = meanwhile().finally(() => {
      if (signal !== undefined) state.running?.child.kill(signal);
      state.running?.child.kill("SIGCONT");
    });
  });
  const args = ["run", "--base-url", server.url, "--storage", `sqlite:${file}`];
  state.running = startDemo(args, { cwd: folder.path });
  const result = await state.running.ended;
  await state.meantime;
  await server.close();
  return result;
}

test("a second run into a file is refused with the process of the first, which goes on", async () => {
  const seen: { second?: DemoResult; pid?: string } = {};
  const first = await runUntil("two.sqlite", undefined, async () => {
    seen.pid = (await readFile(join(folder.path, "two.sqlite.lock"), "utf8")).trim();
    seen.second = await demo(["run", "--storage", "sqlite:two.sqlite"], { cwd: folder.path });
  });
  expect(seen.second?.code).toBe(2);
  expect(seen.second?.stderr).toContain(`Process ${seen.pid} is running into two.sqlite`);
  expect(first.code).toBe(0);
  expect(first.stdout).toContain("Verified: nothing differs.");
  expect(existsSync(join(folder.path, "two.sqlite.lock"))).toBe(false);
}, 60_000);

test("Ctrl-C gives the lock back; a killed run leaves it, and the next run takes it over", async () => {
  const stopped = await runUntil("stopped.sqlite", "SIGINT", () => Promise.resolve());
  expect(stopped.code).toBe(130);
  expect(existsSync(join(folder.path, "stopped.sqlite.lock"))).toBe(false);

  const killed = await runUntil("stopped.sqlite", "SIGKILL", () => Promise.resolve());
  expect(killed.code).toBeNull();
  expect(existsSync(join(folder.path, "stopped.sqlite.lock"))).toBe(true);
  const next = await demo(["run", "--storage", "sqlite:stopped.sqlite"], { cwd: folder.path });
  expect(next.code).toBe(0);
  expect(existsSync(join(folder.path, "stopped.sqlite.lock"))).toBe(false);
}, 60_000);

test("a lock that names no process is taken over", async () => {
  await writeFile(join(folder.path, "new.sqlite.lock"), "");
  const run = await demo(["run", "--storage", "sqlite:new.sqlite"], { cwd: folder.path });
  expect(run.code).toBe(0);
}, 60_000);
