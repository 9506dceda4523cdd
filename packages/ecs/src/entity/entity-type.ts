import type { z } from "zod";
import { EntityDefinitionError } from "../errors.ts";
import type { ReferableClass } from "../schema/reference-target.ts";
import { isPlainObject } from "../values/plain-object.ts";
import {
  assertStorable,
  givesDefault,
  isCheckedByMember,
  mayHoldReferences,
  mayFreeze,
  mayPutInDefaults,
} from "../schema/schema-shape.ts";

/** The fields of a type by name; any zod schema whose output it accepts again as input. */
export type EntityShape = Readonly<Record<string, z.core.$ZodType>>;

/** Says what is wrong with an entity as a whole; called by `EntityOptions.check`. */
export type ReportIssue = (path: string | readonly (string | number)[], message: string) => void;

/** What a type says besides its fields. */
export interface EntityOptions<Fields> {
  /** Fields that SQL storage indexes. */
  readonly indexes?: readonly (keyof Fields & string)[] | undefined;
  /** The version of this shape, 1 or more; stored with every record. Default 1. */
  readonly version?: number | undefined;
  /** Turns the fields of an older record into this shape. Pure; run when such a record is read, never written back. */
  readonly upcast?:
    | ((fields: Readonly<Record<string, unknown>>, version: number) => Record<string, unknown>)
    | undefined;
  /** Rules over several fields: run by the constructor, and at each fork before anything is written. */
  // A method, so that options of any fields fit where fields of any kind are asked for.
  check?(fields: Readonly<Fields>, report: ReportIssue): void;
}

type AnyFields = Record<string, unknown>;
export type AnyEntityOptions = EntityOptions<AnyFields>;

/** What the core knows of one field. */
export interface FieldPlan {
  readonly name: string;
  readonly schema: z.core.$ZodType;
  readonly mayHoldReferences: boolean;
  /** Parsing can put in a default, which zod hands out again and again, or freeze what it gives. */
  readonly isCopiedAfterParsing: boolean;
  /** Members are checked as they enter, and the schema has no rule about the whole. */
  readonly isCheckedByMember: boolean;
  /** Whether the schema makes a value where there is none. Asked when it is first needed: schemas may name later classes. */
  readonly hasDefault: () => boolean;
}

/** A type of entity: its stored name, its fields, and the class that its warm copies are instances of. */
export class EntityType {
  readonly name: string;
  readonly schemaVersion: number;
  readonly fields: ReadonlyMap<string, FieldPlan>;
  readonly indexes: readonly string[];
  readonly parent: EntityType | undefined;
  readonly upcast: AnyEntityOptions["upcast"];
  readonly checks: readonly ((fields: AnyFields, report: ReportIssue) => unknown)[];
  #prototype: object | undefined;

  constructor(
    name: string,
    shape: EntityShape,
    options: AnyEntityOptions,
    parent: EntityType | undefined,
  ) {
    if (typeof name !== "string" || name === "")
      throw new EntityDefinitionError(
        "entity()",
        [],
        "a type needs a name, a string that isn't empty",
      );
    if (/\p{Surrogate}/u.test(name))
      throw new EntityDefinitionError(
        "entity()",
        [],
        `the name ${JSON.stringify(name)} has half a character, which no database keeps; make it well formed`,
      );
    if (!isPlainObject(shape))
      throw new EntityDefinitionError(
        name,
        [],
        "entity() takes the fields as an object of schemas by name; of a z.object() give its shape",
      );
    this.name = name;
    this.schemaVersion = options.version ?? 1;
    if (!Number.isInteger(this.schemaVersion) || this.schemaVersion < 1)
      throw new EntityDefinitionError(
        name,
        [],
        `version must be an integer of 1 or more, got ${this.schemaVersion}`,
      );
    this.parent = parent;
    this.fields = new Map([
      ...(parent?.fields ?? []),
      ...Object.entries(shape).map(([field, schema]): [string, FieldPlan] => [
        field,
        planField(name, field, schema),
      ]),
    ]);
    this.indexes = [...(parent?.indexes ?? []), ...(options.indexes ?? [])];
    for (const field of this.indexes)
      if (!this.fields.has(field))
        throw new EntityDefinitionError(
          name,
          [field],
          "indexes names it, but there is no such field; declare it or take it out of indexes",
        );
    this.upcast = options.upcast;
    this.checks = [
      ...(parent?.checks ?? []),
      ...(options.check === undefined ? [] : [options.check.bind(options)]),
    ];
  }

