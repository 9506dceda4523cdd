import type { EcsId } from "../ids.ts";
import type { VersionInfo } from "../storage/contract.ts";

/**
 * The version that was a lineage's latest at a time; `undefined` when there was none yet.
 *
 * Answered from the times that were recorded. The versions whose time is not later than the one asked for are taken as
 * those that were there. Of them, those that no other one of them names as its parent or merge parent are the heads,
 * and the last head in storage order is the answer: for a time after all of them what `latest` answers. When the clock of a
 * writer went back, or versions came in from elsewhere later, a version counts from its recorded time on, not from when
 * this storage got it: then the answer may be a version that was stored after one with a later time.
 *
 * @param versions all of the lineage, in storage order
 * @param timeOf the time of a version, as ISO 8601. Better than the version's own, for which an entity that was made long
 *   before it was stored counts as there, is that of its commit.
 */
export function asOf(
  versions: Iterable<VersionInfo>,
  time: Date,
  timeOf: (version: VersionInfo) => string = ({ createdAt }) => createdAt,
): VersionInfo | undefined {
  const limit = time.getTime();
  if (Number.isNaN(limit)) throw new TypeError("asOf needs a valid date");
  const there = [...versions].filter((version) => Date.parse(timeOf(version)) <= limit);
  const superseded = new Set<EcsId | null>();
  for (const { parentId, mergedFromId } of there) superseded.add(parentId).add(mergedFromId);
  return there.findLast(({ ecsId }) => !superseded.has(ecsId));
}
