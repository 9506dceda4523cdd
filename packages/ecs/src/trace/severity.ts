import { MiError, type EcsErrorCode } from "../mi-error.ts";

/**
 * Which traced calls a registry reports; never what is committed. Each level includes those before it: CRITICAL for calls
 * marked so, NORMAL for every outermost call, VERBOSE for calls inside other ones too.
 */
export type TraceSeverity = "NONE" | "CRITICAL" | "NORMAL" | "VERBOSE";

const order: readonly TraceSeverity[] = ["NONE", "CRITICAL", "NORMAL", "VERBOSE"];

/** @throws MiError of code MI_REGISTRY_USAGE when it is none */
export function checkSeverity(level: TraceSeverity): TraceSeverity {
  if (order.includes(level)) return level;
  const code: EcsErrorCode = "MI_REGISTRY_USAGE";
  throw new MiError(
    code,
    `a trace severity is one of ${order.join(", ")}, got ${JSON.stringify(level)}`,
  );
}

/** Whether a registry of level `level` reports a call of severity `severity`. */
export function isReported(severity: TraceSeverity, level: TraceSeverity): boolean {
  return severity !== "NONE" && order.indexOf(severity) <= order.indexOf(level);
}
