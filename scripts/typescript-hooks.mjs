import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transpiled } from "./transpiled.mjs";

/** Two hooks of Node's module loader. Most processes of the tests do little but load hundreds of files through them. */
export function resolve(specifier, context, nextResolve) {
  // Such a path is whole: there is nothing to look for on the disk.
  if (!/^\.\.?\/.*\.ts$/.test(specifier)) return nextResolve(specifier, context);
  return { url: new URL(specifier, context.parentURL).href, format: "module", shortCircuit: true };
}

export function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const source = transpiled(readFileSync(path, "utf8"), path);
  return { format: "module", source, shortCircuit: true };
}
