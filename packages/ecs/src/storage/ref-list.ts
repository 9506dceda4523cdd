import type { EcsId } from "../ids.ts";
import type { ListEdit } from "./list-edit.ts";
import { commonEnd, commonStart, differingMembers } from "./ref-tree-comparison.ts";
import * as tree from "./ref-tree.ts";

/**
 * The members of a list of references, in order: a persistent vector. A list made from another one by edits shares all
 * but the edited pieces with it, so that a thousand versions of a growing list cost about as much as the last one.
 *
 * @example
 * const a = RefList.from([x, y]);
 * const b = RefList.edit(a, [{ at: 2, remove: 0, insert: [z] }]);
 * [...b]; // [x, y, z]
 */
export interface RefList extends Iterable<EcsId> {
  readonly length: number;
  /** The member at a position from 0; `undefined` outside the list. */
  at(index: number): EcsId | undefined;
  /** The members from position `from` up to, not including, position `to`. */
  slice(from: number, to: number): readonly EcsId[];
}

/**
 * The tree holds all but the newest members; they stand in `tail`, so that an append copies at most 31 ids and touches
 * the tree once in 32 appends.
 */
class PersistentRefList implements RefList {
  readonly length: number;
  readonly tree: tree.RefTree;
  readonly tail: tree.Leaf;

  constructor(members: tree.RefTree, tail: tree.Leaf) {
    this.tree = members;
    this.tail = Object.freeze(tail);
    this.length = members.length + tail.length;
    Object.freeze(this);
  }

  at(index: number): EcsId | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) return undefined;
    return index < this.tree.length
      ? tree.at(this.tree, index)
      : this.tail[index - this.tree.length];
  }

  slice(from: number, to: number): readonly EcsId[] {
    const start = Math.max(0, from);
    const end = Math.min(this.length, to);
    const out: EcsId[] = [];
    if (start >= end) return out;
    tree.collect(this.tree.root, start, Math.min(end, this.tree.length), out);
    tree.collect(this.tail, start - this.tree.length, end - this.tree.length, out);
    return out;
  }

  *[Symbol.iterator](): Iterator<EcsId> {
    for (const leaf of this.leaves()) yield* leaf;
  }

  /** As JSON it is what it stands for: an array. */
  toJSON(): readonly EcsId[] {
    return [...this];
  }

  *leaves(): Generator<tree.Leaf> {
    yield* tree.leaves(this.tree);
    if (this.tail.length > 0) yield this.tail;
  }
}

const empty = new PersistentRefList(tree.empty, []);

function from(ids: Iterable<EcsId>): RefList {
  if (ids instanceof PersistentRefList) return ids;
  const all = [...ids];
  if (all.length === 0) return empty;
  const tailStart = Math.floor((all.length - 1) / tree.WIDTH) * tree.WIDTH;
  return new PersistentRefList(tree.build(all.slice(0, tailStart)), all.slice(tailStart));
}

/** The list after edits, sharing what they left alone. Edits are in positions of `list`, ascending, not overlapping. */
function edit(list: RefList, edits: readonly ListEdit[]): RefList {
  let done = persistent(list);
  // From the back, so that the positions of the edits before stay right.
  for (let i = edits.length - 1; i >= 0; i--) {
    const change = edits[i];
    if (change !== undefined) done = editOnce(done, change);
  }
  return done;
}

function editOnce(list: PersistentRefList, change: ListEdit): PersistentRefList {
  const { at, remove, insert } = change;
  if (at < 0 || remove < 0 || at + remove > list.length)
    throw new RangeError(
      `edit at ${at} removing ${remove} is outside a list of ${list.length}; positions are those of the base list`,
    );
  if (at === list.length) return append(list, insert);
  if (at >= list.tree.length) {
    const tail = list.tail.slice();
    const rest = tail.splice(at - list.tree.length);
    return append(new PersistentRefList(list.tree, tail), [...insert, ...rest.slice(remove)]);
  }
  const whole = tree.join(list.tree, tree.build(list.tail));
  const before = tree.take(whole, at);
  const after = tree.drop(whole, at + remove);
  return new PersistentRefList(tree.join(tree.join(before, tree.build(insert)), after), []);
}

