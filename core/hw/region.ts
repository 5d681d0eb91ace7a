/**
 * Memory regions of the modelled machine, and page frame numbers that name a page in one of them.
 *
 * A Pfn is 28 bits: region in the top two, page within the region in the low 26 (256 GiB each), so that a page-table
 * entry with its flags fits one 32-bit word.
 *
 *   region  what                                           real backing on hw/webgpu
 *   RAM     page frames of system memory (SYSTEM and TT)    bytes in host memory
 *   VRAM    device memory, behind the CPU's aperture        GPUBuffers: heaps (paged) or one per allocation (dedicated)
 *   MIRROR  device-local copy of TT pages, by RAM page      a GPUBuffer heap
 *   SWAP    swap slots                                      the SwapFile port
 */
import type { Pfn } from '../base/units.ts';

export const REGION_RAM = 0;
export const REGION_VRAM = 1;
export const REGION_MIRROR = 2;
export const REGION_SWAP = 3;
export type Region = 0 | 1 | 2 | 3;

export const REGION_SHIFT = 26;
/** Pages a region can have at most. */
export const REGION_PAGES = 1 << REGION_SHIFT;

/** The frame of a page of a region. */
export function pfnOf(region: Region, page: number): Pfn {
  return (region << REGION_SHIFT) | page;
}

/** The region a frame lies in. */
export function regionOfPfn(pfn: Pfn): Region {
  return (pfn >>> REGION_SHIFT) as Region;
}

/** The page of a frame within its region. */
export function pageOfPfn(pfn: Pfn): number {
  return pfn & (REGION_PAGES - 1);
}

/** Regions in sentences, by number. */
export const REGION_WORDS: readonly string[] = ['RAM', 'VRAM', 'the TT mirror', 'swap'];

/** A frame in sentences: `page 289 of VRAM`. */
export function frameText(pfn: Pfn): string {
  return `page ${pageOfPfn(pfn)} of ${REGION_WORDS[regionOfPfn(pfn)]}`;
}
