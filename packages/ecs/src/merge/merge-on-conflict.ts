import type { CommitContext } from "../commit-context.ts";
import type { PlannedRefMove, WarmState } from "../entity/warm-state.ts";
import { ConcurrentModificationError, StorageError } from "../errors.ts";
import { isModified } from "../fork/affected.ts";
import type { NewVersion } from "../fork/build-versions.ts";
import { forkTrees, type ForkEnvironment } from "../fork/fork-trees.ts";
import type { EcsId } from "../ids.ts";
import { MiError } from "../mi-error.ts";
import { holdStill } from "../registry/hold-still.ts";
import { moveTrees, type Move, type Workshop } from "../registry/move-tree.ts";
import type { TypeCatalog } from "../registry/type-catalog.ts";
import { surroundingTrace } from "../trace/trace.ts";
import { ancestryOf } from "./ancestry-of.ts";
import { ForkedVersions, HeadMerge } from "./head-merge.ts";
import { mergeInto } from "./merge.ts";

/** Each failure means that another writer got on: so many in a row are no race any more. */
const MOST_FAILURES = 100;

/** A fork that somebody else was faster than. */
export interface RefusedFork {
  readonly roots: readonly WarmState[];
  readonly conflict: ConcurrentModificationError;
  readonly context: CommitContext;
  readonly refMoves: readonly PlannedRefMove[];
}

/**
 * What `onConflict: "merge"` does when somebody else was first: the changes become a branch, which is merged with every head
 * that descends from the version that they were made on, all in one commit. What code writes to the copies meanwhile stays
 * as a modification.
 *
 * Changes that can't be merged are committed as a branch of their own, so that they can't be lost; those of a traced call
 * are not, since a call that throws takes back what it wrote.
 *
 * @throws MergeConflictError when both sides changed the same thing
 * @throws EntityValidationError when they break a rule together
 * @throws ConcurrentModificationError when others were first again and again
 */
export async function mergeOnConflict(
  { roots, conflict, context, refMoves }: RefusedFork,
  environment: ForkEnvironment,
  types: TypeCatalog,
): Promise<void> {
  const workshop: Workshop = { storage: environment.storage, home: environment.home, types };
  const branching: CommitContext = { ...context, onConflict: "branch" };
  const forked = new ForkedVersions(conflict);
  for (let failures = 0; ; failures++) {
    let moves: readonly Move[] = [];
    try {
      await forkTrees(roots, environment, branching, refMoves, async (versions, createdAt) => {
        const merge = new HeadMerge(versions, forked, workshop);
        for (const root of roots) await merge.join(root, environment.ids, createdAt);
        moves = merge.moves;
        noteLate(moves, versions, forked);
        return merge.joined;
      });
    } catch (error) {
      if (error instanceof ConcurrentModificationError && failures < MOST_FAILURES) {
        forked.note(error);
        continue;
      }
      // Of what a failing storage keeps from being written, the copies have the changes still.
      const isHopeless = MiError.is(error) && !(error instanceof StorageError);
      if (isHopeless && surroundingTrace() === undefined)
        await forkTrees(roots, environment, branching);
      throw error;
    }
    await moved(moves, workshop);
    return;
  }
}

/** A root whose branch and merge are one commit, of which no answer has come yet. */
interface Late {
  readonly branch: EcsId;
  readonly merged: EcsId;
  /** What its branch was made on, when others had gone on from that. */
  readonly forked: EcsId | undefined;
}

const late = new WeakMap<WarmState, Late>();

function noteLate(
  moves: readonly Move[],
  versions: readonly NewVersion[],
  forked: ForkedVersions,
): void {
  const branches = new Map(versions.map(({ state, write }) => [state, write.record.ecsId]));
  for (const { root, to } of moves) {
    const branch = branches.get(root);
    if (branch !== undefined)
      late.set(root, { branch, merged: to, forked: forked.of(root.lineageId) });
  }
}

/**
 * Goes on from a merge whose answer was lost: the commit was sent again, and has left the copies on their branch. Others
 * may have gone on meanwhile from what was merged; then that is merged too.
 */
export async function finishLate(
  roots: readonly WarmState[],
  context: CommitContext,
  workshop: Workshop,
): Promise<void> {
  for (const root of roots) {
    const found = late.get(root);
    if (found === undefined || found.branch !== root.ecsId) continue;
    await moved([{ root, to: found.merged }], workshop);
    const { lineageId } = root;
    const [heads = []] = await workshop.storage.heads([lineageId]);
    if (heads.length < 2 || found.forked === undefined) continue;
    const ancestry = await ancestryOf(lineageId, workshop.storage);
    for (const head of heads)
      // What code wrote meanwhile is for the next fork; until then the other head stays beside.
      if (ancestry.descends(head, found.forked) && !isModified(root))
        await mergeInto(root, head, { context }, workshop);
  }
}

async function moved(moves: readonly Move[], workshop: Workshop): Promise<void> {
  const roots = moves.map(({ root }) => root);
  await holdStill(roots, (release) =>
    moveTrees(
      moves.filter(({ root, to }) => root.ecsId !== to),
      workshop,
      release,
    ),
  );
  for (const root of roots) late.delete(root);
}
