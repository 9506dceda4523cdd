import { isPlainObject, setOwn } from "./plain-object.ts";

const NAME = "__proto__";
// No text from outside is likely to be it, and NUL keeps it apart from what a schema may ask for by name.
const STAND_IN = "\0__proto__";

/** Whether plain data has `__proto__` as an ordinary key anywhere. `isLeaf` ends the walk at what is no plain data. */
export function hasProtoKey(value: unknown, isLeaf: (value: object) => boolean): boolean {
  if (typeof value !== "object" || value === null || isLeaf(value)) return false;
  if (!Array.isArray(value) && Object.hasOwn(value, NAME)) return true;
  return Object.values(value).some((part) => hasProtoKey(part, isLeaf));
}

/**
 * Calls `parse` with a copy in which every `__proto__` key has another name, and gives the name back in its result:
 * zod's records and objects drop that key without a word.
 */
export function withoutProtoKeys<Result extends { readonly data?: unknown }>(
  value: unknown,
  parse: (value: unknown) => Result,
): Result {
  const result = parse(rename(value, NAME, STAND_IN));
  return { ...result, data: rename(result.data, STAND_IN, NAME) };
}

function rename(value: unknown, from: string, to: string): unknown {
  if (Array.isArray(value)) return value.map((part) => rename(part, from, to));
  if (!isPlainObject(value)) return value;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value))
    setOwn(out, key === from ? to : key, rename(value[key], from, to));
  return out;
}
