/** How many places for versions a commit's number has; see `version_key`. */
export const MOST_VERSIONS = 2 ** 20;

/** With more ids than this, the keys of a commit are not told: nobody makes a turn on top of all that an import wrote. */
const MOST_TOLD = 1000;

/**
 * `mi_commit`: applies one commit, in one statement of one transaction.
 *
 * Ids come once each, in `p_ids`: first those of the commit's versions, then those that the versions name, then
 * targets of named refs, then the rest. Everything else names an id by its place there, from 1; 0 is none. The answer
 * is a JSON object whose `status` is one of
 *
 * - `committed`, `already-committed`, `conflict`: as in the contract; with the first one the keys of what was stored and
 *   named, so that the next commit on top of it can be an `mi_append`;
 * - `id-reuse`: the commit's id is stored with another header;
 * - `stored`: the versions at `places` are stored; the caller compares them, and repeats without them;
 * - `missing`: the ids at `places` are neither stored nor part of the commit;
 * - `plan`: the lists at `places` can't be based on what the caller took for granted; it reads and plans them.
 *
 * Nothing is written but with `committed`. Another writer that got ahead shows as a unique key that is taken; then all
 * is undone and tried again on what is there now.
 */
export function commitFunction(schema: string): string {
  return `create function ${schema}.mi_commit(
  p_synchronous_commit text,
  p_header text[],
  p_ids text[], p_version_count integer, p_named_count integer, p_needed_count integer,
  p_lineages text[], p_lineage_firsts integer[], p_version_lineages integer[],
  p_types text[], p_version_types integer[],
  p_parents integer[], p_merged_froms integer[], p_schema_versions bigint[], p_created_ats text[],
  p_ref_counts integer[], p_list_counts integer[], p_checksums integer[], p_data text[],
  p_heads integer[], p_superseded integer[], p_must_be_heads integer[], p_locked integer[],
  p_ref_holders integer[], p_ref_positions integer[], p_ref_targets integer[],
  p_list_holders integer[], p_list_indexes integer[], p_list_lengths integer[],
  p_list_bases integer[], p_list_base_indexes integer[], p_list_base_lengths integer[],
  p_list_kept integer[], p_list_kept_firsts integer[], p_list_kept_lasts integer[],
  p_list_base_segments bigint[], p_list_run_counts integer[],
  p_item_lists integer[], p_item_positions integer[], p_item_members integer[],
  p_run_lists integer[], p_run_positions integer[], p_run_sources bigint[], p_run_starts integer[],
  p_run_lengths integer[], p_run_are_copied boolean[],
  p_move_keys bytea[], p_move_names text[], p_move_targets integer[], p_move_expected integer[],
  p_move_are_last boolean[]
) returns text
language plpgsql volatile
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_material = off
set jit = off
set plan_cache_mode = force_generic_plan
as $mi$
#variable_conflict use_column
declare
  v_keys bigint[];
  v_owners bigint[];
  v_lineage_keys bigint[];
  v_type_keys integer[];
  v_states integer[];
  v_segments bigint[];
  v_bases bigint[];
  v_segment bigint;
  v_places integer[];
  v_stored_lineages bigint[];
  v_required_count integer;
  v_locked bigint[];
  v_wrong_refs integer[];
  v_refs bytea[];
  v_known bigint;
  v_is_same boolean;
  v_number bigint;
  v_floor bigint;
  v_first bigint;
  v_attempt integer := 0;
begin
  if p_synchronous_commit = 'off' then
    perform set_config('synchronous_commit', 'off', true);
  elsif p_synchronous_commit = 'on' and current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  loop
    v_attempt := v_attempt + 1;
    begin
      -- One statement for all that is looked up by a name of its own: each takes as long to begin as to find a row.
      select coalesce(array_agg(coalesce(v.version_key, 0) order by x.place), '{}'),
        coalesce(array_agg(coalesce(v.lineage_key, 0) order by x.place), '{}'),
        (select c.sequence from ${schema}.mi_commits c where c.commit_id = p_header[1]),
        array(
          select coalesce((select t.type_key from ${schema}.mi_types t where t.name = x.name), 0)
          from unnest(p_types) with ordinality as x(name, place) order by x.place),
        array(
          select coalesce((select v.version_key from ${schema}.mi_versions v where v.lineage_id = x.id), 0)
          from unnest(p_lineages) with ordinality as x(id, place) order by x.place)
      into v_keys, v_owners, v_known, v_type_keys, v_stored_lineages
      from unnest(p_ids) with ordinality as x(id, place)
      left join ${schema}.mi_versions v on v.ecs_id = x.id;
      if v_known is not null then
        select (c.created_at, c.operation, c.actor, c.reason, c.correlation_id, c.cause_id, c.metadata)
          is not distinct from (p_header[2], p_header[3], p_header[4], p_header[5], p_header[6], p_header[7], p_header[8])
        into v_is_same
        from ${schema}.mi_commits c where c.sequence = v_known;
        if not v_is_same then return '{"status":"id-reuse"}'; end if;
      end if;
      if 0 < any (v_keys[:p_version_count]) then
        return json_build_object('status', 'stored', 'sequence', v_known, 'places',
          array(select x from generate_series(1, p_version_count) as x where v_keys[x] > 0));
      end if;
      if v_known is not null and p_version_count = 0 then
        return json_build_object('status', 'already-committed', 'sequence', v_known);
      end if;
      v_required_count := case when v_known is null then p_needed_count else p_named_count end;
      if 0 = any (v_keys[p_version_count + 1:v_required_count]) then
        return json_build_object('status', 'missing', 'places', array(
          select x from generate_series(p_version_count + 1, v_required_count) as x where v_keys[x] = 0));
      end if;

      -- 0: empty, 1: on a stored segment, 2: a new segment, 3: a new one that borrows its beginning, 4: plan it
      v_states := '{}';
      v_segment := null;
      if cardinality(p_list_holders) = 1 and p_list_kept[1] > 0 then
        -- The usual case, a turn that appends to one list: in half the time of what can tell all cases apart.
        select w.segment_key into v_segment
        from ${schema}.mi_version_lists w
        where w.version_key = v_keys[p_list_bases[1]] and w.list_index = p_list_base_indexes[1]
          and w.length = p_list_base_lengths[1] and w.length = p_list_kept[1]
          and (select s.run_count from ${schema}.mi_segments s where s.segment_key = w.segment_key) = 0
          and (select i.member_key from ${schema}.mi_segment_items i
            where i.segment_key = w.segment_key and i.position = 0) = v_keys[p_list_kept_firsts[1]]
          and (select i.member_key from ${schema}.mi_segment_items i
            where i.segment_key = w.segment_key and i.position = w.length - 1) = v_keys[p_list_kept_lasts[1]]
          and not exists (select from ${schema}.mi_segment_items i
            where i.segment_key = w.segment_key and i.position >= w.length);
      end if;
      if v_segment is not null then
        v_states := '{1}';
        v_bases := array[v_segment];
      elsif cardinality(p_list_holders) > 0 then
        select array_agg(p.state order by p.list), array_agg(coalesce(p.segment_key, 0) order by p.list)
        into v_states, v_bases
        from (${planOf(schema)}) p;
      end if;
      if 4 = any (v_states) then
        return json_build_object('status', 'plan', 'places',
          array(select x from generate_series(1, cardinality(v_states)) as x where v_states[x] = 4));
      end if;

      if v_known is null then
        if cardinality(p_locked) > 0 then
          -- Waits for a writer that is about to replace one; sorted, so that two never wait for each other.
          if cardinality(p_locked) = 1 then
            select array[h.version_key] into v_locked
            from ${schema}.mi_heads h
            where h.lineage_key = v_owners[p_locked[1]] and h.version_key = v_keys[p_locked[1]]
            for update;
          else
            select array_agg(k.version_key) into v_locked from (
              select h.version_key
              from unnest(p_locked) as x
              join ${schema}.mi_heads h on h.lineage_key = v_owners[x] and h.version_key = v_keys[x]
              order by h.lineage_key, h.version_key
              for update of h
            ) k;
          end if;
          v_places := null;
          if cardinality(p_must_be_heads) > 0 and cardinality(p_locked) > coalesce(cardinality(v_locked), 0) then
            select array_agg(x) into v_places from unnest(p_must_be_heads) as x
            where v_keys[x] = 0 or v_keys[x] <> all (coalesce(v_locked, '{}'));
          end if;
        else
          v_places := null;
        end if;
        v_wrong_refs := null;
        if cardinality(p_move_keys) > 0 then
          -- One that appears later is met as a key that is taken.
          select coalesce(array_agg(k.sort_key), '{}') into v_refs from (
            select r.sort_key from ${schema}.mi_named_refs r where r.sort_key = any (p_move_keys)
            order by r.sort_key for update
          ) k;
          select array_agg(m.place) into v_wrong_refs
          from unnest(p_move_keys, p_move_expected) with ordinality as m(sort_key, expected, place)
          left join ${schema}.mi_named_refs r on r.sort_key = m.sort_key
          where m.expected >= 0 and coalesce(r.version_key, 0)
            <> case when m.expected = 0 then 0 else coalesce(nullif(v_keys[m.expected], 0), -1) end;
        end if;
        if v_places is not null or v_wrong_refs is not null then
          -- What this one has waited for may have been itself, sent again when no answer came.
          if exists (select from ${schema}.mi_commits c where c.commit_id = p_header[1]) then continue; end if;
          return json_build_object(
            'status', 'conflict',
            'heads', (
              select coalesce(json_agg(json_build_array(first.lineage_id, v.ecs_id) order by v.sequence, v.version_key), '[]')
              from (select distinct v_owners[x] as lineage_key from unnest(v_places) as x) as o
              join ${schema}.mi_versions first on first.version_key = o.lineage_key
              left join ${schema}.mi_heads h on h.lineage_key = o.lineage_key
              left join ${schema}.mi_versions v on v.version_key = h.version_key
            ),
            'refs', (
              select coalesce(json_agg(json_build_array(x, v.ecs_id) order by x), '[]')
              from unnest(v_wrong_refs) as x
              join ${schema}.mi_named_refs r on r.sort_key = p_move_keys[x]
              join ${schema}.mi_versions v on v.version_key = r.version_key
            )
          );
        end if;
      end if;

      -- The lock says that a number above this one may be on its way. It ends with the transaction.
      select case when s.is_called then s.last_value else 0 end into v_floor from ${schema}.mi_commits_sequence_seq s;
      v_is_same := pg_advisory_xact_lock_shared(
        ('${schema}.mi_commits'::regclass::oid::bigint & 2147483647)::integer,
        ((v_floor & 4294967295) - case when (v_floor & 2147483648) > 0 then 4294967296 else 0 end)::integer) is null;
      v_number := nextval('${schema}.mi_commits_sequence_seq');
      v_first := v_number * ${MOST_VERSIONS};
      if v_known is null then
        insert into ${schema}.mi_commits (sequence, commit_id, created_at, operation, actor, reason, correlation_id,
          cause_id, metadata, first_version_key, version_count)
        values (v_number, p_header[1], p_header[2], p_header[3], p_header[4], p_header[5], p_header[6], p_header[7],
          p_header[8], v_first, p_version_count);
      end if;

      if p_version_count > 0 then
        if 0 = any (v_type_keys) then
          insert into ${schema}.mi_types (name) select x from unnest(p_types) as x order by x on conflict do nothing;
          select array_agg(t.type_key order by x.place) into v_type_keys
          from unnest(p_types) with ordinality as x(name, place) join ${schema}.mi_types t on t.name = x.name;
        end if;
        v_lineage_keys := v_stored_lineages;
        if 0 = any (v_lineage_keys) then
          v_lineage_keys := array(select coalesce(nullif(v_stored_lineages[x], 0), v_first + p_lineage_firsts[x] - 1)
            from generate_series(1, cardinality(v_stored_lineages)) as x);
        end if;
        v_keys := array(select v_first + x - 1 from generate_series(1, p_version_count) as x)
          || v_keys[p_version_count + 1:];

        with stored as (
          insert into ${schema}.mi_versions (version_key, ecs_id, lineage_key, lineage_id, parent_key, merged_from_key,
            type_key, schema_version, sequence, created_at, ref_count, list_count, checksum, data)
          select v_first + v.place - 1, p_ids[v.place], v_lineage_keys[v.lineage],
            case when v_lineage_keys[v.lineage] = v_first + v.place - 1 then p_lineages[v.lineage] end,
            v_keys[nullif(v.parent, 0)], v_keys[nullif(v.merged_from, 0)], v_type_keys[v.type], v.schema_version,
            coalesce(v_known, v_number), v.created_at, v.ref_count, v.list_count, v.checksum, v.data
          from unnest(p_version_lineages, p_parents, p_merged_froms, p_version_types, p_schema_versions, p_created_ats,
            p_ref_counts, p_list_counts, p_checksums, p_data) with ordinality
            as v(lineage, parent, merged_from, type, schema_version, created_at, ref_count, list_count, checksum, data, place)
          order by p_ids[v.place]
        ), gone as (
          delete from ${schema}.mi_heads h using unnest(p_superseded) as x
          where h.lineage_key = v_owners[x] and h.version_key = v_keys[x]
        )
        insert into ${schema}.mi_heads (lineage_key, version_key)
        select v_lineage_keys[p_version_lineages[x]], v_keys[x] from unnest(p_heads) as x;
        if cardinality(p_ref_holders) > 0 then
          insert into ${schema}.mi_references (version_key, position, target_key)
          select v_keys[r.holder], r.position, v_keys[r.target]
          from unnest(p_ref_holders, p_ref_positions, p_ref_targets) as r(holder, position, target);
        end if;
      end if;

      if cardinality(v_states) > 0 then
        v_segments := v_bases;
        if 2 = any (v_states) or 3 = any (v_states) then
          select array_agg(case when x.state = 1 then v_bases[x.list] when x.state = 0 then 0
            else nextval('${schema}.mi_segments_segment_key_seq') end order by x.list)
          into v_segments from unnest(v_states) with ordinality as x(state, list);
          insert into ${schema}.mi_segments (segment_key, run_count)
          select v_segments[x.list], case when x.state = 2 then p_list_run_counts[x.list]
            else (p_list_kept[x.list] > 4)::integer end
          from unnest(v_states) with ordinality as x(state, list) where x.state in (2, 3);
        end if;
        if 3 = any (v_states) then
          insert into ${schema}.mi_segment_runs (segment_key, position, source_key, source_position, length)
          select v_segments[x.list], 0, v_bases[x.list], 0, p_list_kept[x.list]
          from unnest(v_states) with ordinality as x(state, list) where x.state = 3 and p_list_kept[x.list] > 4;
          insert into ${schema}.mi_segment_items (segment_key, position, member_key)
          select v_segments[x.list], i.position, i.member_key
          from unnest(v_states) with ordinality as x(state, list)
          join ${schema}.mi_segment_items i on i.segment_key = v_bases[x.list] and i.position < p_list_kept[x.list]
          where x.state = 3 and p_list_kept[x.list] <= 4;
        end if;
        if cardinality(p_run_lists) > 0 then
          insert into ${schema}.mi_segment_runs (segment_key, position, source_key, source_position, length)
          select v_segments[r.list], r.position, r.source, r.start, r.length
          from unnest(p_run_lists, p_run_positions, p_run_sources, p_run_starts, p_run_lengths, p_run_are_copied)
            as r(list, position, source, start, length, is_copied)
          where not r.is_copied;
          insert into ${schema}.mi_segment_items (segment_key, position, member_key)
          select v_segments[r.list], r.position + i.position - r.start, i.member_key
          from unnest(p_run_lists, p_run_positions, p_run_sources, p_run_starts, p_run_lengths, p_run_are_copied)
            as r(list, position, source, start, length, is_copied)
          join ${schema}.mi_segment_items i
            on i.segment_key = r.source and i.position >= r.start and i.position < r.start + r.length
          where r.is_copied;
        end if;
        with items as (
          insert into ${schema}.mi_segment_items (segment_key, position, member_key)
          select v_segments[i.list], i.position, v_keys[i.member]
          from unnest(p_item_lists, p_item_positions, p_item_members) as i(list, position, member)
        )
        insert into ${schema}.mi_version_lists (version_key, list_index, segment_key, length)
        select v_keys[l.holder], l.index, nullif(v_segments[l.list], 0), l.length
        from unnest(p_list_holders, p_list_indexes, p_list_lengths) with ordinality as l(holder, index, length, list);
      end if;

      if v_known is not null then
        insert into ${schema}.mi_late_versions (sequence, version_key)
        select v_known, v_keys[x] from generate_series(1, p_version_count) as x;
        return json_build_object('status', 'committed', 'sequence', v_known);
      end if;
      if cardinality(p_move_keys) > 0 then
        delete from ${schema}.mi_named_refs r
        using unnest(p_move_keys, p_move_targets, p_move_are_last) as m(sort_key, target, is_last)
        where m.is_last and m.target = 0 and r.sort_key = m.sort_key and r.sort_key = any (v_refs);
        update ${schema}.mi_named_refs r set version_key = v_keys[m.target]
        from unnest(p_move_keys, p_move_targets, p_move_are_last) as m(sort_key, target, is_last)
        where m.is_last and m.target > 0 and r.sort_key = m.sort_key and r.sort_key = any (v_refs);
        insert into ${schema}.mi_named_refs (sort_key, name, version_key)
        select m.sort_key, m.name, v_keys[m.target]
        from unnest(p_move_keys, p_move_names, p_move_targets, p_move_are_last) as m(sort_key, name, target, is_last)
        where m.is_last and m.target > 0 and m.sort_key <> all (v_refs)
        order by m.sort_key;
      end if;
      if cardinality(p_ids) > ${MOST_TOLD} then
        return '{"status":"committed","sequence":' || v_number || '}';
      end if;
      return json_build_object('status', 'committed', 'sequence', v_number, 'learned', json_build_object(
        'keys', v_keys[p_version_count + 1:], 'lineages', array(select v_lineage_keys[x] from unnest(p_version_lineages) as x),
        'states', v_states, 'segments', v_segments));
    exception
      when unique_violation or deadlock_detected then
        if v_attempt = 20 then raise; end if;
    end;
  end loop;
end
$mi$`;
}

