import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compareReports, parseReport, runConformance } from "@mi/conformance";
import type { Report } from "@mi/conformance";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { memoryTarget } from "./memory-target.ts";

/** The kit runs whole in each child process, on a machine that may be busy. */
const patience = 240_000;

const here = join(import.meta.dirname, "runners");
const root = join(import.meta.dirname, "..", "..", "..");
const folder = mkdtempSync(join(tmpdir(), "mi-runners-"));
const fromSource = [
  "--conditions=@mi/source",
  "--import",
  join(root, "scripts", "typescript-loader.mjs"),
];

let alone: Report;
beforeAll(async () => {
  alone = await runConformance(memoryTarget);
}, patience);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the kit gives the same report as a run without a test runner", () => {
  test(
    "in jest",
    async () => {
      const jest = join(root, "node_modules", "jest", "bin", "jest.js");
      const config = join(here, "jest.config.mjs");
      await expectSameReport("jest", ["--experimental-vm-modules", jest, "--config", config]);
    },
    patience,
  );

  test(
    "in vitest",
    async () => {
      const manifest = createRequire(import.meta.url).resolve("vitest/package.json");
      const vitest = join(dirname(manifest), "vitest.mjs");
      const config = join(here, "vitest.config.mjs");
      await expectSameReport("vitest", [vitest, "run", "--config", config, "--root", here]);
    },
    patience,
  );

  test(
    "in node:test",
    async () => {
      await expectSameReport("node-test", [...fromSource, "--test", join(here, "in-node-test.ts")]);
    },
    patience,
  );

  test(
    "by the command mi-conformance",
    async () => {
      const main = join(root, "packages", "conformance", "src", "cli", "main.ts");
      const report = join(folder, "command.json");
      const args = [...fromSource, main, join(here, "memory.ts"), "--json", report];
      await expectSameReport("command", args);
    },
    patience,
  );
});

async function expectSameReport(name: string, args: readonly string[]): Promise<void> {
  const path = join(folder, `${name}.json`);
  const { code, output } = await run(args, { MI_CONFORMANCE_REPORT: path });
  expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
  const report = parseReport(readFileSync(path, "utf8"));
  expect(compareReports(alone, report)).toEqual([]);
  expect(summary(report)).toEqual(summary(alone));
  const { must } = report.totals;
  expect(must.fail).toBe(0);
  expect(must.pass).toBeGreaterThanOrEqual(150);
}

/** All but the times. */
function summary({ results, ...rest }: Report): unknown {
  return { ...rest, results: results.map(({ ms: _, ...result }) => result) };
}

/** Runs Node with these arguments, without the settings that the test runner around this one made. */
async function run(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(JEST_|VITEST|NODE_OPTIONS$|NODE_TEST|NODE_ENV$|FORCE_COLOR$)/.test(name),
  );
  const env = { ...Object.fromEntries(inherited), ...variables };
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, output };
}
