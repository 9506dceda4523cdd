import type { Budget } from "../clause.ts";
import type { Stopwatch } from "../clock.ts";
import type { ClauseResult } from "../report/report.ts";

/** Which clauses to run, and how thoroughly. */
export interface ConformanceOptions {
  /** Ids or areas of the clauses to run; the others are reported as not run. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** A whole number of 0 or more. Default: 1. The same seed gives the same run. */
  readonly seed?: number | undefined;
  /** Default: "gate". */
  readonly budget?: Budget | undefined;
  /** Told each result when it is there. What it throws ends the run. */
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
