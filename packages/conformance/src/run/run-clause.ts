import type { Clause, Need } from "../clause.ts";
import type { Stopwatch } from "../clock.ts";
import type { ClauseFailure, ClauseResult } from "../report/report.ts";
import type { ConformanceTarget, Medium, MediumFacts } from "../target.ts";
import { ConformanceError } from "../conformance-error.ts";
import { ClauseRun } from "./clause-run.ts";
import type { RunSettings } from "./clause-run.ts";
import { watchStrayErrors } from "./stray-errors.ts";
import type { StrayError } from "./stray-errors.ts";
import { withinTime } from "./time-limit.ts";

export interface ClauseOutcome {
  readonly result: ClauseResult;
  /** When the clause failed: a `ConformanceError`, whose cause is what the backend threw. */
  readonly error: unknown;
  /** Of the medium that the clause got; `undefined` when there was none. */
  readonly facts: MediumFacts | undefined;
}

export interface ClauseSettings extends RunSettings {
  readonly stopwatch: Stopwatch;
  /** In milliseconds, for each of: making the medium, the clause itself, cleaning up. */
  readonly timeLimit: number;
}

interface Failure {
  readonly thrown: unknown;
  /** The same as a `ConformanceError`, which says where it was and how to repeat it. */
  readonly told: unknown;
}

/** Runs one clause on a fresh medium. Never throws: what goes wrong is the clause's result. */
export async function runClause(
  target: ConformanceTarget,
  clause: Clause,
  settings: ClauseSettings,
): Promise<ClauseOutcome> {
  const start = settings.stopwatch();
  const failures: Failure[] = [];
  let run: ClauseRun | undefined;
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    const late = (): never => {
      throw tooLate(clause, settings, what, run?.trace ?? []);
    };
    try {
      return await withinTime(settings.timeLimit, work, late);
    } catch (error) {
      const isTold = textOf(error, "code")?.startsWith("MI_CONFORMANCE_") === true;
      const told = isTold ? error : threw(clause, settings, what, run?.trace ?? [], error);
      failures.push({ thrown: error, told });
      return undefined;
    }
  };
  const stopWatching = watchStrayErrors((stray) => {
    const told = strayed(clause, settings, stray, run?.trace ?? []);
    failures.push({ thrown: stray.error, told });
  });
  run = await attempt("making the medium", () => ClauseRun.start(target, clause, settings));
  const started = run;
  const unmet = started === undefined ? undefined : unmetNeed(started.medium, clause.needs ?? []);
  if (started !== undefined) {
    if (unmet === undefined) await attempt("the clause", () => clause.run(started));
    await attempt("closing and destroying", () => started.end());
  }
  // What was left behind just now comes before this timer: later it would be blamed on the next clause.
  await shortestTimer();
  stopWatching();
  const result = {
    ...headOf(clause),
    ...statusOf(failures, unmet),
    ms: settings.stopwatch() - start,
  };
  return { result, error: failures[0]?.told, facts: started?.medium.facts };
}

/** Timers of one length end in the order in which they began. */
function shortestTimer(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** The result of a clause that was not even started. */
export function notRun(clause: Clause, reason: string): ClauseResult {
  return { ...headOf(clause), status: "not-run", reason, ms: 0 };
}

function tooLate(
  clause: Clause,
  { seed, timeLimit }: ClauseSettings,
  what: string,
  trace: readonly string[],
): ConformanceError {
  return new ConformanceError({
    clause: clause.id,
    what: `${what} did not end within the time limit`,
    expected: `an end after at most ${timeLimit} ms`,
    actual: "still waiting; a slow backend may need a longer timeLimit",
    seed,
    trace,
  });
}

/** What went wrong in the backend where nobody could hear of it. */
function strayed(
  clause: Clause,
  { seed }: ClauseSettings,
  { kind, error }: StrayError,
  trace: readonly string[],
): ConformanceError {
  return new ConformanceError(
    {
      clause: clause.id,
      what:
        kind === "rejection"
          ? "a promise rejected during the clause, and nobody handles it; without the kit it would end the process"
          : "an error was thrown during the clause where nobody catches it; without the kit it would end the process",
      expected: "every error reaches the caller of the method that failed",
      actual: messageWithCode(error),
      seed,
      trace,
      repeat: repeatOf(clause, seed),
    },
    error,
  );
}

/** What a backend threw by itself, told as what a clause finds is. */
function threw(
  clause: Clause,
  { seed }: ClauseSettings,
  what: string,
  trace: readonly string[],
  error: unknown,
): ConformanceError {
  return new ConformanceError(
    {
      clause: clause.id,
      what: `the backend threw during: ${what}`,
      expected: "no error",
      actual: messageWithCode(error),
      seed,
      trace,
      repeat: repeatOf(clause, seed),
    },
    error,
  );
}

function messageWithCode(error: unknown): string {
  const message = textOf(error, "message") ?? String(error);
  const code = textOf(error, "code");
  return code === undefined ? message : `${code}: ${message}`;
}

function repeatOf({ id }: Clause, seed: number): string {
  return `--only ${id} --seed ${seed}, or only: ["${id}"], seed: ${seed}`;
}

function statusOf(
  failures: readonly Failure[],
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
function failureOf(failures: readonly Failure[]): ClauseFailure {
  const [first] = failures;
  return {
    message: failures.map(({ told }) => textOf(told, "message") ?? String(told)).join("\n"),
    code: textOf(first?.thrown, "code"),
    expected: textOf(first?.told, "expected"),
    actual: textOf(first?.told, "actual"),
    stack: textOf(first?.thrown, "stack"),
  };
}

function textOf(error: unknown, key: string): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const value: unknown = Reflect.get(error, key);
  return typeof value === "string" ? value : undefined;
}
