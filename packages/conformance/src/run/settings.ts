import { MiError } from "@mi/ecs";
import type { Budget, Clause } from "../clause.ts";
import { systemStopwatch } from "../clock.ts";
import type { ClauseSettings } from "./run-clause.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { selectClauses } from "./selection.ts";
import { defaultTimeLimits, longestTimeLimit } from "./time-limit.ts";

const budgets: readonly Budget[] = ["gate", "soak"];

/** What a run needs to know, with the defaults. */
export interface Settings extends ClauseSettings {
  readonly selected: ReadonlySet<Clause>;
}

/**
 * The settings that options ask for.
 *
 * @throws MiError `MI_CONFORMANCE_UNKNOWN_CLAUSE` for a wrong `only`, `MI_CONFORMANCE_USAGE` for any other option that makes no sense: a
 * program in JavaScript has no compiler that would say so, and a run with a wrong limit fails every clause.
 */
export function settingsOf(options: Omit<ConformanceOptions, "onResult">): Settings {
  const { only, seed = 1, budget = "gate", signal, stopwatch = systemStopwatch } = options;
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw wrong("seed", "a whole number of 0 or more", seed);
  if (!budgets.includes(budget)) throw wrong("budget", budgets.join(" or "), budget);
  const { timeLimit = defaultTimeLimits[budget] } = options;
  if (!Number.isInteger(timeLimit) || timeLimit < 1 || timeLimit > longestTimeLimit)
    throw wrong("timeLimit", `a whole number from 1 to ${longestTimeLimit}`, timeLimit);
  if (signal !== undefined && typeof Reflect.get(Object(signal), "aborted") !== "boolean")
    throw wrong("signal", "an AbortSignal", signal);
  return { selected: selectClauses(only), seed, budget, timeLimit, stopwatch };
}

function wrong(option: string, expected: string, actual: unknown): MiError {
  return new MiError("MI_CONFORMANCE_USAGE", `${option} is ${expected}, got ${String(actual)}`, {
    details: { option, actual: String(actual) },
  });
}
