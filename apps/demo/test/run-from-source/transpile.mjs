import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Many processes run the same files, and reading TypeScript's compiler takes longer than most of them do. */
const cache = new URL("../../../../.cache/demo-source/", import.meta.url);

/** A hook of Node's module loader. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const text = await readFile(fileURLToPath(url), "utf8");
  const kept = new URL(`${createHash("sha256").update(text).digest("hex")}.mjs`, cache);
  const source = await readFile(kept, "utf8").catch(() => transpile(text, kept));
  return { format: "module", source, shortCircuit: true };
}

async function transpile(text, kept) {
  const { default: ts } = await import("typescript");
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  await mkdir(cache, { recursive: true });
  // Under its name only when it is whole: others may be about to read it.
  const begun = new URL(`${kept.href}.${process.pid}-${Math.random()}`);
  await writeFile(begun, outputText);
  await rename(begun, kept);
  return outputText;
}
