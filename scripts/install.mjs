import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pnpm, root, workspaceFolders } from "./workspace.mjs";

const stamp = join(root, "node_modules", ".mi-installed");

/**
 * Brings node_modules in line with the lockfile and returns the exit code. Costs nothing when
 * nothing has changed since the last time.
 */
export function install() {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return 0;
  // Without CI, pnpm stops to ask before it replaces a node_modules folder that another tool made.
  const exitCode = pnpm(["install", "--frozen-lockfile"], {
    env: { ...process.env, CI: "true" },
  });
  if (exitCode === 0) writeFileSync(stamp, wanted);
  return exitCode;
}

/** Everything that decides what an install makes. Native addons are compiled for one Node ABI. */
function fingerprint() {
  const { platform, arch, versions } = process;
  const hash = createHash("sha256").update(`${platform} ${arch} ${versions.modules}`);
  const manifests = [".", ...workspaceFolders()].map((folder) => `${folder}/package.json`);
  for (const path of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests]) {
    hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}
