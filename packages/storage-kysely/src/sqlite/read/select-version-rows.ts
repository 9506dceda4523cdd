import { sql } from "kysely";
import type { AliasableExpression } from "kysely";
import type { LineageId } from "@mi/ecs";
import { queries } from "../connection.ts";

/** Selects `VersionRow`s of the versions of these keys, in their order. */
export function selectVersionRows(keys: AliasableExpression<{ version_key: number }>) {
  return queries
    .selectFrom(keys.as("k"))
    .leftJoin("mi_versions as v", "v.version_key", "k.version_key")
    .leftJoin("mi_types as t", "t.type_key", "v.type_key")
    .leftJoin("mi_commits as c", "c.sequence", "v.sequence")
    .select(({ eb }) => [
      "k.version_key",
      "v.ecs_id",
      lineageId.as("lineage_id"),
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

/** It stands at the first version of a lineage, which most versions are: only the others look there. */
const lineageId = sql<LineageId | null>`case when v.lineage_id is not null then v.lineage_id
  else (select lineage_id from mi_versions where version_key = v.lineage_key) end`;

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
