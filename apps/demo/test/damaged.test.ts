import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { demo, newFolder } from "./demo-process.ts";
import { damageText } from "../src/storage/damage.ts";
import { look } from "./look.ts";

let folder: Awaited<ReturnType<typeof newFolder>>;

beforeAll(async () => {
  folder = await newFolder();
  const run = await demo(["run", "--storage", "sqlite:whole.sqlite"], { cwd: folder.path });
  if (run.code !== 0) throw new Error(run.stdout + run.stderr);
}, 60_000);

afterAll(() => folder.remove());

async function tampered(name: string, sql: readonly string[]): Promise<string> {
  await copyFile(join(folder.path, "whole.sqlite"), join(folder.path, name));
  const database = new Database(join(folder.path, name));
  const changes = sql.map((statement) => database.prepare(statement).run().changes);
  database.close();
  if (changes.includes(0)) throw new Error(`Rows were changed: ${changes.join(", ")}`);
  return `sqlite:${join(folder.path, name)}`;
}

/** One version of a type, by a piece of its data: the newest. */
const version = (type: string, text: string): string =>
  `(SELECT max(version_key) FROM mi_versions JOIN mi_types USING (type_key)
    WHERE mi_types.name = '${type}' AND data LIKE '%${text}%')`;

const pointElsewhere = (from: string, to: string): string =>
  `UPDATE mi_references SET target_key = ${to} WHERE version_key = ${from} AND position = 0`;

test("a record that refers to something else than its input is one fault beside the others' comparison", async () => {
  const storage = await tampered("input.sqlite", [
    pointElsewhere(version("demo.Conversation", '"name":"bread"'), version("mi.RawOutput", "")),
  ]);
  const { code, stdout } = await look(["verify", "--storage", storage]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAILED +conversation record [0-9a-f-]{36}: ./);
  expect(stdout).toMatch(/threads +10 with \d+ messages, each compared with its transcript/);
});

test("a system prompt of another type is a fault of its conversation alone", async () => {
  const storage = await tampered("prompt.sqlite", [
    pointElsewhere(version("mi.ChatThread", '"name":"parcel-trace"'), version("mi.RawOutput", "")),
  ]);
  const { code, stdout } = await look(["verify", "--storage", storage]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAILED +parcel-trace, ./);
  expect(stdout).toMatch(/threads +10 with \d+ messages, each compared with its transcript/);
  const threads = await look(["threads", "--storage", storage]);
  expect(threads.code).toBe(0);
  expect(threads.stdout).toMatch(/parcel-trace +damaged/);
  const shown = await look(["history", "parcel-trace", "--storage", storage]);
  expect(shown.code).toBe(1);
  expect(shown.stderr).toMatch(/damaged/);
});

test("a damaged record hides no other fault, and sound conversations can be looked at beside it", async () => {
  const storage = await tampered("record.sqlite", [
    `UPDATE mi_versions SET data = replace(data, 'coin-heads', 'coin-hands')
      WHERE version_key = ${version("demo.Conversation", '"name":"coin-heads"')}`,
    `UPDATE mi_versions SET data = replace(data, 'Press it', 'Poke it')
      WHERE version_key = ${version("mi.ChatMessage", "Press it")}`,
  ]);
  const { code, stdout } = await look(["verify", "--storage", storage]);
  expect(code).toBe(1);
  expect(stdout).toContain("2 contradictions");
  expect(stdout.match(/FAILED +storage: /g)).toHaveLength(2);
  expect(stdout).toMatch(/FAILED +conversation record [0-9a-f-]{36}: .*not what was stored/);
  expect(stdout).toMatch(/FAILED +bread, turn 2, messages\[4\]: .*not what was stored/);
  expect(stdout).toMatch(/threads +9 with \d+ messages, each compared with its transcript/);

  const threads = await look(["threads", "--storage", storage]);
  expect(threads.code).toBe(0);
  expect(threads.stdout).toMatch(/bread +damaged/);
  expect(threads.stdout).toMatch(/damaged conversation record [0-9a-f-]{36}: /);
  for (const command of ["history", "show"])
    expect((await look([command, "coin-tails", "--storage", storage])).code).toBe(0);
});

test("answers whose commits no longer name their request are not verified", async () => {
  const storage = await tampered("causes.sqlite", ["UPDATE mi_commits SET cause_id = NULL"]);
  const { code, stdout } = await look(["verify", "--storage", storage]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAILED +coin-tails, the commits name 0 requests for 2 answers /);
  expect(stdout).toContain("Not verified");
});

test("an error that data of the wrong type caused is told, any other is passed on", () => {
  expect(damageText(new TypeError("no length"))).toContain("no length");
  const other = new Error("a fault of the program");
  expect(() => damageText(other)).toThrow(other);
});
