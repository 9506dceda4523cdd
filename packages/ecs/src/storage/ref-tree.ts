import type { EcsId } from "../ids.ts";

/**
 * An immutable B+ tree of ids by position, after Bagwell and Rompf's relaxed radix balanced trees, with the sizes kept
 * in each branch. All changes are made of `take`, `drop` and `join`, which copy only the nodes along one path.
 */

/** The most ids in a leaf, and the most children of a branch. */
export const WIDTH = 32;

export type Leaf = readonly EcsId[];

interface Branch {
  readonly children: readonly Node[];
  /** `ends[i]` is the number of ids in the children up to and including child i. */
  readonly ends: readonly number[];
}

export type Node = Leaf | Branch;

export interface RefTree {
  readonly root: Node;
  /** Levels of branches above the leaves. */
  readonly height: number;
  readonly length: number;
}

export const empty: RefTree = treeOf(leaf([]), 0, 0);

/** Frozen, as all nodes: versions share them. */
function leaf(ids: readonly EcsId[]): Leaf {
  return Object.freeze(ids);
}

function treeOf(root: Node, height: number, length: number): RefTree {
  return Object.freeze({ root, height, length });
}

export function isLeaf(node: Node): node is Leaf {
  return Array.isArray(node);
}

export function sizeOf(node: Node): number {
  return isLeaf(node) ? node.length : (node.ends[node.ends.length - 1] ?? 0);
}

function branch(children: readonly Node[]): Branch {
  let end = 0;
  const ends = children.map((child) => (end += sizeOf(child)));
  return Object.freeze({ children: Object.freeze(children), ends: Object.freeze(ends) });
}

export function build(ids: readonly EcsId[]): RefTree {
  if (ids.length === 0) return empty;
  let level: Node[] = [];
  for (let i = 0; i < ids.length; i += WIDTH) level.push(leaf(ids.slice(i, i + WIDTH)));
  let height = 0;
  for (; level.length > 1; height++) level = group(level);
  const [root] = level;
  return root === undefined ? empty : treeOf(root, height, ids.length);
}

function group(nodes: readonly Node[]): Node[] {
  const out: Node[] = [];
  for (let i = 0; i < nodes.length; i += WIDTH) out.push(branch(nodes.slice(i, i + WIDTH)));
  return out;
}

export function at(tree: RefTree, index: number): EcsId | undefined {
  let node: Node | undefined = tree.root;
  let offset = index;
  while (node !== undefined && !isLeaf(node)) {
    const slot = slotOf(node, offset);
    offset -= slot === 0 ? 0 : (node.ends[slot - 1] ?? 0);
    node = node.children[slot];
  }
  return node?.[offset];
}

/** The child that holds position `offset`. */
function slotOf(node: Branch, offset: number): number {
  let low = 0;
  let high = node.ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((node.ends[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function* leaves(tree: RefTree): Generator<Leaf> {
  if (tree.length > 0) yield* leavesOf(tree.root);
}

function* leavesOf(node: Node): Generator<Leaf> {
  if (isLeaf(node)) yield node;
  else for (const child of node.children) yield* leavesOf(child);
}

/** Puts the ids from position `from` up to, not including, `to` into `out`. */
export function collect(node: Node, from: number, to: number, out: EcsId[]): void {
  if (isLeaf(node)) {
    for (const id of node.slice(Math.max(0, from), Math.max(0, to))) out.push(id);
    return;
  }
  for (let slot = slotOf(node, Math.max(0, from)); slot < node.children.length; slot++) {
    const start = slot === 0 ? 0 : (node.ends[slot - 1] ?? 0);
    if (start >= to) return;
    const child = node.children[slot];
    if (child !== undefined) collect(child, from - start, to - start, out);
  }
}

/** The first `count` ids. */
export function take(tree: RefTree, count: number): RefTree {
  if (count <= 0) return empty;
  if (count >= tree.length) return tree;
  return shrink(takeNode(tree.root, count), tree.height, count);
}

function takeNode(node: Node, count: number): Node {
  if (isLeaf(node)) return leaf(node.slice(0, count));
  const slot = slotOf(node, count - 1);
  const before = slot === 0 ? 0 : (node.ends[slot - 1] ?? 0);
  const last = node.children[slot];
  const kept = node.children.slice(0, slot);
  return branch(last === undefined ? kept : [...kept, takeNode(last, count - before)]);
}

/** All but the first `count` ids. */
export function drop(tree: RefTree, count: number): RefTree {
  if (count <= 0) return tree;
  if (count >= tree.length) return empty;
  return shrink(dropNode(tree.root, count), tree.height, tree.length - count);
}

function dropNode(node: Node, count: number): Node {
  if (isLeaf(node)) return leaf(node.slice(count));
  const slot = slotOf(node, count);
  const before = slot === 0 ? 0 : (node.ends[slot - 1] ?? 0);
  const first = node.children[slot];
  const kept = node.children.slice(slot + 1);
  return branch(first === undefined ? kept : [dropNode(first, count - before), ...kept]);
}

/** Takes away branches with one child from the top. */
function shrink(root: Node, height: number, length: number): RefTree {
  let node = root;
  let levels = height;
  while (!isLeaf(node) && node.children.length === 1) {
    const [only] = node.children;
    if (only === undefined) return empty;
    node = only;
    levels--;
  }
  return treeOf(node, levels, length);
}

/** The ids of `a`, then those of `b`. */
export function join(a: RefTree, b: RefTree): RefTree {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const height = Math.max(a.height, b.height);
  const joined = joinNodes(a.root, a.height, b.root, b.height);
  const length = a.length + b.length;
  const tree =
    joined.length === 1 && joined[0] !== undefined
      ? treeOf(joined[0], height, length)
      : treeOf(branch(joined), height + 1, length);
  // Joins leave thin nodes at the seams. Past twice the least height a rebuild is cheaper than the detours.
  return tree.height > 2 * leastHeight(tree.length) + 2 ? build([...leaves(tree)].flat()) : tree;
}

function leastHeight(length: number): number {
  return Math.max(0, Math.ceil(Math.log(length) / Math.log(WIDTH)) - 1);
}

/** One or two nodes of the greater height. */
function joinNodes(a: Node, aHeight: number, b: Node, bHeight: number): readonly Node[] {
  if (aHeight === bHeight) {
    if (isLeaf(a) && isLeaf(b)) return a.length + b.length <= WIDTH ? [leaf([...a, ...b])] : [a, b];
    if (!isLeaf(a) && !isLeaf(b)) return pack([...a.children, ...b.children], [a, b]);
    return [a, b];
  }
  if (aHeight > bHeight && !isLeaf(a)) {
    const last = a.children[a.children.length - 1];
    if (last === undefined) return [b];
    return pack([...a.children.slice(0, -1), ...joinNodes(last, aHeight - 1, b, bHeight)]);
  }
  if (bHeight > aHeight && !isLeaf(b)) {
    const [first, ...rest] = b.children;
    if (first === undefined) return [a];
    return pack([...joinNodes(a, aHeight, first, bHeight - 1), ...rest]);
  }
  return [a, b];
}

function pack(children: readonly Node[], whole?: readonly Node[]): readonly Node[] {
  if (children.length <= WIDTH) return [branch(children)];
  return whole ?? [branch(children.slice(0, WIDTH)), branch(children.slice(WIDTH))];
}
