import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const require = createRequire(import.meta.url);
const folder = join(root, ".cache", "transpiled");

/** As `tsc` reads it, but for the types, which it checks by itself. */
const syntax = { target: "ES2023", module: "ESNext", verbatimModuleSyntax: true, sourceMap: true };
const compiler = require("typescript/package.json").version;

/** Names what becomes of a file: the same for every process that comes upon this text at this path. */
export function transpiledName(text, path) {
  return createHash("sha256")
    .update(JSON.stringify([compiler, syntax, path, text]))
    .digest("hex");
}

/**
 * A TypeScript file without its types, and the source map that leads back. Kept for all who run the sources, in whatever
 * process: loading the compiler alone takes longer than most of what they do.
 */
export function transpiled(text, path) {
  const kept = join(folder, transpiledName(text, path));
  const code = textOf(`${kept}.js`) ?? keep(kept, text, path);
  return {
    code,
    // Read by jest alone.
    get map() {
      return readFileSync(`${kept}.map`, "utf8");
    },
  };
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
  const { outputText, sourceMapText } = ts.transpileModule(text, {
    compilerOptions: {
      ...syntax,
      target: ts.ScriptTarget[syntax.target],
      module: ts.ModuleKind[syntax.module],
    },
    fileName: path,
  });
  const code = outputText.replace(/\/\/# sourceMappingURL=\S*\s*$/, "");
  mkdirSync(folder, { recursive: true });
  // The code last: where it is, its map is too.
  write(
    `${kept}.map`,
    JSON.stringify({ ...JSON.parse(sourceMapText), file: path, sources: [path] }),
  );
  write(`${kept}.js`, code);
  return code;
}

/** Under its name only when it is whole: others may be about to read it. */
function write(path, content) {
  const begun = `${path}.${process.pid}-${Math.random()}`;
  writeFileSync(begun, content);
  renameSync(begun, path);
}
