import type { CommitContext } from "../commit-context.ts";
import { stateOf, type WarmState } from "../entity/warm-state.ts";
import { MergeConflictError, type MergeConflict } from "../errors.ts";
import { modificationsOf, type EntityModification } from "../fork/modifications.ts";
import { parseEcsId, type EcsId } from "../ids.ts";
import { MiError, type EcsErrorCode } from "../mi-error.ts";
import { assembleTree } from "../registry/assemble-tree.ts";
import { moveTo, refuseUnsaved, type Workshop } from "../registry/revert.ts";
import { planMerge, type MergePlan, type Resolve } from "./plan-merge.ts";

export interface MergeOptions {
  /** Decides each conflict. Without it a merge that has any throws a `MergeConflictError`. */
  readonly resolve?: Resolve | undefined;
  readonly context?: CommitContext | undefined;
}

/** What a merge would do. */
export interface MergePreview {
  readonly conflicts: readonly MergeConflict[];
  /** The versions that it would make, conflicts standing as ours. */
  readonly modifications: readonly EntityModification[];
}

/**
 * Joins another version of the same entity into this one, over what both came from: by lineage, field by field. What one
 * side changed is taken; where both changed, one version with both parents is made. The warm copies of `ours` move to
 * the result.
 */
export async function mergeInto(
  ours: WarmState,
  theirs: object | string,
  options: MergeOptions,
  workshop: Workshop,
): Promise<void> {
  refuseUnsaved(ours, "merge");
  const plan = await planned(ours, theirs, options.resolve, workshop);
  if (plan.conflicts.length > 0) throw new MergeConflictError(plan.conflicts);
  const merged = assembled(plan, workshop);
  await workshop.home.forkAll([merged], { operation: "merge", ...options.context });
  await moveTo(ours, merged.ecsId, workshop);
}

export async function previewMerge(
  ours: WarmState,
  theirs: object | string,
  options: MergeOptions,
  workshop: Workshop,
): Promise<MergePreview> {
  const plan = await planned(ours, theirs, options.resolve, workshop);
  return {
    conflicts: plan.conflicts,
    modifications: modificationsOf(assembled(plan, workshop)),
  };
}

function assembled(plan: MergePlan, { types, home }: Workshop): WarmState {
  return assembleTree(plan.root, plan.parts, plan.records, types, home);
}

async function planned(
  ours: WarmState,
  theirs: object | string,
  resolve: Resolve | undefined,
  { storage }: Workshop,
): Promise<MergePlan> {
  const other = versionOf(theirs);
  const plan = await planMerge(ours.ecsId, other, storage, resolve);
  if (plan === undefined) throw problem("MI_ENTITY_NOT_FOUND", `version ${other} is not stored`);
  const [theirRecord] = await storage.read([other]);
  if (theirRecord?.record.lineageId !== ours.lineageId)
    throw problem(
      "MI_REGISTRY_USAGE",
      `${other} is no version of ${ours.type.name} ${ours.lineageId}; only versions of one entity merge`,
    );
  return plan;
}

function versionOf(theirs: object | string): EcsId {
  if (typeof theirs === "string") return parseEcsId(theirs);
  const state = stateOf(theirs);
  if (state === undefined)
    throw problem("MI_REGISTRY_USAGE", "merge() takes an entity or the id of a version");
  refuseUnsaved(state, "merge");
  return state.ecsId;
}

function problem(code: EcsErrorCode, message: string): MiError {
  return new MiError(code, message);
}
