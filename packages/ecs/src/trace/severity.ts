/**
 * Which traced calls a registry reports; never what is committed. Each level includes those before it: CRITICAL for calls
 * marked so, NORMAL for every outermost call, VERBOSE for calls inside other ones too.
 */
export type TraceSeverity = "NONE" | "CRITICAL" | "NORMAL" | "VERBOSE";

const order: readonly TraceSeverity[] = ["NONE", "CRITICAL", "NORMAL", "VERBOSE"];

/** Whether a registry of level `level` reports a call of severity `severity`. */
export function isReported(severity: TraceSeverity, level: TraceSeverity): boolean {
  return severity !== "NONE" && order.indexOf(severity) <= order.indexOf(level);
}
