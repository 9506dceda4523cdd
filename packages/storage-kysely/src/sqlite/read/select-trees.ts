import { sql } from "kysely";
import type { Compilable, RawBuilder } from "kysely";
import { argument, queries } from "../connection.ts";
import { segmentRows } from "./segment-rows.ts";
import { selectVersionRows } from "./select-version-rows.ts";

/** What the last column of a row says that is no version but a `SegmentRow`, its JSON in the place of the data. */
export const SEGMENT = "segment";

/**
 * Selects all that ids and lists reach, in one query: `VersionRow`s, and a row for each segment that the lists and those
 * of the versions need. Its arguments are both as JSON: `[id]` and `[[segment, length]]`.
 *
 * In `tree`, a version is its key and a length of -1, and a list is its segment and its length.
 */
export function selectTrees(): Compilable {
  const versions = selectVersionRows(
    sql<{ version_key: number }>`(select key as version_key from tree where length < 0)`,
  );
  return compilable(sql`with recursive tree(key, length) as (
      select v.version_key, -1
      from json_each(${argument}) as id cross join mi_versions as v on v.ecs_id = id.value
      union
      select list.value ->> 0, list.value ->> 1 from json_each(${argument}) as list
      union
      select r.target_key, -1
      from tree cross join mi_references as r on r.version_key = tree.key
      where tree.length < 0
      union
      select w.segment_key, w.length
      from tree cross join mi_version_lists as w on w.version_key = tree.key
      where tree.length < 0 and w.segment_key is not null
      union
      select i.member_key, -1
      from tree cross join mi_segment_items as i on i.segment_key = tree.key
      where tree.length > 0 and i.position < tree.length
      union
      select i.member_key, -1
      from tree
      cross join mi_segment_runs as r on r.segment_key = tree.key
      cross join mi_segment_items as i on i.segment_key = r.source_key
      where tree.length > 0 and r.position < tree.length
        and i.position >= r.source_position
        and i.position < r.source_position + min(r.length, tree.length - r.position)
    ),
    lists(segment_key, length) as materialized (select key, length from tree where length >= 0),
    ${segmentRows.tables}
    select * from ${versions}
    union all
    select segment_key, null, null, null, null, null, null, null, null, json, ${sql.lit(SEGMENT)}
    from (${segmentRows.select})`);
}

/** Selects `SegmentRow`s for lists: its argument is `[[segment, length]]`. */
export function selectSegments(): Compilable {
  return compilable(sql`with lists(segment_key, length) as materialized (
      select list.value ->> 0, list.value ->> 1 from json_each(${argument}) as list
    ),
    ${segmentRows.tables}
    ${segmentRows.select}`);
}

/** Selects the `VersionRow`s of the versions of ids: its argument is `[id]`. */
export function selectByIds() {
  return selectVersionRows(
    queries
      .selectFrom(sql<{ value: string }>`json_each(${argument})`.as("id"))
      .innerJoin("mi_versions", "mi_versions.ecs_id", "id.value")
      .select("mi_versions.version_key"),
  );
}

/** Selects the `VersionRow`s of the first items of a segment, in their order: its arguments are the segment and how many. */
export function selectItems() {
  return selectVersionRows(
    queries
      .selectFrom("mi_segment_items")
      .select("member_key as version_key")
      .where("segment_key", "=", argument)
      .where("position", ">=", sql.lit(0))
      .where("position", "<", argument)
      .orderBy("position"),
  );
}

function compilable(text: RawBuilder<unknown>): Compilable {
  return { compile: () => text.compile(queries) };
}
