import { stateOf, type Home, type WarmState } from "../entity/warm-state.ts";
import {
  EntityValidationError,
  UnsupportedValueError,
  formatPath,
  type MergeConflict,
} from "../errors.ts";
import { isModified } from "../fork/affected.ts";
import type { LineageId } from "../ids.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";
import { copyValue, Unstorable } from "../values/copy-value.ts";
import { isPlainObject, setOwn } from "../values/plain-object.ts";
import type { ValueConflict } from "./merge-values.ts";
import { EntityToken, uncontested } from "./tokens.ts";

/** Which side a conflict takes, or the value that stands instead. */
export type Resolution = "ours" | "theirs" | "base" | { readonly value: unknown };

/**
 * Decides a conflict, at once. A value is plain data; where an entity belongs, an entity without changes, or what the
 * conflict shows of one, `{ lineageId }`; for members of a list those that stand there. `undefined` leaves it open.
 */
export type Resolve = (conflict: MergeConflict) => Resolution | undefined;

/** What answers may refer to. */
export interface AnswerScope {
  readonly home: Home;
  /** Whether the field may hold entities at all. */
  readonly mayHoldReferences: boolean;
  /** The lineage, when some version of it is part of the merge. */
  readonly known: (lineageId: string) => LineageId | undefined;
  /** Takes a stored entity from outside, with its tree, into the merge. */
  readonly admit: (state: WarmState) => void;
}

/**
 * The value with tokens that an answer stands for.
 *
 * @throws UnsupportedValueError, EntityValidationError, MiError for what can't stand in an entity
 */
export function answered(
  resolution: Resolution,
  { kind, ...values }: ValueConflict,
  conflict: MergeConflict,
  scope: AnswerScope,
): unknown {
  if (resolution === "ours" || resolution === "theirs") return values[resolution];
  if (resolution === "base") return uncontested(values.base);
  if (!isPlainObject(resolution) || !Object.hasOwn(resolution, "value"))
    throw usage(conflict, 'resolve() must answer "ours", "theirs", "base" or { value }, at once');
  const { value } = resolution;
  if (value === undefined && kind === "value") return undefined;
  const token = tokenised(copied(value, conflict), conflict, scope);
  const members: readonly unknown[] = Array.isArray(token) ? token : [token];
  if (kind === "entities" && !members.every((member) => member instanceof EntityToken))
    throw new EntityValidationError(conflict.type, conflict.lineageId, [
      {
        path: conflict.path,
        message: "expected entities of the merge, answer them or their { lineageId } in resolve()",
      },
    ]);
  return token;
}

function copied(value: unknown, { type, lineageId, path }: MergeConflict): unknown {
  try {
    return copyValue(value, (part) => stateOf(part) !== undefined);
  } catch (error) {
    if (!(error instanceof Unstorable)) throw error;
    const why = `${error.reason}; answer another value in resolve()`;
    throw new UnsupportedValueError(type, lineageId, [...path, ...error.path], why);
  }
}

function tokenised(value: unknown, conflict: MergeConflict, scope: AnswerScope): unknown {
  if (typeof value !== "object" || value === null) return value;
  const state = stateOf(value);
  if (state !== undefined) return entityToken(state, conflict, scope);
  if (Array.isArray(value)) return value.map((part) => tokenised(part, conflict, scope));
  if (!isPlainObject(value)) return value;
  const shown = scope.mayHoldReferences ? shownEntity(value, scope) : undefined;
  if (shown !== undefined) return shown;
  const out: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value))
    setOwn(out, key, tokenised(part, conflict, scope));
  return out;
}

function shownEntity(value: Record<string, unknown>, scope: AnswerScope): EntityToken | undefined {
  const { lineageId } = value;
  if (typeof lineageId !== "string" || Object.keys(value).length > 1) return undefined;
  const known = scope.known(lineageId);
  return known === undefined ? undefined : new EntityToken(known);
}

function entityToken(state: WarmState, conflict: MergeConflict, scope: AnswerScope): EntityToken {
  const { type, lineageId, path } = conflict;
  if (!scope.mayHoldReferences)
    throw new UnsupportedValueError(
      type,
      lineageId,
      path,
      "an entity stands in a field without ref(); answer plain data in resolve()",
    );
  const which = `the ${state.type.name} ${state.lineageId} that resolve() answered`;
  if (state.recorded === undefined || isModified(state))
    throw usage(conflict, `${which} is not stored as it is; fork() or register it before merge()`);
  if (state.home !== scope.home)
    throw usage(conflict, `${which} is of another registry; answer one of this`);
  if (scope.known(state.lineageId) === undefined) scope.admit(state);
  return new EntityToken(state.lineageId);
}

function usage({ type, lineageId, path }: MergeConflict, message: string): MiError {
  const code: EcsErrorCode = "MI_REGISTRY_USAGE";
  return new MiError(code, `${type} ${lineageId}.${formatPath(path)}: ${message}`, {
    details: { type, lineageId, path },
  });
}
