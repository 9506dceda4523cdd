import type { LineageId } from "../ids.ts";
import { reachableFrom } from "./children.ts";
import type { WarmState } from "./warm-state.ts";

// What was found in a tree before, held weakly. A find is checked against the tree as it stands, so an index may be old.
const indexes = new WeakMap<WarmState, Map<LineageId, WeakRef<WarmState>>>();

/** A member of a root's tree, the root included, with the way to it: from the root down. */
export function memberOf(root: WarmState, lineageId: LineageId): readonly WarmState[] | undefined {
  const known = indexes.get(root)?.get(lineageId)?.deref();
  const way = known && wayDown(root, known);
  if (way !== undefined) return way;
  const index = new Map<LineageId, WeakRef<WarmState>>();
  let found: WarmState | undefined;
  for (const state of reachableFrom([root])) {
    if (index.has(state.lineageId)) continue;
    index.set(state.lineageId, state.weak);
    if (state.lineageId === lineageId) found = state;
  }
  indexes.set(root, index);
  return found && wayDown(root, found);
}

/** Everything that holds an entity, directly or through others, and is held by nothing itself; else the farthest of them. */
export function rootsAbove(state: WarmState): readonly WarmState[] {
  const above = new Set([state]);
  const roots: WarmState[] = [];
  let last = state;
  for (const next of above) {
    const holders = [...next.holders];
    if (holders.length === 0) roots.push(next);
    for (const holder of holders) above.add(holder);
    last = next;
  }
  return roots.length > 0 ? roots : [last];
}

function wayDown(root: WarmState, member: WarmState): readonly WarmState[] | undefined {
  const below = new Map<WarmState, WarmState | undefined>([[member, undefined]]);
  for (const [state] of below) {
    if (state !== root) {
      for (const holder of state.holders) if (!below.has(holder)) below.set(holder, state);
      continue;
    }
    const way: WarmState[] = [];
    for (let step: WarmState | undefined = root; step !== undefined; step = below.get(step))
      way.push(step);
    return way;
  }
  return undefined;
}
