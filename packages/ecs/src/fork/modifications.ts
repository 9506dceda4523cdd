import type { WarmState } from "../entity/warm-state.ts";
import { diffRecords, type FieldChange } from "../history/record-diff.ts";
import { affectedBelow } from "./affected.ts";
import { presentRecord } from "./compare-copies.ts";

/** One entity that a fork would give a new version. */
export interface EntityModification {
  readonly entity: object;
  /** `affected`: unchanged itself, but it holds something that is new or modified. */
  readonly kind: "new" | "modified" | "affected";
  /** What differs from the cold snapshot; empty unless `modified`. */
  readonly changes: readonly FieldChange[];
}

export function modificationsOf(root: WarmState): readonly EntityModification[] {
  return affectedBelow(root).affected.map((state) => {
    if (state.recorded === undefined) return { entity: state.entity, kind: "new", changes: [] };
    const { changes } = diffRecords(state.recorded.record, presentRecord(state));
    return { entity: state.entity, kind: changes.length > 0 ? "modified" : "affected", changes };
  });
}
