import { StorageError } from "@mi/ecs";
import type { ReferableClass } from "@mi/ecs";
import { describeEntityType } from "@mi/ecs/storage";
import type { EntityTypeDescription } from "@mi/ecs/storage";
import { kindOf } from "../require-options.ts";

/**
 * The types that views are made of: a list of classes, whose views are named after the types, or classes by the names
 * that their views get.
 */
export type ViewTypes = readonly ReferableClass[] | Readonly<Record<string, ReferableClass>>;

/** A view that `open` is asked for. */
export interface RequestedView {
  /** `undefined`: after the type. */
  readonly name: string | undefined;
  readonly type: EntityTypeDescription;
}

/** Room for what is added to the name: `_head`, `_list`, and the parts of the name of an index. */
const LONGEST_NAME = 48;
const LONE_SURROGATE = /\p{Surrogate}/u;
const NUL_OR_LONE_SURROGATE = /[\0\p{Surrogate}]/u;

/** @throws StorageError with code MI_STORAGE_USAGE for what is no class of an entity, or a name that can't be one. */
export function requestedViews(views: ViewTypes): readonly RequestedView[] {
  if (typeof views !== "object")
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `views takes a list of classes, or classes by the names of their views, got ${kindOf(views)}`,
    );
  if (isList(views)) return views.map((type) => ({ name: undefined, type: described(type) }));
  return Object.entries(views).map(([name, type]) => {
    checkName(name);
    return { name, type: described(type) };
  });
}

// Array.isArray doesn't narrow a union with a readonly array.
function isList(views: ViewTypes): views is readonly ReferableClass[] {
  return Array.isArray(views);
}

function described(entityClass: ReferableClass): EntityTypeDescription {
  const type = describeEntityType(entityClass);
  if (type === undefined)
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `views takes classes made by entity(), got ${String(entityClass).slice(0, 80)}`,
    );
  if (LONE_SURROGATE.test(type.name))
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `The type name ${JSON.stringify(type.name)} has a lone surrogate, which no database keeps; make it well formed`,
    );
  for (const { name } of type.fields)
    if (NUL_OR_LONE_SURROGATE.test(name))
      throw new StorageError(
        "MI_STORAGE_USAGE",
        `The field ${JSON.stringify(name)} of ${type.name} has NUL or a lone surrogate in its name, and JSON functions of databases fail on such a key; name the field otherwise to have views of the type`,
      );
  return type;
}

function checkName(name: string): void {
  const isPlain = /^[a-z][a-z0-9_]*$/.test(name) && name.length <= LONGEST_NAME;
  if (!isPlain || /^mi_|^sqlite_|^pg_/.test(name))
    throw new StorageError(
      "MI_STORAGE_USAGE",
      `A view can't be named ${JSON.stringify(name)}; its name begins with a small letter, goes on with small letters, digits and underscores, up to ${LONGEST_NAME} of them, and doesn't begin with mi_, sqlite_ or pg_`,
    );
}
