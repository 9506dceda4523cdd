import { sql } from "kysely";
import type { EcsId } from "@mi/ecs";
import { check } from "./check.ts";
import type { Check, CheckEngine } from "./check.ts";

/** Segments with gaps or two members at one position, and lists that are longer than their segment. */
export function listChecks({ queries }: CheckEngine): readonly Check[] {
  const ends = new Map<number, number>();
  // Items and runs by position.
  const stretches = queries
    .selectFrom("mi_segment_items")
    .select(["segment_key", "position", sql.lit(1).as("length")])
    .unionAll(queries.selectFrom("mi_segment_runs").select(["segment_key", "position", "length"]))
    .orderBy("segment_key")
    .orderBy("position");
  const runs = queries.selectFrom("mi_segment_runs as r").select(({ selectFrom }) => [
    "r.segment_key",
    "r.position",
    "r.source_key",
    "r.length",
    selectFrom("mi_segment_items as i")
      .select(({ fn }) => fn.countAll().as("items"))
      .whereRef("i.segment_key", "=", "r.source_key")
      .whereRef("i.position", ">=", "r.source_position")
      .where(sql<boolean>`i.position < r.source_position + r.length`)
      .as("items"),
  ]);
  const lists = queries
    .selectFrom("mi_version_lists as w")
    .innerJoin("mi_versions as v", "v.version_key", "w.version_key")
    .select(["v.ecs_id", "w.list_index", "w.segment_key", "w.length"]);
  return [
    check<readonly [segment: number, position: number, length: number]>(
      stretches,
      function* ([segment, position, length]) {
        const end = ends.get(segment) ?? 0;
        if (position !== end)
          yield {
            kind: "list",
            message: `Segment ${segment} has ${position > end ? "no member" : "two members"} at position ${Math.min(position, end)}`,
            details: { segment, position: Math.min(position, end) },
          };
        ends.set(segment, position + length);
      },
    ),
    check<
      readonly [segment: number, position: number, source: number, length: number, items: number]
    >(runs, function* ([segment, position, source, length, items]) {
      if (items !== length)
        yield {
          kind: "list",
          message: `Segment ${segment} borrows ${length} members of segment ${source}, which has ${items} of them`,
          details: { segment, position, source },
        };
    }),
    check<readonly [ecsId: EcsId, listIndex: number, segment: number | null, length: number]>(
      lists,
      function* ([ecsId, listIndex, segment, length]) {
        const end = segment === null ? 0 : (ends.get(segment) ?? 0);
        if (length > end)
          yield {
            kind: "list",
            message: `List ${listIndex} of version ${ecsId} has ${end} of its ${length} members`,
            details: { ecsId, listIndex, segment },
          };
      },
    ),
  ];
}
