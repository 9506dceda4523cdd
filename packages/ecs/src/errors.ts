import type { EcsId, LineageId } from "./ids.ts";
import { MiError, type StorageErrorCode } from "./mi-error.ts";

/** A failure of a storage. `retryable`: the same call may succeed later; a commit is repeated unchanged. */
export class StorageError extends MiError<StorageErrorCode> {
  readonly retryable: boolean;

  constructor(
    code: StorageErrorCode,
    message: string,
    options: {
      cause?: unknown;
      retryable?: boolean;
      details?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(code, message, options);
    this.retryable = options.retryable ?? false;
  }
}

/** An id that is stored already was written again with other content. Nothing was written. */
export class IdReuseError extends StorageError {
  constructor(kind: "version" | "commit", id: string) {
    super(
      "MI_STORAGE_ID_REUSE",
      `The ${kind} ${id} is stored with other content; make a new id for new content`,
      {
        details: { kind, id },
      },
    );
  }
}

/** A commit names versions that are neither stored nor part of it. Nothing was written. */
export class MissingVersionError extends StorageError {
  readonly missing: readonly EcsId[];

  constructor(missing: readonly EcsId[], details: Readonly<Record<string, unknown>> = {}) {
    super(
      "MI_STORAGE_MISSING_VERSION",
      `Not stored and not part of this commit: ${missing.slice(0, 5).join(", ")}${missing.length > 5 ? `, and ${missing.length - 5} more` : ""}; commit them first or together`,
      { details: { ...details, missing } },
    );
    this.missing = missing;
  }
}

/** The stored data contradicts itself: a version, segment or payload that must be there is missing or wrong. */
export class CorruptionError extends StorageError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super("MI_STORAGE_CORRUPT", message, { details, cause });
  }
}

/** One thing that is wrong with a value. */
export interface ValueIssue {
  /** Field names and list positions from the entity down. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** "a.b[2]" */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`,
    "",
  );
}

/** A class passed to `entity()` or `ref()` can't work; thrown when it is defined, never later. */
export class EntityDefinitionError extends MiError<"MI_ENTITY_DEFINITION"> {
  constructor(type: string, path: readonly (string | number)[], problem: string) {
    const where = path.length === 0 ? type : `${type}.${formatPath(path)}`;
    super("MI_ENTITY_DEFINITION", `${where}: ${problem}`, { details: { type, path } });
  }
}

/** A field was given a value that its schema refuses, or that is no field. Nothing changed. */
export class EntityValidationError extends MiError<"MI_ENTITY_INVALID"> {
  readonly issues: readonly ValueIssue[];

  /** @param cause what the program's own rule threw */
  constructor(
    type: string,
    lineageId: string | undefined,
    issues: readonly ValueIssue[],
    cause?: unknown,
  ) {
    const list = issues
      .map(({ path, message }) => (path.length === 0 ? message : `${formatPath(path)}: ${message}`))
      .join("; ");
    const which = lineageId === undefined ? type : `${type} ${lineageId}`;
    super("MI_ENTITY_INVALID", `${which} refused: ${list}`, {
      cause,
      details: { type, lineageId, issues },
    });
    this.issues = issues;
  }

  /** For what code that belongs to a type's definition threw, which else would tell neither the type nor the entity. */
  static ofThrown(
    type: string,
    lineageId: string | undefined,
    thrown: {
      readonly what: string;
      readonly path?: ValueIssue["path"];
      /** More about what it was given. */
      readonly which?: string;
    },
    cause: unknown,
  ): EntityValidationError {
    const { what, path = [], which = "" } = thrown;
    const told: unknown = Reflect.get(Object(cause), "message");
    const message = `${what} threw: ${typeof told === "string" ? told : typeof cause}`;
    return new EntityValidationError(
      type,
      lineageId,
      [{ path, message: which === "" ? message : `${message} ${which}` }],
      cause,
    );
  }
}

/** A value that no storage could give back exactly. Nothing changed. */
export class UnsupportedValueError extends MiError<"MI_ENTITY_UNSUPPORTED_VALUE"> {
  readonly path: readonly (string | number)[];
  readonly reason: string;

  constructor(
    type: string,
    lineageId: string | undefined,
    path: readonly (string | number)[],
    reason: string,
  ) {
    super(
      "MI_ENTITY_UNSUPPORTED_VALUE",
      `${type}${lineageId === undefined ? "" : ` ${lineageId}`}: ${formatPath(path)} can't be stored: ${reason}`,
      { details: { type, lineageId, path, reason } },
    );
    this.path = path;
    this.reason = reason;
  }
}

