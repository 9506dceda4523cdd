import { CorruptionError } from "@mi/ecs";
import type { CommitId, EcsId, EntityRecord, LineageId, RefList, StoredVersion } from "@mi/ecs";
import { checksumOf, NOT_AS_STORED } from "../checksum.ts";

/**
 * One version with all but the members of its lists, in few columns: each costs a good part of what a whole row costs.
 * Only a damaged database has null for a lineage, type or commit.
 */
export type VersionRow = readonly [
  key: number,
  /** Null when it is referred to but not stored. */
  ecsId: EcsId | null,
  lineageId: LineageId | null,
  type: string | null,
  schemaVersion: number,
  createdAt: string,
  commitId: CommitId | null,
  sequence: number,
  checksum: number,
  data: string,
  /** `Links` as JSON; null when it has none. */
  links: string | null,
];

/** What a version names. A parent that is not stored comes as its key. */
export interface Links {
  readonly parentId: EcsId | number | null;
  readonly mergedFromId: EcsId | number | null;
  readonly refCount: number;
  readonly refs: readonly EcsId[];
  readonly listCount: number;
  readonly lists: readonly ListAddress[];
}

/** A list as its version names it. */
export type ListAddress = readonly [segment: number | null, length: number, runCount: number];

const NO_LINKS: Links = {
  parentId: null,
  mergedFromId: null,
  refCount: 0,
  refs: [],
  listCount: 0,
  lists: [],
};

export function hasLinks(row: VersionRow): boolean {
  return row[10] !== null;
}

export function linksOf(row: VersionRow): Links {
  const links = row[10];
  return links === null ? NO_LINKS : (JSON.parse(links) as Links);
}

const NO_REFS: readonly EcsId[] = Object.freeze([]);
const NO_LISTS: readonly RefList[] = Object.freeze([]);

/**
 * The version of a row, frozen; of most rows there are neither links nor lists.
 *
 * @throws CorruptionError when the row is not what was stored.
 */
export function storedVersion(
  row: VersionRow,
  links: Links = NO_LINKS,
  lists: readonly RefList[] = NO_LISTS,
): StoredVersion {
  // By index: taking an array apart goes through its iterator, which is felt with ten thousand rows.
  const ecsId = row[1];
  if (ecsId === null)
    throw new CorruptionError(
      `The version with the key ${row[0]} is referred to but not stored; run verify() on the storage, and restore a backup`,
      { versionKey: row[0] },
    );
  const lineageId = row[2];
  const type = row[3];
  const commitId = row[6];
  if (lineageId === null || type === null || commitId === null)
    throw damaged(ecsId, "its lineage, type or commit is missing");
  const { parentId, mergedFromId, refs } = links;
  if (typeof parentId === "number" || typeof mergedFromId === "number")
    throw damaged(ecsId, "the version that it was made from is missing");
  if (refs.length !== links.refCount)
    throw damaged(ecsId, `it has ${refs.length} of ${links.refCount} references`);
  if (lists.length !== links.listCount)
    throw damaged(ecsId, `it has ${lists.length} of ${links.listCount} lists`);
  const data = row[9];
  if (checksumOf(data, refs, lengthsOf(lists)) !== row[8]) throw damaged(ecsId, NOT_AS_STORED);
  const record: EntityRecord = Object.freeze({
    ecsId,
    lineageId,
    parentId,
    mergedFromId,
    type,
    schemaVersion: row[4],
    createdAt: row[5],
    data,
    refs: refs.length === 0 ? NO_REFS : Object.freeze(refs),
    lists: lists.length === 0 ? NO_LISTS : Object.freeze(lists),
  });
  return Object.freeze({ record, commitId, sequence: row[7] });
}

const NO_LENGTHS: readonly number[] = [];

function lengthsOf(lists: readonly RefList[]): readonly number[] {
  return lists.length === 0 ? NO_LENGTHS : lists.map((list) => list.length);
}

function damaged(ecsId: EcsId, what: string): CorruptionError {
  return new CorruptionError(
    `Version ${ecsId} is damaged: ${what}; run verify() on the storage, and restore a backup`,
    { ecsId },
  );
}
