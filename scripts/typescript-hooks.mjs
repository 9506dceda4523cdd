import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transpiled } from "./transpiled.mjs";

/** A hook of Node's module loader. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const { code } = transpiled(await readFile(path, "utf8"), path);
  return { format: "module", source: code, shortCircuit: true };
}
