import { clauses } from "../clauses/all.ts";
import { kitVersion } from "../kit-version.ts";
import { makeReport, notSelected } from "../report/report.ts";
import type { ClauseResult, Report } from "../report/report.ts";
import type { ConformanceTarget, MediumFacts } from "../target.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { notRun, runClause } from "./run-clause.ts";
import { settingsOf } from "./settings.ts";

/**
 * Runs the clauses one after the other, each on a fresh medium. It answers a report whatever fails in the backend.
 *
 * @throws MiError `MI_CONFORMANCE_UNKNOWN_CLAUSE` for a wrong `only`, `MI_CONFORMANCE_USAGE` for another wrong option, before any clause is run;
 * and what `onResult` throws
 *
 * @example
 * const report = await runConformance(target);
 * if (report.verdict === "fail") console.error(formatReport(report, "text"));
 */
export async function runConformance(
  target: ConformanceTarget,
  options: ConformanceOptions = {},
): Promise<Report> {
  const { onResult, signal } = options;
  const { selected, ...settings } = settingsOf(options);
  const results: ClauseResult[] = [];
  let facts: MediumFacts | undefined;
  for (const clause of clauses) {
    let result: ClauseResult;
    if (!selected.has(clause)) result = notRun(clause, notSelected);
    else if (signal?.aborted === true) result = notRun(clause, "the run was aborted");
    else {
      const outcome = await runClause(target, clause, settings);
      facts ??= outcome.facts;
      result = outcome.result;
    }
    results.push(result);
    onResult?.(result);
  }
  const { seed, budget } = settings;
  return makeReport({ kitVersion, target: target.name, seed, budget, facts }, results);
}
