/** Is an interval tree what its header says? With it every window finds what a scan of all ranges would find. */
import type { Interval, IntervalNode, IntervalTree } from './interval_tree.ts';

/** What is wrong with a tree, and its ranges in key order. */
export interface TreeFindings<T extends Interval> {
  readonly ranges: readonly T[];
  /** The first wrong thing as a sentence, or null. */
  readonly wrong: string | null;
}

class TreeCheck<T extends Interval> {
  readonly ranges: T[] = [];
  wrong: string | null = null;
  private before: IntervalNode<T> | null = null;

  /** @returns largest last page below the node */
  visit(node: IntervalNode<T>): number {
    const { range, left, right, first, last, id, priority } = node;
    let max = last;
    if (left !== null) {
      const below = this.visit(left);
      if (below > max) max = below;
      if (left.priority > priority) this.say(`Range ${left.id} hangs below range ${id} of lower priority.`);
    }
    const { before } = this;
    if (before !== null && !isAscending(before, node))
      this.say(
        `Range ${id} from page ${first} on stands behind range ${before.id} from page ${before.first} on.`,
      );
    this.before = node;
    if (range.pgoff !== first || first + range.nrPages - 1 !== last || range.id !== id)
      this.say(
        `Range ${range.id} covers pages ${range.pgoff} to ${range.pgoff + range.nrPages - 1} and hangs under ${first} to ${last}.`,
      );
    this.ranges.push(range);
    if (right !== null) {
      const below = this.visit(right);
      if (below > max) max = below;
      if (right.priority > priority) this.say(`Range ${right.id} hangs below range ${id} of lower priority.`);
    }
    if (node.maxLast !== max)
      this.say(`Range ${id} and those below it end at page ${max}; its node says ${node.maxLast}.`);
    return max;
  }

  private say(sentence: string): void {
    this.wrong ??= sentence;
  }
}

function isAscending<T extends Interval>(before: IntervalNode<T>, node: IntervalNode<T>): boolean {
  if (before.first !== node.first) return before.first < node.first;
  if (before.last !== node.last) return before.last < node.last;
  return before.id < node.id;
}

/** Check order, heap order, keys, the largest last page of every subtree, and the count. O(n). */
export function checkIntervalTree<T extends Interval>(tree: IntervalTree<T>): TreeFindings<T> {
  const check = new TreeCheck<T>();
  if (tree.root !== null) check.visit(tree.root);
  const { ranges, wrong } = check;
  if (wrong === null && tree.size !== ranges.length)
    return { ranges, wrong: `The tree counts ${tree.size} ranges and has ${ranges.length}.` };
  return check;
}
