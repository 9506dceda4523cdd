import type { Clause, Need } from "../clause.ts";
import type { Stopwatch } from "../clock.ts";
import type { ClauseFailure, ClauseResult } from "../report/report.ts";
import type { ConformanceTarget, Medium, MediumFacts } from "../target.ts";
import { ClauseRun } from "./clause-run.ts";
import type { RunSettings } from "./clause-run.ts";

export interface ClauseOutcome {
  readonly result: ClauseResult;
  /** What was thrown, when the clause failed. */
  readonly error: unknown;
  /** Of the medium that the clause got; `undefined` when there was none. */
  readonly facts: MediumFacts | undefined;
}

/** Runs one clause on a fresh medium. Never throws: what goes wrong is the clause's result. */
export async function runClause(
  target: ConformanceTarget,
  clause: Clause,
  settings: RunSettings & { readonly stopwatch: Stopwatch },
): Promise<ClauseOutcome> {
  const start = settings.stopwatch();
  const failures: unknown[] = [];
  const run = await attempt(() => ClauseRun.start(target, clause, settings), failures);
  const unmet = run === undefined ? undefined : unmetNeed(run.medium, clause.needs ?? []);
  if (run !== undefined) {
    if (unmet === undefined) await attempt(() => clause.run(run), failures);
    await attempt(() => run.end(), failures);
  }
  const result = {
    ...headOf(clause),
    ...statusOf(failures, unmet),
    ms: settings.stopwatch() - start,
  };
  return { result, error: failures[0], facts: run?.medium.facts };
}

/** The result of a clause that was not even started. */
export function notRun(clause: Clause, reason: string): ClauseResult {
  return { ...headOf(clause), status: "not-run", reason, ms: 0 };
}

async function attempt<T>(work: () => Promise<T>, failures: unknown[]): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    failures.push(error);
    return undefined;
  }
}

function statusOf(
  failures: readonly unknown[],
  unmet: string | undefined,
): Pick<ClauseResult, "status" | "reason" | "error"> {
  if (failures.length > 0) return { status: "fail", error: failureOf(failures) };
  return unmet === undefined ? { status: "pass" } : { status: "not-run", reason: unmet };
}

function unmetNeed(medium: Medium, needs: readonly Need[]): string | undefined {
  for (const need of needs) {
    if (need === "durable") {
      if (!medium.facts.durable) return "the medium is not durable";
    } else if (medium.faults?.[need] === undefined) return `the medium has no fault hook ${need}`;
  }
  return undefined;
}

function headOf({
  id,
  level,
  area,
  title,
}: Clause): Pick<ClauseResult, "id" | "level" | "area" | "title"> {
  return { id, level, area, title };
}

/** The first failure, with the messages of all: a clean-up that fails after a failed clause is said too. */
function failureOf(failures: readonly unknown[]): ClauseFailure {
  const [first] = failures;
  return {
    message: failures.map((failure) => textOf(failure, "message") ?? String(failure)).join("\n"),
    code: textOf(first, "code"),
    expected: textOf(first, "expected"),
    actual: textOf(first, "actual"),
    stack: textOf(first, "stack"),
  };
}

function textOf(error: unknown, key: string): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const value: unknown = Reflect.get(error, key);
  return typeof value === "string" ? value : undefined;
}
