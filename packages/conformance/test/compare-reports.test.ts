import { compareReports, formatReport, parseReport } from "@mi/conformance";
import type { ClauseStatus, Report } from "@mi/conformance";
import { expect, test } from "@jest/globals";
import { makeReport } from "../src/report/report.ts";

function reportOf(statuses: Readonly<Record<string, ClauseStatus>>, target = "one"): Report {
  return makeReport(
    { kitVersion: "0.1.0", target, seed: target.length, budget: "gate", facts: undefined },
    Object.entries(statuses).map(([id, status], i) => ({
      id,
      level: "MUST",
      area: "commit",
      title: `Title of ${id}.`,
      status,
      ms: i,
    })),
  );
}

test("reports with the same statuses are the same, whatever their targets, seeds and times", () => {
  const first = reportOf({ "C-001": "pass", "C-002": "fail" });
  const second = reportOf({ "C-002": "fail", "C-001": "pass" }, "another");
  expect(compareReports(first, second)).toEqual([]);
});

test("each clause that differs, or that one of them lacks, is told in the order of the ids", () => {
  const first = reportOf({ "C-001": "pass", "C-003": "not-run", "C-004": "pass" });
  const second = reportOf({ "C-001": "fail", "C-002": "pass", "C-004": "pass" });
  expect(compareReports(first, second)).toEqual([
    { id: "C-001", title: "Title of C-001.", first: "pass", second: "fail" },
    { id: "C-002", title: "Title of C-002.", first: undefined, second: "pass" },
    { id: "C-003", title: "Title of C-003.", first: "not-run", second: undefined },
  ]);
});

test("a report comes back from its JSON, and other texts are refused", () => {
  const report = reportOf({ "C-001": "pass" });
  expect(compareReports(parseReport(formatReport(report, "json")), report)).toEqual([]);
  for (const text of ["", "{", "null", "[]", '{"results":{}}', '{"results":[{"id":"C-001"}]}'])
    expect(() => parseReport(text)).toThrow(
      expect.objectContaining({ code: "MI_CONFORMANCE_NOT_A_REPORT" }),
    );
});
