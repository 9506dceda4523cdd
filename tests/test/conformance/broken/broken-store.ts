import { RefList, StorageError } from "@mi/ecs";
import type {
  Commit,
  EntityRecord,
  EntityStorage,
  Page,
  PageOf,
  VersionInfo,
  VersionQuery,
  VersionWrite,
} from "@mi/ecs";

export interface BrokenStore {
  readonly name: string;
  /** All clauses that must fail, and no others. */
  readonly caughtBy: readonly string[];
  /** The methods that go wrong, around a right store. Called once for each instance. */
  readonly breaks: (inner: EntityStorage) => Partial<EntityStorage>;
}

/** A page whose cursor is the number of items before it. */
export function sliced<T>(items: readonly T[], { after = "0", limit }: PageOf): Page<T> {
  if (!(limit >= 1 && Number.isInteger(limit)) || !/^[0-9]+$/.test(after))
    throw new StorageError("MI_STORAGE_USAGE", "no page");
  const end = Number(after) + limit;
  return {
    items: items.slice(Number(after), end),
    next: end < items.length ? `${end}` : undefined,
  };
}

/** Versions in an order of one's own, by pages. */
export async function sortedBy(
  inner: EntityStorage,
  query: VersionQuery,
  { descending = false, ...page }: PageOf,
  compare: (a: VersionInfo, b: VersionInfo) => number,
): Promise<Page<VersionInfo>> {
  const { items } = await inner.versions(query, { limit: 100_000 });
  const sorted = items.toSorted(compare);
  return sliced(descending ? sorted.toReversed() : sorted, page);
}

export function eachRecord(commit: Commit, change: (record: EntityRecord) => EntityRecord): Commit {
  return {
    ...commit,
    versions: commit.versions.map(({ record }) => {
      const changed = change(record);
      return { record: changed, bases: changed.lists.map(() => null) };
    }),
  };
}

/** The record with its lists worked out from the hints, whatever it says itself. */
export async function believed(
  storage: EntityStorage,
  { record, bases }: VersionWrite,
): Promise<VersionWrite> {
  const stored = await storage.read(bases.flatMap((base) => base?.of ?? []));
  const lists = record.lists.map((list, k) => {
    const hint = bases[k];
    const base = stored.find((version) => version?.record.ecsId === hint?.of);
    const start = hint ? base?.record.lists[hint.list] : undefined;
    return hint && start ? RefList.edit(start, hint.edits) : list;
  });
  return { record: { ...record, lists }, bases };
}
