import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { clauses, runConformance, wrapTarget } from "@mi/conformance";
import type { EntityStorage } from "@mi/ecs";
import { target } from "./folder-target.ts";

const example = join(import.meta.dirname, "..");
const docs = join(example, "..", "..", "docs");
const guide = readFileSync(join(docs, "custom-backend.md"), "utf8");

const blocks = [...guide.matchAll(/^```(\w+)\n(.*?)\n```$/gms)].map(
  ([, language = "", text = ""]) => ({ language, text }),
);
const blocksIn = (...languages: readonly string[]) =>
  blocks.filter(({ language }) => languages.includes(language)).map(({ text }) => text);

describe("the guide to writing a backend", () => {
  test("has code of these kinds only, each of which is checked", () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(
      new Set(["ts", "json", "sh", "text"]),
    );
  });

  test.each(
    blocksIn("ts", "json").map((text) => {
      const [, path = "", code = ""] = /^\/\/ (\S+)\n(.*)$/s.exec(text) ?? [];
      return { path, code };
    }),
  )("shows code that stands in $path ($#)", ({ path, code }) => {
    let rest = onOneLine(readFileSync(join(example, path), "utf8"));
    for (const part of code.split(/^ *\/\/ …$/m).map(onOneLine)) {
      const at = rest.indexOf(part);
      expect({ part, isThere: at >= 0 }).toEqual({ part, isThere: true });
      rest = rest.slice(at + part.length);
    }
  });

  test("calls the command as it can be called, and installs what the example needs", () => {
    const lines = blocksIn("sh").flatMap((text) => text.split("\n"));
    const options = "only|json|markdown|compare|budget|seed";
    const call = new RegExp(`^npx mi-conformance (\\S+)( --(${options}) \\S+)+$`);
    const calls = lines.filter((line) => line.startsWith("npx"));
    expect(calls.filter((line) => !existsSync(join(example, call.exec(line)?.[1] ?? "?")))).toEqual(
      [],
    );
    const manifest = readFileSync(join(example, "package.json"), "utf8");
    const names = lines.flatMap((line) => line.split(" ")).filter((word) => /^@mi|^zod/.test(word));
    expect(names.filter((name) => !manifest.includes(`"${name}"`))).toEqual([]);
  });

  test("shows what the kit says of a backend that forgets mustBeHeads", async () => {
    const forgetful = wrapTarget(target, "forgetful", () => withoutHeadChecks);
    const { results } = await runConformance(forgetful, { only: ["C-080"] });
    const messages = results.flatMap(({ error }) => error?.message ?? []);
    expect(blocksIn("text")).toEqual(messages);
  });

  test("names every area of the contract", () => {
    const areas = new Set(clauses.map(({ area }) => area));
    expect([...areas].filter((area) => !guide.includes(`\`${area}\``))).toEqual([]);
  });

  test("names clauses that there are, and links to what is there", () => {
    const ids = new Set(clauses.map(({ id }) => id));
    const named = [...guide.matchAll(/C-\d{3}/g)].map(([id]) => id);
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
    const links = [...guide.matchAll(/\]\(([^)#]+)\)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => !existsSync(join(docs, path)))).toEqual([]);
  });
});

/** Lines break elsewhere where a method is not inside of its class. */
function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function withoutHeadChecks(inner: EntityStorage): EntityStorage {
  return {
    commit: (commit) => inner.commit({ ...commit, mustBeHeads: [] }),
    read: (ids) => inner.read(ids),
    readTree: (roots) => inner.readTree(roots),
    heads: (lineages) => inner.heads(lineages),
    versions: (query, page) => inner.versions(query, page),
    commits: (query, page) => inner.commits(query, page),
    refs: (query, page) => inner.refs(query, page),
    stats: () => inner.stats(),
    clear: () => inner.clear(),
    close: () => inner.close(),
  };
}
