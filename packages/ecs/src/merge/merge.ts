import type { CommitContext } from "../commit-context.ts";
import { stateOf, type WarmState } from "../entity/warm-state.ts";
import { MergeConflictError, type MergeConflict } from "../errors.ts";
import { unansweredOf } from "../fork/unanswered.ts";
import { modificationsOf, type EntityModification } from "../fork/modifications.ts";
import { parseEcsId, type EcsId } from "../ids.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";
import { holdStill, untilIdle } from "../registry/hold-still.ts";
import { moveTrees, type Workshop } from "../registry/move-tree.ts";
import { refuseUnsaved } from "../registry/revert.ts";
import type { Resolve } from "./answer.ts";
import { assembleMerge } from "./assemble-merge.ts";
import { planMerge, type MergePlan } from "./plan-merge.ts";

/** How conflicts are decided, and what the commit says. */
export interface MergeOptions {
  /** Decides each conflict. Without it a merge that has any throws a `MergeConflictError`. */
  readonly resolve?: Resolve | undefined;
  readonly context?: CommitContext | undefined;
}

/** Merges that were committed without an answer, by the copies that they were made for. */
class UnansweredMerges {
  readonly #merges = new WeakMap<
    WarmState,
    { readonly ours: EcsId; readonly theirs: EcsId; readonly root: WarmState }
  >();

  keep(ours: WarmState, theirs: EcsId, root: WarmState): void {
    this.#merges.set(ours, { ours: ours.ecsId, theirs, root });
  }

  /** The merged tree that was sent for the same two versions. */
  find(ours: WarmState, theirs: EcsId): WarmState | undefined {
    const found = this.#merges.get(ours);
    if (found?.ours !== ours.ecsId || found.theirs !== theirs) return undefined;
    return unansweredOf([found.root]) === undefined ? undefined : found.root;
  }

  forget(ours: WarmState): void {
    this.#merges.delete(ours);
  }
}

const unanswered = new UnansweredMerges();

/** What a merge would do. */
export interface MergePreview {
  readonly conflicts: readonly MergeConflict[];
  /** The versions that it would make, conflicts standing as ours. */
  readonly modifications: readonly EntityModification[];
}

/**
 * Joins another version of the same entity into this one, over what both came from: by lineage, field by field. What one
 * side changed is taken; where both changed, one version with both parents is made. The warm copies of `ours` move to
 * the result; what code writes to them meanwhile stays as a modification.
 */
export async function mergeInto(
  ours: WarmState,
  theirs: object | string,
  options: MergeOptions,
  workshop: Workshop,
): Promise<void> {
  const other = await versionOf(theirs);
  await holdStill([ours], async (release) => {
    refuseUnsaved(ours, "merge");
    const root =
      unanswered.find(ours, other) ?? (await assembled(ours, other, options.resolve, workshop));
    unanswered.keep(ours, other, root);
    // Of a merge whose answer was lost, the same commit is sent again.
    await workshop.home.forkAll([root], { operation: "merge", ...options.context });
    unanswered.forget(ours);
    await moveTrees([{ root: ours, to: root.ecsId }], workshop, release);
  });
}

/** @throws MergeConflictError */
async function assembled(
  ours: WarmState,
  other: EcsId,
  resolve: Resolve | undefined,
  workshop: Workshop,
): Promise<WarmState> {
  const plan = await planned(ours, other, resolve, workshop);
  if (plan.conflicts.length > 0) throw new MergeConflictError(plan.conflicts);
  return assembleMerge(plan, workshop).root;
}

export async function previewMerge(
  ours: WarmState,
  theirs: object | string,
  options: MergeOptions,
  workshop: Workshop,
): Promise<MergePreview> {
  const other = await versionOf(theirs);
  await untilIdle([ours]);
  refuseUnsaved(ours, "merge");
  const plan = await planned(ours, other, options.resolve, workshop);
  return {
    conflicts: plan.conflicts,
    modifications: modificationsOf(assembleMerge(plan, workshop).root),
  };
}

async function planned(
  ours: WarmState,
  other: EcsId,
  resolve: Resolve | undefined,
  { storage, types, home }: Workshop,
): Promise<MergePlan> {
  const [theirs] = await storage.read([other]);
  if (theirs === undefined) throw problem("MI_ENTITY_NOT_FOUND", `version ${other} is not stored`);
  if (theirs.record.lineageId !== ours.lineageId)
    throw problem(
      "MI_REGISTRY_USAGE",
      `${other} is no version of ${ours.type.name} ${ours.lineageId}; only versions of one entity merge`,
    );
  const plan = await planMerge(ours.ecsId, [other], { storage, types, home, resolve });
  if (plan === undefined)
    throw problem("MI_ENTITY_NOT_FOUND", `version ${ours.ecsId} is not stored; register() it`);
  return plan;
}

async function versionOf(theirs: object | string): Promise<EcsId> {
  if (typeof theirs === "string") return parseEcsId(theirs);
  const state = stateOf(theirs);
  if (state === undefined)
    throw problem("MI_REGISTRY_USAGE", "merge() takes an entity or the id of a version");
  await untilIdle([state]);
  refuseUnsaved(state, "merge");
  return state.ecsId;
}

function problem(code: EcsErrorCode, message: string): MiError {
  return new MiError(code, message);
}
