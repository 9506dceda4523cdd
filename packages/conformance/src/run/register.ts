import { clauses } from "../clauses/all.ts";
import type { Clause } from "../clause.ts";
import { kitVersion } from "../kit-version.ts";
import { makeReport, notSelected } from "../report/report.ts";
import type { ClauseResult, Report } from "../report/report.ts";
import type { ConformanceTarget, MediumFacts } from "../target.ts";
import { notRun, runClause } from "./run-clause.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { settingsOf } from "./settings.ts";
import { longestTimeLimit } from "./time-limit.ts";

/** The two functions of a test runner that the kit needs: those of jest, vitest and node:test fit. */
export interface RunnerApi {
  /** Puts the clauses of one area under a name. Default: none is made. */
  readonly describe?: ((name: string, define: () => void) => unknown) | undefined;
  /** The runner's own function that adds a test. */
  readonly test: (
    name: string,
    run: (...context: unknown[]) => Promise<void>,
    timeout: number,
  ) => unknown;
}

/** As for `runConformance`; a test runner ends a run in its own way. */
export type RegisterOptions = Omit<ConformanceOptions, "signal">;

/** What a registration answers: where the report comes from once the tests have run. */
export interface Registration {
  /** What is known so far; whole when all tests have run. A clause without a result counts as not run. */
  report(): Report;
}

/**
 * Makes one test of each clause. A test fails when a MUST clause fails. A clause that cannot run, and a SHOULD clause
 * that fails, is marked as skipped where the runner can do that while a test runs (vitest, node:test); elsewhere
 * the test passes. A test may take as long as `timeLimit` says, whatever the runner allows others. In each case `onResult` and the report say what happened and why.
 *
 * @example
 * import { describe, test } from "@jest/globals";
 * register(target, { describe, test });
 */
export function register(
  target: ConformanceTarget,
  { describe, test }: RunnerApi,
  options: RegisterOptions = {},
): Registration {
  const { onResult } = options;
  const { selected, ...settings } = settingsOf(options);
  const { seed, budget, timeLimit } = settings;
  // The kit's own limit comes first: it says that a clause took too long, and the run goes on.
  const timeout = Math.min(2 * timeLimit, longestTimeLimit);
  const results = new Map<Clause, ClauseResult>();
  let facts: MediumFacts | undefined;

  const defineTests = (): void => {
    for (const clause of selected)
      // A rest parameter: jest takes a test with a named one for a test with a callback.
      test(
        `${clause.id} ${clause.level} ${clause.title}`,
        async (...context) => {
          const { result, error, facts: found } = await runClause(target, clause, settings);
          facts ??= found;
          results.set(clause, result);
          onResult?.(result);
          if (result.status === "fail" && clause.level === "MUST") throw error;
          if (result.status !== "pass")
            skip(context[0], result.reason ?? result.error?.message ?? "");
        },
        timeout,
      );
  };
  if (describe === undefined) defineTests();
  else describe(`conformance of ${target.name}`, defineTests);

  return {
    report: () =>
      makeReport(
        { kitVersion, target: target.name, seed, budget, facts },
        clauses.map(
          (clause) =>
            results.get(clause) ??
            notRun(clause, selected.has(clause) ? "not started" : notSelected),
        ),
      ),
  };
}

function skip(context: unknown, reason: string): void {
  // vitest's is a function, with the parts of a context as its properties.
  if (typeof context !== "object" && typeof context !== "function") return;
  if (context === null || !("skip" in context)) return;
  if (typeof context.skip === "function") context.skip(reason);
}
