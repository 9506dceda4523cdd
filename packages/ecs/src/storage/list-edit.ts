import type { EcsId } from "../ids.ts";

/** One change of a list, in positions of the base list. */
export interface ListEdit {
  readonly at: number;
  readonly remove: number;
  readonly insert: readonly EcsId[];
}
