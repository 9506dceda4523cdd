import { stateOf } from "./warm-state.ts";

/** What a value is, for messages that say what came instead of what was expected. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const state = stateOf(value);
  if (state !== undefined) return `a ${state.type.name}`;
  return Array.isArray(value) ? "a list" : "an object that is no entity";
}
