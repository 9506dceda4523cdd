import type { EcsId, ListBase, RefList } from "@mi/ecs";
import type { ListPlan } from "../../lists/plan-list.ts";
import type { Run } from "../../lists/pieces.ts";

/** New members of a list, from a position on. */
export interface PlacedMembers {
  readonly position: number;
  readonly members: readonly EcsId[];
}

/** A stretch of the items of another segment, from a position of the list on. */
export interface PlacedPiece extends Run {
  readonly position: number;
  readonly isCopied: boolean;
}

/** The stored list that one is based on. */
export interface TakenBase {
  readonly of: EcsId;
  readonly list: number;
  readonly length: number;
  /** Its segment, when it was read; the list is planned on it. */
  readonly segment?: number | undefined;
  /** What is kept of it when its segment was not read: the first `kept` members, of which two are named. */
  readonly kept?:
    { readonly length: number; readonly first: EcsId; readonly last: EcsId } | undefined;
}

/** How a list is passed to `mi_commit`, which checks what is taken for granted about its base. */
export interface ListArgument {
  readonly length: number;
  readonly base?: TakenBase | undefined;
  readonly added: readonly PlacedMembers[];
  readonly pieces: readonly PlacedPiece[];
}

/** A list this short is written whole sooner than its base is read. */
export const SHORT_LIST = 16;
const MOST_INDEX = 2 ** 31 - 1;

export function wholeList(list: RefList): ListArgument {
  const added = list.length === 0 ? [] : [{ position: 0, members: [...list] }];
  return { length: list.length, added, pieces: [] };
}

/**
 * How to store a list without knowing what is stored: for one that is its base, that lost its end, or that grew at its
 * end. `undefined` when the base has to be read first.
 */
export function argumentOf(list: RefList, hint: ListBase | undefined): ListArgument | undefined {
  if (hint === undefined || list.length === 0 || !isIndex(hint.list)) return wholeList(list);
  const { of, list: index, edits } = hint;
  const [edit, ...more] = edits;
  if (edit === undefined) return onPrefix(list, { of, list: index }, list.length, list.length, []);
  const { at, remove, insert } = edit;
  const isAtEnd =
    more.length === 0 &&
    isIndex(at) &&
    isIndex(remove) &&
    at > 0 &&
    list.length === at + insert.length &&
    (insert.length === 0 || remove === 0);
  if (isAtEnd && insert.every((id, i) => list.at(at + i) === id))
    return onPrefix(list, { of, list: index }, at, at + remove, insert);
  return list.length <= SHORT_LIST ? wholeList(list) : undefined;
}

function onPrefix(
  list: RefList,
  { of, list: index }: { of: EcsId; list: number },
  kept: number,
  baseLength: number,
  members: readonly EcsId[],
): ListArgument {
  const first = list.at(0);
  const last = list.at(kept - 1);
  if (first === undefined || last === undefined) return wholeList(list);
  return {
    length: list.length,
    base: { of, list: index, length: baseLength, kept: { length: kept, first, last } },
    added: members.length === 0 ? [] : [{ position: kept, members }],
    pieces: [],
  };
}

/** How to pass a list that was planned on a base that was read. */
export function plannedArgument(
  list: RefList,
  plan: ListPlan,
  base: {
    readonly of: EcsId;
    readonly list: number;
    readonly length: number;
    readonly segment: number;
  },
): ListArgument {
  if (plan.kind === "empty") return wholeList(list);
  if (plan.kind === "extend") return onPrefix(list, base, plan.from, base.length, plan.members);
  const added: PlacedMembers[] = [];
  const pieces: PlacedPiece[] = [];
  let position = 0;
  for (const piece of plan.pieces) {
    if (piece.kind === "members") {
      added.push({ position, members: piece.members });
      position += piece.members.length;
    } else {
      pieces.push({ ...piece.run, position, isCopied: piece.kind === "copy" });
      position += piece.run.length;
    }
  }
  return { length: list.length, base, added, pieces };
}

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= MOST_INDEX;
}
