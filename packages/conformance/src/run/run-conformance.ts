import { clauses } from "../clauses/all.ts";
import type { Budget } from "../clause.ts";
import { systemStopwatch } from "../clock.ts";
import type { Stopwatch } from "../clock.ts";
import { kitVersion } from "../kit-version.ts";
import { makeReport, notSelected } from "../report/report.ts";
import type { ClauseResult, Report } from "../report/report.ts";
import type { ConformanceTarget, MediumFacts } from "../target.ts";
import { notRun, runClause } from "./run-clause.ts";
import { selectClauses } from "./selection.ts";
import { defaultTimeLimits } from "./time-limit.ts";

/** Which clauses to run, and how thoroughly. */
export interface ConformanceOptions {
  /** Ids or areas of the clauses to run; the others are reported as not run. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Default: 1. The same seed gives the same run. */
  readonly seed?: number | undefined;
  /** Default: "gate". */
  readonly budget?: Budget | undefined;
  /** Told each result when it is there. */
  readonly onResult?: ((result: ClauseResult) => void) | undefined;
  /** Ends the run before the next clause; what is left is reported as not run. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds that a clause may take; one that takes longer fails, and the run goes on. Default: a minute with the
   * gate's budget, half an hour with the soak's.
   */
  readonly timeLimit?: number | undefined;
  /** Measures durations. Default: the system's. */
  readonly stopwatch?: Stopwatch | undefined;
}

/**
 * Runs the clauses one after the other, each on a fresh medium. It answers a report whatever fails, and throws only for
 * a wrong `only`.
 *
 * @example
 * const report = await runConformance(target);
 * if (report.verdict === "fail") console.error(formatReport(report, "text"));
 */
export async function runConformance(
  target: ConformanceTarget,
  options: ConformanceOptions = {},
): Promise<Report> {
  const {
    only,
    seed = 1,
    budget = "gate",
    onResult,
    signal,
    timeLimit = defaultTimeLimits[budget],
    stopwatch = systemStopwatch,
  } = options;
  const selected = selectClauses(only);
  const results: ClauseResult[] = [];
  let facts: MediumFacts | undefined;
  for (const clause of clauses) {
    let result: ClauseResult;
    if (!selected.has(clause)) result = notRun(clause, notSelected);
    else if (signal?.aborted === true) result = notRun(clause, "the run was aborted");
    else {
      const outcome = await runClause(target, clause, { seed, budget, timeLimit, stopwatch });
      facts ??= outcome.facts;
      result = outcome.result;
    }
    results.push(result);
    onResult?.(result);
  }
  return makeReport({ kitVersion, target: target.name, seed, budget, facts }, results);
}
