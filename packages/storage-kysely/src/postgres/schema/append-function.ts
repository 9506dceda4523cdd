import { MOST_VERSIONS } from "./commit-function.ts";

/** SQLSTATE of a commit of which some versions that have to be heads are, and others are not. */
export const NO_HEAD = "MI001";
/** SQLSTATE of a commit whose caller has another version in mind than the one that has the key. */
export const NOT_THERE = "MI002";

/**
 * `mi_append`: applies a commit whose caller knows the keys of all that it names, as the process does that wrote it. A few
 * statements that look for nothing, where `mi_commit` has to find everything first. What the caller takes for granted is
 * checked: that the keys are still those of the ids, of their lineages and of the lists that are appended to, that what has
 * to be a head is one; and unique keys refuse ids and places of lists that are taken. The caller then turns to
 * `mi_commit`, which tells what is wrong.
 *
 * A key below 0 is of the version at that place in the commit, counted from 1. The answer is the commit's number,
 * followed by the keys of the segments that were made for lists whose segment is given as 0; null when nothing was
 * written.
 */
export function appendFunction(schema: string): string {
  const keyOf = (key: string): string =>
    `case when ${key} < 0 then v_before - ${key} else ${key} end`;
  return `create function ${schema}.mi_append(
  p_synchronous_commit text,
  p_commit_id text, p_created_at text, p_operation text, p_actor text, p_reason text, p_correlation_id text,
  p_cause_id text, p_metadata text,
  p_ids text[], p_lineage_ids text[], p_lineages bigint[], p_parents bigint[], p_merged_froms bigint[], p_types text[],
  p_schema_versions bigint[], p_created_ats text[], p_ref_counts integer[], p_list_counts integer[],
  p_checksums integer[], p_data text[],
  p_named_ids text[], p_named bigint[], p_named_lineages bigint[],
  p_base_holders bigint[], p_base_indexes integer[], p_base_segments bigint[],
  p_superseded_lineages bigint[], p_superseded bigint[], p_must_be_heads boolean, p_heads integer[],
  p_ref_holders integer[], p_ref_positions integer[], p_ref_targets bigint[],
  p_list_holders integer[], p_list_indexes integer[], p_list_lengths integer[], p_list_segments bigint[],
  p_item_lists integer[], p_item_positions integer[], p_item_members bigint[]
) returns bigint[]
language plpgsql volatile
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $mi$
declare
  v_setting text;
  v_is_locked boolean;
  v_gone integer := 0;
  v_is_same boolean := cardinality(p_named) = 0;
  v_floor bigint;
  v_number bigint;
  v_before bigint;
  v_segments bigint[] := p_list_segments;
  v_made bigint[] := '{}';
begin
  if p_synchronous_commit = 'off' then
    v_setting := set_config('synchronous_commit', 'off', true);
  elsif p_synchronous_commit = 'on' and current_setting('synchronous_commit') = 'off' then
    v_setting := set_config('synchronous_commit', 'on', true);
  end if;

  -- First, so that a writer waits here for another one that is about to replace the same.
  if cardinality(p_superseded) = 1 then
    delete from ${schema}.mi_heads h
    where h.lineage_key = p_superseded_lineages[1] and h.version_key = p_superseded[1];
    get diagnostics v_gone = row_count;
  elsif cardinality(p_superseded) > 1 then
    -- Sorted as mi_commit does, so that two never wait for each other.
    perform from ${schema}.mi_heads h
    join unnest(p_superseded_lineages, p_superseded) as x(lineage_key, version_key)
      on h.lineage_key = x.lineage_key and h.version_key = x.version_key
    order by h.lineage_key, h.version_key for update of h;
    delete from ${schema}.mi_heads h
    using unnest(p_superseded_lineages, p_superseded) as x(lineage_key, version_key)
    where h.lineage_key = x.lineage_key and h.version_key = x.version_key;
    get diagnostics v_gone = row_count;
  end if;
  if p_must_be_heads and v_gone < cardinality(p_superseded) then
    if v_gone = 0 then return null; end if;
    raise exception 'a version that has to be a head is none' using errcode = '${NO_HEAD}';
  end if;
  -- A key may have become another's: the storage was cleared, or a server that crashed has lost its newest commits. A
  -- version may be back at its key all the same, with its lineage or a list somewhere else.
  if cardinality(p_named) = 1 and cardinality(p_base_holders) <= 1 then
    select v.ecs_id = p_named_ids[1] and p_named_lineages[1] in (0, v.lineage_key)
      and (cardinality(p_base_holders) = 0 or p_base_segments[1] = (
        select w.segment_key from ${schema}.mi_version_lists w
        where w.version_key = p_base_holders[1] and w.list_index = p_base_indexes[1]))
    into v_is_same from ${schema}.mi_versions v where v.version_key = p_named[1];
  elsif cardinality(p_named) > 0 then
    v_is_same := cardinality(p_named) = (
      select count(*) from unnest(p_named_ids, p_named, p_named_lineages) as x(id, key, lineage)
      cross join lateral (
        select from ${schema}.mi_versions v
        where v.version_key = x.key and v.ecs_id = x.id and x.lineage in (0, v.lineage_key) offset 0) v
    ) and cardinality(p_base_holders) = (
      select count(*) from unnest(p_base_holders, p_base_indexes, p_base_segments) as x(holder, index, segment)
      cross join lateral (
        select from ${schema}.mi_version_lists w
        where w.version_key = x.holder and w.list_index = x.index and w.segment_key = x.segment offset 0) w
    );
  end if;
  if not coalesce(v_is_same, false) then
    raise exception 'a version is not where it was' using errcode = '${NOT_THERE}';
  end if;

  -- As in mi_commit: the lock says that a number above this one may be on its way.
  v_floor := coalesce(pg_sequence_last_value('${schema}.mi_commits_sequence_seq'::regclass), 0);
  v_is_locked := pg_advisory_xact_lock_shared(
    ('${schema}.mi_commits'::regclass::oid::bigint & 2147483647)::integer,
    ((v_floor & 4294967295) - case when (v_floor & 2147483648) > 0 then 4294967296 else 0 end)::integer) is null;
  v_number := nextval('${schema}.mi_commits_sequence_seq');
  v_before := v_number * ${MOST_VERSIONS} - 1;

  insert into ${schema}.mi_commits (sequence, commit_id, created_at, operation, actor, reason, correlation_id,
    cause_id, metadata, first_version_key, version_count)
  values (v_number, p_commit_id, p_created_at, p_operation, p_actor, p_reason, p_correlation_id,
    p_cause_id, p_metadata, v_before + 1, cardinality(p_ids));
  insert into ${schema}.mi_versions (version_key, ecs_id, lineage_key, lineage_id, parent_key, merged_from_key,
    type_key, schema_version, sequence, created_at, ref_count, list_count, checksum, data)
  select v_before + v.place, v.id, ${keyOf("v.lineage")}, v.lineage_id, ${keyOf("v.parent")}, ${keyOf("v.merged_from")},
    (select t.type_key from ${schema}.mi_types t where t.name = v.type), v.schema_version, v_number, v.created_at, v.ref_count, v.list_count, v.checksum, v.data
  from unnest(p_ids, p_lineage_ids, p_lineages, p_parents, p_merged_froms, p_types, p_schema_versions, p_created_ats,
    p_ref_counts, p_list_counts, p_checksums, p_data) with ordinality
    as v(id, lineage_id, lineage, parent, merged_from, type, schema_version, created_at, ref_count, list_count, checksum, data, place);
  insert into ${schema}.mi_heads (lineage_key, version_key)
  select ${keyOf("p_lineages[x]")}, v_before + x from unnest(p_heads) as x;
  if cardinality(p_ref_holders) > 0 then
    insert into ${schema}.mi_references (version_key, position, target_key)
    select v_before + r.holder, r.position, ${keyOf("r.target")}
    from unnest(p_ref_holders, p_ref_positions, p_ref_targets) as r(holder, position, target);
  end if;
  if cardinality(p_list_holders) > 0 then
    if 0 = any (v_segments) then
      for i in 1..cardinality(v_segments) loop
        if v_segments[i] = 0 then
          v_segments[i] := nextval('${schema}.mi_segments_segment_key_seq');
          v_made := v_made || v_segments[i];
        end if;
      end loop;
      insert into ${schema}.mi_segments (segment_key, run_count) select x, 0 from unnest(v_made) as x;
    end if;
    if cardinality(p_item_lists) > 0 then
      insert into ${schema}.mi_segment_items (segment_key, position, member_key)
      select v_segments[i.list], i.position, ${keyOf("i.member")}
      from unnest(p_item_lists, p_item_positions, p_item_members) as i(list, position, member);
    end if;
    insert into ${schema}.mi_version_lists (version_key, list_index, segment_key, length)
    select v_before + l.holder, l.index, l.segment, l.length
    from unnest(p_list_holders, p_list_indexes, p_list_lengths, v_segments) as l(holder, index, length, segment);
  end if;
  return v_number || v_made;
end
$mi$`;
}
