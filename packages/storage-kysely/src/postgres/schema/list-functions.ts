import { MOST_VERSIONS } from "./commit-function.ts";

/**
 * `mi_settled`: the highest number below which no commit can come any more. Each commit holds a shared lock of a
 * number that was given out before its own, from before it takes its own until its end. So a number that was given out
 * before the locks are looked at belongs to a commit that has ended, or that lies above one of the locks.
 *
 * The functions that list ask it first, and read with a later snapshot than the locks were seen with. One query of its
 * own could not: its snapshot is older than all that its functions see.
 */
export function settledFunction(schema: string): string {
  return `create function ${schema}.mi_settled() returns bigint
language plpgsql volatile
as $mi$
declare
  v_last bigint;
  v_open bigint;
begin
  select case when s.is_called then s.last_value else 0 end into v_last from ${schema}.mi_commits_sequence_seq s;
  select min(v_last - o.distance) into v_open
  from (
    select (v_last - l.objid::bigint) & 4294967295 as distance
    from pg_locks l
    where l.locktype = 'advisory' and l.objsubid = 2
      and l.classid::bigint = ('${schema}.mi_commits'::regclass::oid::bigint & 2147483647)
      and l.database = (select d.oid from pg_database d where d.datname = current_database())
      and l.pid is distinct from pg_backend_pid()
  ) o
  where o.distance < 2147483648;
  return least(v_last, v_open);
end
$mi$`;
}

/** `mi_list_versions`: a page of versions without their payload. A null argument leaves its condition out. */
export function listVersionsFunction(schema: string): string {
  return `create function ${schema}.mi_list_versions(
  p_after bigint, p_rows bigint, p_is_descending boolean,
  p_lineage_id text, p_types text[], p_are_heads boolean, p_commit_id text
) returns table (
  version_key bigint, ecs_id text, lineage_id text, parent_id text, merged_from_id text, type text,
  schema_version bigint, created_at text, commit_id text, sequence bigint
)
language plpgsql volatile
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $mi$
#variable_conflict use_column
declare
  v_bound bigint := (${schema}.mi_settled() + 1) * ${MOST_VERSIONS};
  v_order text := case when p_is_descending then ' desc' else '' end;
  v_rows text := 'select s.version_key, s.ecs_id, s.lineage_key, s.lineage_id, s.parent_key, s.merged_from_key, s.type_key,
    s.schema_version, s.created_at, s.sequence from ${schema}.mi_versions s where s.version_key < $1';
  v_page text;
  v_first bigint;
  v_type_keys integer[];
  v_type_names text[];
begin
  if p_after is not null then
    v_rows := v_rows || case when p_is_descending then ' and s.version_key < $2' else ' and s.version_key > $2' end;
  end if;
  if p_are_heads then
    -- Asked for each version in turn: joined, all heads would be sorted for a page of a few.
    v_rows := v_rows || ' and coalesce((select true from ${schema}.mi_heads h
      where h.lineage_key = s.lineage_key and h.version_key = s.version_key), false)';
  end if;
  if p_types is not null then
    v_type_keys := array(select t.type_key from ${schema}.mi_types t where t.name = any (p_types));
    if v_type_keys = '{}' then return; end if;
  end if;
  v_page := ' order by version_key' || v_order || ' limit $3';

  if p_commit_id is not null or p_lineage_id is not null then
    -- Another index narrows more than that of types.
    if p_types is not null then v_rows := v_rows || ' and s.type_key + 0 = any ($4)'; end if;
    if p_commit_id is not null then
      v_rows := v_rows || ' and s.version_key in (
        select v.version_key from ${schema}.mi_commits c join ${schema}.mi_versions v
          on v.version_key >= c.first_version_key and v.version_key < c.first_version_key + c.version_count
        where c.commit_id = $5
        union all
        select late.version_key from ${schema}.mi_commits c
        join ${schema}.mi_late_versions late on late.sequence = c.sequence
        where c.commit_id = $5)';
    end if;
    if p_lineage_id is not null then
      select v.version_key into v_first from ${schema}.mi_versions v where v.lineage_id = p_lineage_id;
      if v_first is null then return; end if;
      v_rows := '(' || v_rows || ' and s.version_key = $6) union all ('
        || v_rows || ' and s.lineage_key = $6 and s.lineage_id is null' || v_page || ')';
    end if;
  elsif p_types is not null then
    v_rows := 'select k.* from unnest($4) as t(type_key) cross join lateral ('
      || v_rows || ' and s.type_key = t.type_key' || v_page || ') k';
  end if;

  -- Types are few, and each row has one: taken from an array, they need no look-up each. So does the lineage, if it is known.
  select array_agg(t.name order by x.type_key) into v_type_names
  from (select generate_series(1, max(t.type_key)) as type_key from ${schema}.mi_types t) x
  left join ${schema}.mi_types t on t.type_key = x.type_key;
  return query execute 'select v.version_key, v.ecs_id, '
    || case when p_lineage_id is null then 'coalesce(v.lineage_id,
      (select first.lineage_id from ${schema}.mi_versions first where first.version_key = v.lineage_key))' else '$7' end
    || ', p.ecs_id, m.ecs_id, $8[v.type_key], v.schema_version, v.created_at, c.commit_id, v.sequence
    from (' || v_rows || v_page || ') as v
    left join ${schema}.mi_commits c on c.sequence = v.sequence
    left join ${schema}.mi_versions p on p.version_key = v.parent_key
    left join ${schema}.mi_versions m on m.version_key = v.merged_from_key
    order by v.version_key' || v_order
  using v_bound, p_after, p_rows, v_type_keys, p_commit_id, v_first, p_lineage_id, v_type_names;
end
$mi$`;
}

