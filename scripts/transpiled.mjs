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
  try {
    return { code: readFileSync(`${kept}.js`, "utf8"), map: readFileSync(`${kept}.map`, "utf8") };
  } catch {
    const made = withoutTypes(text, path);
    mkdirSync(folder, { recursive: true });
    // Under its name only when it is whole, the code last: others may be about to read it.
    for (const [end, content] of [
      ["map", made.map],
      ["js", made.code],
    ]) {
      const begun = `${kept}.${process.pid}-${Math.random()}`;
      writeFileSync(begun, content);
      renameSync(begun, `${kept}.${end}`);
    }
    return made;
  }
}

function withoutTypes(text, path) {
  const ts = require("typescript");
  const { outputText, sourceMapText } = ts.transpileModule(text, {
    compilerOptions: {
      ...syntax,
      target: ts.ScriptTarget[syntax.target],
      module: ts.ModuleKind[syntax.module],
    },
    fileName: path,
  });
  return {
    code: outputText.replace(/\/\/# sourceMappingURL=\S*\s*$/, ""),
    map: JSON.stringify({ ...JSON.parse(sourceMapText), file: path, sources: [path] }),
  };
}
