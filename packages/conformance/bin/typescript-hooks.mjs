/**
 * Hooks of Node's module loader, for a Node that runs no TypeScript: they take the types out of a target, and of what
 * it imports by relative paths, by the compiler that its project has.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** In TypeScript one may import the `.js` file that the compiler is going to write. */
export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    const isUnwritten =
      error.code === "ERR_MODULE_NOT_FOUND" && /^[.]{1,2}[/].*[.]m?js$/.test(specifier);
    if (!isUnwritten) throw error;
    return nextResolve(specifier.replace(/js$/, "ts"), context);
  }
}

export async function load(url, context, nextLoad) {
  if (!/[.]m?ts$/.test(url)) return nextLoad(url, context);
  const ts = await compilerFor(url);
  const path = fileURLToPath(url);
  const { outputText } = ts.transpileModule(await readFile(path, "utf8"), {
    fileName: path,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      inlineSourceMap: true,
    },
  });
  return { format: "module", source: outputText, shortCircuit: true };
}

async function compilerFor(url) {
  let found;
  try {
    found = createRequire(url).resolve("typescript");
  } catch (cause) {
    throw new Error("a target in TypeScript needs Node 22.18, or typescript@6 in its project", {
      cause,
    });
  }
  const { default: ts } = await import(pathToFileURL(found).href);
  // TypeScript 7 has no such function.
  if (typeof ts?.transpileModule !== "function")
    throw new Error(
      `a target in TypeScript needs Node 22.18, or TypeScript 5 or 6 in its project, which has ${ts?.version ?? "another one"}; install typescript@6, or write the target in JavaScript`,
    );
  return ts;
}
