import type { EcsId } from "../ids.ts";
import { isLeaf, sizeOf, type Leaf, type Node } from "./ref-tree.ts";

/**
 * Compares lists of ids that may share nodes. Both are walked from the top, always with the same position before both: where
 * the same node begins on both sides it is skipped whole, and only nodes that differ are opened.
 */

/** Leaves that are not the same, each with where it begins. Forward, or from the ends with places counted from there. */
function* differingLeaves(
  a: readonly Node[],
  b: readonly Node[],
  fromEnd: boolean,
): Generator<{ readonly at: number; readonly x: Leaf; readonly y: Leaf }> {
  // What is still to come, the next on top.
  const left = fromEnd ? [...a] : a.toReversed();
  const right = fromEnd ? [...b] : b.toReversed();
  let at = 0;
  for (;;) {
    const x = left.pop();
    const y = right.pop();
    if (x === undefined || y === undefined) return;
    if (x === y) at += sizeOf(x);
    else if (isLeaf(x) && isLeaf(y)) {
      const length = Math.min(x.length, y.length);
      yield fromEnd
        ? { at, x: x.slice(x.length - length), y: y.slice(y.length - length) }
        : { at, x: x.slice(0, length), y: y.slice(0, length) };
      at += length;
      keepRest(x, length, left, fromEnd);
      keepRest(y, length, right, fromEnd);
    } else if (isLeaf(x) || (!isLeaf(y) && sizeOf(y) > sizeOf(x))) {
      left.push(x);
      open(y, right, fromEnd);
    } else {
      right.push(y);
      open(x, left, fromEnd);
    }
  }
}

function keepRest(leaf: Leaf, done: number, waiting: Node[], fromEnd: boolean): void {
  if (leaf.length === done) return;
  // Untouched it stays the node that it is, to be met on the other side.
  if (done === 0) waiting.push(leaf);
  else waiting.push(fromEnd ? leaf.slice(0, leaf.length - done) : leaf.slice(done));
}

function open(node: Node, waiting: Node[], fromEnd: boolean): void {
  if (isLeaf(node)) waiting.push(node);
  else waiting.push(...(fromEnd ? node.children : node.children.toReversed()));
}

/** How many ids are the same at the start. */
export function commonStart(a: readonly Node[], b: readonly Node[]): number {
  for (const { at, x, y } of differingLeaves(a, b, false))
    for (const [index, id] of x.entries()) if (id !== y[index]) return at + index;
  return Math.min(total(a), total(b));
}

/** How many ids are the same at the end. */
export function commonEnd(a: readonly Node[], b: readonly Node[]): number {
  for (const { at, x, y } of differingLeaves(a, b, true))
    for (let index = x.length - 1; index >= 0; index--)
      if (x[index] !== y[index]) return at + x.length - 1 - index;
  return Math.min(total(a), total(b));
}

/** The positions at which two lists of one length differ, with what the second has there. */
export function* differingMembers(
  a: readonly Node[],
  b: readonly Node[],
): Generator<{ readonly at: number; readonly now: EcsId }> {
  for (const { at, x, y } of differingLeaves(a, b, false))
    for (const [index, now] of y.entries()) if (x[index] !== now) yield { at: at + index, now };
}

function total(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + sizeOf(node), 0);
}
