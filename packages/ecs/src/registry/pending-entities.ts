import type { Scope } from "../ambient.ts";
import type { WarmState } from "../entity/warm-state.ts";
import type { EcsId, LineageId } from "../ids.ts";

/** New entities that the registry will register: when they are asked for, at a flush, or when their scope returns. */
export class PendingEntities {
  // By the id that each was made with: it moves on when the entity was registered and forked in the meantime.
  readonly #byId = new Map<
    EcsId,
    { readonly state: WarmState; readonly scope: Scope | undefined }
  >();
  readonly #byLineage = new Map<LineageId, WarmState>();

  #sweepAt = 64;

  add(state: WarmState, scope: Scope | undefined): void {
    // Those that were stored meanwhile must not be kept in memory; at each doubling, so that an add stays cheap.
    if (this.#byId.size >= this.#sweepAt) this.#sweepAt = Math.max(64, 2 * this.#forgetStored());
    this.#byId.set(state.ecsId, { state, scope });
    this.#byLineage.set(state.lineageId, state);
  }

  get size(): number {
    return this.#forgetStored();
  }

  /** A tree that was committed may have held pending ones. Answers how many are left. */
  #forgetStored(): number {
    for (const [id, { state }] of this.#byId) if (!isNew(state)) this.#delete(id, state);
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

  /** All of them. They are forgotten by themselves once they are stored. */
  all(): WarmState[] {
    return [...this.#byId.values()].map(({ state }) => state).filter(isNew);
  }

  /** Takes out all, or those that were made in one scope. */
  take(scope?: Scope): WarmState[] {
    const taken: WarmState[] = [];
    for (const [id, entry] of this.#byId) {
      if (scope !== undefined && entry.scope !== scope) continue;
      this.#delete(id, entry.state);
      if (isNew(entry.state)) taken.push(entry.state);
    }
    return taken;
  }

  #delete(id: EcsId, state: WarmState): void {
    this.#byId.delete(id);
    this.#byLineage.delete(state.lineageId);
  }
}

function isNew(state: WarmState): boolean {
  return state.recorded === undefined;
}
