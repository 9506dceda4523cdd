import type { EcsId, EntityRecord, ListEdit, VersionWrite } from "@mi/ecs";
import type { ClauseContext } from "../clause.ts";
import { idOf } from "../fixtures/fixtures.ts";
import { committed } from "./expectations.ts";

/** Stored versions to be members of lists. */
export async function membersToUse(
  t: ClauseContext,
  storage: Parameters<typeof committed>[1],
  count: number,
): Promise<readonly EcsId[]> {
  const versions = Array.from({ length: count }, () => t.make.version({ type: "Message" }));
  await committed(t, storage, { versions });
  return versions.map(idOf);
}

/** What a list becomes, on a plain array: the same rule as the hints, without the code that is tested. */
export function edited(members: readonly EcsId[], edits: readonly ListEdit[]): readonly EcsId[] {
  const out = [...members];
  for (const { at, remove, insert } of edits.toReversed()) out.splice(at, remove, ...insert);
  return out;
}

/** Other versions of the commit, before and after the one with the hint. */
export interface Surroundings {
  readonly before?: readonly EntityRecord[];
  readonly after?: readonly EntityRecord[];
}

/** Fails unless a list with this hint is stored as it is, or its commit refused. */
export async function keptOrRefused(
  t: ClauseContext,
  storage: Parameters<typeof committed>[1],
  list: readonly EcsId[],
  bases: VersionWrite["bases"],
  { before = [], after = [] }: Surroundings = {},
): Promise<void> {
  const record = t.make.version({ lists: [list] });
  const commit = t.make.commit({ versions: [...before, { record, bases }, ...after] });
  t.note(`hint ${JSON.stringify(bases)}`);
  const refused = await storage.commit(commit).then(
    () => false,
    () => true,
  );
  const [stored] = await storage.read([record.ecsId]);
  t.equal(
    stored === undefined ? undefined : [...(stored.record.lists[0] ?? [])],
    refused ? undefined : list,
    refused ? "the version of a refused commit" : "the list with a hint that does not fit",
  );
}
