import { sql } from "kysely";
import type { SelectQueryBuilder } from "kysely";
import { CorruptionError } from "@mi/ecs";
import type { CommitId, EcsId, EntityRecord, LineageId, RefList, StoredVersion } from "@mi/ecs";
import { checksumOf, NOT_AS_STORED } from "../../checksum.ts";
import { queries } from "../connection.ts";

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

type KeyQuery = SelectQueryBuilder<never, never, { version_key: number }>;

/** Selects `VersionRow`s of the versions of these keys. */
export function selectVersionRows(keys: KeyQuery) {
  return queries
    .selectFrom(keys.as("k"))
    .leftJoin("mi_versions as v", "v.version_key", "k.version_key")
    .leftJoin("mi_versions as first", "first.version_key", "v.lineage_key")
    .leftJoin("mi_types as t", "t.type_key", "v.type_key")
    .leftJoin("mi_commits as c", "c.sequence", "v.sequence")
    .select(({ eb }) => [
      "k.version_key",
      "v.ecs_id",
      "first.lineage_id",
      "t.name",
      "v.schema_version",
      "v.created_at",
      "c.commit_id",
      "v.sequence",
      "v.checksum",
      "v.data",
      eb
        .case()
        .when(
          eb.or([
            eb("v.parent_key", "is not", null),
            eb("v.merged_from_key", "is not", null),
            eb("v.ref_count", ">", sql.lit(0)),
            eb("v.list_count", ">", sql.lit(0)),
          ]),
        )
        .then(linksOfVersion)
        .end()
        .as("links"),
    ]);
}

/** The id of the version of a key; the key itself when it is not stored. */
const idOf = (key: "v.parent_key" | "v.merged_from_key") =>
  sql`coalesce((select ecs_id from mi_versions where version_key = ${sql.ref(key)}), ${sql.ref(key)})`;

const linksOfVersion = sql<string>`json_object(
  'parentId', ${idOf("v.parent_key")},
  'mergedFromId', ${idOf("v.merged_from_key")},
  'refCount', v.ref_count,
  'refs', json((
    select json_group_array(target.ecs_id order by r.position)
    from mi_references as r join mi_versions as target on target.version_key = r.target_key
    where r.version_key = v.version_key
  )),
  'listCount', v.list_count,
  'lists', json((
    select json_group_array(json_array(w.segment_key, w.length, s.run_count) order by w.list_index)
    from mi_version_lists as w left join mi_segments as s on s.segment_key = w.segment_key
    where w.version_key = v.version_key
  ))
)`;

export const NO_LINKS: Links = {
  parentId: null,
  mergedFromId: null,
  refCount: 0,
  refs: [],
  listCount: 0,
  lists: [],
};

export function linksOf(row: VersionRow): Links {
  const links = row[10];
  return links === null ? NO_LINKS : (JSON.parse(links) as Links);
}

const NO_REFS: readonly EcsId[] = Object.freeze([]);
const NO_LISTS: readonly RefList[] = Object.freeze([]);

/**
 * The version of a row, frozen.
 *
 * @throws CorruptionError when the row is not what was stored.
 */
export function storedVersion(
  row: VersionRow,
  { parentId, mergedFromId, refs, refCount, listCount }: Links,
  lists: readonly RefList[],
): StoredVersion {
  const [
    key,
    ecsId,
    lineageId,
    type,
    schemaVersion,
    createdAt,
    commitId,
    sequence,
    checksum,
    data,
  ] = row;
  if (ecsId === null)
    throw new CorruptionError(
      `The version with the key ${key} is referred to but not stored; run verify() on the storage, and restore a backup`,
      { versionKey: key },
    );
  if (lineageId === null || type === null || commitId === null)
    throw damaged(ecsId, "its lineage, type or commit is missing");
  if (typeof parentId === "number" || typeof mergedFromId === "number")
    throw damaged(ecsId, "the version that it was made from is missing");
  if (refs.length !== refCount)
    throw damaged(ecsId, `it has ${refs.length} of ${refCount} references`);
  if (lists.length !== listCount)
    throw damaged(ecsId, `it has ${lists.length} of ${listCount} lists`);
  const lengths = lists.map((list) => list.length);
  if (checksumOf(data, refs, lengths) !== checksum) throw damaged(ecsId, NOT_AS_STORED);
  const record: EntityRecord = Object.freeze({
    ecsId,
    lineageId,
    parentId,
    mergedFromId,
    type,
    schemaVersion,
    createdAt,
    data,
    refs: refs.length === 0 ? NO_REFS : Object.freeze(refs),
    lists: lists.length === 0 ? NO_LISTS : Object.freeze(lists),
  });
  return Object.freeze({ record, commitId, sequence });
}

function damaged(ecsId: EcsId, what: string): CorruptionError {
  return new CorruptionError(
    `Version ${ecsId} is damaged: ${what}; run verify() on the storage, and restore a backup`,
    { ecsId },
  );
}
