import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { demo, newFolder, type DemoResult } from "./demo-process.ts";
import { look } from "./look.ts";

let folder: Awaited<ReturnType<typeof newFolder>>;
let firstRun: DemoResult;

beforeAll(async () => {
  folder = await newFolder();
  firstRun = await demo(["run"], { cwd: folder.path });
}, 120_000);

afterAll(() => folder.remove());

/** Looks at what the first run has kept. */
const here = (args: readonly string[]): Promise<DemoResult> =>
  look([...args, "--storage", `sqlite:${join(folder.path, "mi-demo.sqlite")}`]);

/** The numbers of a row of the table that a run prints: of this run, and in the storage. */
function figures(output: string, row: string): readonly number[] {
  const line = output.split("\n").find((text) => text.trim().startsWith(row)) ?? "";
  return (line.match(/[\d,.]+/g) ?? []).map((text) => Number(text.replaceAll(",", "")));
}

describe("a first run with the demo's own conversations", () => {
  test("runs and verifies all of them, and says where it keeps them", () => {
    expect(firstRun).toMatchObject({ code: 0, stderr: "" });
    expect(firstRun.stdout).toContain("Storage   sqlite:./mi-demo.sqlite");
    expect(firstRun.stdout).toContain("Nothing is stored yet.");
    expect(firstRun.stdout).toContain("Verified: nothing differs.");
  });

  test("prints what it did in a table", () => {
    expect(figures(firstRun.stdout, "conversations")).toEqual([11, 11]);
    expect(figures(firstRun.stdout, "turns")).toEqual([20, 20]);
    expect(figures(firstRun.stdout, "messages")).toEqual([73, 73]);
    expect(figures(firstRun.stdout, "tool calls")).toEqual([13, 13]);
    for (const row of ["versions", "commits", "tokens", "bytes on disk"])
      expect(figures(firstRun.stdout, row)[0]).toBeGreaterThan(0);
    expect(figures(firstRun.stdout, "seconds")).toHaveLength(1);
  });

  test("verifies message for message, turn by turn and request by request", () => {
    expect(firstRun.stdout).toContain(
      "threads   11 with 73 messages, each compared with its transcript, message for message",
    );
    expect(firstRun.stdout).toContain("turns     20, the version after each compared");
    expect(firstRun.stdout).toMatch(/requests +30 made again from stored versions/);
  });
});

describe("a later process on the same file", () => {
  test("run again: all are complete, nothing is written", async () => {
    const { code, stdout } = await demo(["run"], { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/complete +11: bread, library-hours/);
    expect(stdout).toMatch(/partial +0\n +absent +0\n/);
    for (const row of ["conversations", "messages", "versions", "commits", "bytes on disk"])
      expect(figures(stdout, row)[0]).toBe(0);
  });

  test("threads lists each conversation once, with what it holds", async () => {
    const { code, stdout } = await here(["threads"]);
    expect(code).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(12);
    expect(stdout).toMatch(/…[0-9a-f]{8} +library-hours +complete +2 +11 +3 +…[0-9a-f]{8}/);
  });

  test("history shows every version with the messages that it added, two tool calls in one turn", async () => {
    const { code, stdout } = await here(["history", "two-cities"]);
    expect(code).toBe(0);
    expect(stdout).toContain("1 turn, 6 messages, 3 versions");
    expect(stdout.match(/ChatThread\.addUserMessage/g)).toHaveLength(1);
    expect(stdout.match(/InferenceOrchestrator\.addTurn/g)).toHaveLength(2);
    expect(stdout).toMatch(/→ get_weather\(.*Lisbon.*→ get_weather\(.*Oslo/);
  });

  test("show takes a turn, and shows the conversation as it was after it", async () => {
    const { code, stdout } = await here(["show", "library-hours@1"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Yes, on Sunday from 10 to 16.");
    expect(stdout).not.toContain("The Sea Wall");
    expect(stdout).toMatch(/operation +InferenceOrchestrator\.addTurn/);
    expect(stdout).toMatch(/cause +[0-9a-f-]{36}/);
  });

  test("show takes the end of an id, with or without dots, of any entity", async () => {
    const { stdout: history } = await here(["history", "many-scripts"]);
    const [, tool = ""] = /(…[0-9a-f]{8}) {2}tool/.exec(history) ?? [];
    const shown = await here(["show", tool]);
    expect(shown.stdout).toMatch(/^mi\.ChatMessage\n/);
    expect(shown.stdout).toMatch(/oaiToolCallId +"call_ü"/);
    expect((await here(["show", tool.slice(1)])).stdout).toBe(shown.stdout);
  });

  test("diff names the messages that came in between", async () => {
    const { code, stdout } = await here(["diff", "coin-heads@1", "coin-heads@2"]);
    expect(code).toBe(0);
    expect(stdout).toContain("history modified");
    expect(stdout).toMatch(/\+ …[0-9a-f]{8} {2}user +"Again!"\n/);
    expect(stdout).toMatch(/\+ …[0-9a-f]{8} {2}assistant +"Heads again\."\n/);
    expect((await here(["diff", "coin-heads", "coin-heads@2"])).stdout).toContain(
      "nothing differs",
    );
  });

  test("mermaid draws one node for each version", async () => {
    const { code, stdout } = await here(["mermaid", "bread"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^graph TD\n/);
    expect(stdout.match(/\["mi\.ChatThread …/g)).toHaveLength(6);
    expect(stdout.match(/-->/g)).toHaveLength(5);
  });

  test("verify needs nothing but the file", async () => {
    const { code, stdout } = await here(["verify"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Verified: nothing differs.");
  });

  test("a name or id that nothing has is bad usage", async () => {
    for (const args of [
      ["history", "nobody"],
      ["show", "0123abcd"],
      ["show", "bread@9"],
      ["mermaid", ""],
    ]) {
      const { code, stderr } = await here(args);
      expect(code).toBe(2);
      expect(stderr).not.toBe("");
    }
  });
});

test("a run in memory verifies before it ends, and leaves no file", async () => {
  const empty = await newFolder();
  try {
    const run = await demo(["run", "--storage", "memory", "--limit", "3"], { cwd: empty.path });
    expect(run.code).toBe(0);
    expect(figures(run.stdout, "conversations")).toEqual([3, 3]);
    expect(run.stdout).toContain("Verified: nothing differs.");
    expect(await readdir(empty.path)).toEqual([]);
  } finally {
    await empty.remove();
  }
}, 60_000);

test("every command has help, and the README names it", async () => {
  const { code, stdout } = await look(["--help"]);
  expect(code).toBe(0);
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const names = [...stdout.matchAll(/^ {2}(\w+)/gm)].map(([, name = ""]) => name);
  expect(names).toEqual(["run", "threads", "history", "show", "diff", "mermaid", "verify"]);
  for (const name of names) {
    const help = await look([name, "--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain(`Usage: demo ${name}`);
    expect(help.stdout).toContain("--storage");
    expect(readme).toMatch(new RegExp(`^\\| \`${name}\\b`, "m"));
  }
}, 60_000);
