import type { EcsId } from "../ids.ts";
import type { VersionInfo } from "../storage/contract.ts";

type Parents = Pick<VersionInfo, "parentId" | "mergedFromId">;

/** The parents of the versions of one lineage, by id. */
export type ParentsById = ReadonlyMap<EcsId, Parents>;

/**
 * The nearest common ancestors of two versions by `parentId` and `mergedFromId`: those that are an ancestor of no other
 * common one. A version counts among its own ancestors, so that of a version and one made from it the answer is the
 * first. Several where both sides merged the other in (criss-cross), none for two histories that never met. Ascending by
 * id, and that is by the time at which they were made.
 *
 * @param a a version, or several that count as parents of one that was never made
 * @param infos the versions of the lineage; a parent that is not among them ends the search there
 */
export function commonAncestors(
  infos: ParentsById,
  a: EcsId | readonly EcsId[],
  b: EcsId,
): readonly EcsId[] {
  const ofA = ancestors(infos, typeof a === "string" ? [a] : a);
  const common = [...ancestors(infos, [b])].filter((id) => ofA.has(id));
  // Ancestors of a common one are common too, so one that has a nearer one below it is the direct parent of one.
  const further = new Set<EcsId>();
  for (const id of common) for (const parent of parentsOf(infos, id)) further.add(parent);
  return common.filter((id) => !further.has(id)).toSorted();
}

/** Whether a version was made from another one, directly or through others, or is that one itself. */
export function descendsFrom(infos: ParentsById, id: EcsId, from: EcsId): boolean {
  return ancestors(infos, [id]).has(from);
}

function ancestors(infos: ParentsById, start: readonly EcsId[]): ReadonlySet<EcsId> {
  const found = new Set<EcsId>();
  const waiting = [...start];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id) || !infos.has(id)) continue;
    found.add(id);
    waiting.push(...parentsOf(infos, id));
  }
  return found;
}

function parentsOf(infos: ParentsById, id: EcsId): readonly EcsId[] {
  const info = infos.get(id);
  return info === undefined
    ? []
    : [info.parentId, info.mergedFromId].filter((parent) => parent !== null);
}
