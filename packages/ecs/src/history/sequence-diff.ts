import { shortestAlignment } from "./shortest-alignment.ts";
import type { Match, Span } from "./span.ts";
import { uniqueAnchors } from "./unique-anchors.ts";

/** Two members of sequences are the same when their keys are. */
export type SequenceKey = string | number;

/** `before[at]` to `before[at + remove - 1]` became `after[from]` to `after[from + insert - 1]`. */
export interface SequenceEdit {
  readonly at: number;
  readonly remove: number;
  readonly from: number;
  readonly insert: number;
}

/**
 * Edits that turn one sequence into the other, ascending, at least one kept member between two of them. As few as can be
 * when no member occurs twice, or when some hundred do it; else not many more. Time grows with the lengths and the number of
 * edits, not with the product of the lengths.
 */
export function sequenceEdits(
  before: readonly SequenceKey[],
  after: readonly SequenceKey[],
): readonly SequenceEdit[] {
  const numbers = new Map<SequenceKey, number>();
  const numbered = (keys: readonly SequenceKey[]): Int32Array =>
    Int32Array.from(keys, (key) => {
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, numbers.size);
      return numbers.size - 1;
    });
  return editsOf(aligned(numbered(before), numbered(after)), after.length);
}

/** For each position of `a` the position in `b` where it stays, or -1; ascending. */
function aligned(a: Int32Array, b: Int32Array): Int32Array {
  const matches = new Int32Array(a.length).fill(-1);
  const match: Match = (i, j) => {
    matches[i] = j;
  };
  const spans: Span[] = [{ aStart: 0, aEnd: a.length, bStart: 0, bEnd: b.length }];
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const rest = trimmed(a, b, span, match);
    if (rest.aStart === rest.aEnd || rest.bStart === rest.bEnd) continue;
    if (shortestAlignment(a, b, rest, match)) continue;
    let { aStart, bStart } = rest;
    for (const [i, j] of uniqueAnchors(a, b, rest)) {
      match(i, j);
      spans.push({ aStart, aEnd: i, bStart, bEnd: j });
      aStart = i + 1;
      bStart = j + 1;
    }
    // Without any anchor nothing of the span stays.
    if (aStart > rest.aStart) spans.push({ ...rest, aStart, bStart });
  }
  return matches;
}

/** Matches what both sequences begin and end with. */
function trimmed(a: Int32Array, b: Int32Array, span: Span, match: Match): Span {
  let { aStart, aEnd, bStart, bEnd } = span;
  while (aStart < aEnd && bStart < bEnd && a[aStart] === b[bStart]) match(aStart++, bStart++);
  while (aStart < aEnd && bStart < bEnd && a[aEnd - 1] === b[bEnd - 1]) match(--aEnd, --bEnd);
  return { aStart, aEnd, bStart, bEnd };
}

function editsOf(matches: Int32Array, afterLength: number): SequenceEdit[] {
  const edits: SequenceEdit[] = [];
  let at = 0;
  let from = 0;
  const until = (i: number, j: number): void => {
    if (i > at || j > from) edits.push({ at, remove: i - at, from, insert: j - from });
    at = i + 1;
    from = j + 1;
  };
  for (const [i, j] of matches.entries()) if (j >= 0) until(i, j);
  until(matches.length, afterLength);
  return edits;
}
