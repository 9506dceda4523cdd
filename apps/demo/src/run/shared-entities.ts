import type { EcsId, Entity, EntityRegistry, ReferableClass } from "@mi/ecs";

/**
 * Entities that many conversations have in common, such as a system prompt. Each is stored once, by whichever
 * conversation needs it first, in this run or in an earlier one.
 */
export class SharedEntities {
  readonly #registry: EntityRegistry;
  readonly #ids = new Map<string, Promise<EcsId>>();

  private constructor(registry: EntityRegistry) {
    this.#registry = registry;
  }

  /** Knows the newest versions of these types that are stored already. */
  static async of(
    registry: EntityRegistry,
    types: readonly ReferableClass[],
  ): Promise<SharedEntities> {
    const shared = new SharedEntities(registry);
    for (const type of types)
      for await (const { ecsId } of registry.versions(type, { headsOnly: true })) {
        const entity: Entity = await registry.getOrThrow(type, ecsId);
        shared.#ids.set(contentKey(type, entity), Promise.resolve(ecsId));
      }
    return shared;
  }

  /** A warm copy, the caller's own, of the stored entity that is like this one; it is stored first if there is none. */
  async copyOf<Class extends ReferableClass>(
    type: Class,
    like: Entity & InstanceType<Class>,
  ): Promise<InstanceType<Class>> {
    const key = contentKey(type, like);
    const stored = this.#ids.get(key) ?? this.#store(like);
    this.#ids.set(key, stored);
    return this.#registry.getOrThrow(type, await stored);
  }

  async #store(entity: Entity): Promise<EcsId> {
    await this.#registry.register(entity, { operation: "demo.storeShared" });
    return entity.ecsId;
  }
}

function contentKey(type: ReferableClass, entity: Entity): string {
  return JSON.stringify([type.name, entity.toObject()]);
}
