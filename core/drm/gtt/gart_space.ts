/**
 * The GART: one table of entries through which the GPU reads objects; which entries lead to which object.
 *
 * Models     drivers/gpu/drm/amd/amdgpu/amdgpu_gart.c, i915 GGTT binding (see dossier 6.14); one per machine
 * Units      entries, one per page
 * Invariants I1 an entry outside every binding is unbound (invalid or scratch, as the machine description says)
 *            I2 entry i of a binding leads to page i of its object, where that lies now
 * Order      bindings that nobody needs give way least recently used first, as far as one contiguous hole needs it
 * TLB        on a machine whose streamer keeps translations, every change of entries is followed by one invalidate, on unbind
 *            before the pages are released (dossier 6.14)
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import { USAGE_BOOKKEEP } from '../../dma_buf/dma_resv.ts';
import { encodeGartEntry, GART_UNBOUND } from '../../hw/gart_entry.ts';
import { pageOfPfn, pfnOf, REGION_MIRROR } from '../../hw/region.ts';
import { GART_BIND, GART_UNBIND } from '../../trace/events/drm.ts';
import type { DrmCore } from '../drm_core.ts';
import { DrmMm, DrmMmNode } from '../mm/drm_mm.ts';
import { DrmMmScan } from '../mm/drm_mm_scan.ts';
import type { TtmBo } from '../ttm/ttm_bo.ts';
import { PL_TT } from '../ttm/ttm_placement.ts';

export class GartSpace {
  readonly mm: DrmMm;
  /** Bound objects, least recently used first. */
  private readonly bound = new Set<TtmBo>();

  constructor(
    private readonly core: DrmCore,
    readonly nrEntries: number,
  ) {
    this.mm = new DrmMm(0, nrEntries);
  }

  /** Bound objects, least recently used first; for checks and views. */
  objects(): IterableIterator<TtmBo> {
    return this.bound.values();
  }

  /**
   * Make an object readable for the GPU; no-op when it is already. Its bytes in system pages become visible with flush().
   *
   * @param keep objects whose bindings may not give way
   * @returns false when the table has no room (ENOSPC)
   */
  bind(bo: TtmBo, keep: ReadonlySet<TtmBo>): boolean {
    if (bo.gart !== null) {
      this.bound.delete(bo);
      this.bound.add(bo);
      return true;
    }
    const node = new DrmMmNode(bo);
    if (!this.mm.insert(node, bo.nrPages) && !this.makeRoom(node, bo.nrPages, keep)) return false;
    const entries = new Uint32Array(bo.nrPages);
    for (let page = 0; page < bo.nrPages; page++) {
      entries[page] = encodeGartEntry(this.core.machine, bo.pfnOfPage(page), 'read-write');
    }
    // A planted defect: the entry of the second page stays unbound.
    if (this.core.mm.sabotage === 'bind-writes-bad-entry')
      entries[Math.min(1, bo.nrPages - 1)] = GART_UNBOUND;
    this.core.plane.gartWrite(node.start, entries);
    this.invalidateTlb();
    bo.gart = node;
    this.bound.add(bo);
    this.core.mm.trace.emit(GART_BIND, bo.id, node.start, bo.nrPages, bo.resource!.memType);
    return true;
  }

  /** Take the entries of an object away; no-op when it has none. */
  unbind(bo: TtmBo): void {
    const node = bo.gart;
    if (node === null) return;
    if (this.core.mm.sabotage !== 'unbind-keeps-entries') {
      this.core.plane.gartWrite(node.start, new Uint32Array(bo.nrPages).fill(GART_UNBOUND));
      this.invalidateTlb();
    }
    this.core.mm.trace.emit(GART_UNBIND, bo.id, node.start, bo.nrPages);
    this.mm.remove(node);
    bo.gart = null;
    this.bound.delete(bo);
  }

  /** The streamer reads its translations anew; nothing to do on a machine that keeps none. */
  invalidateTlb(): void {
    if (this.core.machine.tlb !== true || this.core.mm.sabotage === 'bind-forgets-tlb-flush') return;
    this.core.plane.gartFlush();
  }

  /** The object that an entry belongs to, or null. */
  objectAt(entry: number): TtmBo | null {
    for (const bo of this.bound) if (entry >= bo.gart!.start && entry < bo.gart!.end) return bo;
    return null;
  }

  /** What an entry of a bound object must be. */
  entryOf(bo: TtmBo, entry: number): number {
    return encodeGartEntry(this.core.machine, bo.pfnOfPage(entry - bo.gart!.start), 'read-write');
  }

  /** Write the entries of a bound object again; what a driver does after a reset that lost them, or for a bad one. */
  rewrite(bo: TtmBo): void {
    const { start } = bo.gart!;
    const entries = Uint32Array.from({ length: bo.nrPages }, (_, page) => this.entryOf(bo, start + page));
    this.core.plane.gartWrite(start, entries);
    if (this.core.machine.tlb === true) this.core.plane.gartFlush();
  }

  /** Bring what the CPU wrote into bound system pages to where the GPU reads them; nothing to do for VRAM. */
  flushToGpu(bo: TtmBo): void {
    if (bo.resource?.memType !== PL_TT || bo.gart === null) return;
    if (this.core.mm.sabotage === 'job-forgets-flush') return;
    const pages = bo.tt!.pages!;
    this.core.plane.copyPages(pages, pages.map(mirrorOf), 'flush');
  }

  /** Bring what the GPU wrote back into the system pages; nothing to do for VRAM. */
  flushToCpu(bo: TtmBo): void {
    if (bo.resource?.memType !== PL_TT || bo.gart === null) return;
    const pages = bo.tt!.pages!;
    this.core.plane.copyPages(pages.map(mirrorOf), pages, 'flush');
  }

  /** The fence that first sets a binding free which would give way if work in flight did not use it; null when there is none. */
  nextIdle(keep: ReadonlySet<TtmBo>): DmaFence | null {
    let next: DmaFence | null = null;
    for (const bo of this.bound) {
      if (keep.has(bo) || bo.pinCount > 0) continue;
      const fence = bo.resv.lastUnsignaled(USAGE_BOOKKEEP);
      if (fence !== null && (next === null || fence.signalAt < next.signalAt)) next = fence;
    }
    return next;
  }

  /** Unbind idle objects until one hole is large enough; the scan takes no more of them than the hole needs. */
  private makeRoom(node: DrmMmNode, size: number, keep: ReadonlySet<TtmBo>): boolean {
    const scan = new DrmMmScan(this.mm, size);
    let hit = false;
    for (const candidate of this.bound) {
      if (keep.has(candidate) || candidate.pinCount > 0 || !candidate.resv.testSignaled(USAGE_BOOKKEEP))
        continue;
      hit = scan.add(candidate.gart!);
      if (hit) break;
    }
    const evict = scan.finish();
    if (!hit) return false;
    for (const chosen of evict) this.unbind(chosen.owner as TtmBo);
    const placed = this.mm.insert(node, size, { mode: 'evict' });
    invariant(placed, () => `A scan promised ${size} GART entries and there are none.`);
    return true;
  }
}
snapshotClass(GartSpace, 'drm.GartSpace');

/** The frame in which the GPU sees a page of system memory. */
export function mirrorOf(pfn: number): number {
  return pfnOf(REGION_MIRROR, pageOfPfn(pfn));
}
