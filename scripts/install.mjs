import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pnpm, root, workspaceFolders } from "./workspace.mjs";

const stamp = join(root, "node_modules", ".mi-installed.json");

/**
 * Brings node_modules in line with the lockfile and returns the exit code. Costs nothing when
 * nothing has changed since the last time.
 */
export function install() {
  const now = { runtime: runtime(), files: fingerprint() };
  const before = existsSync(stamp) ? JSON.parse(readFileSync(stamp, "utf8")) : undefined;
  if (before?.runtime === now.runtime && before.files === now.files) return 0;
  // Without CI, pnpm stops to ask before it replaces a node_modules folder that another tool made.
  const options = { env: { ...process.env, CI: "true" } };
  let exitCode = pnpm(["install", "--frozen-lockfile"], options);
  // An install that finds everything in place leaves addons as they were compiled for another Node.
  if (exitCode === 0 && before && before.runtime !== now.runtime) {
    exitCode = pnpm(["rebuild", "--recursive"], options);
  }
  if (exitCode === 0) writeFileSync(stamp, JSON.stringify(now));
  return exitCode;
}

/** What native addons are compiled for. */
function runtime() {
  const { platform, arch, versions } = process;
  return `${platform} ${arch} ${versions.modules}`;
}

/** Everything that decides which dependencies are installed. */
function fingerprint() {
  const hash = createHash("sha256");
  const manifests = [".", ...workspaceFolders()].map((folder) => `${folder}/package.json`);
  for (const path of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests]) {
    hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}
