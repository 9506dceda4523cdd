import { clauses, rules } from "@mi/conformance";
import { expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { kitVersion } from "../src/kit-version.ts";

const root = join(import.meta.dirname, "..");

test("each clause has an id of its own, and they are in the order of their ids", () => {
  const ids = clauses.map(({ id }) => id);
  expect(ids.every((id) => /^C-\d{3}$/.test(id))).toBe(true);
  expect([...new Set(ids)].toSorted()).toEqual(ids);
});

test("each clause is one sentence of its own and says why", () => {
  const titles = clauses.map(({ title }) => title);
  expect(titles.filter((title) => !/^[A-Za-z].*\.$/s.test(title) || title.includes("\n"))).toEqual(
    [],
  );
  expect(new Set(titles).size).toBe(titles.length);
  expect(clauses.filter(({ why }) => !why.endsWith("."))).toEqual([]);
});

test("each title and each why is whole sentences, and each clause says whether it MUST or SHOULD hold", () => {
  const sentences = /^["A-Za-z0-9].{14,}\.$/s;
  const wrong = clauses.filter(
    ({ level, title, why }) =>
      !["MUST", "SHOULD"].includes(level) ||
      ![title, why].every((text) => sentences.test(text) && text.split(" ").length >= 4) ||
      !/^[A-Z]/.test(why),
  );
  expect(wrong.map(({ id }) => id)).toEqual([]);
});

test("the core imports nothing but its own files, @mi/ecs, and zod to define entities", () => {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const imported = files
    .filter((file) => file.endsWith(".ts") && !/^(property|cli)\b/.test(file))
    .flatMap((file) => [
      ...readFileSync(join(root, "src", file), "utf8").matchAll(
        /^(?:import|export|\}).*from "([^"]+)";$|import\("([^"]+)"\)/gm,
      ),
    ])
    .map(([, from, dynamic]) => from ?? dynamic ?? "");
  const foreign = imported.filter((name) => !name.startsWith("."));
  expect(new Set(foreign)).toEqual(new Set(["@mi/ecs", "@mi/ecs/testing", "zod"]));
});

test("there are about 150 rules that every backend must keep, and few that it only should", () => {
  const must = clauses.filter(({ level }) => level === "MUST");
  expect(must.length).toBeGreaterThanOrEqual(150);
  expect(clauses.length - must.length).toBeLessThan(10);
});

test("every rule of the core that leans on the storage has a clause", () => {
  const held = new Set<string>(clauses.flatMap((clause) => clause.rules ?? []));
  expect(Object.keys(rules).filter((name) => !held.has(name))).toEqual([]);
});

test("the version in reports is the version of the package", () => {
  const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(manifest).toMatchObject({ version: kitVersion });
});
