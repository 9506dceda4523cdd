import { types } from "node:util";
import { stateOf, type WarmState } from "./warm-state.ts";

/** The entities that a warm copy holds itself, in document order, each as often as it stands there. */
export function* childrenOf(state: WarmState): Generator<WarmState> {
  if (state.isUnread) return;
  for (const value of Object.values(state.target)) yield* within(value);
  for (const [, value] of state.foreignFields) yield* within(value);
  if (state.isUnknown) yield* state.recorded?.content.refs ?? [];
  if (state.isUnknown) for (const list of state.recorded?.content.lists ?? []) yield* list.states();
}

function* within(value: unknown): Generator<WarmState> {
  if (typeof value !== "object" || value === null || types.isDate(value)) return;
  const state = stateOf(value);
  if (state !== undefined) yield state;
  else for (const part of Object.values(value)) yield* within(part);
}

/** The warm copies and all that they reach, each once, in the order of their first place. Iterative: trees may be deep. */
export function reachableFrom(roots: readonly WarmState[]): ReadonlySet<WarmState> {
  const seen = new Set<WarmState>();
  const stack: Iterator<WarmState>[] = [roots.values()];
  for (let top = stack[stack.length - 1]; top !== undefined; top = stack[stack.length - 1]) {
    const next = top.next();
    if (next.done === true) {
      stack.pop();
      continue;
    }
    if (seen.has(next.value)) continue;
    seen.add(next.value);
    stack.push(childrenOf(next.value));
  }
  return seen;
}