function append(list: PersistentRefList, ids: readonly EcsId[]): PersistentRefList {
  if (ids.length === 0) return list;
  const tail = list.tail.concat(ids);
  if (tail.length <= tree.WIDTH) return new PersistentRefList(list.tree, tail);
  const tailStart = Math.floor((tail.length - 1) / tree.WIDTH) * tree.WIDTH;
  return new PersistentRefList(
    tree.join(list.tree, tree.build(tail.slice(0, tailStart))),
    tail.slice(tailStart),
  );
}

/** The first `length` members, sharing the pieces of `list`. */
function take(list: RefList, length: number): RefList {
  const whole = persistent(list);
  if (length >= whole.length) return whole;
  if (length <= 0) return empty;
  if (length >= whole.tree.length)
    return new PersistentRefList(whole.tree, whole.tail.slice(0, length - whole.tree.length));
  return new PersistentRefList(tree.take(whole.tree, length), []);
}

/** All of a list: its tree and its tail. */
function nodesOf(list: PersistentRefList): readonly tree.Node[] {
  return [list.tree.root, list.tail];
}

/**
 * Edits that turn `before` into `after`: one where the lengths differ, one for each differing run where they are equal.
 * Pieces that both share are not looked into, so that versions of one list compare in the time of what differs.
 */
function difference(before: RefList, after: RefList): readonly ListEdit[] {
  if (before === after) return [];
  const a = persistent(before);
  const b = persistent(after);
  if (a.length === b.length) return replacedRuns(a, b);
  const start = commonStart(nodesOf(a), nodesOf(b));
  const most = Math.min(a.length, b.length) - start;
  const end = Math.min(most, commonEnd(nodesOf(a), nodesOf(b)));
  return [{ at: start, remove: a.length - end - start, insert: b.slice(start, b.length - end) }];
}

function replacedRuns(a: PersistentRefList, b: PersistentRefList): readonly ListEdit[] {
  const runs: { at: number; remove: number; insert: EcsId[] }[] = [];
  for (const { at, now } of differingMembers(nodesOf(a), nodesOf(b))) {
    const last = runs[runs.length - 1];
    if (last !== undefined && last.at + last.remove === at) {
      last.remove++;
      last.insert.push(now);
    } else runs.push({ at, remove: 1, insert: [now] });
  }
  return runs;
}

function equal(a: RefList, b: RefList): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  const [one, other] = [persistent(a), persistent(b)];
  // As good as always for lists that grew out of one another: in a third of the time.
  if (one.tree === other.tree) return one.tail.every((id, i) => id === other.tail[i]);
  return commonStart(nodesOf(one), nodesOf(other)) === a.length;
}

/** Held against the whole list: edits that are wrong about one member are wrong. */
function isEdited(list: RefList, base: RefList, edits: readonly ListEdit[]): boolean {
  let end = 0;
  let { length } = base;
  for (const { at, remove, insert } of edits) {
    if (!Number.isInteger(at) || !Number.isInteger(remove)) return false;
    if (at < end || remove < 0 || at + remove > base.length) return false;
    end = at + remove;
    length += insert.length - remove;
  }
  return list.length === length && equal(edit(base, edits), list);
}

function persistent(list: RefList): PersistentRefList {
  const made = from(list);
  return made instanceof PersistentRefList ? made : empty;
}

/** Makes and compares lists. A backend that keeps the list itself needs only `from`. */
export const RefList = {
  empty: empty as RefList,
  /** A list of these members; a `RefList` is answered as it is. */
  from,
  /** The list after edits, sharing what they left alone. Edits are in positions of `list`, ascending, not overlapping. */
  edit,
  /** The first so many members, shared with `list`. */
  take,
  /** The edits that turn one list into another. Pieces that both share are not looked into. */
  difference,
  /** Whether both have the same members in the same order. */
  equal,
  /**
   * Whether `list` is `base` after `edits`, which may be any: a hint may be wrong. Pieces that both share are not looked
   * into, so that for a list that was made from its base this takes the time of the edits.
   */
  isEdited,
} as const;
