import { reachableFrom } from "../entity/children.ts";
import type { WarmState } from "../entity/warm-state.ts";
import type { ConcurrentModificationError } from "../errors.ts";
import type { CommitContext } from "../commit-context.ts";
import type { EcsId, LineageId } from "../ids.ts";
import type { Workshop } from "../registry/revert.ts";
import { mergeInto } from "./merge.ts";

/**
 * What `onConflict: "merge"` does when somebody else was first: the changes are committed as a branch, so that nothing can
 * be lost, and each lineage with another head is merged, sub-entities before what holds them.
 *
 * @throws MergeConflictError when both sides changed the same thing; both stay as heads
 */
export async function mergeOnConflict(
  roots: readonly WarmState[],
  conflict: ConcurrentModificationError,
  context: CommitContext,
  workshop: Workshop,
): Promise<void> {
  const { home } = workshop;
  const branch: CommitContext = { ...context, onConflict: "branch" };
  await home.forkAll(roots, branch);
  const lineages = new Set(conflict.conflicts.map((found) => found.lineageId));
  for (const root of roots)
    if (lineages.has(root.lineageId)) await mergeHeads(root, branch, workshop);
  // What a root's merge didn't reach was changed through another holder: merged alone, then held by its roots.
  for (const state of reachableFrom(roots))
    if (lineages.has(state.lineageId)) await mergeHeads(state, branch, workshop);
  await home.forkAll(roots, branch);
}

async function mergeHeads(
  state: WarmState,
  context: CommitContext,
  workshop: Workshop,
): Promise<void> {
  for (const other of await otherHeads(state.lineageId, state.ecsId, workshop))
    await mergeInto(state, other, { context }, workshop);
}

async function otherHeads(
  lineageId: LineageId,
  own: EcsId,
  { storage }: Workshop,
): Promise<readonly EcsId[]> {
  const [heads] = await storage.heads([lineageId]);
  return (heads ?? []).filter((head) => head !== own);
}
