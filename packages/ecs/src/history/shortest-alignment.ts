import type { Match, Span } from "./span.ts";

/** Time and memory grow with the square of the edits: 500 of them take half a megabyte for a moment. */
const MOST_EDITS = 500;

/**
 * Matches a longest common subsequence of the span, after Myers, "An O(ND) difference algorithm". Answers false, and
 * matches nothing, when that would leave more than {@link MOST_EDITS} members without a match.
 */
export function shortestAlignment(a: Int32Array, b: Int32Array, span: Span, match: Match): boolean {
  const { aStart, bStart } = span;
  const rounds = furthestReaching(a, b, span);
  if (rounds === undefined) return false;
  let i = span.aEnd - aStart;
  let j = span.bEnd - bStart;
  for (let edits = rounds.length; edits >= 0; edits--) {
    const diagonal = i - j;
    // Where the round before ended, from which this one took one step down or to the right.
    const before = rounds[edits - 1];
    const fromI = before === undefined ? 0 : startOf(before, diagonal, edits);
    while (i > fromI) match(aStart + --i, bStart + --j);
    if (before === undefined) break;
    if (isInsertion(before, diagonal, edits)) j--;
    else i--;
  }
  return true;
}

/**
 * For each number of edits and each diagonal (i - j) how far into `a` one can get; up to, not including, the round that
 * reaches the end. Round d holds diagonal k at index (k + d) / 2.
 */
function furthestReaching(a: Int32Array, b: Int32Array, span: Span): Int32Array[] | undefined {
  const { aStart, bStart } = span;
  const aLength = span.aEnd - aStart;
  const bLength = span.bEnd - bStart;
  const rounds: Int32Array[] = [];
  for (let edits = 0; edits <= MOST_EDITS; edits++) {
    const before = rounds[edits - 1];
    const reached = new Int32Array(edits + 1);
    for (let slot = 0; slot <= edits; slot++) {
      const diagonal = 2 * slot - edits;
      let i = before === undefined ? 0 : startOf(before, diagonal, edits);
      let j = i - diagonal;
      while (i < aLength && j < bLength && a[aStart + i] === b[bStart + j]) {
        i++;
        j++;
      }
      reached[slot] = i;
      if (i >= aLength && j >= bLength) return rounds;
    }
    rounds.push(reached);
  }
  return undefined;
}

/** Whether the round `edits` gets to the diagonal by an insertion, i.e. from the diagonal above it. */
function isInsertion(before: Int32Array, diagonal: number, edits: number): boolean {
  if (diagonal === -edits) return true;
  if (diagonal === edits) return false;
  const slot = (diagonal + edits) / 2;
  return (before[slot - 1] ?? 0) < (before[slot] ?? 0);
}

/** The position in `a` after that one edit. */
function startOf(before: Int32Array, diagonal: number, edits: number): number {
  const slot = (diagonal + edits) / 2;
  return isInsertion(before, diagonal, edits) ? (before[slot] ?? 0) : (before[slot - 1] ?? 0) + 1;
}
