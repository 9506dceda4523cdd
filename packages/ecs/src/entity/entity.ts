import type { z } from "zod";
import { requireAmbientRegistry } from "../ambient.ts";
import type { CommitContext } from "../commit-context.ts";
import { modificationsOf, type EntityModification } from "../fork/modifications.ts";
import { isModified } from "../fork/affected.ts";
import { compareCopies, presentRecord } from "../fork/compare-copies.ts";
import { EntityDependencyGraph } from "../graph/entity-dependency-graph.ts";
import { diffRecords, type EntityDiff, type FieldChange } from "../history/record-diff.ts";
import { EntityDefinitionError } from "../errors.ts";
import type { EcsId, LineageId, LiveId } from "../ids.ts";
import { reachableFrom } from "./children.ts";
import {
  defineType,
  EntityType,
  typeOfClass,
  type AnyEntityOptions,
  type EntityOptions,
} from "./entity-type.ts";
import { plainData } from "./plain-data.ts";
import { newEntity } from "./new-entity.ts";
import { requireState, stateOf, type RevertOptions } from "./warm-state.ts";
import { resolveLinks, type ResolveOptions, type WeakLinks } from "./weak-links.ts";

/** The fields of a type by name; any zod schema whose output it accepts again as input. */
export type EntityShape = z.ZodRawShape;

/** The fields of a warm copy. */
export type EntityFields<Shape extends EntityShape> = z.output<z.ZodObject<Shape>>;

/** What the constructor takes: fields with a default may be left out. */
export type EntityInput<Shape extends EntityShape> = z.input<z.ZodObject<Shape>>;

/** What every entity has besides its fields. None of it shows in `Object.keys`, spread or `JSON.stringify`. */
export class Entity {
  constructor(fields?: unknown) {
    const type = typeOfClass(new.target);
    if (type === undefined)
      throw new EntityDefinitionError("Entity", [], "make a class with entity() and extend it");
    const target: Record<string, unknown> = Object.create(new.target.prototype);
    const { entity } = newEntity(type, target, fields);
    if (!(entity instanceof Entity)) throw new TypeError("the prototype of an entity was replaced");
    return entity;
  }

  /** Asking makes the class known: a program that only loads would otherwise never name a class reached through its base. */
  static [Symbol.hasInstance](value: unknown): boolean {
    typeOfClass(this);
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /** For `console.log`, which looks past the proxy: the fields may not have been read from the record yet. */
  [Symbol.for("nodejs.util.inspect.custom")](): unknown {
    return stateOf(this)?.target ?? this;
  }

  /** The version that this copy stands on; moves on at each fork. */
  get ecsId(): EcsId {
    return requireState(this).ecsId;
  }

  /** The entity through all of its versions. */
  get lineageId(): LineageId {
    return requireState(this).lineageId;
  }

  /** The version that this one was forked from. */
  get parentId(): EcsId | null {
    return requireState(this).parentId;
  }

  /** The other version that a merge took in. */
  get mergedFromId(): EcsId | null {
    return requireState(this).mergedFromId;
  }

  /** This copy in memory. */
  get liveId(): LiveId {
    return requireState(this).liveId;
  }

  /** When the version was made. */
  get createdAt(): Date {
    return new Date(requireState(this).createdAt);
  }

  /** Whether this copy was loaded, not made here. */
  get fromStorage(): boolean {
    return requireState(this).fromStorage;
  }

  /**
   * Commits what changed in this entity and in all that it holds: one new version of each entity that is new, changed, or
   * holds one that is. This object stays the same; its `ecsId` moves on. Nothing changed: nothing is committed.
   *
   * @throws EntityValidationError, UnsupportedValueError, DuplicateWarmCopyError, ConcurrentModificationError,
   *   StorageError; in each case nothing was written, and the changes are still in this copy.
   */
  async fork(context?: CommitContext): Promise<this> {
    const state = requireState(this);
    const home = state.home ?? requireAmbientRegistry(`Forking a ${state.type.name}`);
    await home.fork(state, context);
    return this;
  }

  /** Takes back the content of an old version, as a new version: see `EntityRegistry.revert`. */
  async revert(to: EcsId, options: RevertOptions = {}): Promise<this> {
    const state = requireState(this);
    const home = state.home ?? requireAmbientRegistry(`Reverting a ${state.type.name}`);
    await home.revert(state, to, options);
    return this;
  }

  /** The versions that this one descends from by `parentId`, oldest first; read from the storage. */
  async oldIds(): Promise<readonly EcsId[]> {
    const state = requireState(this);
    const home = state.home ?? requireAmbientRegistry(`The history of a ${state.type.name}`);
    return home.ancestors(state);
  }

  /**
   * The entity with this `lineageId`, as a weak reference to it that stands in a nested object or a record finds it: in this
   * entity's tree first, else the latest head. A field that is a weak reference is resolved by its name, and typed.
   */
  resolve(id: LineageId, options?: ResolveOptions): Promise<Entity | undefined>;
  async resolve(link: string, options?: ResolveOptions): Promise<unknown> {
    return resolveLinks(requireState(this), link, options);
  }

  /** Whether a fork would commit anything. */
  hasModifications(): boolean {
    return isModified(requireState(this));
  }

  /** What a fork would commit, holders before what they hold, with the fields that differ from the cold snapshot. */
  modifications(): readonly EntityModification[] {
    return modificationsOf(requireState(this));
  }

  /** What differs between this copy and another one of its type, as they stand; nothing is read from the storage. */
  compareFields(other: Entity): readonly FieldChange[] {
    return compareCopies(requireState(this), requireState(other));
  }

  /** What differs between a stored version and this copy as it stands. Default: its cold snapshot. */
  async diff(from?: EcsId): Promise<EntityDiff> {
    const state = requireState(this);
    const home = state.home ?? requireAmbientRegistry(`The history of a ${state.type.name}`);
    return diffRecords(await home.snapshot(from ?? state.ecsId), presentRecord(state));
  }

  /** Which entity of this one's tree holds which, as it is now. */
  dependencyGraph(): EntityDependencyGraph {
    return new EntityDependencyGraph(this);
  }

  /** Every entity in this one's tree, each once, without itself. */
  subEntities(): readonly Entity[] {
    return [...reachableFrom([requireState(this)])]
      .map((state) => state.entity)
      .filter((entity) => entity instanceof Entity)
      .filter((entity) => entity !== this);
  }

  /** The fields as plain data, sub-entities included; sharing and circles stay as they are. */
  toObject(): Record<string, unknown> {
    return plainData(requireState(this));
  }
}

/** A class made by `entity()`: extend it. */
export interface EntityClass<Shape extends EntityShape, Base = Entity> {
  new (
    fields: EntityInput<Shape>,
  ): Base & EntityFields<Shape> & WeakLinks<EntityFields<Shape>, Entity>;

