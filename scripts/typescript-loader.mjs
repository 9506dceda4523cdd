/**
 * Lets plain Node run the sources, as jest and vitest do by themselves: it strips the types of each file.
 * Used as `node --conditions=@mi/source --import ./scripts/typescript-loader.mjs`.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

const folder = fileURLToPath(new URL("../.cache/transpiled/", import.meta.url));

if (isMainThread) register(import.meta.url);

/** A hook of Node's module loader. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const source = await transpiled(await readFile(fileURLToPath(url), "utf8"));
  return { format: "module", source, shortCircuit: true };
}

/** Kept between processes: loading the compiler takes longer than most of what they do. */
async function transpiled(text) {
  const kept = `${folder}${createHash("sha256").update(text).digest("hex")}.js`;
  try {
    return await readFile(kept, "utf8");
  } catch {
    const { default: ts } = await import("typescript");
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    });
    await mkdir(folder, { recursive: true });
    await writeFile(`${kept}.${process.pid}`, outputText);
    await rename(`${kept}.${process.pid}`, kept);
    return outputText;
  }
}
