import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { root, workspaceFolders } from "./scripts/workspace.mjs";

/** Transpiles only: `tsc -b` checks the types of tests. */
const transpile = [
  "ts-jest",
  {
    useESM: true,
    diagnostics: false,
    tsconfig: {
      target: "ES2023",
      module: "ESNext",
      moduleResolution: "bundler",
      isolatedModules: true,
      verbatimModuleSyntax: true,
      // Tests run from source, so a `.ts` specifier has to stay what it is.
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: false,
      esModuleInterop: true,
      sourceMap: true,
    },
  },
];

/** @type {import("jest").Config} */
export default {
  // All cores: by default jest leaves one free, which on a small machine is half of it.
  maxWorkers: "100%",
  // Only ends what hangs: how long a test takes says nothing on a busy machine.
  testTimeout: 120_000,
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
      transform: { "\\.ts$": transpile },
    })),
};
