/**
 * The two commands for a machine that has only Node and npm: `npm run demo` and `npm test`.
 * Each brings pnpm, the dependencies and the build by itself, so until then this file needs nothing but Node.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { install } from "./install.mjs";
import { pnpm, quietly, readJson, root, run } from "./workspace.mjs";

const { scripts } = readJson("package.json");
const [command, ...rest] = process.argv.slice(2);
process.env["TURBO_TELEMETRY_DISABLED"] ??= "1";

if (!nodeIsNewEnough()) {
  console.error(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
  process.exitCode = 1;
} else if (command === "demo") {
  await demo(rest);
} else if (command === "test") {
  process.exitCode = test();
} else {
  throw new TypeError(`Expected "demo" or "test", got ${JSON.stringify(command)}.`);
}

function nodeIsNewEnough() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 20 || (major === 20 && minor >= 19);
}

/** The demo runs in this very process, so that signals, input and exit code are its own. */
async function demo(args) {
  const prepared = install() || pnpm(["--silent", "run", "build"], quietly);
  if (prepared !== 0) {
    process.exitCode = prepared;
    return;
  }
  const program = join(root, "apps", "demo", "dist", "main.js");
  process.argv = [process.execPath, program, "run", ...args];
  await import(pathToFileURL(program).href);
}

/** Runs every stage even when an earlier one failed, so that one run shows all that is wrong. */
function test() {
  const results = join(root, ".cache", "jest-results.json");
  mkdirSync(dirname(results), { recursive: true });
  rmSync(results, { force: true });
  const failed = [];
  const stage = (name, work) => {
    console.log(`\n# ${name}`);
    if (work() !== 0) failed.push(name);
  };
  stage("install", install);
  if (failed.length === 0) {
    stage("build", () => pnpm(["--silent", "run", "build"], quietly));
    const checks = Object.keys(scripts).filter((name) => name.startsWith("check:"));
    for (const name of checks) stage(name, () => pnpm(["--silent", "run", name]));
    stage("unit tests", () => unitTests(results));
    stage("packages", () => run(process.execPath, ["scripts/check-packages.mjs"]));
  }
  if (failed.length > 0) console.log(`\nThese stages failed: ${failed.join(", ")}.`);
  const totals = countTests(results);
  console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
  return failed.length === 0 && totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

/**
 * Started without pnpm in between, so that the limit ends jest itself: it waits without end when a
 * test has left a server or a timer behind.
 */
function unitTests(results) {
  const [, ...jest] = scripts["test:unit"].split(" ");
  const limit = { timeout: 16 * 60_000 };
  return run(process.execPath, [...jest, "--json", `--outputFile=${results}`], limit);
}

/** A test file that could not run at all counts as a failed test; so does a jest without results. */
function countTests(results) {
  if (!existsSync(results)) return { passed: 0, failed: 1 };
  const totals = readJson(".cache", "jest-results.json");
  return {
    passed: totals.numPassedTests,
    failed: totals.numFailedTests + totals.numRuntimeErrorTestSuites,
  };
}
