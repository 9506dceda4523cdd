import { sql } from "kysely";
import type { SelectQueryBuilder } from "kysely";
import { CorruptionError } from "@mi/ecs";
import type { CommitId, EcsId, EntityRecord, LineageId, RefList, StoredVersion } from "@mi/ecs";
import { checksumOf } from "../../checksum.ts";
import { queries } from "../connection.ts";

/** One version with all but the members of its lists. Only a damaged database has null for an id or a type. */
export type VersionRow = readonly [
  key: number,
  ecsId: EcsId | null,
  lineageId: LineageId | null,
  parentId: EcsId | null,
  mergedFromId: EcsId | null,
  type: string | null,
  schemaVersion: number,
  createdAt: string,
  commitId: CommitId | null,
  sequence: number,
  refCount: number,
  listCount: number,
  checksum: number,
  data: string,
  /** JSON: the ids that it refers to outside lists; null when there are none. */
  refs: string | null,
  /** JSON: segment and length of each list; null when there are none. */
  lists: string | null,
];

/** A list as its version names it. */
export type ListAddress = readonly [segment: number | null, length: number];

type KeyQuery = SelectQueryBuilder<never, never, { version_key: number }>;

/** Selects `VersionRow`s of the versions of these keys. One that is missing comes as a row of nulls. */
export function selectVersionRows(keys: KeyQuery) {
  return queries
    .selectFrom(keys.as("k"))
    .leftJoin("mi_versions as v", "v.version_key", "k.version_key")
    .leftJoin("mi_versions as first", "first.version_key", "v.lineage_key")
    .leftJoin("mi_versions as p", "p.version_key", "v.parent_key")
    .leftJoin("mi_versions as m", "m.version_key", "v.merged_from_key")
    .leftJoin("mi_types as t", "t.type_key", "v.type_key")
    .leftJoin("mi_commits as c", "c.sequence", "v.sequence")
    .select((eb) => [
      "k.version_key",
      "v.ecs_id",
      "first.lineage_id",
      "p.ecs_id as parent_id",
      "m.ecs_id as merged_from_id",
      "t.name",
      "v.schema_version",
      "v.created_at",
      "c.commit_id",
      "v.sequence",
      "v.ref_count",
      "v.list_count",
      "v.checksum",
      "v.data",
      eb
        .case()
        .when("v.ref_count", ">", sql.lit(0))
        .then(
          eb
            .selectFrom("mi_references as r")
            .innerJoin("mi_versions as target", "target.version_key", "r.target_key")
            .select(sql<string>`json_group_array(target.ecs_id order by r.position)`.as("refs"))
            .whereRef("r.version_key", "=", "v.version_key"),
        )
        .end()
        .as("refs"),
      eb
        .case()
        .when("v.list_count", ">", sql.lit(0))
        .then(
          eb
            .selectFrom("mi_version_lists as w")
            .select(
              sql<string>`json_group_array(json_array(w.segment_key, w.length) order by w.list_index)`.as(
                "lists",
              ),
            )
            .whereRef("w.version_key", "=", "v.version_key"),
        )
        .end()
        .as("lists"),
    ]);
}

/** Where the lists of a version are. */
export function listAddresses(row: VersionRow): readonly ListAddress[] {
  const lists = row[15];
  return lists === null ? [] : (JSON.parse(lists) as ListAddress[]);
}

const NO_REFS: readonly EcsId[] = Object.freeze([]);
const NO_LISTS: readonly RefList[] = Object.freeze([]);

/**
 * The version of a row, frozen.
 *
 * @throws CorruptionError when the row is not what was stored.
 */
export function storedVersion(row: VersionRow, lists: readonly RefList[]): StoredVersion {
  const [key, ecsId, lineageId, parentId, mergedFromId, type, schemaVersion, createdAt] = row;
  const [, , , , , , , , commitId, sequence, refCount, listCount, checksum, data, refsJson] = row;
  if (ecsId === null)
    throw new CorruptionError(`Version ${key} is referred to but not stored; run verify()`, {
      key,
    });
  if (lineageId === null || type === null || commitId === null)
    throw damaged(ecsId, "its lineage, type or commit is missing");
  const refs = refsJson === null ? NO_REFS : Object.freeze(JSON.parse(refsJson) as EcsId[]);
  if (refs.length !== refCount) throw damaged(ecsId, `${refs.length} of ${refCount} references`);
  if (lists.length !== listCount) throw damaged(ecsId, `${lists.length} of ${listCount} lists`);
  if (checksumOf(data) !== checksum) throw damaged(ecsId, "its data is not what was stored");
  const record: EntityRecord = Object.freeze({
    ecsId,
    lineageId,
    parentId,
    mergedFromId,
    type,
    schemaVersion,
    createdAt,
    data,
    refs,
    lists: lists.length === 0 ? NO_LISTS : Object.freeze(lists),
  });
  return Object.freeze({ record, commitId, sequence });
}

function damaged(ecsId: EcsId, what: string): CorruptionError {
  return new CorruptionError(
    `Version ${ecsId} is damaged (${what}); run verify() on the storage, and restore a backup`,
    { ecsId },
  );
}
