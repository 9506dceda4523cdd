import type { WarmState } from "../entity/warm-state.ts";
import { differsFromSnapshot } from "./content.ts";

/** What a fork of a tree would do. */
export interface Affected {
  /** Everything below the root that was marked, the root included if it was: the only part that is looked at. */
  readonly suspects: readonly WarmState[];
  /** Those that get a new version: modified or new themselves (M1), or holding one that is (M4). Holders first. */
  readonly affected: readonly WarmState[];
}

/** The marked part of trees, in the order of a walk from the roots. */
export function suspectsBelow(roots: readonly WarmState[]): readonly WarmState[] {
  const stack = roots.filter((root) => root.isSuspect);
  const seen = new Set<WarmState>(stack);
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    for (const child of state.changedChildren ?? []) {
      if (seen.has(child)) continue;
      seen.add(child);
      if (child.isSuspect) stack.push(child);
    }
  }
  return [...seen].filter((state) => state.isSuspect);
}

export function affectedBelow(...roots: readonly WarmState[]): Affected {
  return affectedAmong(suspectsBelow(roots));
}

/** As {@link affectedBelow}, where the marked part of the trees is known. */
export function affectedAmong(suspects: readonly WarmState[]): Affected {
  const holders = new Map<WarmState, WarmState[]>();
  for (const state of suspects)
    for (const child of state.changedChildren ?? []) {
      const known = holders.get(child);
      if (known === undefined) holders.set(child, [state]);
      else known.push(state);
    }
  const affected = new Set(suspects.filter(differsFromSnapshot));
  const stack = [...affected];
  for (let state = stack.pop(); state !== undefined; state = stack.pop())
    for (const holder of holders.get(state) ?? [])
      if (!affected.has(holder)) {
        affected.add(holder);
        stack.push(holder);
      }
  return { suspects, affected: suspects.filter((state) => affected.has(state)) };
}

/** Whether a fork would commit anything, now or once a commit that is under way elsewhere has moved what this one holds. */
export function isModified(root: WarmState): boolean {
  const { suspects, affected } = affectedBelow(root);
  if (affected.length > 0) return true;
  return suspects.some(
    (state) =>
      state.inFlight === undefined &&
      [...(state.changedChildren ?? [])].some((child) => child.inFlight !== undefined),
  );
}
