import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clauses } from "@mi/conformance";
import { expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(root, "src", file), "utf8"));

test("the README lists the codes of the errors that the kit throws, and no others", () => {
  const listed = [...readme.matchAll(/^\| `(MI_\w+)`/gm)].map(([, code = ""]) => code);
  const thrown = sources.flatMap((text) => [...text.matchAll(/"(MI_CONFORMANCE_[A-Z_]*[A-Z])"/g)]);
  expect(new Set(listed)).toEqual(new Set(thrown.map(([, code]) => code)));
});

test("the README lists the areas, and names only clauses that there are", () => {
  const listed = [...readme.matchAll(/^\| `([a-z]+)` +\|/gm)].map(([, area = ""]) => area);
  const areas = new Set(clauses.map(({ area }) => area));
  expect([...areas].filter((area) => !listed.includes(area))).toEqual([]);
  const ids = new Set(clauses.map(({ id }) => id));
  expect([...readme.matchAll(/C-\d{3}/g)].filter(([id]) => !ids.has(id))).toEqual([]);
});

test("the README's imports are exports of the kit", () => {
  const index = readFileSync(join(root, "src", "index.ts"), "utf8");
  const names = [...readme.matchAll(/import (?:type )?\{([^}]+)\} from "@mi\/conformance"/g)]
    .flatMap(([, list = ""]) => list.split(","))
    .map((name) => name.trim());
  expect(names.length).toBeGreaterThan(3);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(index))).toEqual([]);
});
