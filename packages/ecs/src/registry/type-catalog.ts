import { definedTypes, typeOfClass, type EntityType } from "../entity/entity-type.ts";
import { EntityDefinitionError } from "../errors.ts";
import { referencedClasses } from "../schema/schema-shape.ts";
import type { ReferableClass } from "../schema/reference-target.ts";

/** The types that a registry knows, by stored name. */
export class TypeCatalog {
  readonly #given: readonly EntityType[] | undefined;
  /** What was found by name, of so many types: more may be defined at any time. */
  readonly #found = new Map<string, EntityType | undefined>();
  #searched = 0;

  /** @param classes the classes to know, and with them all that they refer to; default: every class of this process */
  constructor(classes: readonly ReferableClass[] | undefined) {
    this.#given = classes === undefined ? undefined : [...withReferenced(classes)];
    if (this.#given !== undefined) for (const type of this.#given) this.find(type.name);
  }

  /** @throws EntityDefinitionError when two shapes share the name: one registry can't tell their records apart. */
  find(name: string): EntityType | undefined {
    const types = this.#given ?? definedTypes();
    if (this.#searched !== types.length) this.#found.clear();
    this.#searched = types.length;
    if (!this.#found.has(name)) this.#found.set(name, this.#search(name, types));
    return this.#found.get(name);
  }

  #search(name: string, types: readonly EntityType[]): EntityType | undefined {
    const found = types.filter((type) => type.name === name);
    if (found.length > 1)
      throw new EntityDefinitionError(
        name,
        [],
        "two types of this name are defined; name the ones to use in the registry's types",
      );
    return found[0];
  }

  /** The type and those that extend it. */
  derivedFrom(type: EntityType): readonly EntityType[] {
    return (this.#given ?? definedTypes()).filter((candidate) => candidate.isA(type));
  }
}

function withReferenced(classes: readonly ReferableClass[]): Set<EntityType> {
  const found = new Set<EntityType>();
  const waiting: unknown[] = [...classes];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const type = typeOfClass(next);
    if (type === undefined)
      throw new EntityDefinitionError("types", [], "every entry must be a class made by entity()");
    if (found.has(type)) continue;
    found.add(type);
    for (const field of type.fields.values())
      for (const target of referencedClasses(field.schema)) waiting.push(target());
  }
  return found;
}
