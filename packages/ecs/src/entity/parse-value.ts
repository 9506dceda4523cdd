import { z } from "zod";
import {
  EntityDefinitionError,
  EntityValidationError,
  UnsupportedValueError,
  type ValueIssue,
} from "../errors.ts";
import { copyValue, Unstorable } from "../values/copy-value.ts";
import { hasProtoKey, withoutProtoKeys } from "../values/proto-keys.ts";
import type { EntityType, FieldPlan } from "./entity-type.ts";
import { stateOf, type WarmState } from "./warm-state.ts";

/** Whose field a value is for; named in errors. */
export interface ValueOwner {
  readonly type: EntityType;
  readonly lineageId?: string | undefined;
}

/** A value for a field, copied in, checked and with defaults filled in; or what is wrong with it. */
export type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly ValueIssue[] };

/** @throws UnsupportedValueError when no storage could give the value back. */
export function parseField(owner: ValueOwner, field: FieldPlan, value: unknown): Parsed {
  const copied =
    value === undefined ? undefined : copyIn(owner, value, [field.name], field.mayHoldReferences);
  const parsed = checkField(owner, field, copied);
  if (!parsed.ok || !field.isCopiedAfterParsing || typeof parsed.value !== "object") return parsed;
  return {
    ok: true,
    value: copyIn(owner, parsed.value, [field.name], field.mayHoldReferences),
  };
}

/** Runs a field's schema over a value that is plain data already. */
export function checkField(owner: ValueOwner, field: FieldPlan, value: unknown): Parsed {
  const parse = (input: unknown): z.ZodSafeParseResult<unknown> =>
    safeParse(owner, field.schema, input, [field.name]);
  const result = hasProtoKey(value, isEntity) ? withoutProtoKeys(value, parse) : parse(value);
  return result.success
    ? { ok: true, value: result.data }
    : { ok: false, issues: valueIssues(result.error.issues, [field.name]) };
}

/** A check that answers later can't be waited for in an assignment. */
function safeParse(
  { type, lineageId }: ValueOwner,
  schema: z.core.$ZodType,
  input: unknown,
  path: ValueIssue["path"],
): z.ZodSafeParseResult<unknown> {
  try {
    return z.safeParse(schema, input);
  } catch (error) {
    if (!(error instanceof z.core.$ZodAsyncError))
      throw EntityValidationError.ofThrown(
        type.name,
        lineageId,
        { path, what: "the schema" },
        error,
      );
    throw new EntityDefinitionError(
      type.name,
      path,
      "the schema checks asynchronously; check what can be checked at once, and the rest before assigning",
    );
  }
}

function isEntity(value: object): boolean {
  return stateOf(value) !== undefined;
}

/** A copy of plain data, or the entity itself. @param depth of how many containers of the field it comes to stand in */
export function copyIn(
  owner: ValueOwner,
  value: unknown,
  path: readonly (string | number)[],
  mayHoldReferences: boolean,
  depth = 0,
): unknown {
  const keep = (part: object, where: readonly (string | number)[]): boolean => {
    if (!isEntity(part)) return false;
    if (!mayHoldReferences)
      throw new Unstorable(
        where,
        "an entity stands in a field without ref(); declare the reference",
      );
    return true;
  };
  try {
    return copyValue(value, keep, depth);
  } catch (error) {
    if (error instanceof Unstorable)
      throw new UnsupportedValueError(
        owner.type.name,
        owner.lineageId,
        [...path, ...error.path],
        error.reason,
      );
    throw error;
  }
}

/** A member for a list of entities. */
export function parseMember(
  owner: ValueOwner,
  schema: z.core.$ZodType | undefined,
  value: unknown,
  path: readonly (string | number)[],
): WarmState {
  if (schema !== undefined) {
    const result = safeParse(owner, schema, value, path);
    if (!result.success)
      throw new EntityValidationError(
        owner.type.name,
        owner.lineageId,
        valueIssues(result.error.issues, path),
      );
  }
  const state = stateOf(value);
  if (state === undefined)
    throw new EntityValidationError(owner.type.name, owner.lineageId, [
      { path, message: "expected an entity" },
    ]);
  return state;
}

function valueIssues(
  issues: readonly z.core.$ZodIssue[],
  path: readonly (string | number)[],
): ValueIssue[] {
  return issues.map((issue) => ({
    path: [...path, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))],
    message: issue.message,
  }));
}
