/**
 * Placements: the kinds of memory an object can lie in, and lists of acceptable ones.
 *
 * Models     include/drm/ttm/ttm_placement.h (Linux 6.12)
 */
import type { Pages } from '../../base/units.ts';

/** `ttm_tt` pages, not bound. */
export const PL_SYSTEM = 0;
/** `ttm_tt` pages bound in the GART. */
export const PL_TT = 1;
/** Device memory. */
export const PL_VRAM = 2;
/** A second memory of a device (qxl: surfaces). */
export const PL_PRIV = 3;
export type MemType = 0 | 1 | 2 | 3;

export const PLACEMENT_NAMES = ['SYSTEM', 'TT', 'VRAM', 'PRIV'] as const;

/** Taken from the top. */
export const PL_FLAG_TOPDOWN = 1;
/** Only where nothing must be evicted for it. */
export const PL_FLAG_DESIRED = 2;
/** Only when nothing else is left: passed over while nothing is evicted. */
export const PL_FLAG_FALLBACK = 4;

/** One acceptable place. */
export interface TtmPlace {
  readonly memType: MemType;
  /** First page; 0 for any. */
  readonly firstPage: number;
  /** Page behind the last one; 0 for no limit. */
  readonly lastPage: number;
  readonly flags: number;
}

/** Acceptable places, best first. */
export type TtmPlacement = readonly TtmPlace[];

/** A place anywhere in one kind of memory. */
export function placeIn(memType: MemType, flags = 0, lastPage: Pages = 0): TtmPlace {
  return { memType, firstPage: 0, lastPage, flags };
}
