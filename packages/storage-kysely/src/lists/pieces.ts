import type { EcsId, ListEdit } from "@mi/ecs";

/** Items `start` to `start + length` of a segment. */
export interface Run {
  readonly source: number;
  readonly start: number;
  readonly length: number;
}

/** A stretch of a list that is to be stored: new members, or members that a segment has already. */
export type Piece =
  | { readonly kind: "members"; readonly members: readonly EcsId[] }
  | { readonly kind: "borrow" | "copy"; readonly run: Run };

/** A run of a segment as it is stored. */
export interface PlacedRun extends Run {
  readonly position: number;
}

/** A run this short costs about as much as its items do. */
const SHORT_RUN = 4;
/** The most runs of a segment. Beyond it the whole list is written anew, beside what is there. */
export const MAX_RUNS = 32;

/** The first `length` members of a segment as runs of items: those that it borrows, and between them its own. */
export function runsOfSegment(
  segment: number,
  length: number,
  borrowed: readonly PlacedRun[],
): readonly Run[] {
  const runs: Run[] = [];
  let end = 0;
  const own = (to: number): void => {
    if (to > end) runs.push({ source: segment, start: end, length: to - end });
  };
  for (const { position, source, start, length: whole } of borrowed) {
    if (position >= length) break;
    own(position);
    const taken = Math.min(whole, length - position);
    runs.push({ source, start, length: taken });
    end = position + taken;
  }
  own(length);
  return runs;
}

/** The pieces of a list that is `base` after `edits`. */
export function editedPieces(base: readonly Run[], edits: readonly ListEdit[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { at, remove, insert } of edits) {
    pieces.push(...borrowed(base, from, at));
    if (insert.length > 0) pieces.push({ kind: "members", members: insert });
    from = at + remove;
  }
  pieces.push(...borrowed(base, from, Number.POSITIVE_INFINITY));
  return rolledUp(pieces);
}

function borrowed(base: readonly Run[], from: number, to: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let position = 0;
  for (const { source, start, length } of base) {
    const first = Math.max(from, position);
    const last = Math.min(to, position + length);
    if (first < last)
      pieces.push({
        kind: "borrow",
        run: { source, start: start + first - position, length: last - first },
      });
    position += length;
  }
  return pieces;
}

/** Copies the runs that don't pay; all of them when there would be too many. */
function rolledUp(pieces: readonly Piece[]): readonly Piece[] {
  const pays = (piece: Piece): boolean => piece.kind !== "members" && piece.run.length > SHORT_RUN;
  const isTooMany = pieces.filter(pays).length > MAX_RUNS;
  return pieces.map((piece) =>
    piece.kind === "members" || (pays(piece) && !isTooMany)
      ? piece
      : { kind: "copy", run: piece.run },
  );
}
