import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

const folder = mkdtempSync(join(tmpdir(), "mi-typescript-"));
const hooks = join(import.meta.dirname, "..", "bin", "typescript-hooks.mjs");

beforeAll(() => {
  writeFileSync(join(folder, "name.ts"), 'export const name: string = "typed";');
  writeFileSync(
    join(folder, "target.ts"),
    'import type { Server } from "node:http";\nimport { name } from "./name.js";\nexport const target: { name: string; server?: Server } = { name };',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a target in TypeScript is run by the compiler of its own project, or says what is missing", async () => {
  await expect(load()).rejects.toThrow(/needs Node 22.18, or typescript@6 in its project/);
  mkdirSync(join(folder, "node_modules", "typescript"), { recursive: true });
  const other = join(folder, "node_modules", "typescript", "index.js");
  writeFileSync(other, 'exports.version = "7.0.2";');
  await expect(load()).rejects.toThrow(/which has 7[.]0[.]2; install typescript@6, or write/);
  rmSync(join(folder, "node_modules"), { recursive: true });
  const compiler = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(compiler, join(folder, "node_modules", "typescript"));
  expect(await load()).toBe("typed");
});

/** The name of the target, as plain Node with the hooks loads it. */
async function load(): Promise<string> {
  const program = `
    import { register } from "node:module";
    import { pathToFileURL } from "node:url";
    register(pathToFileURL(${JSON.stringify(hooks)}));
    const { target } = await import(pathToFileURL("target.ts").href);
    process.stdout.write(target.name);`;
  const env = { ...process.env, NODE_OPTIONS: "" };
  const args = ["--input-type=module", "--eval", program];
  return (await promisify(execFile)(process.execPath, args, { cwd: folder, env })).stdout;
}
