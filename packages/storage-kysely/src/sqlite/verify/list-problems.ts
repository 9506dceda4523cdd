import { sql } from "kysely";
import type { EcsId } from "@mi/ecs";
import { queries } from "../connection.ts";
import type { Connection } from "../connection.ts";
import type { Problem } from "./problem.ts";

/** Segments with gaps or two members at one position, and lists that are longer than their segment. */
export function* listProblems(connection: Connection): Generator<Problem> {
  const ends = new Map<number, number>();
  for (const [segment, position, length] of stretches(connection).iterate()) {
    const end = ends.get(segment) ?? 0;
    if (position !== end)
      yield {
        kind: "list",
        message: `Segment ${segment} has ${position > end ? "no member" : "two members"} at position ${Math.min(position, end)}`,
        details: { segment, position: Math.min(position, end) },
      };
    ends.set(segment, position + length);
  }
  yield* shortRuns(connection);
  yield* shortLists(connection, ends);
}

/** Items and runs by position. */
function stretches(connection: Connection) {
  return connection.rows<[], readonly [segment: number, position: number, length: number]>(
    queries
      .selectFrom("mi_segment_items")
      .select(["segment_key", "position", sql.lit(1).as("length")])
      .unionAll(queries.selectFrom("mi_segment_runs").select(["segment_key", "position", "length"]))
      .orderBy("segment_key")
      .orderBy("position"),
  );
}

function* shortRuns(connection: Connection): Generator<Problem> {
  const short = connection.rows<
    [],
    readonly [segment: number, position: number, source: number, length: number, items: number]
  >(
    queries.selectFrom("mi_segment_runs as r").select(({ selectFrom }) => [
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
    ]),
  );
  for (const [segment, position, source, length, items] of short.iterate()) {
    if (items !== length)
      yield {
        kind: "list",
        message: `Segment ${segment} borrows ${length} members of segment ${source}, which has ${items} of them`,
        details: { segment, position, source },
      };
  }
}

function* shortLists(
  connection: Connection,
  ends: ReadonlyMap<number, number>,
): Generator<Problem> {
  const lists = connection.rows<
    [],
    readonly [ecsId: EcsId, listIndex: number, segment: number | null, length: number]
  >(
    queries
      .selectFrom("mi_version_lists as w")
      .innerJoin("mi_versions as v", "v.version_key", "w.version_key")
      .select(["v.ecs_id", "w.list_index", "w.segment_key", "w.length"]),
  );
  for (const [ecsId, listIndex, segment, length] of lists.iterate()) {
    const end = segment === null ? 0 : (ends.get(segment) ?? 0);
    if (length > end)
      yield {
        kind: "list",
        message: `List ${listIndex} of version ${ecsId} has ${end} of its ${length} members`,
        details: { ecsId, listIndex, segment },
      };
  }
}
