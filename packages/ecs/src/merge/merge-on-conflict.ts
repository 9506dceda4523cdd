import type { CommitContext } from "../commit-context.ts";
import { reachableFrom } from "../entity/children.ts";
import type { PlannedRefMove, WarmState } from "../entity/warm-state.ts";
import { ConcurrentModificationError, MergeConflictError, StorageError } from "../errors.ts";
import { affectedBelow, isModified } from "../fork/affected.ts";
import { buildVersions, type NewVersion } from "../fork/build-versions.ts";
import { forkTrees, type ForkEnvironment, type Joined } from "../fork/fork-trees.ts";
import type { EcsId, LineageId } from "../ids.ts";
import { holdStill } from "../registry/hold-still.ts";
import { moveTrees, type Move, type Workshop } from "../registry/move-tree.ts";
import type { TypeCatalog } from "../registry/type-catalog.ts";
import type { VersionWrite } from "../storage/contract.ts";
import { surroundingTrace } from "../trace/trace.ts";
import { ancestryOf } from "./ancestry-of.ts";
import { assembleMerge } from "./assemble-merge.ts";
import { mergeInto } from "./merge.ts";
import { planMerge } from "./plan-merge.ts";
import { StagedVersions } from "./staged-versions.ts";

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
    let reason: unknown;
    try {
      await forkTrees(roots, environment, branching, refMoves, async (versions, createdAt) => {
        try {
          const merge = new HeadMerge(versions, forked, workshop);
          for (const root of roots) await merge.join(root, environment, createdAt);
          moves = merge.moves;
          noteLate(moves, versions, forked);
          return merge.joined;
        } catch (error) {
          reason = error;
          throw error;
        }
      });
    } catch (error) {
      if (error instanceof ConcurrentModificationError && failures < MOST_FAILURES) {
        forked.note(error);
        continue;
      }
      const isHopeless =
        error instanceof ConcurrentModificationError ||
        (error === reason && !(error instanceof StorageError));
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

/** For each entity that others changed too: the version that ours was made on. */
class ForkedVersions {
  readonly #versions = new Map<LineageId, EcsId>();

  constructor(conflict: ConcurrentModificationError) {
    this.note(conflict);
  }

  get lineages(): readonly LineageId[] {
    return [...this.#versions.keys()];
  }

  of(lineageId: LineageId): EcsId | undefined {
    return this.#versions.get(lineageId);
  }

  note({ conflicts }: ConcurrentModificationError): void {
    for (const { lineageId, expected } of conflicts)
      if (!this.#versions.has(lineageId)) this.#versions.set(lineageId, expected);
  }
}

/** Versions of the entities of one tree. */
type Tree = ReadonlyMap<LineageId, EcsId>;

/** Merges the versions of a fork, which are not written yet, with the heads of others. */
class HeadMerge {
  readonly #branch: ReadonlyMap<WarmState, EcsId>;
  readonly #forked: ForkedVersions;
  readonly #workshop: Workshop;
  readonly #staged: StagedVersions;
  readonly #versions: VersionWrite[] = [];
  readonly #mustBeHeads = new Set<EcsId>();
  readonly #reached = new Map<WarmState, { readonly version: EcsId; readonly tree: Tree }>();

  constructor(versions: readonly NewVersion[], forked: ForkedVersions, workshop: Workshop) {
    this.#branch = new Map(versions.map(({ state, write }) => [state, write.record.ecsId]));
    this.#forked = forked;
    this.#workshop = workshop;
    this.#staged = new StagedVersions(workshop.storage);
    this.#staged.add(versions);
  }

  /** Merges the tree of a root with the heads of what it holds, until there is one of each. */
  async join(root: WarmState, { ids }: ForkEnvironment, createdAt: string): Promise<void> {
    let version = this.#branchOf(root);
    let tree: Tree = new Map(
      [...reachableFrom([root])].map((state) => [state.lineageId, this.#branchOf(state)]),
    );
    for (;;) {
      const others = await this.#otherHeads(tree, root.lineageId);
      if (others.length === 0) break;
      const { types, home } = this.#workshop;
      const planner = { storage: this.#staged, types, home, resolve: undefined };
      const plan = await planMerge(version, others, planner);
      // Others can't take away what was stored: a clear() came between.
      if (plan === undefined) break;
      if (plan.conflicts.length > 0) throw new MergeConflictError(plan.conflicts);
      const merged = assembleMerge(plan, this.#workshop);
      const made = buildVersions(affectedBelow(merged.root).affected, ids, createdAt);
      await this.#stage(made);
      const madeIds = new Map(made.map(({ state, write }) => [state, write.record.ecsId]));
      const idOf = (state: WarmState): EcsId => madeIds.get(state) ?? state.ecsId;
      version = idOf(merged.root);
      tree = new Map([...merged.states].map(([lineageId, state]) => [lineageId, idOf(state)]));
    }
    this.#reached.set(root, { version, tree });
  }

  get moves(): readonly Move[] {
    return [...this.#reached].map(([root, { version }]) => ({ root, to: version }));
  }

  get joined(): Joined {
    return {
      versions: this.#versions,
      mustBeHeads: [...this.#mustBeHeads],
      versionOf: ({ lineageId }) => {
        for (const { tree } of this.#reached.values()) {
          const version = tree.get(lineageId);
          if (version !== undefined) return version;
        }
        return undefined;
      },
    };
  }

  #branchOf(state: WarmState): EcsId {
    return this.#branch.get(state) ?? state.ecsId;
  }

  /** Others must not go on from what is taken in; from what they have gone on from elsewhere already, they may. */
  async #stage(made: readonly NewVersion[]): Promise<void> {
    const lineages = new Set(made.map(({ state }) => state.lineageId));
    const heads = new Set((await this.#staged.heads([...lineages])).flat());
    for (const { record } of made.map(({ write }) => write))
      for (const parent of [record.parentId, record.mergedFromId])
        if (parent !== null && heads.has(parent) && !this.#staged.has(parent))
          this.#mustBeHeads.add(parent);
    this.#versions.push(...this.#staged.add(made));
  }

  /** One for each entity, the root's first. */
  async #otherHeads(tree: Tree, root: LineageId): Promise<readonly EcsId[]> {
    const watched = this.#forked.lineages.filter((lineageId) => tree.has(lineageId));
    const found: EcsId[] = [];
    const heads = await this.#staged.heads(watched);
    for (const [index, lineageId] of watched.entries()) {
      const own = tree.get(lineageId);
      const rest = (heads[index] ?? []).filter((head) => head !== own);
      if (rest.length === 0) continue;
      const ancestry = await ancestryOf(lineageId, this.#staged);
      const from = (start: EcsId | undefined) => (id: EcsId) =>
        start !== undefined && ancestry.descends(id, start);
      // One that goes on from ours, such as what another root was merged to, is followed.
      const other = rest.find(from(own)) ?? rest.find(from(this.#forked.of(lineageId)));
      if (other === undefined) continue;
      if (lineageId === root) found.unshift(other);
      else found.push(other);
    }
    return found;
  }
}
