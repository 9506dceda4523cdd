import type { z } from "zod";
import { referenceTarget, weakReferenceTarget } from "./reference-target.ts";
import { referenceList, unwrap } from "./schema-shape.ts";

type Schema = z.core.$ZodType;

/**
 * What the values of a field are, `null` and `undefined` aside. `reference`: another entity; `list`: an array of entities;
 * `text`: also a weak reference; `json`: all else, and what may be of several kinds.
 */
export type ValueKind =
  "text" | "integer" | "number" | "boolean" | "bigint" | "date" | "reference" | "list" | "json";

/** The kind of the values that a schema takes. */
export function valueKind(schema: Schema): ValueKind {
  if (referenceList(schema) !== undefined) return "list";
  // Only null and undefined are of no kind, and such a field has nothing to show.
  return kindOf(schema) ?? "json";
}

/** `undefined` for what takes `null` or `undefined` alone. */
function kindOf(schema: Schema): ValueKind | undefined {
  const node = unwrap(schema);
  if (referenceTarget(node) !== undefined) return "reference";
  if (weakReferenceTarget(node) !== undefined) return "text";
  const { def } = node._zod;
  switch (def.type) {
    case "string":
    case "template_literal":
      return "text";
    case "number":
      return isInteger(node) ? "integer" : "number";
    case "boolean":
    case "bigint":
    case "date":
      return def.type;
    case "null":
    case "undefined":
      return undefined;
    case "enum":
    case "literal":
      return commonKind([...(node._zod.values ?? [undefined])].map(kindOfValue));
    case "union":
      return "options" in def && Array.isArray(def.options)
        ? commonKind((def.options as readonly Schema[]).map(kindOf))
        : "json";
    default:
      return "json";
  }
}

function kindOfValue(value: unknown): ValueKind | undefined {
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return Number.isSafeInteger(value) ? "integer" : "number";
    case "boolean":
      return "boolean";
    case "bigint":
      return "bigint";
    default:
      return undefined;
  }
}

function commonKind(kinds: readonly (ValueKind | undefined)[]): ValueKind | undefined {
  const found = new Set(kinds.filter((kind) => kind !== undefined));
  if (found.has("number")) found.delete("integer");
  const [kind, second] = found;
  return second === undefined ? kind : "json";
}

/** The format stands in the schema of `z.int()`, and in a check of `z.number().int()`. */
function isInteger(node: Schema): boolean {
  const { checks = [] } = node._zod.def;
  return [node._zod.def, ...checks.map((check) => check._zod.def)].some(
    (def) => "format" in def && typeof def.format === "string" && def.format.includes("int"),
  );
}
