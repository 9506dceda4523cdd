import { typeOfClass, type EntityType } from "../entity/entity-type.ts";
import type { Home, WarmState } from "../entity/warm-state.ts";
import {
  EntityDefinitionError,
  EntityTypeMismatchError,
  UnknownEntityTypeError,
} from "../errors.ts";
import type { EcsId } from "../ids.ts";
import { silentLogger, type Logger } from "../logger.ts";
import type { ReferableClass } from "../schema/reference-target.ts";
import type {
  EntityRecord,
  EntityStorage,
  Page,
  PageOf,
  VersionQuery,
} from "../storage/contract.ts";
import { noteLoaded } from "../trace/trace.ts";
import type { EventBus } from "./events.ts";
import type { KeptCopies } from "./kept-copies.ts";
import { loadTree, treesOf } from "./load-trees.ts";
import type { TypeCatalog } from "./type-catalog.ts";

/** How many trees a listing loads in one go. */
const TREES_AT_ONCE = 50;

/** Loads warm copies of complete trees for a registry. */
export class EntityLoader {
  readonly #storage: EntityStorage;
  readonly #types: TypeCatalog;
  readonly #home: Home;
  readonly #events: EventBus;
  readonly #kept: KeptCopies;
  readonly #logger: Logger;

  constructor(options: {
    storage: EntityStorage;
    types: TypeCatalog;
    home: Home;
    events: EventBus;
    kept: KeptCopies;
    logger: Logger;
  }) {
    this.#storage = options.storage;
    this.#types = options.types;
    this.#home = options.home;
    this.#events = options.events;
    this.#kept = options.kept;
    this.#logger = options.logger;
  }

  /** In the order of the ids, each a tree of its own; `undefined` for a version that is not stored. */
  async load<Class extends ReferableClass>(
    type: Class,
    ecsIds: readonly EcsId[],
  ): Promise<readonly (InstanceType<Class> | undefined)[]> {
    const wanted = entityType(type);
    const states = await this.states(ecsIds, wanted);
    return states.map((state) => {
      if (state === undefined) return undefined;
      const { entity } = state;
      if (isInstance(entity, type)) return entity;
      throw new EntityTypeMismatchError(wanted.name, state.type.name, state.ecsId);
    });
  }

  /** As {@link load}, of any type or of one. */
  async states(
    ecsIds: readonly EcsId[],
    wanted?: EntityType,
  ): Promise<readonly (WarmState | undefined)[]> {
    const wantedIds = new Set(ecsIds);
    const versions = await this.#storage.readTree([...wantedIds]);
    const turn = this.#kept.letGo();
    if (turn !== undefined) await turn;
    this.#kept.add(versions);
    const found = new Map<EcsId, EntityRecord>();
    for (const { record } of versions) {
      if (found.size === wantedIds.size) break;
      if (wantedIds.has(record.ecsId)) found.set(record.ecsId, record);
    }
    const treeOf = treesOf(wantedIds, versions);
    const states = ecsIds.map((id) => {
      const record = found.get(id);
      if (record === undefined) return undefined;
      const known = this.#types.find(record.type);
      if (known === undefined) throw new UnknownEntityTypeError(record.type, id);
      if (wanted !== undefined && !known.isA(wanted))
        throw new EntityTypeMismatchError(wanted.name, record.type, id);
      const state = loadTree(id, treeOf(id), this.#types, this.#home);
      if (state !== undefined) noteLoaded(state);
      return state;
    });
    const roots = ecsIds.filter((id) => found.has(id));
    this.#events.emit("load", { roots, copies: versions.length });
    this.#log(states);
    return states;
  }

  /** The trees of a page of versions. */
  async page<Class extends ReferableClass>(
    type: Class,
    query: VersionQuery,
    page: PageOf,
  ): Promise<Page<InstanceType<Class>>> {
    const { items, next } = await this.#storage.versions(query, page);
    const ids = items.map((version) => version.ecsId);
    const found = await this.load(type, ids);
    return { items: found.flatMap((entity) => (entity === undefined ? [] : [entity])), next };
  }

  /** The trees of all versions, read page by page as they are asked for. */
  async *all<Class extends ReferableClass>(
    type: Class,
    query: VersionQuery,
  ): AsyncGenerator<InstanceType<Class>> {
    let after: Page<unknown>["next"];
    do {
      const page = await this.page(type, query, { after, limit: TREES_AT_ONCE });
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  /** The stored names of a type and of those that extend it. */
  namesOf(type: ReferableClass): readonly string[] {
    return this.#types.derivedFrom(entityType(type)).map((found) => found.name);
  }

  #log(states: readonly (WarmState | undefined)[]): void {
    // Nobody reads along in most programs: then nothing is made for it.
    if (this.#logger === silentLogger) return;
    for (const state of states) {
      if (state === undefined) continue;
      const { type, ecsId, lineageId } = state;
      this.#logger.debug({ type: type.name, ecsId, lineageId }, "entity loaded");
    }
  }
}

/** @throws EntityDefinitionError for anything but a class of entities */
export function entityType(value: ReferableClass): EntityType {
  const type = typeOfClass(value);
  if (type === undefined)
    throw new EntityDefinitionError(
      "registry",
      [],
      "expected a class made by entity(), or one that extends it",
    );
  return type;
}

function isInstance<Class extends ReferableClass>(
  value: unknown,
  type: Class,
): value is InstanceType<Class> {
  return value instanceof type;
}
