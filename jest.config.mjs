import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { fastGlobals } from "./scripts/fast-globals.mjs";
import { root, workspaceFolders } from "./scripts/workspace.mjs";

/** @type {import("jest").Config} */
export default {
  // All cores: by default jest leaves one free, which on a small machine is half of it.
  maxWorkers: "100%",
  // Only ends what hangs: how long a test takes says nothing on a busy machine.
  testTimeout: 120_000,
  testSequencer: join(root, "scripts", "longest-tests-first.mjs"),
  coverageProvider: "v8",
  // Every workspace folder with tests of its own, so that a new package needs no entry here.
  projects: workspaceFolders()
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(join(folder, "test")))
    .map((folder) => ({
      displayName: basename(folder),
      rootDir: folder,
      testEnvironment: "node",
      testEnvironmentOptions: { customExportConditions: ["@mi/source", "node", "node-addons"] },
      extensionsToTreatAsEsm: [".ts"],
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      sandboxInjectedGlobals: fastGlobals,
      transform: { "\\.ts$": join(root, "scripts", "jest-transformer.mjs") },
    })),
};