  /** Of the most derived class seen so far: warm copies that are loaded are instances of it. */
  get prototype(): object {
    if (this.#prototype === undefined)
      throw new EntityDefinitionError(this.name, [], "the type has no class");
    return this.#prototype;
  }

  /**
   * Notes the prototype of a class of this type. One that derives from the one known before replaces it: `entity()`
   * makes a base class, and what the program declares with `extends` shows up at its first use.
   */
  notePrototype(prototype: object): void {
    const known = this.#prototype;
    if (known !== undefined) {
      if (!Object.prototype.isPrototypeOf.call(known, prototype)) return;
      this.#refuseMembersForFields(prototype, known);
    }
    this.#prototype = prototype;
  }

  /** A setter would swallow what is to be stored, and a getter give something else; no compiler says so. */
  #refuseMembersForFields(prototype: object, known: object): void {
    for (
      let declared: unknown = prototype;
      typeof declared === "object" && declared !== null && declared !== known;
      declared = Object.getPrototypeOf(declared)
    )
      for (const name of Object.getOwnPropertyNames(declared))
        if (this.fields.has(name))
          throw new EntityDefinitionError(
            this.name,
            [name],
            "the class has a getter, setter or method of the field's name, which would hide the field; name one of them otherwise",
          );
  }

  isA(other: EntityType): boolean {
    return other === this || this.parent?.isA(other) === true;
  }
}

function planField(type: string, name: string, schema: z.core.$ZodType): FieldPlan {
  if (reservedNames.has(name))
    throw new EntityDefinitionError(
      type,
      [name],
      "this name belongs to every entity; choose another",
    );
  if (typeof schema !== "object" || schema === null || !("_zod" in schema))
    throw new EntityDefinitionError(type, [name], "expected a schema of zod 4, e.g. z.string()");
  assertStorable(type, name, schema);
  let makesDefault: boolean | undefined;
  return {
    name,
    schema,
    mayHoldReferences: mayHoldReferences(schema),
    isCopiedAfterParsing: mayPutInDefaults(schema) || mayFreeze(schema),
    isCheckedByMember: isCheckedByMember(schema),
    hasDefault: () => (makesDefault ??= givesDefault(schema)),
  };
}

/**
 * Names that no field may have: what every entity has, what JavaScript looks for on any object (`then` would make an
 * entity a promise), and `__proto__`.
 */
const reservedNames: ReadonlySet<string> = new Set([
  "__proto__",
  "constructor",
  "prototype",
  "then",
  "toJSON",
  "toString",
  "toLocaleString",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "ecsId",
  "lineageId",
  "parentId",
  "mergedFromId",
  "liveId",
  "createdAt",
  "fromStorage",
  "fork",
  "hasModifications",
  "modifications",
  "diff",
  "compareFields",
  "subEntities",
  "dependencyGraph",
  "revert",
  "resolve",
  "oldIds",
  "toObject",
]);

const typesOfClasses = new WeakMap<object, EntityType>();
const defined: EntityType[] = [];

/** Every type that `entity()` has made in this process, in order. */
export function definedTypes(): readonly EntityType[] {
  return defined;
}

export function defineType(entityClass: ReferableClass, type: EntityType): void {
  typesOfClasses.set(entityClass, type);
  type.notePrototype(entityClass.prototype);
  defined.push(type);
}

/** The type of a class that `entity()` made or of one derived from it; `undefined` for anything else. */
export function typeOfClass(value: unknown): EntityType | undefined {
  if (typeof value !== "function") return undefined;
  for (
    let ancestor: unknown = value;
    typeof ancestor === "function";
    ancestor = Object.getPrototypeOf(ancestor)
  ) {
    const type = typesOfClasses.get(ancestor);
    if (type === undefined) continue;
    const prototype: unknown = value.prototype;
    if (typeof prototype === "object" && prototype !== null) type.notePrototype(prototype);
    return type;
  }
  return undefined;
}

export function isEntityClass(value: unknown): value is ReferableClass {
  return typeOfClass(value) !== undefined;
}
