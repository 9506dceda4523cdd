import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));

/** Every workspace folder with tests of its own, so that a new package needs no entry here. */
function foldersWithTests() {
  const nested = ["packages", "apps"].flatMap((parent) => {
    const path = join(root, parent);
    return existsSync(path)
      ? readdirSync(path).map((name) => ({ name, folder: join(path, name) }))
      : [];
  });
  const all = [...nested, { name: "tests", folder: join(root, "tests") }];
  return all.filter(({ folder }) => existsSync(join(folder, "test")));
}

/** Transpiles only: `tsc -p tsconfig.test.json` checks the types of tests. */
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
  testTimeout: 30_000,
  coverageProvider: "v8",
  projects: foldersWithTests().map(({ name, folder }) => ({
    displayName: name,
    rootDir: folder,
    testEnvironment: "node",
    testEnvironmentOptions: { customExportConditions: ["@mi/source", "node", "node-addons"] },
    extensionsToTreatAsEsm: [".ts"],
    testMatch: ["<rootDir>/test/**/*.test.ts"],
    transform: { "\\.ts$": transpile },
  })),
};
