import { sql } from "kysely";
import type { EcsId } from "@mi/ecs";
import { ListBuilder } from "../../lists/list-builder.ts";
import type { LoadedItems } from "../../lists/list-builder.ts";
import type { PlacedRun } from "../../lists/pieces.ts";
import type { ListAddress } from "../../read/version-row.ts";
import { argument, queries } from "../connection.ts";
import type { Connection } from "../connection.ts";

/** The items of one segment: their positions, and as many members, as JSON. */
type ItemsRow = readonly [segment: number, positions: string, members: string];

/** Loads the segments of any number of lists, with one query, and one more if any of them borrows. */
export class SegmentReader {
  readonly #runs;
  readonly #itemKeys;
  readonly #itemIds;

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
    const items = queries
      .selectFrom(wantedSegments().as("wanted"))
      .innerJoin("mi_segment_items as i", "i.segment_key", "wanted.segment_key")
      .whereRef("i.position", "<", "wanted.end")
      .groupBy("i.segment_key")
      .select(["i.segment_key", sql<string>`json_group_array(i.position)`.as("positions")]);
    // One row for each segment: a row for each item costs three times as much.
    this.#itemKeys = connection.rows<[wanted: string], ItemsRow>(
      items.select(sql<string>`json_group_array(i.member_key)`.as("members")),
    );
    this.#itemIds = connection.rows<[wanted: string], ItemsRow>(
      items
        .leftJoin("mi_versions as v", "v.version_key", "i.member_key")
        .select(sql<string>`json_group_array(v.ecs_id)`.as("members")),
    );
  }

  /**
   * A builder of the lists at these addresses. `ids` are those of all their members, if they are known: so that a list
   * and the version that it names share one string.
   */
  load(addresses: readonly ListAddress[], ids?: ReadonlyMap<number, EcsId>): ListBuilder {
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
    // What is borrowed stands among items that no list here has.
    const known = isBorrowing ? undefined : ids;
    return new ListBuilder({ lengths, runs, items: this.#itemsOf(ends, known) });
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
    ids: ReadonlyMap<number, EcsId> | undefined,
  ): ReadonlyMap<number, LoadedItems> {
    const items = new Map<number, LoadedItems>();
    if (ends.size === 0) return items;
    const query = ids === undefined ? this.#itemIds : this.#itemKeys;
    for (const [segment, positions, members] of query.all(asJson(ends))) {
      const found =
        ids === undefined
          ? (JSON.parse(members) as (EcsId | null)[])
          : (JSON.parse(members) as number[]).map((key) => ids.get(key));
      const byPosition: (EcsId | undefined)[] = [];
      for (const [i, position] of (JSON.parse(positions) as number[]).entries())
        byPosition[position] = found[i] ?? undefined;
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
