/**
 * A range allocator: nodes and the holes between them.
 *
 * Models     drivers/gpu/drm/drm_mm.c (Linux 6.12)
 * Units      whatever the user counts in (here always pages or GART entries)
 * Invariants I1 nodes are disjoint and inside [start, end)
 *            I2 the holes are exactly the maximal gaps; each belongs to the node (or head) in front of it
 *            I3 the size index, the address order and the stack hold the same holes
 * Order      among holes of equal size the one that came into being last is taken first
 * Left out   colours
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';

/** best: smallest hole that fits; low, high: by address; evict: the hole that came into being last. */
export type InsertMode = 'best' | 'low' | 'high' | 'evict';

export class DrmMmNode {
  start = 0;
  size = 0;
  allocated = false;
  /** True between scan add and remove: the node is out of the address order. */
  scanned = false;
  /** Size of the hole behind this node; 0: none. */
  holeSize = 0;
  /** Rises with every hole made; orders the stack and equal sizes. */
  holeSeq = 0;
  prev: DrmMmNode = this;
  next: DrmMmNode = this;

  /** @param owner what lies here; not interpreted */
  constructor(public owner: object | null = null) {}

  get end(): number {
    return this.start + this.size;
  }
}
snapshotClass(DrmMmNode, 'drm.DrmMmNode');

/** Where an insertion may go. */
export interface InsertRange {
  /** Any positive number, not only powers of two; 0 or 1 for none. */
  readonly alignment?: number;
  readonly rangeStart?: number;
  readonly rangeEnd?: number;
  readonly mode?: InsertMode;
  /** Look at the first candidate only. */
  readonly once?: boolean;
}

export class DrmMm {
  /** Sentinel of the ordered list; its hole is the one before the first node. */
  readonly head = new DrmMmNode();
  /** Nodes by address, for lookups. */
  private readonly byStart: DrmMmNode[] = [];
  /** Nodes with a hole behind them, by (holeSize ascending, holeSeq descending). */
  private readonly holesBySize: DrmMmNode[] = [];
  private nextHoleSeq = 1;
  /** Nodes taken out by a scan; nothing else may touch the allocator until it is 0. */
  scanActive = 0;

  /**
   * @param start first unit
   * @param size  number of units
   */
  constructor(
    readonly start: number,
    readonly size: number,
  ) {
    invariant(size > 0, () => `An allocator of size ${size} is empty.`);
    // As in the kernel the head lies behind the end with a negative size, so that "node end" of the head is the start.
    this.head.start = start + size;
    this.head.size = -size;
    this.addHole(this.head);
  }

  get end(): number {
    return this.start + this.size;
  }

  get nrNodes(): number {
    return this.byStart.length;
  }

  /**
   * Place a node.
   *
   * @returns false when nothing fits (ENOSPC); the node is then untouched
   */
  insert(node: DrmMmNode, size: number, where: InsertRange = {}): boolean {
    invariant(!node.allocated, () => 'The node is placed already.');
    invariant(this.scanActive === 0, () => 'A scan is in progress.');
    const {
      alignment = 0,
      rangeStart = this.start,
      rangeEnd = this.end,
      mode = 'best',
      once = false,
    } = where;
    if (size <= 0 || rangeEnd - rangeStart < size) return false;
    for (const hole of this.holesInOrder(size, mode, rangeStart, rangeEnd)) {
      const start = fitIntoHole(hole, size, alignment, rangeStart, rangeEnd, mode);
      if (start >= 0) {
        this.place(node, hole, start, size);
        return true;
      }
      if (once) break;
    }
    return false;
  }

  /** Place a node at a fixed range, which must lie in one hole. @returns false otherwise (ENOSPC) */
  reserve(node: DrmMmNode, start: number, size: number): boolean {
    invariant(!node.allocated, () => 'The node is placed already.');
    invariant(this.scanActive === 0, () => 'A scan is in progress.');
    if (size <= 0 || start < this.start || start + size > this.end) return false;
    const before = this.nodeBefore(start);
    if (before.holeSize === 0) return false;
    const holeStart = before.end;
    if (holeStart > start || holeStart + before.holeSize < start + size) return false;
    this.place(node, before, start, size);
    return true;
  }

  /** Take a node away; its space and the holes around it become one hole, on top of the stack. */
  remove(node: DrmMmNode): void {
    invariant(node.allocated && !node.scanned, () => `The node at ${node.start} is not placed.`);
    const before = node.prev;
    if (node.holeSize > 0) this.removeHole(node);
    before.next = node.next;
    node.next.prev = before;
    node.prev = node;
    node.next = node;
    node.allocated = false;
    this.byStart.splice(this.indexOf(node), 1);
    if (before.holeSize > 0) this.removeHole(before);
    this.addHole(before);
  }

  /** The node that contains a position, or null. */
  nodeAt(position: number): DrmMmNode | null {
    const node = this.nodeBefore(position + 1);
    return node !== this.head && position < node.end ? node : null;
  }

  /** The node with the largest start at most `position`, or null. */
  nodeAtOrBefore(position: number): DrmMmNode | null {
    const node = this.nodeBefore(position + 1);
    return node === this.head ? null : node;
  }

  /** Nodes by ascending start; not to be changed. */
  nodes(): readonly DrmMmNode[] {
    return this.byStart;
  }

  /** Nodes that have a hole behind them, by (size, newest first); for checks. */
  holes(): readonly DrmMmNode[] {
    return this.holesBySize;
  }

