import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clauses, rules } from "@mi/conformance";
import { expect, test } from "@jest/globals";
import { storageContractPage } from "./storage-contract-page.ts";

const docs = join(import.meta.dirname, "..", "..", "..", "docs");

test("the page of the storage contract is what the clauses say; pnpm docs:contract writes it anew", () => {
  expect(readFileSync(join(docs, "storage-contract.md"), "utf8")).toBe(storageContractPage());
});

test("the page names each clause once as a clause, and each rule of the core", () => {
  const named = [...storageContractPage().matchAll(/^- \*\*([\w-]+)/gm)].map(
    ([, name = ""]) => name,
  );
  expect(named).toHaveLength(clauses.length + Object.keys(rules).length);
  const expected = [...clauses.map(({ id }) => id), ...Object.keys(rules)];
  expect(named.toSorted()).toEqual(expected.toSorted());
});
