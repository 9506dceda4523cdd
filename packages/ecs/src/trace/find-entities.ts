import { types } from "node:util";
import { stateOf, type WarmState } from "../entity/warm-state.ts";
import { isPlainObject } from "../values/plain-object.ts";

/** The entities in a value: itself, or in arrays, plain objects, maps and sets at any depth. */
export function findEntities(value: unknown, found = new Set<WarmState>()): Set<WarmState> {
  const seen = new Set<object>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    const state = stateOf(next);
    if (state !== undefined) found.add(state);
    else for (const part of partsOf(next)) waiting.push(part);
  }
  return found;
}

function* partsOf(container: object): Iterable<unknown> {
  if (types.isMap(container)) for (const pair of container) yield* pair;
  else if (Array.isArray(container) || types.isSet(container)) yield* container;
  else if (isPlainObject(container)) yield* Object.values(container);
}
