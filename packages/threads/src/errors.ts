import { MiError } from "@mi/ecs";

/** The codes of the errors that `@mi/threads` throws on purpose; the README lists what each means and what to do. */
export const threadsErrorCodes = [
  "MI_THREADS_ABORTED",
  "MI_THREADS_CONFIGURATION",
  "MI_THREADS_DUPLICATE_THREAD",
  "MI_THREADS_FORMAT_UNSUPPORTED",
  "MI_THREADS_NO_CLIENT",
  "MI_THREADS_NO_MESSAGE",
  "MI_THREADS_NO_MODEL",
  "MI_THREADS_REQUEST_MISMATCH",
  "MI_THREADS_TOOL_DEFINITION",
  "MI_THREADS_TOOL_DUPLICATE",
  "MI_THREADS_TOOL_UNKNOWN",
  "MI_THREADS_TOOL_UNSUPPORTED",
  "MI_THREADS_TRACED",
  "MI_THREADS_UNEXPECTED",
] as const;

/** The codes of the errors that this package throws on purpose. */
export type ThreadsErrorCode = (typeof threadsErrorCodes)[number];

export function threadsError(
  code: ThreadsErrorCode,
  message: string,
  options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
): MiError<ThreadsErrorCode> {
  return new MiError(code, message, options);
}
