import { CorruptionError, MiError, StorageError } from "@mi/ecs";
import type { StorageErrorCode } from "@mi/ecs";

/** What an error of a driver means. */
export interface ErrorClass {
  readonly code: StorageErrorCode;
  readonly retryable: boolean;
  /** What happened and what to do. */
  readonly says: string;
}

/** The class of a driver's error, of which a code and a message are known; `undefined` for one that it doesn't know. */
export type ErrorClasses = (
  driverCode: string | undefined,
  message: string,
) => ErrorClass | undefined;

const unexpected: ErrorClass = {
  code: "MI_STORAGE_UNEXPECTED",
  retryable: false,
  says: "failed in a way that this package doesn't know; see the cause",
};

/** The error to throw for one that a driver threw. One that is an @mi error already comes back as it is. */
export function classifyError(error: unknown, place: string, classOf: ErrorClasses): unknown {
  if (MiError.is(error)) return error;
  const driverCode = driverCodeOf(error);
  const { code, retryable, says } = classOf(driverCode, messageOf(error)) ?? unexpected;
  const message = `${place} ${says} (${driverCode ?? ""}${driverCode === undefined ? "" : ": "}${messageOf(error)})`;
  const details = { place, driverCode };
  return code === "MI_STORAGE_CORRUPT"
    ? new CorruptionError(message, details, error)
    : new StorageError(code, message, { cause: error, retryable, details });
}

/** The code that a driver gave its error. */
export function driverCodeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error
    ? String(error.message)
    : String(error);
}
