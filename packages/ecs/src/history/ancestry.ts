import type { EcsId } from "../ids.ts";
import type { VersionInfo } from "../storage/contract.ts";

type Parents = Pick<VersionInfo, "parentId" | "mergedFromId">;

/** From which sides a search has reached a version; `PAST` lies behind a nearest common ancestor that was found. */
const OURS = 1;
const THEIRS = 2;
const PAST = 4;

/** How the versions of one lineage descend from one another, by `parentId` and `mergedFromId`. */
export class Ancestry {
  readonly #parents: ReadonlyMap<EcsId, Parents>;
  /** Of each version one more than the highest of its parents. */
  readonly #generations: ReadonlyMap<EcsId, number>;

  /** @param parents of the versions by id, in any order; a parent that is not among them ends each search there */
  constructor(parents: ReadonlyMap<EcsId, Parents>) {
    this.#parents = parents;
    this.#generations = generationsOf(parents);
  }

  /**
   * The nearest common ancestors of two versions: those that are an ancestor of no other common one. A version counts among
   * its own ancestors, so that of a version and one made from it the answer is the first. Several where both sides merged
   * the other in (criss-cross), none for two histories that never met. Ascending by id, and that is by the time at which they
   * were made. Takes no longer for what came before them.
   *
   * @param ours a version, or several that count as parents of one that was never made
   */
  nearestCommon(ours: EcsId | readonly EcsId[], theirs: EcsId): readonly EcsId[] {
    const search = new Search(this.#generations);
    for (const id of typeof ours === "string" ? [ours] : ours) search.reach(id, OURS);
    search.reach(theirs, THEIRS);
    const found: EcsId[] = [];
    for (const [id, sides] of search) {
      const isNearest = sides === (OURS | THEIRS);
      if (isNearest) found.push(id);
      for (const parent of this.#parentsOf(id))
        search.reach(parent, isNearest ? sides | PAST : sides);
    }
    return found.toSorted();
  }

  /** Whether a version was made from another one, directly or through others, or is that one itself. */
  descends(id: EcsId, from: EcsId): boolean {
    const lowest = this.#generations.get(from);
    if (lowest === undefined) return false;
    const seen = new Set([id]);
    // What is no higher than the one that is looked for can't come from it. A set gives what is added on the way, too.
    for (const next of seen) {
      if (next === from) return true;
      for (const parent of this.#parentsOf(next))
        if ((this.#generations.get(parent) ?? -1) >= lowest) seen.add(parent);
    }
    return false;
  }

  #parentsOf(id: EcsId): readonly EcsId[] {
    return parentsOf(this.#parents.get(id));
  }
}

/** Versions that were reached, the highest generation first: each comes after all that were made from it. */
class Search implements Iterable<[EcsId, number]> {
  readonly #generations: ReadonlyMap<EcsId, number>;
  readonly #sides = new Map<EcsId, number>();
  readonly #waiting = new Map<number, EcsId[]>();
  #highest = 0;
  /** How many of those that wait could still lead to a nearest common ancestor. */
  #open = 0;

  constructor(generations: ReadonlyMap<EcsId, number>) {
    this.#generations = generations;
  }

  reach(id: EcsId, sides: number): void {
    const generation = this.#generations.get(id);
    if (generation === undefined) return;
    const before = this.#sides.get(id);
    const now = (before ?? 0) | sides;
    this.#sides.set(id, now);
    if (before === undefined) {
      this.#highest = Math.max(this.#highest, generation);
      const level = this.#waiting.get(generation);
      if (level === undefined) this.#waiting.set(generation, [id]);
      else level.push(id);
      if (now < PAST) this.#open++;
    } else if (before < PAST && now >= PAST) this.#open--;
  }

  *[Symbol.iterator](): Generator<[EcsId, number]> {
    for (let generation = this.#highest; this.#open > 0; generation--)
      for (const id of this.#waiting.get(generation) ?? []) {
        const sides = this.#sides.get(id) ?? 0;
        if (sides < PAST) this.#open--;
        yield [id, sides];
      }
  }
}

function generationsOf(versions: ReadonlyMap<EcsId, Parents>): ReadonlyMap<EcsId, number> {
  const children = new Map<EcsId, EcsId[]>();
  const unknown = new Map<EcsId, number>();
  const level: EcsId[] = [];
  for (const [id, parents] of versions) {
    const known = parentsOf(parents).filter((parent) => versions.has(parent));
    if (known.length === 0) level.push(id);
    unknown.set(id, known.length);
    for (const parent of known) {
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [id]);
      else siblings.push(id);
    }
  }
  const generations = new Map<EcsId, number>();
  let next = level;
  for (let generation = 0; next.length > 0; generation++) {
    const above: EcsId[] = [];
    for (const id of next) {
      generations.set(id, generation);
      for (const child of children.get(id) ?? []) {
        const left = (unknown.get(child) ?? 0) - 1;
        unknown.set(child, left);
        if (left === 0) above.push(child);
      }
    }
    next = above;
  }
  return generations;
}

function parentsOf(parents: Parents | undefined): readonly EcsId[] {
  return [parents?.parentId, parents?.mergedFromId].filter((id) => typeof id === "string");
}
