import { AsyncLocalStorage } from "node:async_hooks";
import { systemClock, type Clock } from "./clock.ts";
import type { CommitContext } from "./commit-context.ts";
import type { Home, WarmState } from "./entity/warm-state.ts";
import { uuidV7Ids, type EcsId, type IdSource } from "./ids.ts";
import { MiError, type EcsErrorCode } from "./mi-error.ts";
import type { ReferableClass } from "./schema/reference-target.ts";

/** What the statics of an entity class ask of the registry that is current. */
export interface AmbientRegistry extends Home {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Takes a new entity, to be registered later. */
  keep(state: WarmState, scope: Scope | undefined): void;
  get<Class extends ReferableClass>(
    type: Class,
    ecsId: EcsId,
  ): Promise<InstanceType<Class> | undefined>;
  getMany<Class extends ReferableClass>(
    type: Class,
    ecsIds: readonly EcsId[],
  ): Promise<readonly (InstanceType<Class> | undefined)[]>;
  list<Class extends ReferableClass>(
    type: Class,
    options?: { readonly headsOnly?: boolean | undefined },
  ): AsyncIterable<InstanceType<Class>>;
}

/** One `registry.run`: what runs in it has this registry as the current one. */
export interface Scope {
  readonly registry: AmbientRegistry;
  /** What the commits made in it say, those of the scopes around it included. */
  readonly context: CommitContext;
  /** Whether new entities are registered by themselves. */
  readonly keepsNew: boolean;
}

const scopes = new AsyncLocalStorage<Scope>();
let standing: AmbientRegistry | undefined;

export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

/** The registry of the scope that the caller runs in, else the default one. */
export function ambientRegistry(): AmbientRegistry | undefined {
  return scopes.getStore()?.registry ?? standing;
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

/** Gives a new entity to the registry that will register it by itself, if there is one. */
export function keepNew(state: WarmState): void {
  const scope = scopes.getStore();
  if (scope?.keepsNew !== false) ambientRegistry()?.keep(state, scope);
}

export function runInScope<T>(scope: Scope, work: () => T): T {
  return scopes.run(scope, work);
}

export function setDefaultRegistry(registry: AmbientRegistry | undefined): void {
  standing = registry;
}

/** Where a new entity's ids and time come from. */
export function creationSources(): { readonly clock: Clock; readonly ids: IdSource } {
  return ambientRegistry() ?? { clock: systemClock, ids: uuidV7Ids };
}
