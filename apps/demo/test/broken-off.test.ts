import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startBundledServer } from "./bundled-server.ts";
import { demo, newFolder, startDemo, type DemoResult, type RunningDemo } from "./demo-process.ts";
import { look } from "./look.ts";

let folder: Awaited<ReturnType<typeof newFolder>>;

beforeAll(async () => {
  folder = await newFolder();
});

afterAll(() => folder.remove());

/** Runs the demo and sends it a signal when it makes its n-th request. */
async function runUntil(
  storage: readonly string[],
  request: number,
  signal: NodeJS.Signals,
): Promise<DemoResult> {
  const state: { running?: RunningDemo } = {};
  const server = await startBundledServer(({ number }) => {
    if (number === request) state.running?.child.kill(signal);
  });
  state.running = startDemo(["run", "--base-url", server.url, ...storage], { cwd: folder.path });
  const result = await state.running.ended;
  await server.close();
  return result;
}

function namesWith(status: string, threads: string): readonly string[] {
  return threads
    .split("\n")
    .map((line) => line.split(/ {2,}/))
    .filter((row) => row[2] === status)
    .map(([, name = ""]) => name);
}

test("killed again and again, a run loses nothing whole, doubles nothing, and ends verified", async () => {
  const storage = ["--storage", `sqlite:${join(folder.path, "killed.sqlite")}`];
  let complete: readonly string[] = [];
  for (const request of [1, 9, 14, 6, 11]) {
    expect((await runUntil(storage, request, "SIGKILL")).code).toBeNull();
    const { code, stdout } = await look(["threads", ...storage]);
    expect(code).toBe(0);
    const now = namesWith("complete", stdout);
    expect(new Set(now).size).toBe(now.length);
    expect(now).toEqual(expect.arrayContaining([...complete]));
    expect(namesWith("damaged", stdout)).toEqual([]);
    complete = now;
  }
  expect(complete.length).toBeGreaterThan(0);

  const last = await demo(["run", ...storage], { cwd: folder.path });
  expect(last.code).toBe(0);
  expect(last.stdout).toContain("Nothing in the storage contradicts itself.");
  expect(last.stdout).toMatch(new RegExp(`complete +${complete.length}: `));
  expect(last.stdout).toMatch(/partial +[1-9]/);
  expect(last.stdout).toMatch(/threads +11 with 73 messages, each compared with its transcript/);
  expect(last.stdout).toMatch(/threads +\d+ superseded, each compared with the beginning/);
  expect(last.stdout).toContain("Verified: nothing differs.");

  const { stdout } = await look(["threads", ...storage]);
  expect(new Set(namesWith("complete", stdout)).size).toBe(11);
  expect(namesWith("complete", stdout)).toHaveLength(11);
  expect(namesWith("superseded", stdout).length).toBeGreaterThan(0);
  expect(namesWith("partial", stdout)).toEqual([]);
}, 120_000);

test("Ctrl-C lets the answers under way come in, keeps them, and a later run goes on", async () => {
  const storage = ["--storage", `sqlite:${join(folder.path, "stopped.sqlite")}`];
  const stopped = await runUntil(storage, 10, "SIGINT");
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain("Stopping: waiting for the answers under way.");
  expect(stopped.stderr).toContain("Stopped. What was stored stays");

  const verified = await look(["verify", ...storage]);
  expect(verified.code).toBe(1);
  expect(verified.stdout).toContain("nothing contradicts itself");
  for (const line of verified.stdout.match(/FAILED .*/g) ?? [])
    expect(line).toMatch(/messages are stored|nothing of it is stored/);

  const later = await demo(["run", ...storage], { cwd: folder.path });
  expect(later.code).toBe(0);
  expect(later.stdout).toContain("Verified: nothing differs.");
}, 60_000);
