import { types } from "node:util";
import type { EntityRecord } from "../storage/contract.ts";
import { setOwn } from "../values/plain-object.ts";
import { isRefList, recordFields, VersionReference } from "./record-fields.ts";

/** Anything that JSON can say. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * The fields of a version as plain JSON: what a JSON Patch of its diffs applies to. A sub-entity is `{"$ref": ecsId}`, a
 * list of them an array of those; a date is `{"$date": "2026-01-01T00:00:00.000Z"}`, a bigint `{"$bigint": "12"}`. A key
 * that begins with "$" gets one more, so that no data looks like one of these.
 */
export function jsonForm(record: EntityRecord): { readonly [key: string]: JsonValue } {
  return jsonObject(recordFields(record));
}

/** Of a value as it stands in record fields and in changes. */
export function jsonValue(value: unknown): JsonValue {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    case "bigint":
      return { $bigint: String(value) };
    case "object":
      return value === null ? null : jsonOfObject(value);
    default:
      throw new TypeError(`a ${typeof value} is no content of a record`);
  }
}

export function jsonKey(key: string): string {
  return key.startsWith("$") ? `$${key}` : key;
}

function jsonOfObject(value: object): JsonValue {
  if (Array.isArray(value)) return value.map(jsonValue);
  if (types.isDate(value)) return { $date: value.toISOString() };
  if (value instanceof VersionReference) return { $ref: value.ref };
  if (isRefList(value)) return Array.from(value, (ref) => ({ $ref: ref }));
  return jsonObject(value);
}

function jsonObject(value: object): { readonly [key: string]: JsonValue } {
  const out: Record<string, JsonValue> = {};
  for (const [key, part] of Object.entries(value)) setOwn(out, jsonKey(key), jsonValue(part));
  return out;
}
