/** The codes of the errors that `@mi/ecs` throws on purpose; the README lists what each means and what to do. */
export type EcsErrorCode =
  | "MI_BUNDLE_INVALID"
  | "MI_ENTITY_COMMIT_CONTEXT"
  | "MI_ENTITY_CONFLICT"
  | "MI_ENTITY_DEFINITION"
  | "MI_ENTITY_DUPLICATE_WARM_COPY"
  | "MI_ENTITY_INVALID"
  | "MI_ENTITY_NOT_FOUND"
  | "MI_ENTITY_NO_REGISTRY"
  | "MI_ENTITY_OTHER_REGISTRY"
  | "MI_ENTITY_TYPE_MISMATCH"
  | "MI_ENTITY_UNKNOWN_TYPE"
  | "MI_ENTITY_UNSUPPORTED_VALUE"
  | "MI_ID_INVALID"
  | "MI_LOG_OPEN"
  | "MI_MERGE_CONFLICT"
  | "MI_REF_CONFLICT"
  | "MI_REGISTRY_USAGE"
  | "MI_TRACE_CLOSED"
  | "MI_TRACE_DEADLOCK"
  | "MI_TRACE_OTHER_REGISTRY"
  | "MI_TRACE_OVERLAP"
  | StorageErrorCode;

/** The codes of a storage; the same code for the same event on every backend. */
export type StorageErrorCode =
  | "MI_STORAGE_BUSY"
  | "MI_STORAGE_CLOSED"
  | "MI_STORAGE_CONNECTION"
  | "MI_STORAGE_CORRUPT"
  | "MI_STORAGE_FULL"
  | "MI_STORAGE_ID_REUSE"
  | "MI_STORAGE_MISSING_VERSION"
  | "MI_STORAGE_OPEN"
  | "MI_STORAGE_PERMISSION"
  | "MI_STORAGE_SCHEMA_NEWER"
  | "MI_STORAGE_TIMEOUT"
  | "MI_STORAGE_UNEXPECTED"
  | "MI_STORAGE_USAGE";

const brand = Symbol.for("@mi/error");

/**
 * The base of every error that an `@mi` package throws on purpose. Ask `MiError.is(e)` or compare `e.code`: `instanceof`
 * fails between two installed copies of a package and between realms.
 */
export class MiError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }

  /** Whether this is an error of any `@mi` package, also of another copy of it. */
  static is(value: unknown): value is MiError {
    return typeof value === "object" && value !== null && brand in value;
  }

  /** Name, code, message and details: what a log keeps of it. */
  toJSON(): Record<string, unknown> {
    return { name: this.name, code: this.code, message: this.message, details: this.details };
  }
}

/** The error for a call that can't be right whatever is stored. The message says what to pass. */
export function usageError(message: string): MiError {
  const code: EcsErrorCode = "MI_REGISTRY_USAGE";
  return new MiError(code, message);
}
