/** A part of two sequences that is still to be aligned; ends are not included. */
export interface Span {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/** Notes that `a[i]` stays as `b[j]`. */
export type Match = (i: number, j: number) => void;
