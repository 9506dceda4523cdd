import type { EcsId, ListBase, ListEdit, RefList } from "@mi/ecs";
import { editedPieces } from "./pieces.ts";
import type { Piece, Run } from "./pieces.ts";

/** A list as it is stored, one that is not empty: what a plan has to know of it. */
export interface StoredList {
  readonly segment: number;
  readonly length: number;
  /** Whether the segment goes no further than this list. */
  readonly isWhole: boolean;
  /** Where its members are. */
  readonly runs: readonly Run[];
  /** The member that stands at a position of a segment as an item. */
  readonly itemAt: (segment: number, position: number) => EcsId | undefined;
}

/** How to store a list. `members` and those in `pieces` are the ones that may not be stored yet. */
export type ListPlan =
  | { readonly kind: "empty" }
  | {
      /** The first `from` members of a segment, and more that are added at its end. */
      readonly kind: "extend";
      readonly segment: number;
      readonly from: number;
      readonly members: readonly EcsId[];
    }
  | { readonly kind: "new-segment"; readonly pieces: readonly Piece[] };

/** How to store `list`, which is `edits` away from `base` if the hint is right. */
export function planList(
  list: RefList,
  base: StoredList | undefined,
  edits: ListBase["edits"],
): ListPlan {
  if (list.length === 0) return { kind: "empty" };
  if (base === undefined || !fits(list, base, edits)) return whole(list);
  const { segment } = base;
  const [edit, ...more] = edits;
  if (edit === undefined) return { kind: "extend", segment, from: base.length, members: [] };
  const { at, remove, insert } = edit;
  if (more.length === 0 && at > 0 && at + remove === base.length) {
    // A list that only lost its end needs nothing new; one that grew needs room after it.
    if (insert.length === 0) return { kind: "extend", segment, from: at, members: [] };
    if (remove === 0 && base.isWhole) return { kind: "extend", segment, from: at, members: insert };
  }
  return {
    kind: "new-segment",
    pieces: editedPieces(base.runs, edits),
  };
}

function whole(list: RefList): ListPlan {
  return { kind: "new-segment", pieces: [{ kind: "members", members: [...list] }] };
}

/**
 * Whether the list can be `base` after `edits`: its length, what was inserted, and the first and last member of each
 * stretch that was left alone. The hint was held against all of the list before, by what was known of the base; this
 * notices a base that is another one here and now.
 */
function fits(list: RefList, base: StoredList, edits: readonly ListEdit[]): boolean {
  let inBase = 0;
  let inList = 0;
  const stretchFits = (to: number): boolean => {
    const length = to - inBase;
    if (length === 0) return true;
    if (length < 0) return false;
    const first = list.at(inList);
    const last = list.at(inList + length - 1);
    return (
      first !== undefined &&
      first === memberAt(base, inBase) &&
      last !== undefined &&
      last === memberAt(base, to - 1)
    );
  };
  for (const { at, remove, insert } of edits) {
    if (!isPosition(at) || !isPosition(remove) || at + remove > base.length) return false;
    if (!stretchFits(at)) return false;
    inList += at - inBase;
    if (!insert.every((id, i) => list.at(inList + i) === id)) return false;
    inList += insert.length;
    inBase = at + remove;
  }
  return list.length === inList + base.length - inBase && stretchFits(base.length);
}

/** The positions of a base whose members `planList` looks at, if the base has the length that the edits say. */
export function positionsToCheck(list: RefList, edits: readonly ListEdit[]): readonly number[] {
  const positions: number[] = [];
  let inBase = 0;
  let inList = 0;
  const stretch = (to: number): void => {
    if (to > inBase) positions.push(inBase, to - 1);
  };
  for (const { at, remove, insert } of edits) {
    if (!isPosition(at) || !isPosition(remove)) return [];
    stretch(at);
    inList += at - inBase + insert.length;
    inBase = at + remove;
  }
  stretch(inBase + list.length - inList);
  return positions.every((position) => position <= MOST_MEMBERS) ? positions : [];
}

/** Positions are stored in four bytes. */
const MOST_MEMBERS = 2 ** 31 - 1;

function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function memberAt({ runs, itemAt }: StoredList, position: number): EcsId | undefined {
  let start = 0;
  for (const run of runs) {
    if (position < start + run.length) return itemAt(run.source, run.start + position - start);
    start += run.length;
  }
  return undefined;
}
