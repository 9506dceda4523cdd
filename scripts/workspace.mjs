import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Reads a JSON file below the root. */
export function readJson(...path) {
  return JSON.parse(readFileSync(join(root, ...path), "utf8"));
}

/** Every folder of the workspace that has a package.json, as a path from the root, sorted. */
export function workspaceFolders() {
  const nested = ["packages", "apps", "examples", "testing"]
    .filter((parent) => existsSync(join(root, parent)))
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
    .toSorted((a, b) => a.localeCompare(b, "en"));
  return [...nested, "tests", "bench"].filter((folder) =>
    existsSync(join(root, folder, "package.json")),
  );
}

/**
 * Runs a program in the root with its output shown, waits for it, and returns its exit code.
 * Standard input is closed, so that nothing can wait for an answer.
 */
export function run(program, args, options = {}) {
  const { status, error, stdout } = spawnSync(program, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    encoding: "utf8",
    // npm and npx are shell scripts on Windows.
    shell: process.platform === "win32" && program !== process.execPath,
    ...options,
  });
  if (error) console.error(`${program} ${args.join(" ")}: ${error.message}`);
  if (status !== 0 && stdout) console.log(stdout);
  return status ?? 1;
}

/** For {@link run}: the standard output is shown only if the program fails. */
export const quietly = { stdio: ["ignore", "pipe", "inherit"] };

/** Runs the pnpm version that package.json names; npx fetches it once, nothing is installed globally. */
export function pnpm(args, options = {}) {
  const { packageManager } = readJson("package.json");
  return run("npx", ["--yes", `--package=${packageManager}`, "--", "pnpm", ...args], options);
}
