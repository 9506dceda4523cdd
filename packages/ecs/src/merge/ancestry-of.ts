import { Ancestry } from "../history/ancestry.ts";
import type { EcsId, LineageId } from "../ids.ts";
import { allPages } from "../storage/all-pages.ts";
import type { VersionInfo } from "../storage/contract.ts";
import type { MergeSource } from "./staged-versions.ts";

/** How the versions of a lineage descend from one another. */
export async function ancestryOf(lineageId: LineageId, source: MergeSource): Promise<Ancestry> {
  const infos = new Map<EcsId, Pick<VersionInfo, "parentId" | "mergedFromId">>();
  for await (const page of allPages((after, limit) =>
    source.versions({ lineageId }, { after, limit }),
  ))
    for (const info of page) infos.set(info.ecsId, info);
  return new Ancestry(infos);
}
