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
import { kindOf } from "./kind-of.ts";
import { stateOf, type WarmState } from "./warm-state.ts";
import type { Way } from "./way-to.ts";

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
    value === undefined
      ? undefined
      : copyIn(owner, value, () => [field.name], field.mayHoldReferences);
  const parsed = checkField(owner, field, copied);
  if (!parsed.ok || !field.isCopiedAfterParsing || typeof parsed.value !== "object") return parsed;
  return {
    ok: true,
    value: copyIn(owner, parsed.value, () => [field.name], field.mayHoldReferences),
  };
}

/** Runs a field's schema over a value that is plain data already. */
export function checkField(owner: ValueOwner, field: FieldPlan, value: unknown): Parsed {
  const parse = (input: unknown): z.ZodSafeParseResult<unknown> =>
    safeParse(owner, field.schema, input, () => [field.name]);
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
  way: () => Way,
): z.ZodSafeParseResult<unknown> {
  try {
    return z.safeParse(schema, input);
  } catch (error) {
    if (!(error instanceof z.core.$ZodAsyncError))
      throw EntityValidationError.ofThrown(
        type.name,
        lineageId,
        { path: way(), what: "the schema" },
        error,
      );
    throw new EntityDefinitionError(
      type.name,
      way(),
      "the schema checks asynchronously; check what can be checked at once, and the rest before assigning",
    );
  }
}

function isEntity(value: object): boolean {
  return stateOf(value) !== undefined;
}

/**
 * A copy of plain data, or the entity itself.
 *
 * @param way where it comes to stand; asked for messages alone
 * @param depth of how many containers of the field it comes to stand in
 */
export function copyIn(
  owner: ValueOwner,
  value: unknown,
  way: () => Way,
  mayHoldReferences: boolean,
  depth = 0,
): unknown {
  const keep = (part: object, where: readonly (string | number)[]): boolean => {
    if (!isEntity(part)) return false;
    if (!mayHoldReferences)
      throw new Unstorable(
        where,
        "an entity stands in a field without ref(); declare the reference, or assign its lineageId to a lineageRef()",
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
        [...way(), ...error.path],
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
  way: () => Way,
): WarmState {
  if (schema !== undefined) {
    const result = safeParse(owner, schema, value, way);
    if (!result.success)
      throw new EntityValidationError(
        owner.type.name,
        owner.lineageId,
        valueIssues(result.error.issues, way()),
      );
  }
  const state = stateOf(value);
  if (state === undefined)
    throw new EntityValidationError(owner.type.name, owner.lineageId, [
      { path: way(), message: `expected an entity, got ${kindOf(value)}` },
    ]);
  return state;
}

function valueIssues(
  issues: readonly z.core.$ZodIssue[],
  path: readonly (string | number)[],
): ValueIssue[] {
  return issues.map((issue) => ({
    path: [...path, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))],
    message: messageOf(issue),
  }));
}

/** Of a value that fits no member of a union zod says no more than that; what the members wanted says what to do. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue.message;
  // A member that the value fits on the outside is the one that was meant.
  const meant = issue.errors.filter((issues) => issues.every(({ path }) => path.length > 0));
  const wanted = (meant.length > 0 ? meant : issue.errors).map((issues) =>
    issues.map((inner) => [...inner.path.map(String), detailOf(inner)].join(": ")).join(" and "),
  );
  const [first = [], ...more] = [...new Set(wanted)];
  const shown = [first, ...more.slice(0, MOST_MEMBERS - 1)].join(", or ");
  return `${issue.message}: ${shown}${more.length >= MOST_MEMBERS ? ", or …" : ""}`;
}

/** Of how many members of a union a message speaks. */
const MOST_MEMBERS = 4;

function detailOf(issue: z.core.$ZodIssue): string {
  return messageOf(issue).replace(/^Invalid input: /, "");
}
