import { sql } from "kysely";
import type { EcsId } from "@mi/ecs";
import { ListBuilder } from "../../lists/list-builder.ts";
import type { PlacedRun } from "../../lists/pieces.ts";
import { argument, queries } from "../connection.ts";
import type { Connection } from "../connection.ts";
import type { ListAddress } from "./version-rows.ts";

/** Loads the segments of any number of lists with two queries. */
export class SegmentReader {
  readonly #runs;
  readonly #items;

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
    this.#items = connection.rows<
      [wanted: string],
      readonly [segment: number, position: number, id: EcsId]
    >(
      queries
        .selectFrom(wantedSegments().as("wanted"))
        .innerJoin("mi_segment_items as i", "i.segment_key", "wanted.segment_key")
        .innerJoin("mi_versions as v", "v.version_key", "i.member_key")
        .select(["i.segment_key", "i.position", "v.ecs_id"])
        .whereRef("i.position", "<", "wanted.end")
        .orderBy("i.segment_key")
        .orderBy("i.position"),
    );
  }

  /** A builder of lists at these addresses. */
  load(addresses: Iterable<ListAddress>): ListBuilder {
    const lengths = new Map<number, number>();
    for (const [segment, length] of addresses)
      if (segment !== null) raise(lengths, segment, length);
    if (lengths.size === 0) return new ListBuilder({ lengths, runs: new Map(), items: new Map() });

    const runs = new Map<number, PlacedRun[]>();
    const ends = new Map(lengths);
    for (const [segment, position, source, start, length] of this.#runs.all(asJson(lengths))) {
      const placed = { position, source, start, length };
      const others = runs.get(segment);
      if (others === undefined) runs.set(segment, [placed]);
      else others.push(placed);
      raise(ends, source, start + length);
    }
    const items = new Map<number, { positions: number[]; ids: EcsId[] }>();
    for (const [segment, position, id] of this.#items.all(asJson(ends))) {
      let loaded = items.get(segment);
      if (loaded === undefined) items.set(segment, (loaded = { positions: [], ids: [] }));
      loaded.positions.push(position);
      loaded.ids.push(id);
    }
    return new ListBuilder({ lengths, runs, items });
  }
}

/** Rows of a segment and the position that what is wanted of it ends before. */
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
