/**
 * Fake mmap offsets: a window of the device's address space for each object, and which open files may map it.
 *
 * Models     drivers/gpu/drm/drm_vma_manager.c (Linux 6.12, 64 bit)
 * Units      pages; the first window starts at byte 4 GiB, so offsets never look like small file offsets
 * Invariants I1 windows of live objects are disjoint; a lookup of any page of a window finds its object
 */
import { snapshotClass } from '../base/snapshot.ts';
import type { PageIndex, Pages } from '../base/units.ts';
import { DrmMm, DrmMmNode } from './mm/drm_mm.ts';

/** First page of the offset space. */
export const FILE_PAGE_OFFSET_START: PageIndex = 0x100000;
/** Pages of the offset space. */
export const FILE_PAGE_OFFSET_SIZE: Pages = 0xfffff * 256;

export class VmaOffsetNode {
  readonly node: DrmMmNode;
  /** How often each open file was allowed. */
  readonly files = new Map<object, number>();

  /** @param owner the object whose window this is */
  constructor(owner: object) {
    this.node = new DrmMmNode(owner);
  }

  get start(): PageIndex {
    return this.node.start;
  }

  get nrPages(): Pages {
    return this.node.size;
  }

  get allocated(): boolean {
    return this.node.allocated;
  }

  /** A file may map the window once more; undone by revoke(). Models drm_vma_node_allow(). */
  allow(file: object): void {
    this.files.set(file, (this.files.get(file) ?? 0) + 1);
  }

  /** Take back one allow(). */
  revoke(file: object): void {
    const count = this.files.get(file);
    if (count === undefined) return;
    if (count === 1) this.files.delete(file);
    else this.files.set(file, count - 1);
  }

  isAllowed(file: object): boolean {
    return this.files.has(file);
  }
}
snapshotClass(VmaOffsetNode, 'drm.VmaOffsetNode');

export class VmaOffsetManager {
  readonly mm = new DrmMm(FILE_PAGE_OFFSET_START, FILE_PAGE_OFFSET_SIZE);

  /** Give a node a window unless it has one. @returns false when no hole is large enough (ENOSPC) */
  add(node: VmaOffsetNode, nrPages: Pages): boolean {
    return node.allocated || this.mm.insert(node.node, nrPages);
  }

  /** Take the window away, if there is one. */
  remove(node: VmaOffsetNode): void {
    if (node.allocated) this.mm.remove(node.node);
  }

  /** The owner of the window that contains [page, page + nrPages) whole, or null. */
  lookup(page: PageIndex, nrPages: Pages): object | null {
    const node = this.mm.nodeAt(page);
    return node !== null && page + nrPages <= node.end ? node.owner : null;
  }

  /** The same, but the window must start at `page`. */
  exactLookup(page: PageIndex, nrPages: Pages): object | null {
    const node = this.mm.nodeAt(page);
    return node !== null && node.start === page && nrPages <= node.size ? node.owner : null;
  }
}
snapshotClass(VmaOffsetManager, 'drm.VmaOffsetManager');
