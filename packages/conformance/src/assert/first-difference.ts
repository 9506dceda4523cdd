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
export function firstDifference(
  actual: unknown,
  expected: unknown,
  path = "",
): Difference | undefined {
  if (Object.is(actual, expected)) return undefined;
  const different = { path, actual, expected };
  if (isArray(actual) && isArray(expected)) return inSequence(actual, expected, path);
  if (isRefList(actual) && isRefList(expected))
    return actual.length === expected.length
      ? inSequence([...actual], [...expected], path)
      : { path: `${path}.length`, actual: actual.length, expected: expected.length };
  if (isMap(actual) && isMap(expected))
    return inKeys(new Map(actual), new Map(expected), (key) => `${path}.get(${String(key)})`);
  if (isDate(actual) && isDate(expected))
    return Object.is(timeOf(actual), timeOf(expected)) ? undefined : different;
  if (isPlain(actual) && isPlain(expected))
    return inKeys(entriesOf(actual), entriesOf(expected), (key) => `${path}.${String(key)}`);
  return different;
}

function inSequence(
  actual: readonly unknown[],
  expected: readonly unknown[],
  path: string,
): Difference | undefined {
  const both = Math.min(actual.length, expected.length);
  for (let i = 0; i < both; i++) {
    const found = firstDifference(actual[i], expected[i], `${path}[${i}]`);
    if (found !== undefined) return found;
  }
  return actual.length === expected.length
    ? undefined
    : { path: `${path}.length`, actual: actual.length, expected: expected.length };
}

function inKeys(
  actual: ReadonlyMap<unknown, unknown>,
  expected: ReadonlyMap<unknown, unknown>,
  pathOf: (key: unknown) => string,
): Difference | undefined {
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const found = firstDifference(actual.get(key), expected.get(key), pathOf(key));
    if (found !== undefined) return found;
  }
  return undefined;
}

function entriesOf(value: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value));
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
