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
  /** By stored name: the shape of which entities were to be written. */
  readonly #met = new Map<string, EntityType>();

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
    const known = this.#found.get(name);
    if (known !== undefined || this.#found.has(name)) return known;
    const found = this.#search(name, types);
    this.#found.set(name, found);
    return found;
  }

  /**
   * Notes that entities of a type are to be written. It may be one that the registry wasn't given: others will read it.
   *
   * @throws EntityDefinitionError when the registry has another shape of this name, or has met one
   */
  meet(type: EntityType): void {
    const known = this.#met.get(type.name);
    if (known === type) return;
    const given = known ?? (this.#given === undefined ? type : this.find(type.name));
    if (given !== undefined && given !== type)
      throw new EntityDefinitionError(
        type.name,
        [],
        "this registry has another shape of this name; write entities of this one in a registry that names its class in types",
      );
    this.#met.set(type.name, type);
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

  /**
   * The type and those that extend it.
   *
   * @throws EntityDefinitionError for one that the registry doesn't know: nothing would be found, whatever is stored
   */
  derivedFrom(type: EntityType): readonly EntityType[] {
    const found = (this.#given ?? definedTypes()).filter((candidate) => candidate.isA(type));
    if (!found.includes(type))
      throw new EntityDefinitionError(
        type.name,
        [],
        "this registry doesn't know the class; name it in the registry's types",
      );
    return found;
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
