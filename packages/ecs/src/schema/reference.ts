import { z } from "zod";
import type { EntityType } from "../entity/entity-type.ts";
import { isEntityClass, typeOfClass } from "../entity/entity-type.ts";
import { EntityDefinitionError } from "../errors.ts";
import { kindOf } from "../entity/kind-of.ts";
import { stateOf } from "../entity/warm-state.ts";
import { parseLineageId, type LineageId, type LineageIdOf } from "../ids.ts";
import {
  noteReference,
  noteWeakReference,
  type ReferableClass,
  type WeakTarget,
} from "./reference-target.ts";

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
    throw new EntityDefinitionError(
      "ref()",
      [],
      `takes a class made by entity(), or a function that returns one, got ${typeof target}`,
    );
  const resolve = isEntityClass(target) ? () => target : target;
  const check = (value: unknown): boolean => {
    const state = stateOf(value);
    if (state === undefined) return false;
    return state.isUnknown || state.type.isA(targetType(resolve));
  };
  noteReference(check, resolve);
  // The name is looked up when a message is made: a thunk can't be resolved while its class is being defined.
  return z.custom(check, {
    error: ({ input }) =>
      `expected an entity of type ${targetType(resolve).name}, got ${kindOf(input)}`,
  });
}

/**
 * A weak reference: holds another entity's `lineageId`. It is no part of the tree and never forces a fork; a dangling one
 * is allowed. `entity.resolve("field")` answers the entity behind it. With a class, or a thunk for one that is being
 * defined, the answer has that class's type, and an id that is known to name another type is a compile error. With a
 * stored name the answer is an `Entity`.
 *
 * @example
 * replyTo: lineageRef<Note>((): unknown => Note).nullable().default(null) // itself, or mutual: a thunk
 * sources: z.array(lineageRef(Document)).default([])
 * thread: lineageRef("mi.ChatThread") // by its stored name: nothing to import
 */
export function lineageRef<Instance>(
  target: () => unknown,
): z.ZodCustom<LineageIdOf<Instance>, LineageIdOf<Instance>>;
export function lineageRef<Class extends ReferableClass>(
  target: Class,
): z.ZodCustom<LineageIdOf<InstanceType<Class>>, LineageIdOf<InstanceType<Class>>>;
export function lineageRef(target: string): z.ZodCustom<LineageId, LineageId>;
export function lineageRef(
  target: string | ReferableClass | (() => unknown),
): z.ZodCustom<unknown, unknown> {
  if (typeof target !== "function" && typeof target !== "string")
    throw new EntityDefinitionError(
      "lineageRef()",
      [],
      `takes a stored name, a class made by entity(), or a function that returns one, got ${typeof target}`,
    );
  const named = isEntityClass(target) ? (): unknown => target : target;
  // One function for each field: what the field names is noted by it.
  const check = (value: unknown): boolean => isLineageId(value);
  noteWeakReference(check, named);
  return z.custom(check, {
    error: ({ input }) =>
      `expected the lineageId of a ${weakTargetName(named)}, got ${kindOf(input)}`,
  });
}

/** The stored name of what a weak reference names. */
export function weakTargetName(target: WeakTarget): string {
  return typeof target === "string" ? target : targetType(target).name;
}

/** Whether a weak reference to `target` may name an entity of this type: that type itself, or one derived from it. */
export function isWeakTarget(type: EntityType, target: WeakTarget): boolean {
  const name = weakTargetName(target);
  for (let found: EntityType | undefined = type; found !== undefined; found = found.parent)
    if (found.name === name) return true;
  return false;
}

export function isLineageId(value: unknown): value is LineageId {
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
  if (type === undefined)
    throw new EntityDefinitionError(
      "ref(() => …)",
      [],
      "the function must return a class made by entity()",
    );
  return type;
}
