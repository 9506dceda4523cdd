import type { Scope } from "../ambient.ts";
import type { CommitContext } from "../commit-context.ts";
import { nameOf, type WarmState } from "../entity/warm-state.ts";
import { suspectsBelow } from "../fork/affected.ts";
import { parseEcsId, parseLineageId, type EcsId, type LineageId } from "../ids.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";
import { currentTrace, runOutsideTraces } from "../trace/trace.ts";
import { PendingEntities } from "./pending-entities.ts";

type CommitTrees = (
  states: readonly WarmState[],
  context: CommitContext | undefined,
) => Promise<void>;

/**
 * Registers entities that are pending: when they are asked for, at a flush, or when their scope returns. Each time in a
 * commit of its own, also inside a traced call: what is asked for must be there.
 */
export class PendingRegistration {
  readonly #pending = new PendingEntities();
  readonly #commit: CommitTrees;

  constructor(commit: CommitTrees) {
    this.#commit = commit;
  }

  add(state: WarmState, scope: Scope | undefined): void {
    this.#pending.add(state, scope);
  }

  /** How many there are. */
  get size(): number {
    return this.#pending.size;
  }

  /** They stay pending when it fails. */
  async registerAll(context: CommitContext | undefined): Promise<void> {
    await this.#commitApart(this.#pending.all(), context);
  }

  /** Those that were made in a scope. They are pending no more, also when it fails. */
  async registerOf(scope: Scope): Promise<void> {
    const made = this.#pending.take(scope);
    if (made.length > 0) await this.#commitApart(made);
  }

  /** Drops all, or those that were made in a scope. */
  discard(scope?: Scope): void {
    this.#pending.take(scope);
  }

  /**
   * Registers those that are asked for; answers the ids in their canonical form.
   *
   * @throws InvalidIdError
   * @throws MiError of code MI_REGISTRY_USAGE for what the traced call around has made or changed
   */
  async ask(ids: readonly EcsId[]): Promise<readonly EcsId[]> {
    const canonical = ids.map(parseEcsId);
    refuseUnfinished(canonical);
    const asked = this.#pending.withIds(canonical);
    if (asked.length > 0) await this.#commitAsked(asked);
    return canonical;
  }

  /** As {@link ask}, for a lineage. */
  async askLineage(lineageId: LineageId): Promise<LineageId> {
    const canonical = parseLineageId(lineageId);
    const asked = this.#pending.ofLineage(canonical);
    if (asked.length > 0) await this.#commitAsked(asked);
    return canonical;
  }

  /** What the call around has changed could not be taken back any more. */
  #commitAsked(states: readonly WarmState[]): Promise<void> {
    const trace = currentTrace();
    const changed = suspectsBelow(states).find((state) => trace?.hasWritten(state));
    if (changed !== undefined) throw unfinished(changed);
    return this.#commitApart(states);
  }

  #commitApart(states: readonly WarmState[], context?: CommitContext): Promise<void> {
    return runOutsideTraces(() => this.#commit(states, context));
  }
}

/** What a traced call has made is stored when it ends. */
function refuseUnfinished(ids: readonly EcsId[]): void {
  const trace = currentTrace();
  if (trace === undefined) return;
  const asked = new Set(ids);
  for (const state of trace.allMade())
    if (state.recorded === undefined && asked.has(state.ecsId)) throw unfinished(state);
}

function unfinished(state: WarmState): MiError {
  const code: EcsErrorCode = "MI_REGISTRY_USAGE";
  return new MiError(
    code,
    `${nameOf(state)} is new, and made or changed by the traced call that asks for it; it is stored when the call ends: use the object itself`,
  );
}
