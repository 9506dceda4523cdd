import type { CommitId, EcsId, LineageId } from "../ids.ts";
import { allPages } from "../storage/all-pages.ts";
import type { EntityRecord, EntityStorage, StoredVersion } from "../storage/contract.ts";
import { referencedIds } from "../storage/read-tree-by-levels.ts";
import { RefList } from "../storage/ref-list.ts";
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type CommitLine,
  type ListLine,
  type VersionLine,
} from "./bundle-format.ts";

/**
 * The lines of a bundle, without their line ends: all versions of the lineages, and all that those hold, descend from or
 * merged, in storage order.
 */
export async function* exportLineages(
  lineages: readonly LineageId[],
  storage: EntityStorage,
): AsyncGenerator<string> {
  yield JSON.stringify({ format: BUNDLE_FORMAT, version: BUNDLE_VERSION });
  const versions = await closure(lineages, storage);
  const byCommit = new Map<CommitId, StoredVersion[]>();
  for (const version of versions.values()) {
    const known = byCommit.get(version.commitId);
    if (known === undefined) byCommit.set(version.commitId, [version]);
    else known.push(version);
  }
  const written = new Set<EcsId>();
  for await (const page of allPages((after, limit) => storage.commits({}, { after, limit })))
    for (const { sequence: _, ...header } of page) {
      const made = byCommit.get(header.id);
      if (made === undefined) continue;
      const line: CommitLine = {
        header,
        versions: made.map(({ record }) => versionLine(record, versions, written)),
      };
      for (const { record } of made) written.add(record.ecsId);
      yield JSON.stringify(line);
    }
}

/** The versions of the lineages, and all that they need to be stored elsewhere. */
async function closure(
  lineages: readonly LineageId[],
  storage: EntityStorage,
): Promise<ReadonlyMap<EcsId, StoredVersion>> {
  const found = new Map<EcsId, StoredVersion>();
  const seen = new Set<EcsId>();
  for (const lineageId of new Set(lineages))
    for await (const page of allPages((after, limit) =>
      storage.versions({ lineageId }, { after, limit }),
    ))
      for (const version of page) seen.add(version.ecsId);
  for (let level = [...seen]; level.length > 0;) {
    const next: EcsId[] = [];
    for (const stored of await storage.read(level)) {
      if (stored === undefined) continue;
      found.set(stored.record.ecsId, stored);
      for (const id of neededBy(stored.record)) {
        if (seen.has(id)) continue;
        seen.add(id);
        next.push(id);
      }
    }
    level = next;
  }
  return found;
}

function* neededBy(record: EntityRecord): Generator<EcsId> {
  if (record.parentId !== null) yield record.parentId;
  if (record.mergedFromId !== null) yield record.mergedFromId;
  yield* referencedIds(record);
}

function versionLine(
  record: EntityRecord,
  versions: ReadonlyMap<EcsId, StoredVersion>,
  written: ReadonlySet<EcsId>,
): VersionLine {
  const parent =
    record.parentId !== null && written.has(record.parentId)
      ? versions.get(record.parentId)?.record
      : undefined;
  return {
    ...record,
    refs: [...record.refs],
    lists: record.lists.map((list, index) => listLine(list, index, parent)),
  };
}

function listLine(list: RefList, index: number, parent: EntityRecord | undefined): ListLine {
  const base = parent?.lists[index];
  if (parent === undefined || base === undefined) return { ids: [...list] };
  const edits = RefList.difference(base, list).map((edit) => ({
    ...edit,
    insert: [...edit.insert],
  }));
  const inserted = edits.reduce((sum, edit) => sum + edit.insert.length, 0);
  return inserted > list.length / 2 ? { ids: [...list] } : { of: parent.ecsId, list: index, edits };
}
