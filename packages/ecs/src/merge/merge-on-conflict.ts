import type { CommitContext } from "../commit-context.ts";
import { reachableFrom } from "../entity/children.ts";
import type { WarmState } from "../entity/warm-state.ts";
import { ConcurrentModificationError, MergeConflictError } from "../errors.ts";
import type { EcsId, LineageId } from "../ids.ts";
import { holdStill } from "../registry/hold-still.ts";
import { moveTrees, type Workshop } from "../registry/move-tree.ts";
import { standBack, standOf } from "../registry/stand-back.ts";
import { surroundingTrace } from "../trace/trace.ts";
import { assembleMerge } from "./assemble-merge.ts";
import { ancestryOf } from "./ancestry-of.ts";
import { planMerge } from "./plan-merge.ts";

/** Each failure means that another writer got on: so many in a row are no race any more. */
const MOST_FAILURES = 100;

/**
 * What `onConflict: "merge"` does when somebody else was first: the changes are committed as a branch, so that nothing can
 * be lost, and then merged with every head that descends from the version that they were made on, until there is one.
 * What code writes to the copies meanwhile stays as a modification.
 *
 * @throws MergeConflictError when both sides changed the same thing; both stay as heads, and the copies stand on theirs.
 *   Those of a traced call stand where they stood, and what the call wrote is taken back
 * @throws ConcurrentModificationError when others were first again and again; the branch stays as a head
 */
export async function mergeOnConflict(
  roots: readonly WarmState[],
  conflict: ConcurrentModificationError,
  context: CommitContext,
  workshop: Workshop,
): Promise<void> {
  // A traced call takes back what it wrote when it throws: its copies must then stand where they stood.
  const isTraced = surroundingTrace() !== undefined;
  const stands = isTraced ? [...reachableFrom(roots)].map(standOf) : [];
  if (!isTraced) for (const root of roots) owed.set(root, conflict);
  await workshop.home.forkAll(roots, { ...context, onConflict: "branch" });
  await holdStill(roots, async (release) => {
    const heads = new HeadMerger(conflict, context, workshop);
    const reached = roots.map((root) => ({ root, to: root.ecsId }));
    const move = (): Promise<void> =>
      moveTrees(
        reached.filter(({ root, to }) => root.ecsId !== to),
        workshop,
        release,
      );
    try {
      for (const one of reached)
        one.to = await heads.mergedInto(one.root, (version) => {
          one.to = version;
        });
    } catch (error) {
      if (isOver(error)) for (const root of roots) owed.delete(root);
      if (isTraced) for (const stand of stands) standBack(stand);
      else await move();
      throw error;
    }
    await move();
    for (const root of roots) owed.delete(root);
  });
}

/** Merges that a failing storage has kept from being finished, by the copies that stand on their branch. */
const owed = new WeakMap<WarmState, ConcurrentModificationError>();

/** The conflict of which one of the copies still has the branch to be merged. */
export function owedMerge(states: readonly WarmState[]): ConcurrentModificationError | undefined {
  for (const state of states) {
    const conflict = owed.get(state);
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

/** Whether trying again would end in the same way. */
function isOver(error: unknown): boolean {
  return error instanceof MergeConflictError || error instanceof ConcurrentModificationError;
}

/** Versions of the entities of one tree. */
type Tree = ReadonlyMap<LineageId, EcsId>;

class HeadMerger {
  /** For each entity that others changed too: the version that ours was made on. */
  readonly #forked = new Map<LineageId, EcsId>();
  readonly #context: CommitContext;
  readonly #workshop: Workshop;
  #failures = 0;

  constructor(conflict: ConcurrentModificationError, context: CommitContext, workshop: Workshop) {
    this.#watch(conflict);
    // A merge of heads that are none any more would leave two: it is tried again with those that there are.
    this.#context = { ...context, onConflict: "fail" };
    this.#workshop = workshop;
  }

  /** @param landed told of each version of the root that a merge made */
  async mergedInto(root: WarmState, landed: (version: EcsId) => void): Promise<EcsId> {
    let version = root.ecsId;
    let tree: Tree = new Map(
      [...reachableFrom([root])].map((state) => [state.lineageId, state.ecsId]),
    );
    for (;;) {
      const others = await this.#otherHeads(tree, root.lineageId);
      if (others.length === 0) return version;
      const merged = await this.#merge(version, others);
      if (merged === undefined) continue;
      version = merged.root;
      tree = merged.tree;
      landed(version);
    }
  }

  /** One for each entity, the root's first. */
  async #otherHeads(tree: Tree, root: LineageId): Promise<readonly EcsId[]> {
    const { storage } = this.#workshop;
    const watched = [...this.#forked.keys()].filter((lineageId) => tree.has(lineageId));
    const found: EcsId[] = [];
    const heads = await storage.heads(watched);
    for (const [index, lineageId] of watched.entries()) {
      const rest = (heads[index] ?? []).filter((head) => head !== tree.get(lineageId));
      if (rest.length === 0) continue;
      const ancestry = await ancestryOf(lineageId, storage);
      const forked = this.#forked.get(lineageId);
      // One that goes on from ours, such as a merge whose answer was lost, is followed: no other merge of ours could land.
      const own = tree.get(lineageId);
      const from = (start: EcsId | undefined) => (id: EcsId) =>
        start !== undefined && ancestry.descends(id, start);
      const other = rest.find(from(own)) ?? rest.find(from(forked));
      if (other === undefined) continue;
      if (lineageId === root) found.unshift(other);
      else found.push(other);
    }
    return found;
  }

  /** @returns `undefined` when others were first, to be tried again */
  async #merge(
    version: EcsId,
    others: readonly EcsId[],
  ): Promise<{ readonly root: EcsId; readonly tree: Tree } | undefined> {
    const { storage, types, home } = this.#workshop;
    const plan = await planMerge(version, others, { storage, types, home, resolve: undefined });
    if (plan === undefined) return undefined;
    if (plan.conflicts.length > 0) throw new MergeConflictError(plan.conflicts);
    const { root, states } = assembleMerge(plan, this.#workshop);
    try {
      await home.forkAll([root], this.#context);
    } catch (error) {
      if (!(error instanceof ConcurrentModificationError)) throw error;
      if (++this.#failures > MOST_FAILURES) throw error;
      this.#watch(error);
      return undefined;
    }
    const tree = new Map([...states].map(([lineageId, state]) => [lineageId, state.ecsId]));
    return { root: root.ecsId, tree };
  }

  #watch({ conflicts }: ConcurrentModificationError): void {
    for (const { lineageId, expected } of conflicts)
      if (!this.#forked.has(lineageId)) this.#forked.set(lineageId, expected);
  }
}
