import type { Budget, ClauseArea, ClauseLevel } from "../clause.ts";
import type { MediumFacts } from "../target.ts";

/** How a clause ended. */
export type ClauseStatus = "pass" | "fail" | "not-run";

/** One clause of a report. */
export interface ClauseResult {
  readonly id: string;
  readonly level: ClauseLevel;
  readonly area: ClauseArea;
  readonly title: string;
  readonly status: ClauseStatus;
  /** Why it was not run. */
  readonly reason?: string | undefined;
  readonly ms: number;
  readonly error?: ClauseFailure | undefined;
}

/** The reason of a clause that `only` left out. */
export const notSelected = "not selected";

/** What a clause failed with, as plain data. */
export interface ClauseFailure {
  readonly message: string;
  readonly code?: string | undefined;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  readonly stack?: string | undefined;
}

/** How the clauses of one level ended, counted. */
export interface LevelTotals {
  readonly pass: number;
  readonly fail: number;
  readonly notRun: number;
}

/** Plain data, for JSON. */
export interface Report {
  readonly kitVersion: string;
  readonly target: string;
  readonly seed: number;
  readonly budget: Budget;
  /** `undefined` when the target never gave a medium. */
  readonly facts?: MediumFacts | undefined;
  /** In the order of the clauses, which is the order of their ids. */
  readonly results: readonly ClauseResult[];
  readonly totals: { readonly must: LevelTotals; readonly should: LevelTotals };
  /** `fail`: a MUST clause failed. `incomplete`: none failed, but some were not run. */
  readonly verdict: "pass" | "fail" | "incomplete";
}

export function makeReport(
  run: Pick<Report, "kitVersion" | "target" | "seed" | "budget" | "facts">,
  results: readonly ClauseResult[],
): Report {
  const sorted = results.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const must = totalsOf(sorted, "MUST");
  const should = totalsOf(sorted, "SHOULD");
  return { ...run, results: sorted, totals: { must, should }, verdict: verdictOf(must, should) };
}

function totalsOf(results: readonly ClauseResult[], level: ClauseLevel): LevelTotals {
  const count = (status: ClauseStatus): number =>
    results.filter((result) => result.level === level && result.status === status).length;
  return { pass: count("pass"), fail: count("fail"), notRun: count("not-run") };
}

function verdictOf(must: LevelTotals, should: LevelTotals): Report["verdict"] {
  if (must.fail > 0) return "fail";
  return must.notRun + should.notRun > 0 ? "incomplete" : "pass";
}
