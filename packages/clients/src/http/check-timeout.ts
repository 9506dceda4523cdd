import { MiError } from "../errors.ts";

/** The most that a timer of Node holds; a greater number would fire at once. */
export const longestTimeoutMs = 2_147_483_647;

export function checkTimeout(
  timeoutMs: number,
  code: "MI_CLIENT_CONFIGURATION" | "MI_CLIENT_INVALID_REQUEST",
): number {
  if (timeoutMs > 0 && timeoutMs <= longestTimeoutMs) return timeoutMs;
  throw new MiError(
    code,
    `timeoutMs must be over 0 and at most ${longestTimeoutMs}, got ${timeoutMs}`,
    {
      details: { field: "timeoutMs", got: timeoutMs },
    },
  );
}
