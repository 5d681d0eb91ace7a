/**
 * How much may be written into a ring before its head must move on.
 *
 * Models     I915_RING_FREE_SPACE of 2008 (reserve 8), __intel_ring_space (Linux 6.18, reserve 64); chapter 6.11 of the dossier
 * Units      bytes; positions are below the size, which is a power of two
 * Rule       `head == tail` means empty, so some bytes always stay free
 */
import type { Bytes } from '../../base/units.ts';

/** Bytes between head and tail that stay free today: a cache line. */
export const CACHE_LINE: Bytes = 64;
/** And in 2008. */
export const RESERVE_2008: Bytes = 8;

/** Free bytes of a ring. */
export function ringSpace(size: Bytes, head: Bytes, tail: Bytes, reserve: Bytes = CACHE_LINE): Bytes {
  return (head - tail - reserve) & (size - 1);
}
