import type { Scope } from "../ambient.ts";
import type { WarmState } from "../entity/warm-state.ts";
import type { EcsId, LineageId } from "../ids.ts";

/** New entities that the registry will register: when they are asked for, at a flush, or when their scope returns. */
export class PendingEntities {
  readonly #byId = new Map<
    EcsId,
    { readonly state: WarmState; readonly scope: Scope | undefined }
  >();
  readonly #byLineage = new Map<LineageId, WarmState>();

  add(state: WarmState, scope: Scope | undefined): void {
    this.#byId.set(state.ecsId, { state, scope });
    this.#byLineage.set(state.lineageId, state);
  }

  get size(): number {
    this.#forgetStored();
    return this.#byId.size;
  }

  /** Those of the ids that are pending. */
  withIds(ids: readonly EcsId[]): WarmState[] {
    if (this.#byId.size === 0) return [];
    return ids.flatMap((id) => this.#byId.get(id)?.state ?? []).filter(isNew);
  }

  ofLineage(lineageId: LineageId): WarmState[] {
    const state = this.#byLineage.get(lineageId);
    return state === undefined ? [] : [state].filter(isNew);
  }

  /** Takes out all, or those that were made in one scope. */
  take(scope?: Scope): WarmState[] {
    const taken: WarmState[] = [];
    for (const entry of this.#byId.values()) {
      if (scope !== undefined && entry.scope !== scope) continue;
      this.#delete(entry.state);
      if (isNew(entry.state)) taken.push(entry.state);
    }
    return taken;
  }

  /** A tree that was committed may have held pending ones. */
  #forgetStored(): void {
    for (const { state } of this.#byId.values()) if (!isNew(state)) this.#delete(state);
  }

  #delete(state: WarmState): void {
    this.#byId.delete(state.ecsId);
    this.#byLineage.delete(state.lineageId);
  }
}

function isNew(state: WarmState): boolean {
  return state.recorded === undefined;
}
