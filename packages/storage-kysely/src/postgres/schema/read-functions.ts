import { readFunction } from "./read-function.ts";

/** The columns of a `VersionRow`. */
const VERSION_ROWS = `version_key double precision, ecs_id text, lineage_id text, type text,
  schema_version double precision, created_at text, commit_id text, sequence double precision, checksum integer,
  data text, links text`;

/** `mi_read`: versions by their ids, a JSON array. */
export function readVersionsFunction(schema: string): string {
  const wanted = `wanted(version_key, links) as materialized (${wantedByIds(schema)})`;
  return readFunction(schema, {
    name: "mi_read",
    parameters: "p_ids json",
    columns: VERSION_ROWS,
    query: versionsWithLists(schema, wanted, "items"),
  });
}

/** The keys of the versions of the ids, and how many references and lists each has. */
function wantedByIds(schema: string): string {
  return `select v.version_key, v.links from json_array_elements_text(p_ids) as id(value)
    cross join lateral (
      select v.version_key, v.ref_count + v.list_count as links
      from ${schema}.mi_versions v where v.ecs_id = id.value offset 0
    ) v`;
}

/**
 * `mi_read_tree`: versions by their ids, a JSON array, and all that they reach by references, items, and items that
 * segments borrow. Each is looked at once on the way, when it is reached: most have no links, and nothing more is asked
 * of those.
 */
export function readTreeFunction(schema: string): string {
  const tree = `recursive tree(version_key, links) as (
    ${wantedByIds(schema)}
    union
    select m.version_key, coalesce(v.links, 0)
    from tree as t
    cross join lateral (
      select r.target_key as version_key from ${schema}.mi_references r where r.version_key = t.version_key
      union all
      select i.member_key from ${schema}.mi_version_lists w
      cross join lateral (
        select i.member_key from ${schema}.mi_segment_items i
        where i.segment_key = w.segment_key and i.position < w.length offset 0
      ) i
      where w.version_key = t.version_key
      union all
      select i.member_key from ${schema}.mi_version_lists w
      cross join lateral (
        select from ${schema}.mi_segments s where s.segment_key = w.segment_key and s.run_count > 0 offset 0
      ) s
      cross join lateral (
        select r.source_key, r.source_position, least(r.length, w.length - r.position) as length
        from ${schema}.mi_segment_runs r
        where r.segment_key = w.segment_key and r.position < w.length offset 0
      ) r
      cross join lateral (
        select i.member_key from ${schema}.mi_segment_items i
        where i.segment_key = r.source_key and i.position >= r.source_position
          and i.position < r.source_position + r.length offset 0
      ) i
      where w.version_key = t.version_key
    ) m
    left join lateral (
      select v.ref_count + v.list_count as links
      from ${schema}.mi_versions v where v.version_key = m.version_key offset 0
    ) v on true
    where t.links > 0
  ), wanted(version_key, links) as materialized (select tree.version_key, tree.links from tree)`;
  // A tree has the members of its lists in it. Only a segment that is borrowed from may have more before what is borrowed.
  return readFunction(schema, {
    name: "mi_read_tree",
    parameters: "p_ids json",
    columns: VERSION_ROWS,
    query: versionsWithLists(schema, tree, "items where exists (select from runs)"),
  });
}

/**
 * In one answer, so that all of it is one state: a row for each version that is `wanted`; one for each segment that
 * their lists need, marked by its last column, with its runs, positions and members as JSON in \`data\`; and one
 * with the ids of the members that are not wanted themselves, marked by a key of 0.
 *
 * `offset 0` makes the planner look up each row by its key, where it would read whole tables to join them.
 */
