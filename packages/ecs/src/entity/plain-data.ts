import { types } from "node:util";
import { setOwn } from "../values/plain-object.ts";
import { stateOf, type WarmState } from "./warm-state.ts";

/** A tree as plain data: an entity that stands in several places, or in a circle, is one object there too. */
export function plainData(root: WarmState): Record<string, unknown> {
  const made = new Map<WarmState, Record<string, unknown>>();
  const waiting: WarmState[] = [];
  const objectOf = (state: WarmState): Record<string, unknown> => {
    const known = made.get(state);
    if (known !== undefined) return known;
    const object: Record<string, unknown> = {};
    made.set(state, object);
    waiting.push(state);
    return object;
  };
  const plain = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const state = stateOf(value);
    if (state !== undefined) return objectOf(state);
    if (types.isDate(value)) return new Date(value.getTime());
    if (Array.isArray(value)) return value.map(plain);
    const copy: Record<string, unknown> = {};
    for (const [key, part] of Object.entries(value)) setOwn(copy, key, plain(part));
    return copy;
  };
  const object = objectOf(root);
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop())
    if (state.isUnknown) Object.assign(objectOf(state), state.entity);
    else
      for (const name of Object.keys(state.target))
        setOwn(objectOf(state), name, plain(state.target[name]));
  return object;
}
