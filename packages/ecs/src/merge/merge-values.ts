import type { z } from "zod";
import { mergeLists } from "../history/merge-lists.ts";
import { childSchema } from "../schema/schema-shape.ts";
import { isPlainObject, setOwn } from "../values/plain-object.ts";
import { Contested, EntityToken, ListToken, tokenText } from "./tokens.ts";

type Path = readonly (string | number)[];
type Schema = z.core.$ZodType | undefined;

/** A place where both sides differ from the base and from each other. */
export interface ValueConflict {
  readonly path: Path;
  /** What the three values are: one value each, or the members that stand at this place of a list. */
  readonly kind: "value" | "members" | "entities";
  readonly base: unknown;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** Decides a conflict: the value that stands in the merge; for members of a list those that do. */
export type Decide = (conflict: ValueConflict) => unknown;

/**
 * Joins two values over what they came from. What one side changed is taken; objects are joined key by key, lists with
 * their insertions kept side by side, tuples place by place; the rest is a conflict.
 *
 * @param schema what the type says about the value, as far as that is known
 */
export function mergeValues(
  base: unknown,
  ours: unknown,
  theirs: unknown,
  path: Path,
  schema: Schema,
  decide: Decide,
): unknown {
  const [mine, other] = [tokenText(ours), tokenText(theirs)];
  if (mine === other) return ours;
  const before = tokenText(base);
  if (before === mine) return theirs;
  if (before === other) return ours;
  if (ours instanceof ListToken && theirs instanceof ListToken) {
    const start = base instanceof ListToken ? base : new ListToken([]);
    return joinEntities(start, ours, theirs, path, decide);
  }
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    if (isTuple(schema) && ours.length === theirs.length)
      return ours.map((value: unknown, index) =>
        mergeValues(
          Array.isArray(base) ? base[index] : undefined,
          value,
          theirs[index],
          [...path, index],
          childSchema(schema, index),
          decide,
        ),
      );
    const start: readonly unknown[] = Array.isArray(base) ? base : [];
    return joinLists(start, ours, theirs, tokenText, (values) =>
      membersOf(decide({ ...values, path: [...path, values.at], kind: "members" })),
    );
  }
  if (isPlainObject(ours) && isPlainObject(theirs))
    return joinObjects(isPlainObject(base) ? base : {}, ours, theirs, path, schema, decide);
  return decide({ path, kind: "value", base, ours, theirs });
}

function joinObjects(
  base: Record<string, unknown>,
  ours: Record<string, unknown>,
  theirs: Record<string, unknown>,
  path: Path,
  schema: Schema,
  decide: Decide,
): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const value = mergeValues(
      own(base, key),
      own(ours, key),
      own(theirs, key),
      [...path, key],
      childSchema(schema, key),
      decide,
    );
    if (value !== undefined) setOwn(merged, key, value);
  }
  return merged;
}

/** Whether each place of an array has a meaning of its own: its schema knows the first, and none far behind. */
function isTuple(schema: Schema): boolean {
  return childSchema(schema, 0) !== undefined && childSchema(schema, 2 ** 32) === undefined;
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function joinEntities(
  base: ListToken,
  ours: ListToken,
  theirs: ListToken,
  path: Path,
  decide: Decide,
): ListToken {
  const tokens = (list: ListToken): EntityToken[] =>
    list.members.map((lineageId) => new EntityToken(lineageId));
  const members = joinLists(
    tokens(base),
    tokens(ours),
    tokens(theirs),
    (token) => token.lineageId,
    (values) => {
      const decided = decide({ ...values, path: [...path, values.at], kind: "entities" });
      if (decided === values.ours) return values.ours;
      if (decided === values.theirs) return values.theirs;
      return membersOf(decided).filter((member) => member instanceof EntityToken);
    },
  );
  return new ListToken(members.map((token) => token.lineageId));
}

interface MembersConflict<T> {
  readonly at: number;
  readonly base: readonly T[];
  readonly ours: readonly T[];
  readonly theirs: readonly T[];
}

function joinLists<T>(
  base: readonly T[],
  ours: readonly T[],
  theirs: readonly T[],
  keyOf: (member: T) => string,
  decide: (conflict: MembersConflict<T>) => readonly T[],
): T[] {
  const { merged, conflicts } = mergeLists(base, ours, theirs, keyOf);
  if (conflicts.length === 0) return [...merged];
  const taken = conflicts.map(({ at, base: before, ours: mine, theirs: others }) => {
    const members = decide({ at, base: before, ours: mine, theirs: others });
    if (members === mine) return { at, members, refused: others, side: ours };
    return { at, members, refused: members === others ? mine : [], side: theirs };
  });
  const standing = new Set([...merged, ...taken.flatMap(({ members }) => members)].map(keyOf));
  const decided = taken.map(({ at, members, refused, side }) => {
    // What the refused side only moved here, and the taken one has elsewhere, nobody wanted to be gone.
    const keys = new Set(refused.length === 0 ? [] : side.map(keyOf));
    const moved = refused.filter((one) => keys.has(keyOf(one)) && !standing.has(keyOf(one)));
    return { at, members: [...members, ...moved] };
  });
  // A side may have moved elsewhere what the decision puts here: it stands where it was decided, and not twice.
  const left = countsOf([ours, theirs, decided.flatMap(({ members }) => members)], keyOf);
  for (const { members } of decided)
    for (const member of members) left.set(keyOf(member), (left.get(keyOf(member)) ?? 0) - 1);
  const out: T[] = [];
  let next = 0;
  for (let index = 0; index <= merged.length; index++) {
    for (; decided[next]?.at === index; next++)
      for (const member of decided[next]?.members ?? []) out.push(member);
    for (const member of merged.slice(index, index + 1)) {
      const more = left.get(keyOf(member)) ?? 0;
      left.set(keyOf(member), more - 1);
      if (more > 0) out.push(member);
    }
  }
  return out;
}

/** How often each key stands in the list that has it most often. */
function countsOf<T>(
  lists: readonly (readonly T[])[],
  keyOf: (member: T) => string,
): Map<string, number> {
  const most = new Map<string, number>();
  for (const list of lists) {
    const counts = new Map<string, number>();
    for (const member of list) counts.set(keyOf(member), (counts.get(keyOf(member)) ?? 0) + 1);
    for (const [key, count] of counts) most.set(key, Math.max(count, most.get(key) ?? 0));
  }
  return most;
}

/** What several ancestors disagree about counts as not there yet. */
function membersOf(value: unknown): readonly unknown[] {
  if (value instanceof Contested) return [];
  return Array.isArray(value) ? value : [value];
}

/** What a merge shows of a value: a sub-entity as the lineage that it is. */
export function shownValue(value: unknown): unknown {
  if (value instanceof Contested) return shownValue(value.before);
  if (value instanceof EntityToken) return { lineageId: value.lineageId };
  if (value instanceof ListToken) return value.members.map((lineageId) => ({ lineageId }));
  if (Array.isArray(value)) return value.map(shownValue);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shownValue(part)]));
}
