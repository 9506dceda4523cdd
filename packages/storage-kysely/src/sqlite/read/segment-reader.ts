import { sql } from "kysely";
import type { EcsId } from "@mi/ecs";
import { ListBuilder } from "../../lists/list-builder.ts";
import type { LoadedItems } from "../../lists/list-builder.ts";
import type { PlacedRun } from "../../lists/pieces.ts";
import { argument, queries } from "../connection.ts";
import type { Connection } from "../connection.ts";
import type { ListAddress } from "./version-rows.ts";

/** Loads the segments of any number of lists. */
export class SegmentReader {
  readonly #runs;
  readonly #items;
  readonly #ids;

  constructor(connection: Connection) {
    this.#runs = connection.rows<
      [wanted: string],
      readonly [segment: number, position: number, source: number, start: number, length: number]
    >(
      queries
        .selectFrom(wantedSegments().as("wanted"))
        .innerJoin("mi_segment_runs as r", "r.segment_key", "wanted.segment_key")
        .select(["r.segment_key", "r.position", "r.source_key", "r.source_position", "r.length"])
        .whereRef("r.position", "<", "wanted.end")
        .orderBy("r.segment_key")
        .orderBy("r.position"),
    );
    // One row for each segment: a row for each item costs three times as much.
    this.#items = connection.rows<
      [wanted: string],
      readonly [segment: number, positions: string, members: string]
    >(
      queries
        .selectFrom(wantedSegments().as("wanted"))
        .innerJoin("mi_segment_items as i", "i.segment_key", "wanted.segment_key")
        .select([
          "i.segment_key",
          sql<string>`json_group_array(i.position)`.as("positions"),
          sql<string>`json_group_array(i.member_key)`.as("members"),
        ])
        .whereRef("i.position", "<", "wanted.end")
        .groupBy("i.segment_key"),
    );
    this.#ids = connection.rows<[keys: string], readonly [key: number, ecsId: EcsId]>(
      queries
        .selectFrom("mi_versions")
        .select(["version_key", "ecs_id"])
        .where("version_key", "in", sql<never>`(select value from json_each(${argument}))`),
    );
  }

  /**
   * A builder of the lists at these addresses. It takes one query, one more if any segment borrows, and one more if any
   * member is not in `ids` yet.
   */
  load(addresses: readonly ListAddress[], ids: Map<number, EcsId>): ListBuilder {
    const lengths = new Map<number, number>();
    let isBorrowing = false;
    for (const [segment, length, runCount] of addresses) {
      if (segment === null) continue;
      raise(lengths, segment, length);
      isBorrowing ||= runCount > 0;
    }
    const runs = isBorrowing ? this.#runsOf(lengths) : new Map<number, PlacedRun[]>();
    const ends = new Map(lengths);
    for (const { source, start, length } of [...runs.values()].flat())
      raise(ends, source, start + length);
    return new ListBuilder({ lengths, runs, items: this.#itemsOf(ends, ids) });
  }

  #runsOf(lengths: ReadonlyMap<number, number>): ReadonlyMap<number, readonly PlacedRun[]> {
    const runs = new Map<number, PlacedRun[]>();
    for (const [segment, position, source, start, length] of this.#runs.all(asJson(lengths))) {
      const run = { position, source, start, length };
      const others = runs.get(segment);
      if (others === undefined) runs.set(segment, [run]);
      else others.push(run);
    }
    return runs;
  }

  #itemsOf(
    ends: ReadonlyMap<number, number>,
    ids: Map<number, EcsId>,
  ): ReadonlyMap<number, LoadedItems> {
    if (ends.size === 0) return new Map();
    const rows = this.#items.all(asJson(ends)).map(([segment, positions, members]) => ({
      segment,
      positions: JSON.parse(positions) as number[],
      members: JSON.parse(members) as number[],
    }));
    const unknown = rows.flatMap(({ members }) => members.filter((key) => !ids.has(key)));
    if (unknown.length > 0)
      for (const [key, id] of this.#ids.all(JSON.stringify(unknown))) ids.set(key, id);

    const items = new Map<number, LoadedItems>();
    for (const { segment, positions, members } of rows) {
      const byPosition = new Array<EcsId | undefined>(ends.get(segment) ?? 0).fill(undefined);
      for (const [i, position] of positions.entries()) {
        const key = members[i];
        if (key !== undefined) byPosition[position] = ids.get(key);
      }
      items.set(segment, byPosition);
    }
    return items;
  }
}

/** Segments, and the position that what is wanted of each ends before. */
function wantedSegments() {
  return queries
    .selectFrom(sql<{ value: string }>`json_each(${argument})`.as("pair"))
    .select([
      sql<number>`pair.value ->> 0`.as("segment_key"),
      sql<number>`pair.value ->> 1`.as("end"),
    ]);
}

function asJson(ends: ReadonlyMap<number, number>): string {
  return JSON.stringify([...ends]);
}

function raise(ends: Map<number, number>, segment: number, end: number): void {
  if ((ends.get(segment) ?? 0) < end) ends.set(segment, end);
}
