import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const require = createRequire(import.meta.url);
const folder = join(root, ".cache", "transpiled");

/** As `tsc` reads it, but for the types, which it checks by itself. */
const syntax = { target: "ES2023", module: "ESNext", verbatimModuleSyntax: true };
const compiler = require("typescript/package.json").version;

/**
 * A TypeScript file without its types. Kept for all processes that run the sources: loading the compiler alone takes
 * longer than most of what they do.
 */
export function transpiled(text, path) {
  const name = createHash("sha256")
    .update(JSON.stringify([compiler, syntax, path, text]))
    .digest("hex");
  const kept = join(folder, `${name}.js`);
  return textOf(kept) ?? keep(kept, text, path);
}

function textOf(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function keep(kept, text, path) {
  const ts = require("typescript");
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      ...syntax,
      target: ts.ScriptTarget[syntax.target],
      module: ts.ModuleKind[syntax.module],
    },
    fileName: path,
  });
  mkdirSync(folder, { recursive: true });
  // Under its name only when it is whole: others may be about to read it.
  const begun = `${kept}.${process.pid}-${Math.random()}`;
  writeFileSync(begun, outputText);
  renameSync(begun, kept);
  return outputText;
}
