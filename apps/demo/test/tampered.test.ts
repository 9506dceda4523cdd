import { copyFile, readFile, writeFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { bundledInput } from "../src/input/read-conversations.ts";
import { demo, newFolder, type DemoResult } from "./demo-process.ts";
import { look } from "./look.ts";

let folder: Awaited<ReturnType<typeof newFolder>>;

beforeAll(async () => {
  folder = await newFolder();
  await copyFile(bundledInput, join(folder.path, "input.jsonl"));
  const run = await here(["run", "--input", "input.jsonl", "--storage", "sqlite:whole.sqlite"]);
  if (run.code !== 0) throw new Error(run.stdout + run.stderr);
}, 60_000);

afterAll(() => folder.remove());

const here = (args: readonly string[]): Promise<DemoResult> => demo(args, { cwd: folder.path });

/** A copy of the stored conversations with rows changed behind the back of the storage. */
async function tampered(name: string, ...sql: readonly string[]): Promise<string> {
  await copyFile(join(folder.path, "whole.sqlite"), join(folder.path, name));
  const database = new Database(join(folder.path, name));
  database.function(
    "checksum_of",
    (data, refs) => crc32(`${String(refs ?? "")};`, crc32(String(data))) | 0,
  );
  const changes = sql.map((statement) => database.prepare(statement).run().changes);
  database.close();
  if (changes.some((count) => count !== 1))
    throw new Error(`${changes.join(" and ")} rows were changed`);
  return `sqlite:${join(folder.path, name)}`;
}

/** The row of a message by a piece of its text. */
const message = (text: string): string =>
  `version_key = (SELECT version_key FROM mi_versions JOIN mi_types USING (type_key)
    WHERE mi_types.name = 'mi.ChatMessage' AND data LIKE '%${text}%')`;

test("a text that was changed is found, with conversation, turn and message", async () => {
  const storage = await tampered(
    "text.sqlite",
    `UPDATE mi_versions SET data = replace(data, 'Press it', 'Poke it') WHERE ${message("Press it")}`,
  );
  const { code, stdout } = await look(["verify", "--storage", storage]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAILED +bread, turn 2, messages\[4\]: .*not what was stored/);
  expect(stdout).toContain("1 contradiction");
  expect(stdout).toMatch(/Not verified/);
});

test("a text that was changed with its checksum is found by comparison with the transcript", async () => {
  const storage = await tampered(
    "checksum.sqlite",
    // The checksum is of the references too.
    `UPDATE mi_references SET target_key = (SELECT target_key FROM mi_references
      WHERE ${message("Heads this time")}) WHERE ${message("Heads again")}`,
    `UPDATE mi_versions AS v SET (data, checksum) = (SELECT other.data, checksum_of(other.data, (
        SELECT group_concat(target.ecs_id, ' ' ORDER BY r.position) FROM mi_references AS r
        JOIN mi_versions AS target ON target.version_key = r.target_key WHERE r.version_key = v.version_key))
      FROM mi_versions AS other WHERE other.${message("Heads this time")}) WHERE ${message("Heads again")}`,
  );
  const { code, stdout } = await look(["verify", "--storage", storage]);
  expect(code).toBe(1);
  expect(stdout).toContain("nothing contradicts itself");
  expect(stdout).toContain(
    'coin-heads, turn 2, messages[4]: content is "Heads this time.", in the transcript "Heads again."',
  );
  expect(stdout).toMatch(
    /coin-heads, the version after turn 2 \(…[0-9a-f]{8}\): turn 2, messages\[4\]/,
  );
});

test("the next run refuses a damaged file, and leaves it as it is", async () => {
  const storage = await tampered(
    "refused.sqlite",
    `UPDATE mi_versions SET data = replace(data, 'Press it', 'Poke it') WHERE ${message("Press it")}`,
  );
  const { code, stderr } = await here(["run", "--input", "input.jsonl", "--storage", storage]);
  expect(code).toBe(1);
  expect(stderr).toContain("The storage contradicts itself");
  const { stdout } = await look(["threads", "--storage", storage]);
  expect(stdout).toMatch(/bread +damaged/);
});

test("a conversation that is gone, or that another transcript is given for, is found", async () => {
  const changed = join(folder.path, "other.jsonl");
  const text = await readFile(bundledInput, "utf8");
  const extra = { id: "extra", messages: [{ role: "user", content: "Was I stored?" }] };
  await writeFile(changed, `${text.replace("Tails.", "Edge.")}${JSON.stringify(extra)}\n`);
  const whole = `sqlite:${join(folder.path, "whole.sqlite")}`;
  const args = ["verify", "--storage", whole, "--input", changed];
  const { code, stdout } = await look(args);
  expect(code).toBe(1);
  expect(stdout).toContain(
    'coin-tails, turn 1, messages[2]: content is "Tails.", in the transcript "Edge."',
  );
  expect(stdout).toContain("FAILED    extra: is not stored");
  // The last two lines of the file.
  expect((await look([...args, "--limit", "10"])).stdout).not.toContain("is not stored");
});

test("when the input is gone, the recorded hashes are compared, and it says so", async () => {
  const gone = join(folder.path, "gone.jsonl");
  await copyFile(bundledInput, gone);
  const storage = ["--storage", `sqlite:${join(folder.path, "gone.sqlite")}`];
  expect((await here(["run", "--input", gone, "--limit", "2", ...storage])).code).toBe(0);
  await writeFile(gone, '{"messages":[{"role":"user","content":"Something else"}]}');
  const { code, stdout } = await look(["verify", ...storage]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/note +.*no longer holds "bread" as it was run/);
  expect(stdout).toMatch(/threads +2 with 18 messages, each compared with the recorded hash/);
}, 60_000);
