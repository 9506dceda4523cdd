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
    name: "mi_read_list_bases",
    text: `select * from ${schema}.mi_read_list_bases($1::text[], $2::integer[], $3::text[])`,
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
