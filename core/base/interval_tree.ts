/**
 * A balanced tree of closed page intervals: finds every range that overlaps a window, in (pgoff, last page, id) order.
 *
 * Models     mm/interval_tree.c, include/linux/interval_tree_generic.h (Linux 6.12)
 * Units      pages; a range covers [pgoff, pgoff + nrPages - 1]
 * Shape      a treap whose priorities are a hash of the range's id, so equal histories give equal trees
 * Invariants I1 keys are in search order, priorities in heap order
 *            I2 `maxLast` of a node is the largest last page in its subtree
 * Rule       a range must leave the tree before its pgoff or length changes, and not change during a walk
 */
import { invariant } from './invariant.ts';
import { snapshotClass } from './snapshot.ts';
import type { PageIndex, Pages } from './units.ts';

/** What the tree orders. */
export interface Interval {
  /** Total order among equal intervals; unique in one tree. */
  readonly id: number;
  readonly pgoff: PageIndex;
  readonly nrPages: Pages;
}

/** One range in the tree. */
export class IntervalNode<T extends Interval> {
  left: IntervalNode<T> | null = null;
  right: IntervalNode<T> | null = null;
  maxLast: PageIndex;
  readonly priority: number;

  constructor(
    readonly range: T,
    readonly first: PageIndex,
    readonly last: PageIndex,
    readonly id: number,
  ) {
    this.maxLast = last;
    this.priority = mixId(id);
  }
}
snapshotClass(IntervalNode, 'base.IntervalNode');

/** Spread dense ids over 31 bits (finalizer of MurmurHash3). */
function mixId(id: number): number {
  let h = id | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) & 0x7fffffff;
}

function updateMax<T extends Interval>(node: IntervalNode<T>): void {
  let max = node.last;
  if (node.left !== null && node.left.maxLast > max) max = node.left.maxLast;
  if (node.right !== null && node.right.maxLast > max) max = node.right.maxLast;
  node.maxLast = max;
}

/** Is key (first, last, id) before the node? */
function isBefore<T extends Interval>(
  first: number,
  last: number,
  id: number,
  node: IntervalNode<T>,
): boolean {
  if (first !== node.first) return first < node.first;
  if (last !== node.last) return last < node.last;
  return id < node.id;
}

export class IntervalTree<T extends Interval> {
  root: IntervalNode<T> | null = null;
  /** Ranges in the tree. */
  size = 0;
  /** Nodes above the one that is being removed; empty between calls. */
  private readonly path: IntervalNode<T>[] = [];

  /** Add a range; its key is fixed until it is removed. O(log n). @returns its node */
  insert(range: T): IntervalNode<T> {
    const first = range.pgoff;
    const node = new IntervalNode(range, first, first + range.nrPages - 1, range.id);
    const { last, id, priority } = node;
    let above: IntervalNode<T> | null = null;
    let at = this.root;
    let isLeft = false;
    while (at !== null && at.priority >= priority) {
      if (last > at.maxLast) at.maxLast = last;
      above = at;
      isLeft = isBefore(first, last, id, at);
      at = isLeft ? at.left : at.right;
    }
    if (at !== null) splitUnder(at, node);
    if (above === null) this.root = node;
    else if (isLeft) above.left = node;
    else above.right = node;
    this.size++;
    return node;
  }

  /** Take a range out; it must be in the tree under its present key. O(log n). */
  remove(range: T): void {
    const first = range.pgoff;
    const last = first + range.nrPages - 1;
    const { path } = this;
    let depth = 0;
    let at = this.root;
    let isLeft = false;
    while (at !== null && at.range !== range) {
      path[depth++] = at;
      isLeft = isBefore(first, last, range.id, at);
      at = isLeft ? at.left : at.right;
    }
    invariant(at !== null, () => `Range ${range.id} at pages ${first} to ${last} is not in its tree.`);
    const joined = joinNodes(at.left, at.right);
    if (depth === 0) this.root = joined;
    else if (isLeft) path[depth - 1]!.left = joined;
    else path[depth - 1]!.right = joined;
    // Only nodes whose maximum was this range can change, and those above a node that did not change cannot.
    while (depth > 0) {
      const node = path[--depth]!;
      if (node.maxLast > last) break;
      updateMax(node);
    }
    path.length = 0;
    this.size--;
  }

  /** True when exactly this range is in the tree under its present key. */
  has(range: T): boolean {
    const last = range.pgoff + range.nrPages - 1;
    let node = this.root;
    while (node !== null && node.range !== range) {
      node = isBefore(range.pgoff, last, range.id, node) ? node.left : node.right;
    }
    return node !== null;
  }

  /**
   * Visit every range that overlaps the closed window [first, last] in key order; allocates nothing.
   * @param arg handed through to `visit`, so that callers need no closure
   */
  forEachOverlap<A>(first: PageIndex, last: PageIndex, visit: (range: T, arg: A) => void, arg: A): void {
    if (this.root !== null) visitOverlaps(this.root, first, last, visit, arg);
  }

  /** All ranges in key order; for checks and views. */
  toArray(): T[] {
    const all: T[] = [];
    this.forEachOverlap(0, Number.MAX_SAFE_INTEGER, (range, into) => void into.push(range), all);
    return all;
  }
}
snapshotClass(IntervalTree, 'base.IntervalTree');

/** Hang the subtree `at`, which loses to `node` by priority, below it: what lies before it left, the rest right. */
function splitUnder<T extends Interval>(at: IntervalNode<T>, node: IntervalNode<T>): void {
  if (isBefore(node.first, node.last, node.id, at)) {
    if (at.left === null) {
      node.left = null;
    } else {
      splitUnder(at.left, node);
      at.left = node.right;
      updateMax(at);
    }
    node.right = at;
  } else {
    if (at.right === null) {
      node.right = null;
    } else {
      splitUnder(at.right, node);
      at.right = node.left;
      updateMax(at);
    }
    node.left = at;
  }
  updateMax(node);
}

/** Join two subtrees, all keys of `left` being before those of `right`. */
function joinNodes<T extends Interval>(
  left: IntervalNode<T> | null,
  right: IntervalNode<T> | null,
): IntervalNode<T> | null {
  if (left === null) return right;
  if (right === null) return left;
  if (left.priority > right.priority) {
    left.right = joinNodes(left.right, right);
    updateMax(left);
    return left;
  }
  right.left = joinNodes(left, right.left);
  updateMax(right);
  return right;
}

function visitOverlaps<T extends Interval, A>(
  node: IntervalNode<T>,
  first: PageIndex,
  last: PageIndex,
  visit: (range: T, arg: A) => void,
  arg: A,
): void {
  if (node.maxLast < first) return;
  if (node.left !== null) visitOverlaps(node.left, first, last, visit, arg);
  if (node.first > last) return;
  if (node.last >= first) visit(node.range, arg);
  if (node.right !== null) visitOverlaps(node.right, first, last, visit, arg);
}