const COLUMNS = [
  ["length", "p_list_lengths"],
  ["base", "p_list_bases"],
  ["base_index", "p_list_base_indexes"],
  ["base_length", "p_list_base_lengths"],
  ["kept", "p_list_kept"],
  ["kept_first", "p_list_kept_firsts"],
  ["kept_last", "p_list_kept_lasts"],
  ["base_segment", "p_list_base_segments"],
] as const;

const ALL_LISTS = `unnest(${COLUMNS.map(([, values]) => values).join(", ")}) with ordinality
  as a(${COLUMNS.map(([name]) => name).join(", ")}, list)`;

/** How each list is stored; of lists that would go on at one place, the first one may. */
function planOf(schema: string): string {
  const memberAt = (position: string): string => `coalesce(
    (select i.member_key from ${schema}.mi_segment_items i
      where i.segment_key = w.segment_key and i.position = ${position}),
    (select i.member_key from ${schema}.mi_segment_runs r
      join ${schema}.mi_segment_items i
        on i.segment_key = r.source_key and i.position = r.source_position + ${position} - r.position
      where s.run_count > 0 and r.segment_key = w.segment_key
        and r.position <= ${position} and r.position + r.length > ${position}))`;
  return `select f.list, f.segment_key, case
    when f.length = 0 then 0
    when f.base = 0 then 2
    when f.stored_length is distinct from f.base_length then 4
    when f.base_segment > 0 then case when f.segment_key = f.base_segment then 2 else 4 end
    when f.first_member is distinct from v_keys[f.kept_first]
      or f.last_member is distinct from v_keys[f.kept_last] then 4
    when f.length = f.kept then 1
    when f.is_whole and row_number() over (partition by f.segment_key, f.length = f.kept order by f.list) = 1 then 1
    when f.run_count = 0 then 3
    else 4
  end as state
  from (
    select a.*, w.segment_key, w.length as stored_length, s.run_count,
      ${memberAt("0")} as first_member,
      ${memberAt("a.kept - 1")} as last_member,
      a.kept = w.length
        and not exists (select from ${schema}.mi_segment_items i
          where i.segment_key = w.segment_key and i.position >= w.length)
        and (s.run_count = 0 or not exists (select from ${schema}.mi_segment_runs r
          where r.segment_key = w.segment_key and r.position + r.length > w.length)) as is_whole
    from ${ALL_LISTS}
    left join ${schema}.mi_version_lists w
      on w.version_key = v_keys[nullif(a.base, 0)] and w.list_index = a.base_index
    left join ${schema}.mi_segments s on s.segment_key = w.segment_key
  ) f`;
}