/** Two warm copies of one version stand in one tree and differ: which one counts can't be known. */
export class DuplicateWarmCopyError extends MiError<"MI_ENTITY_DUPLICATE_WARM_COPY"> {
  constructor(type: string, ecsId: EcsId) {
    super(
      "MI_ENTITY_DUPLICATE_WARM_COPY",
      `Two warm copies of ${type} version ${ecsId} are in one tree and not equal; keep one of them in the tree`,
      { details: { type, ecsId } },
    );
  }
}

/** A version exists, but is of another type than asked for. */
export class EntityTypeMismatchError extends MiError<"MI_ENTITY_TYPE_MISMATCH"> {
  constructor(expected: string, actual: string, id: string) {
    super(
      "MI_ENTITY_TYPE_MISMATCH",
      expected === actual
        ? `${id} is a ${actual} of another shape than the class that was asked for; ask for the class that this registry has for the name`
        : `${id} is a ${actual}, not a ${expected}; ask for the class of ${actual} or one that it extends`,
      {
        details: { expected, actual, id },
      },
    );
  }
}

/** The root that was asked for is of a type that this process doesn't know. */
export class UnknownEntityTypeError extends MiError<"MI_ENTITY_UNKNOWN_TYPE"> {
  constructor(type: string, ecsId: EcsId) {
    super(
      "MI_ENTITY_UNKNOWN_TYPE",
      `Version ${ecsId} is of type ${type}, which this registry doesn't know; import its class or name it in the registry's types`,
      { details: { type, ecsId } },
    );
  }
}

/** Somebody else made a newer version of what was forked, and `onConflict` is "fail". Nothing was written. */
export class ConcurrentModificationError extends MiError<"MI_ENTITY_CONFLICT"> {
  /** Per lineage: the version that was forked, and the present heads. */
  readonly conflicts: readonly {
    readonly type: string;
    readonly lineageId: LineageId;
    readonly expected: EcsId;
    readonly actual: readonly EcsId[];
  }[];

  constructor(conflicts: ConcurrentModificationError["conflicts"]) {
    const list = conflicts
      .slice(0, 5)
      .map(
        ({ type, lineageId, expected, actual }) =>
          `${type} ${lineageId}: expected head ${expected}, found ${actual.join(", ")}`,
      )
      .join("; ");
    const more = conflicts.length > 5 ? `; and ${conflicts.length - 5} more` : "";
    const what = `Changed by another writer: ${list}${more}; load the newest and retry, or let onConflict be "branch" or "merge"`;
    super("MI_ENTITY_CONFLICT", what, {
      details: { conflicts },
    });
    this.conflicts = conflicts;
  }
}

/** A named ref doesn't point at what was expected. Nothing was moved. */
export class RefConflictError extends MiError<"MI_REF_CONFLICT"> {
  readonly expected: EcsId | null;
  /** What it points at; `undefined` when it doesn't exist. */
  readonly actual: EcsId | undefined;

  constructor(name: string, expected: EcsId | null, actual: EcsId | undefined) {
    super(
      "MI_REF_CONFLICT",
      `The ref ${JSON.stringify(name)} was expected ${expected === null ? "not to exist" : `at ${expected}`}, and ${actual === undefined ? "doesn't exist" : `is at ${actual}`}; read it again and decide anew`,
      { details: { name, expected, actual } },
    );
    this.expected = expected;
    this.actual = actual;
  }
}

/** A place where both sides of a merge changed the same thing, differently. */
export interface MergeConflict {
  readonly type: string;
  readonly lineageId: LineageId;
  readonly path: readonly (string | number)[];
  /** The values before and on each side; `undefined` for absent. A sub-entity shows as `{ lineageId }`. */
  readonly base: unknown;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** A merge has conflicts and nobody to resolve them. Nothing was written. */
export class MergeConflictError extends MiError<"MI_MERGE_CONFLICT"> {
  readonly conflicts: readonly MergeConflict[];

  constructor(conflicts: readonly MergeConflict[]) {
    const list = conflicts
      .slice(0, 5)
      .map((conflict) => `${conflict.type} ${conflict.lineageId}.${formatPath(conflict.path)}`)
      .join(", ");
    const more = conflicts.length > 5 ? `, and ${conflicts.length - 5} more` : "";
    super(
      "MI_MERGE_CONFLICT",
      `Both sides changed ${list}${more}; give merge() a resolve function that decides`,
      { details: { conflicts } },
    );
    this.conflicts = conflicts;
  }
}
