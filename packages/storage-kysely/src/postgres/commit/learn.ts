import type { EcsId, LineageId, VersionWrite } from "@mi/ecs";
import { MOST_VERSIONS } from "../schema/commit-function.ts";
import type { AppendArguments } from "./append-arguments.ts";
import type { PlannedVersion } from "./commit-arguments.ts";
import type { KnownList, KnownVersions } from "./known-versions.ts";

/** What `mi_commit` tells of a commit that is not a large one, beside its number. */
export interface Learned {
  /** Of the ids behind those of the versions; 0 for one that is not stored. */
  readonly keys: readonly number[];
  /** Of each version. */
  readonly lineages: readonly number[];
  /** Of each list; how it was stored, and where. */
  readonly states: readonly number[];
  readonly segments: readonly number[] | null;
}

const IS_EMPTY = 0;
const IS_ON_STORED = 1;

/** Keeps in mind where `mi_commit` has put the versions of a commit, and where those are that it names. */
export function learnCommitted(
  known: KnownVersions,
  number: number,
  { keys, lineages, states, segments }: Learned,
  versions: readonly PlannedVersion[],
  ids: readonly EcsId[],
): void {
  for (const [i, id] of ids.slice(versions.length).entries()) {
    const key = keys[i] ?? 0;
    // One that was known may have come back at another place, after the storage was cleared.
    if (key > 0 && known.get(id)?.key !== key)
      known.set(id, { key, lineage: undefined, lists: [] });
  }
  for (const { record } of versions) known.addType(record.type);
  let list = 0;
  for (const [i, { record, lists }] of versions.entries())
    known.set(record.ecsId, {
      key: keyAt(number, i),
      lineage: { id: record.lineageId, key: lineages[i] ?? 0 },
      lists: record.lists.map((members, index): KnownList => {
        const at = list++;
        const state = states[at];
        const { base, added = [] } = lists[index] ?? {};
        const isLonger = added.length > 0;
        const baseList = base && known.get(base.of)?.lists[base.list];
        if (baseList !== undefined && isLonger) baseList.isEnd = false;
        return {
          segment: state === IS_EMPTY ? null : (segments?.[at] ?? null),
          length: members.length,
          isEnd: state !== IS_EMPTY && (state !== IS_ON_STORED || isLonger),
        };
      }),
    });
}

/** The same of a commit that `mi_append` has taken. */
export function learnAppended(
  known: KnownVersions,
  number: number,
  madeSegments: readonly number[],
  { lineages, lists }: AppendArguments,
  writes: readonly VersionWrite[],
): void {
  let made = 0;
  for (const [i, { record }] of writes.entries()) {
    const [id, key]: readonly [LineageId, number] = lineages[i] ?? [record.lineageId, 0];
    known.set(record.ecsId, {
      key: keyAt(number, i),
      lineage: { id, key: key < 0 ? keyAt(number, -key - 1) : key },
      lists: (lists[i] ?? []).map(({ list, segment, from, isEnd, base }): KnownList => {
        if (base !== undefined && from < list.length) base.isEnd = false;
        return {
          segment: segment === 0 ? (madeSegments[made++] ?? null) : segment,
          length: list.length,
          isEnd,
        };
      }),
    });
  }
}

function keyAt(number: number, place: number): number {
  return number * MOST_VERSIONS + place;
}
