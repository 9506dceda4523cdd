import type { z } from "zod";

/** Any class made by `entity()` or derived from one; `never` lets constructors of any input fit. */
export type ReferableClass = abstract new (data: never) => object;

/** What a weak reference names: a type by its stored name, or its class, resolved at first use. */
export type WeakTarget = string | (() => unknown);

// Keyed by the check function, which zod keeps through `describe`, `meta` and every other copy of a schema.
const targets = new WeakMap<object, () => unknown>();
const weakTargets = new WeakMap<object, WeakTarget>();

export function noteReference(check: object, target: () => unknown): void {
  targets.set(check, target);
}

/** The class behind a `ref()` schema, resolved at first use; `undefined` for any other schema. */
export function referenceTarget(schema: z.core.$ZodType): (() => unknown) | undefined {
  const check = checkOf(schema);
  return check === undefined ? undefined : targets.get(check);
}

export function noteWeakReference(check: object, target: WeakTarget): void {
  weakTargets.set(check, target);
}

/** What a `lineageRef()` schema names; `undefined` for any other schema. */
export function weakReferenceTarget(schema: z.core.$ZodType): WeakTarget | undefined {
  const check = checkOf(schema);
  return check === undefined ? undefined : weakTargets.get(check);
}

function checkOf(schema: z.core.$ZodType): object | undefined {
  const def = schema._zod.def;
  return def.type === "custom" && "fn" in def && typeof def.fn === "function" ? def.fn : undefined;
}
