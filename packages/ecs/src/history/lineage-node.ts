import type { EcsId } from "../ids.ts";
import type { EntityRecord } from "../storage/contract.ts";
import type { FieldChange } from "./record-diff.ts";

/** One version in its lineage. */
export interface LineageNode {
  readonly record: EntityRecord;
  readonly sequence: number;
  /** Steps from its root by `parentId`; 0 for a root. */
  readonly depth: number;
  /** Versions of which it is the parent, in storage order. */
  readonly children: readonly EcsId[];
  /** What differs from the parent; empty for a root. */
  readonly changes: readonly FieldChange[];
}
