import { describe, expect, test } from "@jest/globals";
import { clauses, compareReports, register } from "@mi/conformance";
import type { ConformanceTarget, Report } from "@mi/conformance";

/** Only ends what hangs. Each clause takes seconds at most, but others may keep the machine busy. */
const timeLimit = 240_000;

/**
 * Makes a test of each clause of the kit, and one that compares the report with the one of memory, which has every fact
 * and every hook and runs every clause: the same clauses with the same results. A clause may stay out only because of a
 * fact that the target declares.
 */
export function registerSameReport(target: ConformanceTarget): void {
  describe(`the kit on ${target.name}`, () => {
    const registration = register(target, { describe, test }, { timeLimit });

    test("has the same report as memory, clause by clause", () => {
      const report = registration.report();
      expect(Object.keys(report.facts ?? {})).toContain("durable");
      const isOut = (clause: (typeof clauses)[number]): boolean =>
        report.facts?.durable === false && clause.needs?.includes("durable") === true;
      const out = clauses.filter(isOut).map(({ id, title }) => {
        return { id, title, first: "pass", second: "not-run" };
      });
      expect(compareReports(reportOfMemory(report), report)).toEqual(out);
      const reasons = report.results.flatMap(({ reason }) => reason ?? []);
      expect(reasons).toEqual(out.map(() => "the medium is not durable"));
    });
  });
}

/** Every clause passed: what memory is held to in `memory.test.ts`, so that it needn't run once more for each target. */
function reportOfMemory(like: Report): Report {
  const results = clauses.map(({ id, level, area, title }) => {
    return { id, level, area, title, status: "pass" as const, ms: 0 };
  });
  return { ...like, results };
}
