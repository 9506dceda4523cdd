/**
 * Proves that what would be published works: packs every public package, checks the tarballs, installs
 * them into an empty project, and there imports, requires and type checks every entry point and runs
 * the program of tests/consumer.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pnpm, quietly, readJson, root, run, workspaceFolders } from "./workspace.mjs";

const packages = workspaceFolders()
  .filter((folder) => folder.startsWith("packages/"))
  .map((folder) => ({ folder, ...readJson(folder, "package.json") }))
  .filter((manifest) => manifest.private !== true);

const entryPoints = packages.flatMap(({ name, exports }) =>
  Object.keys(exports)
    .filter((path) => path !== "./package.json")
    .map((path) => name + path.slice(1)),
);

const project = mkdtempSync(join(tmpdir(), "mi-packages-"));
const failed = [];

try {
  const tarballs = pack();
  for (const [name, tarball] of Object.entries(tarballs)) lint(name, tarball);
  writeProject(tarballs);
  const npmInstall = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  if (step("npm install of the tarballs", () => inProject("npm", npmInstall))) {
    const node = (...args) => inProject(process.execPath, args);
    step("import", () => node("import.mjs"));
    step("require", () => node("--disable-warning=ExperimentalWarning", "require.cjs"));
    const compiled = step("compile", () =>
      node(join(root, "node_modules", "typescript", "bin", "tsc")),
    );
    if (compiled) step("run", () => node(join("out", "main.js")));
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}

if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(", ")}`);
  process.exitCode = 1;
} else {
  console.log(`\n${packages.length} packages with ${entryPoints.length} entry points work.`);
}

/** Runs one step, which returns an exit code, and notes its name if it failed. */
function step(name, work) {
  console.log(`- ${name}`);
  const succeeded = work() === 0;
  if (!succeeded) failed.push(name);
  return succeeded;
}

function inProject(program, args) {
  return run(program, args, { cwd: project });
}

/** Returns the path of each package's tarball by the package's name. */
function pack() {
  const folder = join(project, "tarballs");
  mkdirSync(folder);
  const recursively = ["--recursive", "--filter", "./packages/*"];
  step("pack", () => pnpm([...recursively, "pack", "--pack-destination", folder], quietly));
  const made = readdirSync(folder);
  const byName = packages.map(({ name, version }) => {
    const file = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
    if (!made.includes(file)) throw new Error(`${name} was not packed: there is no ${file}.`);
    return [name, join(folder, file)];
  });
  return Object.fromEntries(byName);
}

function lint(name, tarball) {
  const tool = (file) => join(root, "node_modules", ".bin", file);
  step(`publint ${name}`, () => run(tool("publint"), ["run", tarball, "--strict"], quietly));
  step(`attw ${name}`, () => run(tool("attw"), [tarball, "--profile", "esm-only"], quietly));
}

function writeProject(tarballs) {
  const write = (file, text) => writeFileSync(join(project, file), text);
  const writeJson = (file, value) => write(file, JSON.stringify(value, undefined, 2));
  writeJson("package.json", {
    private: true,
    type: "module",
    // npm installs peers by itself, but not the optional ones, which some entry points need.
    dependencies: { ...optionalPeers(), ...fileUrls(tarballs) },
    devDependencies: {
      "@types/node": readJson("node_modules", "@types", "node", "package.json").version,
    },
  });
  writeJson("tsconfig.json", {
    compilerOptions: {
      module: "NodeNext",
      target: "ES2023",
      types: ["node"],
      strict: true,
      outDir: "out",
    },
    files: ["main.ts", "types.ts"],
  });
  const list = JSON.stringify(entryPoints);
  write(
    "import.mjs",
    `for (const name of ${list}) mustExport(name, await import(name));\n${String(mustExport)}`,
  );
  write(
    "require.cjs",
    `for (const name of ${list}) mustExport(name, require(name));\n${String(mustExport)}`,
  );
  copyFileSync(join(root, "tests", "consumer", "main.ts"), join(project, "main.ts"));
  const imports = entryPoints.map((name, index) => `import * as entry${index} from "${name}";`);
  const names = entryPoints.map((_, index) => `entry${index}`);
  write("types.ts", `${imports.join("\n")}\nexport const all: object[] = [${names.join(", ")}];\n`);
}

/** Runs in the project, which gets its text. */
function mustExport(name, entryPoint) {
  const names = Object.keys(entryPoint);
  if (names.length === 0) throw new Error(`${name} exports nothing.`);
  console.log(`${name}: ${names.length} names`);
}

/** In the versions that the workspace has: the newest that a range allows may need a newer Node. */
function optionalPeers() {
  const found = packages.flatMap(({ folder, peerDependenciesMeta = {} }) =>
    Object.entries(peerDependenciesMeta)
      .filter(([, { optional }]) => optional)
      .map(([name]) => [name, readJson(folder, "node_modules", name, "package.json").version]),
  );
  return Object.fromEntries(found);
}

function fileUrls(tarballs) {
  return Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]));
}
