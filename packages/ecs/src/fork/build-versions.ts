import { Recorded, type WarmState } from "../entity/warm-state.ts";
import { parseEcsId, type EcsId, type IdSource } from "../ids.ts";
import type { EntityRecord, VersionWrite } from "../storage/contract.ts";
import { DuplicateWarmCopyError } from "../errors.ts";
import { RefList } from "../storage/ref-list.ts";
import { contentOf, listContent } from "./content.ts";

/** One version to be written, and what its warm copy stands on once it is. */
export interface NewVersion {
  readonly state: WarmState;
  readonly write: VersionWrite;
  readonly recorded: Recorded;
  /** Whether another copy in the tree moves to the same version. */
  readonly isTwin: boolean;
}

/**
 * The versions of a commit: first all ids are made, then all records, so that circles close.
 *
 * @param twins copies of one version that were changed alike: they get one new version, and share its `write`
 * @throws DuplicateWarmCopyError when they were not
 */
export function buildVersions(
  affected: readonly WarmState[],
  twins: ReadonlyMap<WarmState, WarmState>,
  ids: IdSource,
  createdAt: string,
): readonly NewVersion[] {
  const newIds = new Map<WarmState, EcsId>();
  for (const state of affected)
    if (state.recorded !== undefined && !twins.has(state))
      newIds.set(state, parseEcsId(ids.next()));
  for (const [twin, first] of twins) newIds.set(twin, newIds.get(first) ?? first.ecsId);
  const idOf = (state: WarmState): EcsId => newIds.get(state) ?? state.ecsId;
  // Held before holders: a reader of the log meets a message before the thread that has it.
  const versions = [...affected].reverse().map((state): NewVersion => {
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
      isTwin: false,
    };
  });
  return twins.size === 0 ? versions : withOneVersion(versions, twins);
}

function withOneVersion(
  versions: readonly NewVersion[],
  twins: ReadonlyMap<WarmState, WarmState>,
): readonly NewVersion[] {
  const byState = new Map(versions.map((version) => [version.state, version]));
  const firsts = new Set(twins.values());
  return versions.map((version) => {
    const { state, write, recorded } = version;
    const first = twins.get(state);
    const shared = first === undefined ? undefined : byState.get(first)?.write;
    if (shared === undefined) return { ...version, isTwin: firsts.has(state) };
    if (!sayTheSame(write.record, shared.record))
      throw new DuplicateWarmCopyError(state.type.name, state.ecsId);
    const { refs, lists } = recorded.content;
    return {
      state,
      write: shared,
      recorded: Recorded.as(shared.record, refs, lists),
      isTwin: true,
    };
  });
}

function sayTheSame(a: EntityRecord, b: EntityRecord): boolean {
  return (
    a.data === b.data &&
    a.mergedFromId === b.mergedFromId &&
    a.refs.length === b.refs.length &&
    a.refs.every((id, index) => id === b.refs[index]) &&
    a.lists.length === b.lists.length &&
    a.lists.every((list, index) => RefList.equal(list, b.lists[index] ?? RefList.empty))
  );
}
