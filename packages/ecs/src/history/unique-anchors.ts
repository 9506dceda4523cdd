import type { Span } from "./span.ts";

type Anchor = readonly [i: number, j: number];

/**
 * The longest run of pairs, ascending on both sides, of members that occur exactly once on each side of the span. When
 * all members do, no alignment is longer.
 */
export function uniqueAnchors(a: Int32Array, b: Int32Array, span: Span): readonly Anchor[] {
  const inA = onlyPlaces(a, span.aStart, span.aEnd);
  const inB = onlyPlaces(b, span.bStart, span.bEnd);
  const pairs: Anchor[] = [];
  for (const [member, i] of inA) {
    const j = inB.get(member);
    if (i >= 0 && j !== undefined && j >= 0) pairs.push([i, j]);
  }
  // A map keeps the order of first places, and all of these have no other: ascending by i.
  return longestAscending(pairs);
}

/** Where each member stands; -1 for one that stands in several places. */
function onlyPlaces(sequence: Int32Array, start: number, end: number): Map<number, number> {
  const places = new Map<number, number>();
  for (let i = start; i < end; i++) {
    const member = sequence[i];
    if (member !== undefined) places.set(member, places.has(member) ? -1 : i);
  }
  return places;
}

/** The longest part of the pairs, in their order, whose `j` ascend: patience sorting. */
function longestAscending(pairs: readonly Anchor[]): readonly Anchor[] {
  // tops[n] is the pair with the lowest j that a run of n + 1 pairs can end with.
  const tops: number[] = [];
  const previous = new Int32Array(pairs.length).fill(-1);
  const jOf = (index: number | undefined): number =>
    (index === undefined ? undefined : pairs[index]?.[1]) ?? -1;
  for (const [index, [, j]] of pairs.entries()) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (jOf(tops[middle]) < j) low = middle + 1;
      else high = middle;
    }
    previous[index] = tops[low - 1] ?? -1;
    tops[low] = index;
  }
  const run: Anchor[] = [];
  for (let index = tops[tops.length - 1] ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair !== undefined) run.push(pair);
  }
  return run.reverse();
}
