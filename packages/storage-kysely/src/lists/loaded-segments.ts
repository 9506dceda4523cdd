import type { EcsId } from "@mi/ecs";
import { ListBuilder } from "./list-builder.ts";
import type { LoadedItems } from "./list-builder.ts";
import type { PlacedRun } from "./pieces.ts";
import type { ListAddress } from "../read/version-row.ts";

/**
 * A segment as queries answer it: its runs by position, and of its items the positions and as many members. Positions
 * that are null count from 0 without a gap.
 */
export interface SegmentJson<Member> {
  readonly runs:
    readonly (readonly [position: number, source: number, start: number, length: number])[] | null;
  readonly positions: readonly number[] | null;
  readonly members: readonly Member[] | null;
}

/** A segment and its `SegmentJson`. */
export type SegmentRow = readonly [segment: number, json: string];

/** A builder of the lists at these addresses, from all segments that they need. */
export function listBuilderOf<Member>(
  addresses: Iterable<ListAddress>,
  segments: readonly SegmentRow[],
  idOf: (member: Member) => EcsId | undefined,
): ListBuilder {
  const lengths = new Map<number, number>();
  for (const [segment, length] of addresses)
    if (segment !== null && (lengths.get(segment) ?? 0) < length) lengths.set(segment, length);
  const items = new Map<number, LoadedItems>();
  const runs = new Map<number, readonly PlacedRun[]>();
  for (const [segment, json] of segments) {
    const { runs: borrowed, positions, members } = JSON.parse(json) as SegmentJson<Member>;
    const byPosition: (EcsId | undefined)[] = [];
    members?.forEach((member, i) => {
      byPosition[positions?.[i] ?? i] = idOf(member);
    });
    items.set(segment, byPosition);
    if (borrowed !== null && borrowed.length > 0)
      runs.set(
        segment,
        borrowed.map(([position, source, start, length]) => ({ position, source, start, length })),
      );
  }
  return new ListBuilder({ lengths, items, runs });
}