  /**
   * The warm copy of a version from the current registry.
   *
   * @throws EntityTypeMismatchError when the version is of another type
   */
  get<Self extends abstract new (fields: never) => object>(
    this: Self,
    ecsId: EcsId,
  ): Promise<InstanceType<Self> | undefined>;

  /** As {@link get}, in the order of the ids; `undefined` for a version that is not stored. */
  getMany<Self extends abstract new (fields: never) => object>(
    this: Self,
    ecsIds: readonly EcsId[],
  ): Promise<readonly (InstanceType<Self> | undefined)[]>;

  /** The versions of this type and of those that extend it, in storage order, as warm copies. */
  list<Self extends abstract new (fields: never) => object>(
    this: Self,
    options?: { readonly headsOnly?: boolean | undefined },
  ): AsyncIterable<InstanceType<Self>>;

  /** A type with these fields and more; a `ref()` to this class takes it too. */
  extend<Self extends abstract new (fields: never) => object, More extends EntityShape>(
    this: Self,
    name: string,
    shape: More,
    options?: EntityOptions<EntityFields<Shape & More>>,
  ): EntityClass<Shape & More, InstanceType<Self>> & OwnStatics<Self>;
}

/** What a program's class has beside what `entity()` gives: its static members, which its subclasses have too. */
export type OwnStatics<Class> = Omit<Class, keyof EntityClass<EntityShape> | "prototype">;

/**
 * Defines a type of entity: its stored name, and the schema of each field. Extend the class it answers; add getters and
 * methods there, but no fields of its own. Loading a version doesn't run the constructor.
 *
 * @example
 * class Note extends entity("Note", {
 *   content: z.string(),
 *   tags: z.array(z.string()).default([]),
 * }) {}
 * @throws EntityDefinitionError when a schema couldn't give back what was put in, naming the field
 */
export function entity<const Shape extends EntityShape>(
  name: string,
  shape: Shape,
  options?: EntityOptions<EntityFields<Shape>>,
): EntityClass<Shape>;
export function entity(
  name: string,
  shape: EntityShape,
  options: AnyEntityOptions = {},
): typeof Entity {
  return classOf(Entity, new EntityType(name, shape, options, undefined));
}

function classOf(base: typeof Entity, type: EntityType): typeof Entity {
  const Defined = class extends base {
    static get(this: typeof Entity, ecsId: EcsId): Promise<Entity | undefined> {
      return requireAmbientRegistry(`${this.name}.get`).get(this, ecsId);
    }

    static getMany(
      this: typeof Entity,
      ecsIds: readonly EcsId[],
    ): Promise<readonly (Entity | undefined)[]> {
      return requireAmbientRegistry(`${this.name}.getMany`).getMany(this, ecsIds);
    }

    static list(
      this: typeof Entity,
      options?: { readonly headsOnly?: boolean | undefined },
    ): AsyncIterable<Entity> {
      return requireAmbientRegistry(`${this.name}.list`).list(this, options);
    }

    static extend(
      this: typeof Entity,
      name: string,
      shape: EntityShape,
      options: AnyEntityOptions = {},
    ): typeof Entity {
      return classOf(this, new EntityType(name, shape, options, typeOfClass(this)));
    }
  };
  Object.defineProperty(Defined, "name", { value: type.name });
  defineType(Defined, type);
  return Defined;
}
