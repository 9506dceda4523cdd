import type { z } from "zod";

/** Any class made by `entity()` or derived from one; `never` lets constructors of any input fit. */
export type ReferableClass = abstract new (data: never) => object;

// Keyed by the check function, which zod keeps through `describe`, `meta` and every other copy of a schema.
const targets = new WeakMap<object, () => unknown>();

export function noteReference(check: object, target: () => unknown): void {
  targets.set(check, target);
}

/** The class behind a `ref()` schema, resolved at first use; `undefined` for any other schema. */
export function referenceTarget(schema: z.core.$ZodType): (() => unknown) | undefined {
  const def = schema._zod.def;
  return def.type === "custom" && "fn" in def && typeof def.fn === "function"
    ? targets.get(def.fn)
    : undefined;
}
