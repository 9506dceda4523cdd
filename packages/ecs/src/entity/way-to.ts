import { types } from "node:util";
import { stateOf, type WarmState } from "./warm-state.ts";

/** Names and positions from an entity down. */
export type Way = readonly (string | number)[];

/**
 * Where a list, an object or a date stands in a field, for messages: looked for when there is one to make. Of one that was
 * taken out only the field is known.
 */
export function wayTo({ target }: WarmState, field: string, raw: object): Way {
  return [field, ...(wayDown(target[field], raw) ?? [])];
}

function wayDown(value: unknown, raw: object): Way | undefined {
  if (value === raw) return [];
  if (typeof value !== "object" || value === null || stateOf(value) !== undefined) return undefined;
  if (types.isDate(value)) return undefined;
  const parts: Iterable<[string | number, unknown]> = Array.isArray(value)
    ? value.entries()
    : Object.entries(value);
  for (const [key, part] of parts) {
    const rest = wayDown(part, raw);
    if (rest !== undefined) return [key, ...rest];
  }
  return undefined;
}