/** `mi_list_commits`: a page of commits. A null argument leaves its condition out. */
export function listCommitsFunction(schema: string): string {
  return `create function ${schema}.mi_list_commits(
  p_after bigint, p_rows bigint, p_is_descending boolean,
  p_lineage_id text, p_actor text, p_operation text, p_correlation_id text, p_since text, p_until text
) returns table (
  sequence double precision, commit_id text, created_at text, operation text, actor text, reason text,
  correlation_id text, cause_id text, metadata text
)
language plpgsql volatile
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $mi$
#variable_conflict use_column
declare
  v_bound bigint := ${schema}.mi_settled();
  v_where text := ' where c.sequence <= $1';
begin
  if p_after is not null then
    v_where := v_where || case when p_is_descending then ' and c.sequence < $2' else ' and c.sequence > $2' end;
  end if;
  if p_lineage_id is not null then
    v_where := v_where || ' and c.sequence in (
      select v.sequence from ${schema}.mi_versions v where v.lineage_id = $4
      union all
      select v.sequence from ${schema}.mi_versions first
      join ${schema}.mi_versions v on v.lineage_key = first.version_key and v.lineage_id is null
      where first.lineage_id = $4)';
  end if;
  if p_actor is not null then v_where := v_where || ' and c.actor = $5'; end if;
  if p_operation is not null then v_where := v_where || ' and c.operation = $6'; end if;
  if p_correlation_id is not null then v_where := v_where || ' and c.correlation_id = $7'; end if;
  if p_since is not null then v_where := v_where || ' and c.created_at >= $8'; end if;
  if p_until is not null then v_where := v_where || ' and c.created_at < $9'; end if;
  return query execute 'select c.sequence::double precision, c.commit_id, c.created_at, c.operation, c.actor, c.reason,
    c.correlation_id, c.cause_id, c.metadata from ${schema}.mi_commits c' || v_where
    || ' order by c.sequence' || case when p_is_descending then ' desc' else '' end || ' limit $3'
  using v_bound, p_after, p_rows, p_lineage_id, p_actor, p_operation, p_correlation_id, p_since, p_until;
end
$mi$`;
}
