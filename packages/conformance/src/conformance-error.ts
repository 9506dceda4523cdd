import { MiError } from "@mi/ecs";

/** The codes of the errors that this package throws on purpose. */
export type ConformanceErrorCode =
  | "MI_CONFORMANCE_FAILED"
  | "MI_CONFORMANCE_NOT_A_REPORT"
  | "MI_CONFORMANCE_UNKNOWN_CLAUSE"
  | "MI_CONFORMANCE_USAGE";

/** What a clause found. */
export interface ConformanceFailure {
  /** The id of the clause. */
  readonly clause: string;
  /** What was looked at, and where in it the difference is. */
  readonly what: string;
  /** As text, shortened. */
  readonly expected: string;
  readonly actual: string;
  /** The seed of the run: with it and the clause's id the failure repeats. */
  readonly seed: number;
  /** What the clause did before, the last step at the end. */
  readonly trace: readonly string[];
  /** What to call to see it again. Default: the kit with the clause's id and the seed. */
  readonly repeat?: string | undefined;
}

/** A clause does not hold. */
export class ConformanceError extends MiError<"MI_CONFORMANCE_FAILED"> {
  declare readonly details: Readonly<Record<string, unknown>> & ConformanceFailure;
  readonly clause: string;
  readonly expected: string;
  readonly actual: string;
  readonly seed: number;
  readonly trace: readonly string[];

  constructor(failure: ConformanceFailure, cause?: unknown) {
    const { clause, what, expected, actual, seed, trace } = failure;
    const { repeat = `only: ["${clause}"], seed: ${seed}` } = failure;
    const steps = trace.length === 0 ? "" : `\n  after: ${trace.join("\n         ")}`;
    super(
      "MI_CONFORMANCE_FAILED",
      `${clause}: ${what}\n  expected: ${expected}\n  actual: ${actual}${steps}\n  repeat with ${repeat}`,
      { details: { ...failure }, cause },
    );
    this.clause = clause;
    this.expected = expected;
    this.actual = actual;
    this.seed = seed;
    this.trace = trace;
  }
}
