import { AsyncLocalStorage } from "node:async_hooks";
import { systemClock, type Clock } from "./clock.ts";
import type { Home } from "./entity/warm-state.ts";
import { MiError, type EcsErrorCode } from "./mi-error.ts";
import { uuidV7Ids, type EcsId, type IdSource } from "./ids.ts";
import type { ReferableClass } from "./schema/reference-target.ts";

/** What the statics of an entity class ask of the registry that is current. */
export interface AmbientRegistry extends Home {
  readonly clock: Clock;
  readonly ids: IdSource;
  get<Class extends ReferableClass>(
    type: Class,
    ecsId: EcsId,
  ): Promise<InstanceType<Class> | undefined>;
  getMany<Class extends ReferableClass>(
    type: Class,
    ecsIds: readonly EcsId[],
  ): Promise<readonly (InstanceType<Class> | undefined)[]>;
}

const scope = new AsyncLocalStorage<AmbientRegistry>();
let standing: AmbientRegistry | undefined;

/** The registry of the scope that the caller runs in, else the default one. */
export function ambientRegistry(): AmbientRegistry | undefined {
  return scope.getStore() ?? standing;
}

/** @throws MiError of code MI_ENTITY_NO_REGISTRY */
export function requireAmbientRegistry(what: string): AmbientRegistry {
  const registry = ambientRegistry();
  if (registry !== undefined) return registry;
  const code: EcsErrorCode = "MI_ENTITY_NO_REGISTRY";
  throw new MiError(
    code,
    `${what} needs a registry: register the entity, call inside registry.run(…), or set EntityRegistry.setDefault(…)`,
  );
}

export function runWithRegistry<T>(registry: AmbientRegistry, work: () => T): T {
  return scope.run(registry, work);
}

export function setDefaultRegistry(registry: AmbientRegistry | undefined): void {
  standing = registry;
}

/** Where a new entity's ids and time come from. */
export function creationSources(): { readonly clock: Clock; readonly ids: IdSource } {
  return ambientRegistry() ?? { clock: systemClock, ids: uuidV7Ids };
}
