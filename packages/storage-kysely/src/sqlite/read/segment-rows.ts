import { sql } from "kysely";
import type { RawBuilder } from "kysely";

/**
 * Selects `SegmentRow`s: what `lists(segment_key, length)`, a table expression that stands before it, needs of segments.
 * That are their runs, their items, and the items that they borrow; one row for each segment, because a row for each
 * item costs three times as much.
 */
export const segmentRows: {
  /** More table expressions, to stand after that of the lists. */
  readonly tables: RawBuilder<unknown>;
  readonly select: RawBuilder<unknown>;
} = {
  tables: sql`
    ends(segment_key, list_end) as materialized (
      select segment_key, max(length) from lists where segment_key is not null group by segment_key
    ),
    needed(segment_key, list_end, item_end) as materialized (
      select segment_key, max(list_end), max(item_end) from (
        select segment_key, list_end, list_end as item_end from ends
        union all
        select r.source_key, 0, r.source_position + r.length
        from ends cross join mi_segment_runs as r on r.segment_key = ends.segment_key
        where r.position < ends.list_end
      ) group by segment_key
    )`,
  select: sql`select n.segment_key, json_object(
      'runs', json((
        select json_group_array(
          json_array(r.position, r.source_key, r.source_position, r.length) order by r.position
        )
        from mi_segment_runs as r
        where r.segment_key = n.segment_key and r.position < n.list_end
      )),
      'positions', json_group_array(i.position) filter (where i.position is not null),
      'members', json_group_array(v.ecs_id) filter (where i.position is not null)
    ) as json
    from needed as n
    left join mi_segment_items as i on i.segment_key = n.segment_key and i.position < n.item_end
    left join mi_versions as v on v.version_key = i.member_key
    group by n.segment_key`,
};
