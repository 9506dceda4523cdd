import { formatReport } from "@mi/conformance";
import type { ClauseResult } from "@mi/conformance";
import { expect, test } from "@jest/globals";
import { makeReport } from "../src/report/report.ts";

const passed: ClauseResult = {
  id: "C-001",
  level: "MUST",
  area: "harness",
  title: "A fresh medium is empty.",
  status: "pass",
  ms: 1.25,
};
const failed: ClauseResult = {
  ...passed,
  id: "C-020",
  area: "commit",
  title: "It is read back.",
  status: "fail",
  error: { message: "C-020: it\n  expected: a | b\n  actual: c", expected: "a | b", actual: "c" },
};
const skipped: ClauseResult = {
  ...passed,
  id: "C-302",
  level: "SHOULD",
  area: "faults",
  status: "not-run",
  reason: "the medium is not durable",
  ms: 0,
};
const run = {
  kitVersion: "0.1.0",
  target: "memory",
  seed: 1,
  budget: "gate" as const,
  facts: { durable: false, multiProcess: true, maxPayloadBytes: 100 },
};
const report = makeReport(run, [skipped, failed, passed]);

test("results are in the order of their ids, counted by level", () => {
  expect(report.results.map(({ id }) => id)).toEqual(["C-001", "C-020", "C-302"]);
  expect(report.totals).toEqual({
    must: { pass: 1, fail: 1, notRun: 0 },
    should: { pass: 0, fail: 0, notRun: 1 },
  });
});

test("the verdict is fail for a failed MUST, incomplete while something was not run, else pass", () => {
  const failedShould: ClauseResult = { ...failed, level: "SHOULD" };
  expect(report.verdict).toBe("fail");
  expect(makeReport(run, [passed, skipped]).verdict).toBe("incomplete");
  expect(makeReport(run, [passed, failedShould]).verdict).toBe("pass");
});

test("as text it is for people", () => {
  expect(formatReport(report, "text")).toBe(`Conformance of memory (kit 0.1.0, seed 1, gate)
Facts: durable false, multiProcess true, maxPayloadBytes 100

harness
  pass    C-001 MUST   A fresh medium is empty. (1.3 ms)

commit
  FAIL    C-020 MUST   It is read back. (1.3 ms)
          C-020: it
            expected: a | b
            actual: c

faults
  not run C-302 SHOULD A fresh medium is empty. (0.0 ms)
          the medium is not durable

MUST: 1 passed, 1 failed, 0 not run
SHOULD: 0 passed, 0 failed, 1 not run
Failed: C-020
Verdict: fail
`);
});

test("as text it tells where the backend threw, and not where the kit found a difference", () => {
  const stack = "Error: no table\n    at Mine.commit (mine.ts:7:5)\n    at Object.run (kit.ts:1:1)";
  const thrown: ClauseResult = { ...failed, error: { message: "C-020: no table", stack } };
  expect(formatReport(makeReport(run, [thrown]), "text")).toContain(
    "          C-020: no table\n            thrown at Mine.commit (mine.ts:7:5)\n",
  );
  const found = { message: "C-020: it", code: "MI_CONFORMANCE_FAILED", stack };
  const text = formatReport(makeReport(run, [{ ...failed, error: found }]), "text");
  expect(text).not.toContain("thrown");
});

test("as text it counts the clauses that were not selected, and lists the others", () => {
  const left: ClauseResult = { ...skipped, id: "C-303", reason: "not selected" };
  const text = formatReport(makeReport(run, [passed, left]), "text");
  expect(text).not.toContain("C-303");
  expect(text).toContain("SHOULD: 0 passed, 0 failed, 1 not run");
  expect(text).toContain("Not run because they were not selected: 1 clauses");
  expect(formatReport(makeReport(run, [passed, left]), "markdown")).toContain("| C-303 |");
});

test("as Markdown each clause is one row, whatever its error holds", () => {
  const rows = formatReport(report, "markdown").split("\n");
  expect(rows).toContain(
    "| C-020 | MUST | commit | It is read back. | FAIL | C-020: it<br>expected: a \\| b<br>actual: c |",
  );
  expect(rows.filter((row) => row.startsWith("| C-"))).toHaveLength(3);
  expect(rows[0]).toBe("## Conformance of memory (kit 0.1.0, seed 1, gate)");
});

test("as JSON it is the report itself", () => {
  expect(JSON.parse(formatReport(report, "json"))).toEqual(report);
});

test("a report without facts says so", () => {
  const none = makeReport({ ...run, facts: undefined }, []);
  expect(formatReport(none, "text")).toContain("Facts: unknown, no medium could be made");
});
