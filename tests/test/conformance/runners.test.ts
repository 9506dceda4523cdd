import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { compareReports, formatReport, parseReport, runConformance } from "@mi/conformance";
import type { Report } from "@mi/conformance";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import failingTarget from "./runners/failing.ts";
import memoryTarget from "./runners/memory.ts";

/** The kit runs whole in each child process, on a machine that may be busy. */
const patience = 240_000;

const here = join(import.meta.dirname, "runners");
const root = join(import.meta.dirname, "..", "..", "..");
const folder = mkdtempSync(join(tmpdir(), "mi-runners-"));
const main = join(root, "packages", "conformance", "src", "cli", "main.ts");
const fromSource = [
  "--conditions=@mi/source",
  "--import",
  join(root, "scripts", "typescript-loader.mjs"),
];

/** Clauses that a failing target fails in each of its ways, and some that it passes. */
const some = "harness,heads,conflict,lifecycle,C-166,C-300";

let alone: Report;
let failing: Report;
beforeAll(async () => {
  alone = await runConformance(memoryTarget);
  failing = await runConformance(failingTarget, { only: some.split(",") });
}, patience);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How Node is called to run the kit in each way, on a target whose module has this name. */
const ways: Readonly<Record<string, (target: string, report: string) => readonly string[]>> = {
  jest: () => [
    "--experimental-vm-modules",
    join(root, "node_modules", "jest", "bin", "jest.js"),
    "--config",
    join(here, "jest.config.mjs"),
  ],
  vitest: () => {
    const manifest = createRequire(import.meta.url).resolve("vitest/package.json");
    const config = join(here, "vitest.config.mjs");
    return [join(dirname(manifest), "vitest.mjs"), "run", "--config", config, "--root", here];
  },
  "node:test": () => [...fromSource, "--test", join(here, "in-node-test.ts")],
  "mi-conformance": (target, report) => [
    ...fromSource,
    main,
    join(here, `${target}.ts`),
    ...(target === "failing" ? ["--only", some] : []),
    "--json",
    report,
  ],
};

describe.each(Object.entries(ways))(
  "%s gives the same report as a run without a test runner",
  (name, argumentsFor) => {
    test(
      "of a target that passes",
      async () => {
        const { report, code, output } = await reportOf(name, argumentsFor, "memory");
        expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
        expectSame(report, alone);
        expect(report.totals.must).toMatchObject({ fail: 0 });
        expect(report.totals.must.pass).toBeGreaterThanOrEqual(150);
        const skipped = alone.results.filter(({ status }) => status !== "pass").length;
        expect(skipped).toBeGreaterThan(0);
        // jest can't skip inside a test, and the command has no tests.
        const shown = { vitest: ` ${skipped} skipped `, "node:test": `skipped ${skipped}\n` };
        const expected = Object.entries(shown).find(([runner]) => runner === name)?.[1] ?? "";
        expect(stripVTControlCharacters(output)).toContain(expected);
      },
      patience,
    );

    test(
      "of a target that fails, and ends with 1",
      async () => {
        const { report, code } = await reportOf(name, argumentsFor, "failing");
        expect(code).toBe(1);
        expectSame(report, failing);
        const failed = report.results.filter(({ status }) => status === "fail");
        expect(failed.map(({ id }) => id)).toEqual(
          expect.arrayContaining(["C-065", "C-080", "C-166", "C-262"]),
        );
      },
      patience,
    );
  },
);
/** All but the times, and where in which file an error was made. */
function summary({ results, ...rest }: Report): unknown {
  return {
    ...rest,
    results: results.map(({ ms: _, error, ...result }) => ({
      ...result,
      error: error && { ...error, stack: undefined },
    })),
  };
}

function expectSame(report: Report, expected: Report): void {
  expect(compareReports(expected, report)).toEqual([]);
  expect(summary(report)).toEqual(summary(parseReport(formatReport(expected, "json"))));
}

async function reportOf(
  name: string,
  argumentsFor: (target: string, report: string) => readonly string[],
  target: "memory" | "failing",
): Promise<{ readonly report: Report; readonly code: number | null; readonly output: string }> {
  const path = join(folder, `${name.replace(":", "-")}-${target}.json`);
  const result = await run(argumentsFor(target, path), {
    MI_CONFORMANCE_REPORT: path,
    MI_CONFORMANCE_TARGET: target,
    ...(target === "failing" ? { MI_CONFORMANCE_ONLY: some } : {}),
  });
  return { report: parseReport(readFileSync(path, "utf8")), ...result };
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

test(
  "an error that nobody hears of fails the clause under way, and the run goes on",
  async () => {
    const report = join(folder, "straying.json");
    const only = ["--only", "C-020,C-260,C-263,C-267"];
    const args = [...fromSource, main, join(here, "straying.ts"), ...only, "--json", report];
    const { code } = await run(args, {});
    expect(code).toBe(1);
    const results = new Map(
      parseReport(readFileSync(report, "utf8")).results.map((result) => [result.id, result]),
    );
    const messageOf = (id: string): string | undefined => results.get(id)?.error?.message;
    expect(results.get("C-020")?.status).toBe("pass");
    expect(messageOf("C-263")).toMatch(
      /^C-263: a promise rejected during the clause, and nobody handles it/,
    );
    expect(messageOf("C-263")).toContain("the counter is gone");
    expect(messageOf("C-263")).toContain("repeat with --only C-263 --seed 1");
    expect(messageOf("C-267")).toMatch(
      /C-267: an error was thrown during the clause where nobody catches it/,
    );
    expect(messageOf("C-267")).toContain("the timer went off");
  },
  patience,
);

test(
  "an error that comes after the last clause ends the command with 1, and its report is there",
  async () => {
    const report = join(folder, "lingering.json");
    const args = [...fromSource, main, join(here, "lingering.ts"), "--only", "C-263"];
    const { code, output } = await run([...args, "--json", report], {});
    expect([code, parseReport(readFileSync(report, "utf8")).totals.must]).toMatchObject([
      1,
      { pass: 1, fail: 0 },
    ]);
    expect(output).toContain("Outside of all clauses an error of the target reached nobody");
    expect(output).toContain("the pool is gone");
  },
  patience,
);
