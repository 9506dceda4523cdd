import { reachableFrom } from "../entity/children.ts";
import { checkField, copyIn } from "../entity/parse-value.ts";
import { ruleIssues } from "../entity/new-entity.ts";
import type { WarmState } from "../entity/warm-state.ts";
import { DuplicateWarmCopyError, EntityValidationError, type ValueIssue } from "../errors.ts";
import type { EcsId } from "../ids.ts";

/** Checks what writes inside nested values left behind, and the rules over several fields, before anything is written. */
export function validate(states: readonly WarmState[]): void {
  for (const state of states) {
    if (state.isUnknown) continue;
    const issues = [...nestedIssues(state)];
    if (issues.length === 0 && state.type.checks.length > 0 && isWritten(state))
      issues.push(...ruleIssues(state, { ...state.entity }));
    if (issues.length > 0)
      throw new EntityValidationError(state.type.name, state.lineageId, issues);
  }
}

function isWritten({ touched, touchedLists }: WarmState): boolean {
  return (touched?.size ?? 0) > 0 || (touchedLists?.size ?? 0) > 0;
}

function* nestedIssues(state: WarmState): Generator<ValueIssue> {
  for (const name of state.unchecked ?? []) {
    const field = state.type.fields.get(name);
    const value = state.target[name];
    if (field === undefined || value === undefined) continue;
    // A copy, because a schema may freeze what it is given.
    const copied = copyIn(state, value, () => [name], field.mayHoldReferences);
    const parsed = checkField(state, field, copied);
    if (!parsed.ok) yield* parsed.issues;
  }
}

/**
 * Two changed copies of one version in one commit, as roots of their own, would be a conflict with oneself.
 *
 * @throws DuplicateWarmCopyError
 */
export function refuseOwnBranches(affected: readonly WarmState[]): void {
  const seen = new Set<EcsId>();
  for (const { recorded, ecsId, type } of affected) {
    if (recorded === undefined) continue;
    if (seen.has(ecsId)) throw new DuplicateWarmCopyError(type.name, ecsId);
    seen.add(ecsId);
  }
}

/**
 * F5: two warm copies of one version may stand in one tree while they are equal. Only looked for where an entity of
 * another load entered, since one load never makes two.
 *
 * @returns of those that will get a version: each later copy, with the first one that it must be equal to
 * @throws DuplicateWarmCopyError when only one of two is changed
 */
export function changedTwins(
  roots: readonly WarmState[],
  affected: readonly WarmState[],
): ReadonlyMap<WarmState, WarmState> {
  const twins = new Map<WarmState, WarmState>();
  if (!affected.some((state) => state.mayHoldTwins)) return twins;
  const changed = new Set(affected);
  const copies = new Map<EcsId, WarmState>();
  const found: WarmState[] = [];
  for (const state of reachableFrom(roots)) {
    const twin = copies.get(state.ecsId);
    if (twin === undefined) copies.set(state.ecsId, state);
    else if (changed.has(twin) && changed.has(state)) twins.set(state, twin);
    else if (changed.has(twin) || changed.has(state))
      throw new DuplicateWarmCopyError(state.type.name, state.ecsId);
    else found.push(twin, state);
  }
  // As soon as one of them changes, the fork that it is in looks again.
  for (const twin of found) twin.mayHoldTwins = true;
  return twins;
}
