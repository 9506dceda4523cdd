import { sql } from "kysely";
import type { EcsId } from "@mi/ecs";
import type { StoredList } from "../../lists/plan-list.ts";
import { runsOfSegment } from "../../lists/pieces.ts";
import type { PlacedRun } from "../../lists/pieces.ts";
import { argument, queries } from "../connection.ts";
import type { Connection } from "../connection.ts";

/** Finds the stored lists that a commit's lists are based on. */
export class StoredLists {
  readonly #list;
  readonly #runs;
  readonly #itemAt;

  constructor(connection: Connection) {
    this.#list = connection.rows<
      [version: number, listIndex: number],
      readonly [segment: number, length: number, runCount: number, hasItemsAfter: 0 | 1]
    >(
      queries
        .selectFrom("mi_version_lists as l")
        .innerJoin("mi_segments as s", "s.segment_key", "l.segment_key")
        .select(({ exists, selectFrom }) => [
          "s.segment_key",
          "l.length",
          "s.run_count",
          exists(
            selectFrom("mi_segment_items as i")
              .select(sql.lit(1).as("one"))
              .whereRef("i.segment_key", "=", "s.segment_key")
              .whereRef("i.position", ">=", "l.length"),
          ).as("has_items_after"),
        ])
        .where("l.version_key", "=", argument)
        .where("l.list_index", "=", argument),
    );
    this.#runs = connection.rows<
      [segment: number],
      readonly [position: number, source: number, start: number, length: number]
    >(
      queries
        .selectFrom("mi_segment_runs")
        .select(["position", "source_key", "source_position", "length"])
        .where("segment_key", "=", argument)
        .orderBy("position"),
    );
    this.#itemAt = connection.values<[segment: number, position: number], EcsId>(
      queries
        .selectFrom("mi_segment_items as i")
        .innerJoin("mi_versions as v", "v.version_key", "i.member_key")
        .select("v.ecs_id")
        .where("i.segment_key", "=", argument)
        .where("i.position", "=", argument),
    );
  }

  /** `undefined` for a list that is empty or not there. */
  find(versionKey: number, listIndex: number): StoredList | undefined {
    const row = this.#list.get(versionKey, listIndex);
    if (row === undefined) return undefined;
    const [segment, length, runCount, hasItemsAfter] = row;
    const borrowed = runCount === 0 ? [] : this.#borrowed(segment);
    return {
      segment,
      length,
      isWhole: hasItemsAfter === 0 && borrowed.every((run) => run.position + run.length <= length),
      runs: runsOfSegment(segment, length, borrowed),
      itemAt: (source, position) => this.#itemAt.get(source, position),
    };
  }

  #borrowed(segment: number): readonly PlacedRun[] {
    return this.#runs
      .all(segment)
      .map(([position, source, start, length]) => ({ position, source, start, length }));
  }
}
