import type { ParentsById } from "../history/common-ancestors.ts";
import type { EcsId, LineageId } from "../ids.ts";
import { allPages } from "../storage/all-pages.ts";
import type { EntityStorage, VersionInfo } from "../storage/contract.ts";

/** The versions of a lineage with their parents. */
export async function parentsIn(
  lineageId: LineageId,
  storage: EntityStorage,
): Promise<ParentsById> {
  const infos = new Map<EcsId, VersionInfo>();
  for await (const page of allPages((after, limit) =>
    storage.versions({ lineageId }, { after, limit }),
  ))
    for (const info of page) infos.set(info.ecsId, info);
  return infos;
}
