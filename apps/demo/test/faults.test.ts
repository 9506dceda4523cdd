import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startBundledServer } from "./bundled-server.ts";
import { demo, newFolder, type DemoResult } from "./demo-process.ts";
import { look } from "./look.ts";

let folder: Awaited<ReturnType<typeof newFolder>>;

beforeAll(async () => {
  folder = await newFolder();
});

afterAll(() => folder.remove());

/** Runs what may start conversations in a process of its own. */
const here = (args: readonly string[]): Promise<DemoResult> => demo(args, { cwd: folder.path });

/** No server has to be started for it. */
const nobody = ["--base-url", "http://127.0.0.1:9/v1"];

const at = (file: string): string => join(folder.path, file);

test("a bad line is named with its file and message, and nothing is stored or touched", async () => {
  const good = '{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"}]}';
  await writeFile(join(folder.path, "good.jsonl"), good);
  await writeFile(
    join(folder.path, "bad.jsonl"),
    `${good}\n{"messages":[{"role":"user","content":"Hi"},{"role":"robot","content":"Beep"}]}\n`,
  );
  const refused = await here(["run", "--input", "bad.jsonl", "--storage", "sqlite:new.sqlite"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toBe(
    'bad.jsonl, line 2: messages[1].role: "robot" is unknown; expected system, user, assistant or tool\n',
  );
  expect(existsSync(join(folder.path, "new.sqlite"))).toBe(false);

  const storage = ["--storage", "sqlite:kept.sqlite"];
  expect((await here(["run", "--input", "good.jsonl", ...storage])).code).toBe(0);
  const before = await look(["threads", "--storage", `sqlite:${at("kept.sqlite")}`]);
  expect((await here(["run", "--input", "bad.jsonl", ...storage])).code).toBe(2);
  expect(await look(["threads", "--storage", `sqlite:${at("kept.sqlite")}`])).toEqual(before);
}, 60_000);

test("a path that can't be written is named", async () => {
  await mkdir(join(folder.path, "taken"));
  for (const path of [at("no/such/folder/x.sqlite"), at("taken")]) {
    const { code, stderr } = await look(["run", ...nobody, "--storage", `sqlite:${path}`]);
    expect(code).toBe(2);
    expect(stderr).toContain(JSON.stringify(path));
  }
});

test("a server that is down is named; what is stored stays, and a later run completes it", async () => {
  const storage = ["--storage", "sqlite:down.sqlite"];
  const url = `http://127.0.0.1:${await closedPort()}/v1`;
  const down = await here(["run", "--base-url", url, ...storage]);
  expect(down.code).toBe(1);
  expect(down.stderr).toContain(url);
  expect(down.stderr).toContain("MI_CLIENT_CONNECTION");
  expect(down.stderr).toContain("bread, turn 1");

  const later = await here(["run", ...storage]);
  expect(later.code).toBe(0);
  expect(later.stdout).toMatch(/partial +8: bread/);
  expect(later.stdout).toContain("Verified: nothing differs.");
}, 60_000);

test("a server that goes down in the middle costs only what was under way", async () => {
  const storage = ["--storage", "sqlite:middle.sqlite"];
  const server = await startBundledServer(({ number }) => {
    if (number === 12) void server.close();
  });
  const args = ["run", "--concurrency", "2", "--base-url", server.url, ...storage];
  const broken = await here(args);
  await server.close();
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain(server.url);

  const { stdout } = await here(["run", ...storage]);
  const [, complete = "0"] = /complete +(\d+)/.exec(stdout) ?? [];
  const [, partial = "0"] = /partial +(\d+)/.exec(stdout) ?? [];
  expect(Number(complete)).toBeGreaterThan(0);
  expect(Number(partial)).toBe(2);
  expect(stdout).toContain("Verified: nothing differs.");
}, 60_000);

test("a conversation that the server doesn't know fails alone, with what the server said", async () => {
  const server = await startBundledServer(() => undefined);
  const input = join(folder.path, "changed.jsonl");
  const user = (content: string) => ({ role: "user", content });
  const lines = [
    { id: "coin-heads", messages: [user("Throw!"), { role: "assistant", content: "Heads." }] },
    { id: "alone", messages: [user("Nobody has to answer.")] },
  ];
  await writeFile(input, lines.map((line) => JSON.stringify(line)).join("\n"));
  const storage = ["--storage", "sqlite:changed.sqlite"];
  const run = await here(["run", "--input", input, "--base-url", server.url, ...storage]);
  await server.close();
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/messages\[0\] differs from conversation .*coin-heads/);
  expect(run.stderr).toContain("in coin-heads, turn 1");
  const { stdout } = await look(["threads", "--storage", `sqlite:${at("changed.sqlite")}`]);
  expect(stdout).toMatch(/coin-heads +partial/);
  expect(stdout).toMatch(/alone +complete/);
}, 60_000);

test("arguments that can't be meant are refused with the reason", async () => {
  const refused: readonly (readonly [readonly string[], string])[] = [
    [[], "Usage: demo COMMAND"],
    [["jump"], 'There is no command "jump"'],
    [["run", "--speed", "9"], "'--speed'"],
    [["run", "now"], "takes no argument, got now"],
    [["diff", "a"], "takes A and B, got a"],
    [["run", "--limit", "0"], "expected a whole number from 1"],
    [["run", "--storage", "postgres"], "expected sqlite:PATH"],
    [["run", "--storage", "sqlite::memory:"], 'use "memory"'],
    [["threads", "--storage", "sqlite::memory:"], 'use "memory"'],
    [["run", "--model", ""], "--model is empty"],
    [["run", "--input", "nowhere.jsonl"], "nowhere.jsonl"],
    [["run", "--provider", "robot"], "expected transcript or openai"],
    [["run", "--provider", "openai"], "OPENAI_API_KEY"],
    [["run", "--base-url", "nonsense"], "baseURL"],
    [["verify", "--storage", "memory"], "gone when its run ends"],
    [["threads", "--storage", "sqlite:nowhere.sqlite"], "There is no nowhere.sqlite"],
  ];
  for (const [args, reason] of refused) {
    const { code, stdout, stderr } = await look(args);
    expect({ args, code, says: stdout + stderr }).toEqual({
      args,
      code: 2,
      says: expect.stringContaining(reason),
    });
  }
}, 60_000);

test("a file that is no storage is refused, and stays as it is", async () => {
  const other = new Database(at("other.sqlite"));
  other.exec("CREATE TABLE notes (text TEXT)");
  other.close();
  await writeFile(at("empty.sqlite"), "");
  await writeFile(at("letter.txt"), "Dear reader, ".repeat(100));
  const commands = [["threads"], ["history", "a"], ["show", "a"], ["diff", "a", "b"]];
  for (const file of ["other.sqlite", "empty.sqlite", "letter.txt"]) {
    const before = await readFile(at(file));
    const storage = ["--storage", `sqlite:${at(file)}`];
    for (const command of [...commands, ["mermaid", "a"], ["verify"]]) {
      const { code, stderr } = await look([...command, ...storage]);
      expect({ command, code, stderr }).toEqual({
        command,
        code: 2,
        stderr: `${at(file)} is no storage of the demo; make one with demo run\n`,
      });
    }
    expect((await readFile(at(file))).equals(before)).toBe(true);
  }
  for (const file of ["other.sqlite", "letter.txt"]) {
    const before = await readFile(at(file));
    const { code, stderr } = await look(["run", ...nobody, "--storage", `sqlite:${at(file)}`]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${at(file)} is of another program`);
    expect((await readFile(at(file))).equals(before)).toBe(true);
  }
});

/** A port that nobody listens on: it was free a moment ago. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