function versionsWithLists(schema: string, wanted: string, mayBeUnwanted: string): string {
  return `with ${wanted},
  lists as materialized (
    select w.version_key, w.list_index, w.segment_key, w.length, s.run_count
    from wanted
    cross join lateral (
      select w.version_key, w.list_index, w.segment_key, w.length from ${schema}.mi_version_lists w
      where w.version_key = wanted.version_key offset 0
    ) w
    left join lateral (
      select s.run_count from ${schema}.mi_segments s where s.segment_key = w.segment_key offset 0
    ) s on true
    where wanted.links > 0
  ),
  segments as materialized (
    select lists.segment_key, max(lists.length) as length, max(lists.run_count) as run_count
    from lists where lists.segment_key is not null group by lists.segment_key
  ),
  runs as materialized (
    select segments.segment_key, r.position, r.source_key, r.source_position, r.length
    from segments
    cross join lateral (
      select r.position, r.source_key, r.source_position, r.length from ${schema}.mi_segment_runs r
      where r.segment_key = segments.segment_key and r.position < segments.length offset 0
    ) r
    where segments.run_count > 0
  ),
  ends as materialized (
    select e.segment_key, max(e.last) as last from (
      select segments.segment_key, segments.length as last from segments
      union all select runs.source_key, runs.source_position + runs.length from runs
    ) e group by e.segment_key
  ),
  items as materialized (
    select ends.segment_key, i.position, i.member_key
    from ends cross join lateral (
      select i.position, i.member_key from ${schema}.mi_segment_items i
      where i.segment_key = ends.segment_key and i.position < ends.last offset 0
    ) i
  )
  select wanted.version_key::double precision, v.ecs_id,
    case when v.lineage_id is null
      then (select first.lineage_id from ${schema}.mi_versions first where first.version_key = v.lineage_key)
      else v.lineage_id end as lineage_id,
    t.name, v.schema_version::double precision, v.created_at,
    c.commit_id, v.sequence::double precision, v.checksum, v.data,
    case when v.parent_key is not null or v.merged_from_key is not null or v.ref_count > 0 or v.list_count > 0
    then json_build_object(
      'parentId', ${idOf(schema, "v.parent_key")},
      'mergedFromId', ${idOf(schema, "v.merged_from_key")},
      'refCount', v.ref_count,
      'refs', (
        select coalesce(json_agg(target.ecs_id order by r.position), '[]')
        from ${schema}.mi_references r
        cross join lateral (
          select t.ecs_id from ${schema}.mi_versions t where t.version_key = r.target_key offset 0
        ) target
        where r.version_key = v.version_key
      ),
      'listCount', v.list_count,
      'lists', (
        select coalesce(json_agg(json_build_array(w.segment_key, w.length, s.run_count) order by w.list_index), '[]')
        from ${schema}.mi_version_lists w
        left join lateral (
          select s.run_count from ${schema}.mi_segments s where s.segment_key = w.segment_key offset 0
        ) s on true
        where w.version_key = v.version_key
      )
    )::text end as links
  from wanted
  left join lateral (
    select v.* from ${schema}.mi_versions v where v.version_key = wanted.version_key offset 0
  ) v on true
  left join ${schema}.mi_types t on t.type_key = v.type_key
  left join lateral (
    select c.commit_id from ${schema}.mi_commits c where c.sequence = v.sequence offset 0
  ) c on true
  union all
  select ends.segment_key, null, null, null, null, null, null, null, null, json_build_object(
    'runs', r.runs,
    'positions', i.positions,
    'members', i.members
  )::text, 'segment'
  from ends
  left join (
    select items.segment_key,
      case when min(items.position) > 0 or max(items.position) >= count(*) then (
        select json_agg(i.position order by i.position) from items i where i.segment_key = items.segment_key
      ) end as positions,
      json_agg(items.member_key order by items.position) as members
    from items group by items.segment_key
  ) i on i.segment_key = ends.segment_key
  left join (
    select runs.segment_key, json_agg(json_build_array(runs.position, runs.source_key, runs.source_position, runs.length)
      order by runs.position) as runs
    from runs group by runs.segment_key
  ) r on r.segment_key = ends.segment_key
  union all
  select 0, null, null, null, null, null, null, null, null, json_build_object(
    'keys', json_agg(v.version_key), 'ids', json_agg(v.ecs_id)
  )::text, 'members'
  from (
    select items.member_key from ${mayBeUnwanted}
    except select wanted.version_key from wanted
  ) m
  cross join lateral (
    select v.version_key, v.ecs_id from ${schema}.mi_versions v where v.version_key = m.member_key offset 0
  ) v
  having count(*) > 0`;
}

