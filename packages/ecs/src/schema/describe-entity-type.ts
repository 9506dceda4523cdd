import { definedTypes, typeOfClass } from "../entity/entity-type.ts";
import type { ReferableClass } from "./reference-target.ts";
import { valueKind, type ValueKind } from "./value-kind.ts";

/** What is known of a type without a value of it: for storages that show fields in columns. */
export interface EntityTypeDescription {
  /** The name that records of the type are stored under. */
  readonly name: string;
  readonly schemaVersion: number;
  /** In the order of the class, those of a base first. */
  readonly fields: readonly EntityFieldDescription[];
  /** Names of the fields that SQL storage indexes. */
  readonly indexes: readonly string[];
  /** Stored names of the types that derive from it, as far as this process has defined them. */
  readonly subtypes: readonly string[];
}

/** One field of an entity type, as a storage that shows it has to know it. */
export interface EntityFieldDescription {
  readonly name: string;
  readonly kind: ValueKind;
}

/** Describes the type of a class that `entity()` made, or of one derived from it; `undefined` for anything else. */
export function describeEntityType(entityClass: ReferableClass): EntityTypeDescription | undefined {
  const type = typeOfClass(entityClass);
  if (type === undefined) return undefined;
  const { name, schemaVersion, indexes } = type;
  const fields = [...type.fields.values()].map((field) => ({
    name: field.name,
    kind: valueKind(field.schema),
  }));
  const subtypes = definedTypes()
    .filter((other) => other !== type && other.isA(type))
    .map((other) => other.name);
  return { name, schemaVersion, fields, indexes, subtypes: [...new Set(subtypes)] };
}
