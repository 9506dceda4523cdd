import { Ancestry } from "../history/ancestry.ts";
import type { EcsId, LineageId } from "../ids.ts";
import { allPages } from "../storage/all-pages.ts";
import type { EntityStorage, VersionInfo } from "../storage/contract.ts";

/** How the stored versions of a lineage descend from one another. */
export async function ancestryOf(lineageId: LineageId, storage: EntityStorage): Promise<Ancestry> {
  const infos = new Map<EcsId, VersionInfo>();
  for await (const page of allPages((after, limit) =>
    storage.versions({ lineageId }, { after, limit }),
  ))
    for (const info of page) infos.set(info.ecsId, info);
  return new Ancestry(infos);
}