/** The id of the version of a key; the key itself when it is not stored. */
function idOf(schema: string, key: string): string {
  return `coalesce(
    (select to_json(p.ecs_id) from ${schema}.mi_versions p where p.version_key = ${key}), to_json(${key}))`;
}

/** `mi_read_heads`: the ids of the heads of lineages; of each, by sequence. */
export function readHeadsFunction(schema: string): string {
  return readFunction(schema, {
    name: "mi_read_heads",
    parameters: "p_lineage_ids text[]",
    columns: "lineage_id text, ecs_id text",
    query: `select x.id, v.ecs_id
    from unnest(p_lineage_ids) as x(id)
    cross join lateral (
      select f.version_key from ${schema}.mi_versions f where f.lineage_id = x.id offset 0
    ) f
    cross join lateral (
      select h.version_key from ${schema}.mi_heads h where h.lineage_key = f.version_key offset 0
    ) h
    cross join lateral (
      select v.version_key, v.sequence, v.ecs_id from ${schema}.mi_versions v
      where v.version_key = h.version_key offset 0
    ) v
    order by v.sequence, v.version_key`,
  });
}

/**
 * `mi_read_list_bases`: how lists of versions are stored, and which members they have at some positions, as an array in a
 * text; each row names its place among the arguments.
 */
export function readListBasesFunction(schema: string): string {
  return readFunction(schema, {
    name: "mi_read_list_bases",
    parameters: "p_ids text[], p_list_indexes integer[], p_positions text[]",
    columns: `place integer, segment_key double precision, length integer, is_whole boolean, runs text, members text`,
    query: `select a.place::integer, w.segment_key::double precision, w.length,
      not exists (select from ${schema}.mi_segment_items i
        where i.segment_key = w.segment_key and i.position >= w.length)
      and not exists (select from ${schema}.mi_segment_runs r
        where r.segment_key = w.segment_key and r.position + r.length > w.length),
      (select coalesce(json_agg(json_build_array(r.position, r.source_key, r.source_position, r.length)
          order by r.position), '[]')::text
        from ${schema}.mi_segment_runs r where r.segment_key = w.segment_key),
      (select coalesce(json_agg(json_build_array(i.segment_key, i.position, v.ecs_id)), '[]')::text
        from unnest(a.positions::integer[]) as p(position)
        left join lateral (
          select r.source_key, r.source_position - r.position as distance from ${schema}.mi_segment_runs r
          where r.segment_key = w.segment_key and r.position <= p.position and r.position + r.length > p.position offset 0
        ) r on true
        cross join lateral (
          select i.segment_key, i.position, i.member_key from ${schema}.mi_segment_items i
          where i.segment_key = coalesce(r.source_key, w.segment_key)
            and i.position = p.position + coalesce(r.distance, 0) offset 0
        ) i
        cross join lateral (
          select v.ecs_id from ${schema}.mi_versions v where v.version_key = i.member_key offset 0
        ) v)
    from unnest(p_ids, p_list_indexes, p_positions) with ordinality as a(id, list_index, positions, place)
    cross join lateral (
      select b.version_key from ${schema}.mi_versions b where b.ecs_id = a.id offset 0
    ) b
    cross join lateral (
      select w.segment_key, w.length from ${schema}.mi_version_lists w
      where w.version_key = b.version_key and w.list_index = a.list_index offset 0
    ) w
    where w.segment_key is not null`,
  });
}
