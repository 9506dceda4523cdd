import { copyIn, checkField } from "../entity/parse-value.ts";
import { ruleIssues } from "../entity/new-entity.ts";
import type { WarmState } from "../entity/warm-state.ts";
import { EntityValidationError, type ValueIssue } from "../errors.ts";
import { assembleTree, type AssembledTree } from "../registry/assemble-tree.ts";
import type { Workshop } from "../registry/move-tree.ts";
import type { MergePlan } from "./plan-merge.ts";

/**
 * The merged tree, checked as if it had been made here: what is valid on both sides may not be together.
 *
 * @throws EntityValidationError, UnsupportedValueError
 */
export function assembleMerge(plan: MergePlan, { types, home }: Workshop): AssembledTree {
  const assembled = assembleTree(plan.root, plan.parts, plan.records, types, home);
  // Conflicts that stand as ours make no content that anybody asked for.
  if (plan.conflicts.length > 0) return assembled;
  for (const [lineageId, { mergingFrom }] of plan.parts) {
    const state = assembled.states.get(lineageId);
    if (mergingFrom !== undefined && state !== undefined) refuseInvalid(state);
  }
  return assembled;
}

function refuseInvalid(state: WarmState): void {
  if (state.isUnknown) return;
  const issues: ValueIssue[] = [];
  for (const field of state.type.fields.values()) {
    const value = state.target[field.name];
    if (value !== undefined) copyIn(state, value, () => [field.name], field.mayHoldReferences);
    const parsed = checkField(state, field, value);
    if (!parsed.ok) issues.push(...parsed.issues);
  }
  if (issues.length === 0) issues.push(...ruleIssues(state, { ...state.entity }));
  if (issues.length === 0) return;
  const hint =
    "so the merge makes it; decide it in resolve(), or fork() a change of one side first";
  throw new EntityValidationError(
    state.type.name,
    state.lineageId,
    issues.map(({ path, message }) => ({ path, message: `${message} (${hint})` })),
  );
}
