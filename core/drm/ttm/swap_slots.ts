/**
 * Slots of the swap device: which are free.
 *
 * Models     mm/swapfile.c as far as one allocator of single slots
 * Units      pages of REGION_SWAP
 * Order      never-used slots first, upwards; then freed ones, the last freed first
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import type { Pages, Pfn } from '../../base/units.ts';
import { pageOfPfn, pfnOf, REGION_SWAP } from '../../hw/region.ts';

export class SwapSlots {
  private nextUnused = 0;
  private readonly freed: number[] = [];

  constructor(readonly nrPages: Pages) {}

  get nrFree(): Pages {
    return this.nrPages - this.nextUnused + this.freed.length;
  }

  /** @returns n slots as frames of REGION_SWAP, or null when there are fewer */
  alloc(n: Pages): Pfn[] | null {
    if (this.nrFree < n) return null;
    const slots: Pfn[] = [];
    while (slots.length < n) {
      const page = this.nextUnused < this.nrPages ? this.nextUnused++ : this.freed.pop()!;
      slots.push(pfnOf(REGION_SWAP, page));
    }
    return slots;
  }

  free(slots: readonly Pfn[]): void {
    for (let i = slots.length - 1; i >= 0; i--) this.freed.push(pageOfPfn(slots[i]!));
    invariant(this.nrFree <= this.nrPages, () => 'A swap slot was freed twice.');
  }
}
snapshotClass(SwapSlots, 'drm.SwapSlots');
