/**
 * System pages behind an object: allocated when first needed, in RAM or, while swapped out, in swap slots.
 *
 * Models     struct ttm_tt, drivers/gpu/drm/ttm/ttm_tt.c, ttm_pool.c (Linux 6.12)
 * Units      frames of REGION_RAM; slots are frames of REGION_SWAP
 * Invariants I1 pages and slots are never both present; a populated tt holds one reference of every frame
 */
import { snapshotClass } from '../../base/snapshot.ts';
import type { Pages, Pfn } from '../../base/units.ts';

export class TtmTt {
  /** Frames in order; null while not populated. */
  pages: Pfn[] | null = null;
  /** Swap slots in order; null while not swapped out. */
  slots: Pfn[] | null = null;

  /**
   * @param zeroAlloc fresh pages must be zeros; false when a move overwrites them whole
   */
  constructor(
    readonly nrPages: Pages,
    readonly zeroAlloc: boolean,
  ) {}

  get populated(): boolean {
    return this.pages !== null;
  }

  get swapped(): boolean {
    return this.slots !== null;
  }
}
snapshotClass(TtmTt, 'drm.TtmTt');
