import { types } from "node:util";
import { isPlainObject, setOwn } from "./plain-object.ts";

/** The deepest nesting of plain data that a field can hold. zod fails between 1,000 and 2,000, SQLite's JSON at 1,000. */
const MAX_NESTING = 500;

/** Claims what is put in as it is. */
export type Keep = (value: object, path: readonly (string | number)[]) => boolean;

/** Why a value can't be stored, and where. */
export class Unstorable {
  readonly path: readonly (string | number)[];
  readonly reason: string;

  constructor(path: readonly (string | number)[], reason: string) {
    this.path = [...path];
    this.reason = reason;
  }
}

/**
 * A copy of plain data in the form that is stored: `-0` becomes 0, `undefined` properties are dropped, dates are copied.
 * What `keep` claims (an entity) is put in as it is.
 *
 * @param depth in how many others it comes to stand
 * @throws Unstorable
 */
export function copyValue(value: unknown, keep: Keep, depth = 0): unknown {
  return copy(
    value,
    (part, path) => {
      if (keep(part, path)) return true;
      if (depth + path.length > MAX_NESTING && !types.isDate(part))
        throw new Unstorable(
          path.slice(0, 3),
          `nested deeper than ${MAX_NESTING} levels, or in a circle; use entities and ref() for linked data`,
        );
      return false;
    },
    [],
  );
}

function copy(value: unknown, keep: Keep, path: (string | number)[]): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "bigint":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new Unstorable(path, `${value} is no finite number`);
      return value === 0 ? 0 : value;
    case "undefined":
      throw new Unstorable(path, "undefined has no place in a list; use null");
    case "object":
      return value === null ? null : copyObject(value, keep, path);
    case "function":
    case "symbol":
      throw new Unstorable(path, `a ${typeof value} is no data`);
  }
}

function copyObject(value: object, keep: Keep, path: (string | number)[]): unknown {
  if (keep(value, path)) return value;
  if (types.isDate(value)) {
    const time = value.getTime();
    if (Number.isNaN(time)) throw new Unstorable(path, "the date is invalid");
    return new Date(time);
  }
  if (Array.isArray(value)) return copyArray(value, keep, path);
  if (!isPlainObject(value)) {
    const name: unknown = value.constructor?.name;
    throw new Unstorable(
      path,
      `an instance of ${typeof name === "string" && name !== "" ? name : "a class"} is no plain data`,
    );
  }
  const out: Record<string, unknown> = {};
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === "symbol") throw new Unstorable(path, "a symbol is no property name");
    if (!Object.prototype.propertyIsEnumerable.call(value, key)) continue;
    const part = value[key];
    if (part === undefined) continue;
    path.push(key);
    setOwn(out, key, copy(part, keep, path));
    path.pop();
  }
  return out;
}

/** What a search gives (`"a b".match(/a/)`) is a list with names of its own, which would be lost. */
function refuseNamed(value: readonly unknown[], path: readonly (string | number)[]): void {
  for (const key of Reflect.ownKeys(value).slice(value.length))
    if (Object.prototype.propertyIsEnumerable.call(value, key))
      throw new Unstorable(
        [...path, String(key)],
        "a list has positions and nothing else; copy it with Array.from(), or use an object",
      );
}

function copyArray(value: readonly unknown[], keep: Keep, path: (string | number)[]): unknown[] {
  const out: unknown[] = [];
  for (let i = 0; i < value.length; i++) {
    path.push(i);
    if (!(i in value)) throw new Unstorable(path, "the list is sparse; fill its holes");
    out.push(copy(value[i], keep, path));
    path.pop();
  }
  // Positions and `length`: more than that is looked at. Not Object.keys(), which asks a proxy for each of them.
  if (Reflect.ownKeys(value).length > value.length + 1) refuseNamed(value, path);
  return out;
}
