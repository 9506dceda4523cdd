import { trackerOf } from "../entity/list-tracker.ts";
import {
  stateOf,
  type Content,
  type IdOf,
  type TrackedList,
  type WarmState,
} from "../entity/warm-state.ts";
import type { ListBase } from "../storage/contract.ts";
import { RefList } from "../storage/ref-list.ts";
import { encodeFields, encodeValue, type ReferenceSink } from "../values/codec.ts";

/** The content as it stands. Fields that nobody wrote to are not looked at when none was. */
export function contentOf(state: WarmState): Content {
  return state.recorded !== undefined && (state.touched?.size ?? 0) === 0
    ? state.recorded.content
    : encodeContent(state);
}

/** Encodes all fields. */
export function encodeContent(state: WarmState): Content {
  const refs: WarmState[] = [];
  const lists: TrackedList[] = [];
  const sink: ReferenceSink = {
    reference(value) {
      const held = stateOf(value);
      return held === undefined ? undefined : refs.push(held) - 1;
    },
    list(value) {
      const tracker = trackerOf(value);
      return tracker === undefined ? undefined : lists.push(tracker) - 1;
    },
  };
  const fields: [string, string][] = [];
  const { target } = state;
  for (const name of state.type.fields.keys()) {
    const value = target[name];
    if (value !== undefined) fields.push([name, encodeValue(value, sink)]);
  }
  for (const [name, value] of state.foreignFields) fields.push([name, encodeValue(value, sink)]);
  // What a newer program wrote stays marked as its own: it knows how to read the fields that are only kept here.
  const schemaVersion = Math.max(
    state.type.schemaVersion,
    state.recorded?.record.schemaVersion ?? 0,
  );
  return { data: encodeFields(fields), schemaVersion, refs, lists };
}

/** A list's members as a record keeps them, and how it came from the one in the cold snapshot. */
export interface ListContent {
  readonly ids: RefList;
  readonly base: ListBase | null;
}

export function listContent(
  state: WarmState,
  list: TrackedList,
  index: number,
  idOf: IdOf,
): ListContent {
  const { recorded } = state;
  if (recorded === undefined) return { ids: list.ids(idOf), base: null };
  const { ecsId: of, lists } = recorded.record;
  const { start } = list;
  // One that was taken out, and put back after another fork, still starts from what it was when it was taken out.
  if (start !== undefined && lists[start.index] === start.ids) {
    const edits = list.edits(start, state.changedChildren ?? [], idOf);
    const ids = edits.length === 0 ? start.ids : RefList.edit(start.ids, edits);
    return { ids, base: { of, list: start.index, edits } };
  }
  // A list assigned as a whole. What it has in common with the one before is still shared.
  const before = lists[index];
  const ids = list.ids(idOf);
  if (before === undefined) return { ids, base: null };
  const edits = RefList.difference(before, ids);
  return { ids: RefList.edit(before, edits), base: { of, list: index, edits } };
}

/** M1, M3: whether the warm copy's own content differs from what it was loaded or committed as. */
export function differsFromSnapshot(state: WarmState): boolean {
  const { recorded } = state;
  if (recorded === undefined || state.mustFork) return true;
  const { data, refs, lists } = contentOf(state);
  const { content, refIds, listIds } = recorded;
  if (data !== content.data) return true;
  if (refs.length !== refIds.length || lists.length !== listIds.length) return true;
  if (refs.some((held, i) => held.ecsId !== refIds[i])) return true;
  return lists.some((list, i) => listDiffers(state, list, listIds[i]));
}

function listDiffers(state: WarmState, list: TrackedList, before: RefList | undefined): boolean {
  if (before === undefined) return true;
  if (list.start?.ids !== before) return !RefList.equal(before, list.ids(presentId));
  const untouched = state.touchedLists?.has(list) !== true;
  if (untouched && (state.changedChildren?.size ?? 0) === 0) return false;
  return list.edits(list.start, state.changedChildren ?? [], presentId).length > 0;
}

const presentId: IdOf = (state) => state.ecsId;
