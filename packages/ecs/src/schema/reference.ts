import { z } from "zod";
import type { EntityType } from "../entity/entity-type.ts";
import { isEntityClass, typeOfClass } from "../entity/entity-type.ts";
import { stateOf } from "../entity/warm-state.ts";
import { parseLineageId, type LineageId } from "../ids.ts";
import { noteReference, type ReferableClass } from "./reference-target.ts";

/**
 * A field that holds another entity of this type, or of a type derived from it: a strong reference, part of the tree.
 * Use it directly or inside `nullable`, `optional`, `default(null)`, arrays, tuples, records, objects and unions.
 *
 * @example
 * pages: z.array(ref(Note)).default([])
 * parent: ref<Category>((): unknown => Category).nullable().default(null) // itself, or mutual: a thunk
 */
// First, and without a constraint: `ref<Category>(…)` inside Category's own base must not look into Category.
export function ref<Instance>(target: () => unknown): z.ZodCustom<Instance, Instance>;
export function ref<Class extends ReferableClass>(
  target: Class,
): z.ZodCustom<InstanceType<Class>, InstanceType<Class>>;
export function ref(target: ReferableClass | (() => unknown)): z.ZodCustom<unknown, unknown> {
  if (typeof target !== "function")
    throw new TypeError("ref() takes an entity class, or a function that returns one");
  const resolve = isEntityClass(target) ? () => target : target;
  const check = (value: unknown): boolean => {
    const state = stateOf(value);
    if (state === undefined) return false;
    return state.isUnknown || state.type.isA(targetType(resolve));
  };
  noteReference(check, resolve);
  // The name is looked up when a message is made: a thunk can't be resolved while its class is being defined.
  return z.custom(check, {
    error: () => `expected an entity of type ${targetType(resolve).name}`,
  });
}

/**
 * A weak reference: holds another entity's `lineageId`. It is no part of the tree and never forces a fork. The type is
 * for readers; a dangling one is allowed.
 */
export function lineageRef(target: string | ReferableClass): z.ZodCustom<LineageId, LineageId> {
  const name = typeof target === "string" ? target : (typeOfClass(target)?.name ?? "entity");
  return z.custom<LineageId>(isLineageId, { error: `expected the lineageId of a ${name}` });
}

function isLineageId(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    // Only the canonical form: what is written must be what is read, and compared.
    return parseLineageId(value) === value;
  } catch {
    return false;
  }
}

function targetType(resolve: () => unknown): EntityType {
  const type = typeOfClass(resolve());
  if (type === undefined) throw new TypeError("ref(() => …) must return an entity class");
  return type;
}
