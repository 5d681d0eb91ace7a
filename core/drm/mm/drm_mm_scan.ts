/**
 * A scan: offer nodes for eviction one by one until the gap around the last one is large enough.
 *
 * Models     struct drm_mm_scan, drivers/gpu/drm/drm_mm.c (Linux 6.12)
 * Rule       only the gap that contains the node just added is looked at, so the order of offering decides; every added node
 *            must be removed again in exactly reverse order before anything else touches the allocator
 * Left out   colours
 */
import { invariant } from '../../base/invariant.ts';
import { type DrmMm, type DrmMmNode, fitIntoGap, holeStart, type InsertRange } from './drm_mm.ts';

export class DrmMmScan {
  /** Window found; -1 until then. */
  hitStart = -1;
  hitEnd = -1;
  private readonly added: DrmMmNode[] = [];

  constructor(
    readonly mm: DrmMm,
    readonly size: number,
    private readonly where: InsertRange = {},
  ) {
    invariant(mm.scanActive === 0, () => 'Another scan is in progress.');
  }

  /** Offer a node. @returns true when evicting (some of) the nodes offered so far makes room */
  add(node: DrmMmNode): boolean {
    const { mm, where } = this;
    mm.unlinkScanned(node);
    this.added.push(node);
    const before = node.prev;
    const after = node.next;
    const { alignment = 0, rangeStart = mm.start, rangeEnd = mm.end, mode = 'best' } = where;
    const low = Math.max(holeStart(before), rangeStart);
    const high = Math.min(after === mm.head ? mm.end : after.start, rangeEnd);
    const start = fitIntoGap(low, high, this.size, alignment, mode);
    if (start < 0) return false;
    this.hitStart = start;
    this.hitEnd = start + this.size;
    return true;
  }

  /** Take back the node offered last. @returns true when it overlaps the window and must be evicted */
  removeLast(): { node: DrmMmNode; evict: boolean } | null {
    const node = this.added.pop();
    if (node === undefined) return null;
    this.mm.relinkScanned(node);
    return { node, evict: node.end > this.hitStart && node.start < this.hitEnd };
  }

  /** Take all back. @returns the nodes to evict, in the order of removal */
  finish(): DrmMmNode[] {
    const evict: DrmMmNode[] = [];
    for (let last = this.removeLast(); last !== null; last = this.removeLast())
      if (last.evict) evict.push(last.node);
    return evict;
  }
}
