import { reachableFrom } from "../entity/children.ts";
import type { WarmState } from "../entity/warm-state.ts";
import { MergeConflictError, type ConcurrentModificationError } from "../errors.ts";
import { affectedBelow } from "../fork/affected.ts";
import { buildVersions, type NewVersion } from "../fork/build-versions.ts";
import type { Joined } from "../fork/fork-trees.ts";
import type { EcsId, IdSource, LineageId } from "../ids.ts";
import type { Move, Workshop } from "../registry/move-tree.ts";
import type { VersionWrite } from "../storage/contract.ts";
import { ancestryOf } from "./ancestry-of.ts";
import { assembleMerge } from "./assemble-merge.ts";
import { planMerge } from "./plan-merge.ts";
import { StagedVersions } from "./staged-versions.ts";

/** For each entity that others changed too: the version that ours was made on. */
export class ForkedVersions {
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
export class HeadMerge {
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
  async join(root: WarmState, ids: IdSource, createdAt: string): Promise<void> {
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
      const made = buildVersions(affectedBelow(merged.root).affected, new Map(), ids, createdAt);
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