  /** Units in holes. */
  get freeSize(): number {
    let free = 0;
    for (const hole of this.holesBySize) free += hole.holeSize;
    return free;
  }

  /** Candidates in the order of the mode. The list must not change while it is walked. */
  private *holesInOrder(size: number, mode: InsertMode, from: number, to: number): Generator<DrmMmNode> {
    switch (mode) {
      case 'best':
        for (let i = this.firstHoleOf(size); i < this.holesBySize.length; i++) yield this.holesBySize[i]!;
        break;
      case 'low':
        for (
          let node = this.head, first = true;
          first || node !== this.head;
          node = node.next, first = false
        ) {
          if (node.holeSize < size) continue;
          if (holeStart(node) >= to) break;
          yield node;
        }
        break;
      case 'high':
        for (let node = this.head.prev; ; node = node.prev) {
          if (node.holeSize >= size) {
            if (holeStart(node) + node.holeSize <= from) break;
            yield node;
          }
          if (node === this.head) break;
        }
        break;
      case 'evict':
        yield* this.holeStack();
        break;
    }
  }

  /** Holes, the one that came into being last first. */
  holeStack(): DrmMmNode[] {
    return [...this.holesBySize].sort((a, b) => b.holeSeq - a.holeSeq);
  }

  private place(node: DrmMmNode, hole: DrmMmNode, start: number, size: number): void {
    const from = holeStart(hole);
    const to = from + hole.holeSize;
    node.start = start;
    node.size = size;
    node.allocated = true;
    node.prev = hole;
    node.next = hole.next;
    hole.next.prev = node;
    hole.next = node;
    this.byStart.splice(this.lowerBound(start), 0, node);
    this.removeHole(hole);
    if (start > from) this.addHole(hole);
    if (start + size < to) this.addHole(node);
  }

  /** The node (or head) that ends at or before `position`, closest to it: largest start below `position`. */
  private nodeBefore(position: number): DrmMmNode {
    const at = this.lowerBound(position);
    return at === 0 ? this.head : this.byStart[at - 1]!;
  }

  /** Index of the first node with start at least `start`. */
  private lowerBound(start: number): number {
    let low = 0;
    let high = this.byStart.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.byStart[middle]!.start < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private indexOf(node: DrmMmNode): number {
    const at = this.lowerBound(node.start);
    invariant(this.byStart[at] === node, () => `The node at ${node.start} is not in the address index.`);
    return at;
  }

  /** Index of the first hole of at least this size: the newest among the smallest that fit. */
  private firstHoleOf(size: number): number {
    let low = 0;
    let high = this.holesBySize.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.holesBySize[middle]!.holeSize < size) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private addHole(node: DrmMmNode): void {
    const next = node.next;
    node.holeSize = (next === this.head ? this.end : next.start) - holeStart(node);
    node.holeSeq = this.nextHoleSeq++;
    invariant(node.holeSize > 0, () => `A hole of ${node.holeSize} units behind ${holeStart(node)}.`);
    this.holesBySize.splice(this.firstHoleOf(node.holeSize), 0, node);
  }

  private removeHole(node: DrmMmNode): void {
    let at = this.firstHoleOf(node.holeSize);
    while (this.holesBySize[at] !== node) at++;
    this.holesBySize.splice(at, 1);
    node.holeSize = 0;
  }

  /** For a scan: unlink a node from the address order so that its neighbours' gap grows; undone by relinkScanned(). */
  unlinkScanned(node: DrmMmNode): void {
    invariant(node.allocated && !node.scanned, () => `The node at ${node.start} cannot be scanned.`);
    node.scanned = true;
    this.scanActive++;
    // The node keeps its own prev and next: they are where it goes back to, in reverse order.
    node.prev.next = node.next;
    node.next.prev = node.prev;
  }

  /** Undo unlinkScanned(); must run in exactly reverse order. */
  relinkScanned(node: DrmMmNode): void {
    invariant(node.scanned, () => `The node at ${node.start} is not in the scan.`);
    invariant(node.prev.next === node.next, () => `The node at ${node.start} is put back out of order.`);
    node.scanned = false;
    this.scanActive--;
    node.prev.next = node;
    node.next.prev = node;
  }
}
snapshotClass(DrmMm, 'drm.DrmMm');

/** First unit of the hole behind a node; for the head that is the start of the range. */
export function holeStart(node: DrmMmNode): number {
  return node.start + node.size;
}

/** Where in a hole a block goes, or -1. Alignment rounds up, for `high` down. */
function fitIntoHole(
  hole: DrmMmNode,
  size: number,
  alignment: number,
  rangeStart: number,
  rangeEnd: number,
  mode: InsertMode,
): number {
  const low = Math.max(holeStart(hole), rangeStart);
  const high = Math.min(holeStart(hole) + hole.holeSize, rangeEnd);
  return fitIntoGap(low, high, size, alignment, mode);
}

/** First unit for a block in the gap [low, high), or -1. */
export function fitIntoGap(
  low: number,
  high: number,
  size: number,
  alignment: number,
  mode: InsertMode,
): number {
  if (high <= low || high - low < size) return -1;
  let start = mode === 'high' ? high - size : low;
  if (alignment > 1) {
    const remainder = start % alignment;
    if (remainder > 0) {
      start -= remainder;
      if (mode !== 'high') start += alignment;
      if (start < low || high - start < size) return -1;
    }
  }
  return start;
}
