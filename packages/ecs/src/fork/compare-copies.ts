import type { WarmState } from "../entity/warm-state.ts";
import { diffRecords, type FieldChange } from "../history/record-diff.ts";
import type { EntityRecord } from "../storage/contract.ts";
import { contentOf, listContent } from "./content.ts";

/** What differs between two warm copies as they stand, field by field; sub-entities by their present versions. */
export function compareCopies(from: WarmState, to: WarmState): readonly FieldChange[] {
  return diffRecords(presentRecord(from), presentRecord(to)).changes;
}

/** What the record of a warm copy would be, with the present versions of what it holds. */
export function presentRecord(state: WarmState): EntityRecord {
  const presentId = (held: WarmState): WarmState["ecsId"] => held.ecsId;
  const { data, schemaVersion, refs, lists } = contentOf(state);
  return {
    ecsId: state.ecsId,
    lineageId: state.lineageId,
    parentId: state.parentId,
    mergedFromId: state.mergedFromId,
    type: state.type.name,
    schemaVersion,
    createdAt: state.createdAt,
    data,
    refs: refs.map(presentId),
    lists: lists.map((list, index) => listContent(state, list, index, presentId).ids),
  };
}
