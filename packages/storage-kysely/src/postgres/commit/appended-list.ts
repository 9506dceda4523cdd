import type { EcsId, ListBase, RefList } from "@mi/ecs";
import { SHORT_LIST } from "./list-arguments.ts";
import type { KnownList } from "./known-versions.ts";

/** How to store a list that needs nothing to be read. */
export interface AppendedList {
  readonly list: RefList;
  /** The segment that it is the beginning of; 0 for one to be made, null for an empty list. */
  readonly segment: number | null;
  /** Where in the segment what is new of it begins. */
  readonly from: number;
  readonly isEnd: boolean;
  /** The list that it goes on from. */
  readonly base: KnownList | undefined;
}

const MAKE = 0;

/**
 * A list that is its base, or that grew at its end while nobody else has added to the segment; a short one, or one without
 * a base, is stored whole. `undefined` for any other: how it is to be stored has to be found out.
 *
 * @param hint one that is right
 */
export function appendedList(
  list: RefList,
  hint: ListBase | undefined,
  base: KnownList | undefined,
): AppendedList | undefined {
  if (list.length === 0) return { list, segment: null, from: 0, isEnd: false, base: undefined };
  const whole = { list, segment: MAKE, from: 0, isEnd: true, base: undefined };
  if (hint === undefined) return whole;
  if (base === undefined) return undefined;
  const { segment, length, isEnd } = base;
  const isAppend = length > 0 && hint.edits.every(({ at }) => at === length);
  if (isAppend && (isEnd || list.length === length))
    return { list, segment, from: length, isEnd, base };
  return list.length <= SHORT_LIST ? whole : undefined;
}

/** The members that have to be stored. */
export function newMembers({ list, from }: AppendedList): readonly EcsId[] {
  return list.slice(from, list.length);
}
