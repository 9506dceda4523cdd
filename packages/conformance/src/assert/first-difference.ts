import type { RefList } from "@mi/ecs";

export interface Difference {
  /** Where: e.g. `[3].record.lists[0][17]`; empty for the whole value. */
  readonly path: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

/**
 * The first place where two values differ by content. It asks for no prototype and no constructor, so values of another
 * realm (a test runner's sandbox) compare like any other. A property that is `undefined` counts as not there.
 */
export function firstDifference(actual: unknown, expected: unknown): Difference | undefined {
  if (Object.is(actual, expected)) return undefined;
  const different = { path: "", actual, expected };
  if (!isObject(actual) || !isObject(expected)) return different;
  if (isArray(actual) && isArray(expected)) return inSequence(actual, expected);
  if (isRefList(actual) && isRefList(expected))
    return actual.length === expected.length
      ? inSequence([...actual], [...expected])
      : differentLengths(actual.length, expected.length);
  if (isMap(actual) && isMap(expected)) return inMaps(new Map(actual), new Map(expected));
  if (isDate(actual) && isDate(expected))
    return Object.is(timeOf(actual), timeOf(expected)) ? undefined : different;
  if (isPlain(actual) && isPlain(expected)) return inProperties(actual, expected);
  return different;
}

function inSequence(
  actual: readonly unknown[],
  expected: readonly unknown[],
): Difference | undefined {
  const both = Math.min(actual.length, expected.length);
  for (let i = 0; i < both; i++) {
    const found = firstDifference(actual[i], expected[i]);
    if (found !== undefined) return below(`[${i}]`, found);
  }
  return actual.length === expected.length
    ? undefined
    : differentLengths(actual.length, expected.length);
}

function inMaps(
  actual: ReadonlyMap<unknown, unknown>,
  expected: ReadonlyMap<unknown, unknown>,
): Difference | undefined {
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const found = firstDifference(actual.get(key), expected.get(key));
    if (found !== undefined) return below(`.get(${String(key)})`, found);
  }
  return undefined;
}

function inProperties(actual: object, expected: object): Difference | undefined {
  const more = Object.keys(actual).filter((key) => !isProperty(expected, key));
  for (const key of [...Object.keys(expected), ...more]) {
    const found = firstDifference(valueOf(actual, key), valueOf(expected, key));
    if (found !== undefined) return below(`.${key}`, found);
  }
  return undefined;
}

/** Paths are made on the way back: most comparisons find nothing, and there are very many. */
function below(step: string, found: Difference): Difference {
  return { ...found, path: step + found.path };
}

function differentLengths(actual: number, expected: number): Difference {
  return { path: ".length", actual, expected };
}

/** Own and enumerable: what `Object.entries` answers. */
function isProperty(value: object, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, key);
}

function valueOf(value: object, key: string): unknown {
  return isProperty(value, key) ? Reflect.get(value, key) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

export function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
  return Object.prototype.toString.call(value) === "[object Map]";
}

export function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}

function timeOf(date: Date): number {
  return Date.prototype.getTime.call(date);
}

/** By what it can do: a backend may have a list class of its own. */
export function isRefList(value: unknown): value is RefList {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    "length" in value &&
    typeof value.length === "number" &&
    "at" in value &&
    typeof value.at === "function" &&
    "slice" in value &&
    typeof value.slice === "function" &&
    Symbol.iterator in value
  );
}

export function isPlain(value: unknown): value is object {
  return Object.prototype.toString.call(value) === "[object Object]" && !isRefList(value);
}
