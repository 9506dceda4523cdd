import { RefList } from "@mi/ecs";
import type { EcsId, ListBase } from "@mi/ecs";
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
 * a base, is stored whole. `undefined` for any other, and where the base is no more held in this process: how the list is
 * to be stored has to be found out.
 */
export function appendedList(
  list: RefList,
  hint: ListBase | undefined,
  base: KnownList | undefined,
): AppendedList | undefined {
  if (list.length === 0) return { list, segment: null, from: 0, isEnd: false, base: undefined };
  const whole = { list, segment: MAKE, from: 0, isEnd: true, base: undefined };
  if (hint === undefined) return whole;
  const members = base?.members.deref();
  const isKept =
    members !== undefined &&
    members.length > 0 &&
    members.length <= list.length &&
    RefList.equal(RefList.take(list, members.length), members);
  if (base === undefined || members === undefined || !isKept)
    return base !== undefined && list.length <= SHORT_LIST ? whole : undefined;
  const { segment, isEnd } = base;
  const from = members.length;
  return isEnd || from === list.length ? { list, segment, from, isEnd, base } : undefined;
}

/** The members that have to be stored. */
export function newMembers({ list, from }: AppendedList): readonly EcsId[] {
  return list.slice(from, list.length);
}
