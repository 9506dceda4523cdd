import type {
  EcsId,
  EntityStorage,
  LineageId,
  NamedRef,
  Page,
  PageOf,
  StorageStats,
  StoredCommit,
  StoredVersion,
  VersionInfo,
} from "@mi/ecs";

/** Everything that a storage shows, through each of its ways to look. */
export interface VisibleState {
  readonly stats: StorageStats;
  readonly infos: readonly VersionInfo[];
  readonly versions: readonly (StoredVersion | undefined)[];
  readonly commits: readonly StoredCommit[];
  readonly refs: readonly NamedRef[];
  readonly heads: ReadonlyMap<LineageId, readonly EcsId[]>;
}

export async function visibleState(storage: EntityStorage): Promise<VisibleState> {
  const infos = await allPages((page) => storage.versions({}, page), 500);
  const lineages = [...new Set(infos.map(({ lineageId }) => lineageId))];
  const heads = await storage.heads(lineages);
  return {
    stats: await storage.stats(),
    infos,
    versions: await storage.read(infos.map(({ ecsId }) => ecsId)),
    commits: await allPages((page) => storage.commits({}, page), 500),
    refs: await allPages((page) => storage.refs({}, page), 500),
    heads: new Map(lineages.map((lineage, i) => [lineage, heads[i] ?? []])),
  };
}

/** All items of a listing, page by page. */
export async function allPages<T>(
  list: (page: PageOf) => Promise<Page<T>>,
  limit: number,
  descending = false,
): Promise<readonly T[]> {
  const items: T[] = [];
  let page = await list({ limit, descending });
  items.push(...page.items);
  while (page.next !== undefined) {
    page = await list({ limit, descending, after: page.next });
    items.push(...page.items);
  }
  return items;
}
