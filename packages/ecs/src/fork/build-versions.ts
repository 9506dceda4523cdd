import { Recorded, type WarmState } from "../entity/warm-state.ts";
import { parseEcsId, type EcsId, type IdSource } from "../ids.ts";
import type { EntityRecord, VersionWrite } from "../storage/contract.ts";
import { contentOf, listContent } from "./content.ts";

/** One version to be written, and what its warm copy stands on once it is. */
export interface NewVersion {
  readonly state: WarmState;
  readonly write: VersionWrite;
  readonly recorded: Recorded;
}

/** The versions of a commit: first all ids are made, then all records, so that circles close. */
export function buildVersions(
  affected: readonly WarmState[],
  ids: IdSource,
  createdAt: string,
): readonly NewVersion[] {
  const newIds = new Map<WarmState, EcsId>();
  for (const state of affected)
    if (state.recorded !== undefined) newIds.set(state, parseEcsId(ids.next()));
  const idOf = (state: WarmState): EcsId => newIds.get(state) ?? state.ecsId;
  // Held before holders: a reader of the log meets a message before the thread that has it.
  return [...affected].reverse().map((state): NewVersion => {
    const { data, schemaVersion, refs, lists } = contentOf(state);
    const isNew = state.recorded === undefined;
    const contents = lists.map((list, index) => listContent(state, list, index, idOf));
    const record: EntityRecord = Object.freeze({
      ecsId: idOf(state),
      lineageId: state.lineageId,
      parentId: isNew ? null : state.ecsId,
      mergedFromId: state.mergingFrom,
      type: state.type.name,
      schemaVersion,
      createdAt: isNew ? state.createdAt : createdAt,
      data,
      refs: Object.freeze(refs.map(idOf)),
      lists: Object.freeze(contents.map((content) => content.ids)),
    });
    return {
      state,
      write: { record, bases: contents.map((content) => content.base) },
      recorded: Recorded.as(record, refs, lists),
    };
  });
}
