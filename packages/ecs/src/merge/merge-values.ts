import { mergeLists, type ListConflict } from "../history/merge-lists.ts";
import type { LineageId } from "../ids.ts";
import { isPlainObject, setOwn } from "../values/plain-object.ts";
import { EntityToken, ListToken, tokenText } from "./tokens.ts";

type Path = readonly (string | number)[];

/** A place where both sides differ from the base and from each other. */
export interface ValueConflict {
  readonly path: Path;
  readonly base: unknown;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** Decides a conflict: the value that stands in the merge. */
export type Decide = (conflict: ValueConflict) => unknown;

/**
 * Joins two values over what they came from. What one side changed is taken; objects are joined key by key, lists with
 * their insertions kept side by side; the rest is a conflict.
 *
 * @param bases one for each nearest common ancestor: histories that merged into each other before have several
 */
export function mergeValues(
  bases: readonly unknown[],
  ours: unknown,
  theirs: unknown,
  path: Path,
  decide: Decide,
): unknown {
  const [mine, other] = [tokenText(ours), tokenText(theirs)];
  if (mine === other) return ours;
  const before = new Set(bases.map(tokenText));
  if (before.has(mine) && !before.has(other)) return theirs;
  if (before.has(other) && !before.has(mine)) return ours;
  const [base] = bases;
  if (ours instanceof ListToken && theirs instanceof ListToken) {
    const start = base instanceof ListToken ? base.members : [];
    const members = joinLists(start, ours.members, theirs.members, path, decide, (id) => id);
    return new ListToken(members.filter(isLineageId));
  }
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    const start: readonly unknown[] = Array.isArray(base) ? base : [];
    return joinLists(start, ours, theirs, path, decide, tokenText);
  }
  if (isPlainObject(ours) && isPlainObject(theirs)) {
    const starts = bases.map((value) => (isPlainObject(value) ? value : {}));
    return joinObjects(starts, ours, theirs, path, decide);
  }
  return decide({ path, base, ours, theirs });
}

function joinObjects(
  bases: readonly Record<string, unknown>[],
  ours: Record<string, unknown>,
  theirs: Record<string, unknown>,
  path: Path,
  decide: Decide,
): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const value = mergeValues(
      bases.map((base) => own(base, key)),
      own(ours, key),
      own(theirs, key),
      [...path, key],
      decide,
    );
    if (value !== undefined) setOwn(merged, key, value);
  }
  return merged;
}

function isLineageId(value: unknown): value is LineageId {
  return typeof value === "string";
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function joinLists<T>(
  base: readonly T[],
  ours: readonly T[],
  theirs: readonly T[],
  path: Path,
  decide: Decide,
  keyOf: (member: T) => string,
): unknown[] {
  const { merged, conflicts } = mergeLists(base, ours, theirs, keyOf);
  const out: unknown[] = [...merged];
  // From the back, so that the places of those before stay right.
  for (const conflict of [...conflicts].reverse())
    out.splice(conflict.at, 0, ...decided(conflict, path, decide));
  return out;
}

function decided<T>(conflict: ListConflict<T>, path: Path, decide: Decide): readonly unknown[] {
  const { at, base, ours, theirs } = conflict;
  const value = decide({ path: [...path, at], base, ours, theirs });
  return Array.isArray(value) ? value : [value];
}

/** What a merge shows of a value: a sub-entity as the lineage that it is. */
export function shownValue(value: unknown): unknown {
  if (value instanceof EntityToken) return { lineageId: value.lineageId };
  if (value instanceof ListToken) return value.members.map((lineageId) => ({ lineageId }));
  if (Array.isArray(value)) return value.map(shownValue);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shownValue(part)]));
}
