import type { EcsId, ListBase, RefList } from "@mi/ecs";
import { runsOfSegment } from "../../lists/pieces.ts";
import { planList, positionsToCheck } from "../../lists/plan-list.ts";
import type { StoredList } from "../../lists/plan-list.ts";
import { idArray, numberArray } from "../array-literals.ts";
import type { Session, Statement } from "../session.ts";
import { plannedArgument, wholeList } from "./list-arguments.ts";
import type { ListArgument } from "./list-arguments.ts";

/** A list whose base has to be read before it can be planned. */
export interface BasedList {
  readonly list: RefList;
  readonly hint: ListBase;
}

type Row = readonly [
  place: number,
  segment: number,
  length: number,
  isWhole: boolean,
  /** JSON: `[position, source, start, length]` of each run. */
  runs: string,
  /** JSON: `[segment, position, id]` of the members that were asked for, where they stand as items. */
  members: string,
];

export function basesStatement(schema: string): Statement {
  return {
    name: "mi_list_bases",
    text: `select a.place::integer, w.segment_key::double precision, w.length,
      not exists (select from ${schema}.mi_segment_items i
        where i.segment_key = w.segment_key and i.position >= w.length)
      and not exists (select from ${schema}.mi_segment_runs r
        where r.segment_key = w.segment_key and r.position + r.length > w.length) as is_whole,
      (select coalesce(json_agg(json_build_array(r.position, r.source_key, r.source_position, r.length)
          order by r.position), '[]')::text
        from ${schema}.mi_segment_runs r where r.segment_key = w.segment_key) as runs,
      (select coalesce(json_agg(json_build_array(i.segment_key, i.position, v.ecs_id)), '[]')::text
        from unnest(a.positions::integer[]) as p(position)
        left join ${schema}.mi_segment_runs r on r.segment_key = w.segment_key
          and r.position <= p.position and r.position + r.length > p.position
        join ${schema}.mi_segment_items i on i.segment_key = coalesce(r.source_key, w.segment_key)
          and i.position = coalesce(r.source_position + p.position - r.position, p.position)
        join ${schema}.mi_versions v on v.version_key = i.member_key) as members
    from unnest($1::text[], $2::integer[], $3::text[]) with ordinality as a(id, list_index, positions, place)
    join ${schema}.mi_versions b on b.ecs_id = a.id
    join ${schema}.mi_version_lists w on w.version_key = b.version_key and w.list_index = a.list_index
    where w.segment_key is not null`,
  };
}

/** Plans lists on their bases, which are read with one query. What a segment holds below a list's end never changes. */
export async function planOnBases(
  session: Session,
  statement: Statement,
  lists: readonly BasedList[],
): Promise<readonly ListArgument[]> {
  const rows = await session.run<Row>(statement, [
    idArray(lists.map(({ hint }) => hint.of)),
    numberArray(lists.map(({ hint }) => hint.list)),
    `{${lists.map(({ list, hint }) => `"${numberArray(positionsToCheck(list, hint.edits))}"`).join(",")}}`,
  ]);
  const bases = new Map(rows.map((row) => [row[0], storedList(row)]));
  return lists.map(({ list, hint: { of, list: index, edits } }, i) => {
    const base = bases.get(i + 1);
    if (base === undefined) return wholeList(list);
    const { segment, length } = base;
    const plan = planList(list, base, edits);
    const isWhole =
      plan.kind === "new-segment" && plan.pieces.every(({ kind }) => kind === "members");
    return isWhole
      ? wholeList(list)
      : plannedArgument(list, plan, { of, list: index, length, segment });
  });
}

function storedList([, segment, length, isWhole, runs, members]: Row): StoredList {
  const borrowed = (JSON.parse(runs) as [number, number, number, number][]).map(
    ([position, source, start, run]) => ({ position, source, start, length: run }),
  );
  const items = new Map(
    (JSON.parse(members) as [number, number, EcsId][]).map(([source, position, id]) => [
      `${source}:${position}`,
      id,
    ]),
  );
  return {
    segment,
    length,
    isWhole,
    runs: runsOfSegment(segment, length, borrowed),
    itemAt: (source, position) => items.get(`${source}:${position}`),
  };
}
