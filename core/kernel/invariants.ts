/**
 * The invariants of chapter 8 of the dossier that concern the rooms of this kernel, in one list: each room exports its own
 * entries with their code; a listed number without an entry is an error of the program (a test says so).
 *
 * Left out   51 (purging), 56 to 61 and 66 (rings and domains of
 *            2008), 67 (reset): their rooms are not built
 */
import type { InvariantEntry } from '../base/invariant_entry.ts';
import { BSD_INVARIANTS } from '../bsd/invariants.ts';
import { DAX_INVARIANTS } from '../dax/invariants.ts';
import { DRM_INVARIANTS } from '../drm/invariants/drm_invariants.ts';
import { MM_INVARIANTS } from '../mm/invariants.ts';
import type { Kernel } from './kernel.ts';
import { KERNEL_INVARIANTS } from './kernel_invariants.ts';

/** Numbers of chapter 8 that must have code. */
export const LISTED_INVARIANTS: readonly number[] = [
  // Mappings and entries
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
  // References and identity
  20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
  // Space
  32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42,
  // Placement, order of use, bytes
  43, 44, 45, 46, 47, 48, 50, 52, 53, 54, 55,
  // Fences
  62, 63, 64,
  // Unwinding and refusals
  68, 69, 70,
];

/** All entries of all rooms, by number. */
export function invariantEntries(): readonly InvariantEntry<Kernel>[] {
  const mm: InvariantEntry<Kernel>[] = MM_INVARIANTS.map(entry => ({
    ...entry,
    check: kernel => entry.check(kernel.context),
  }));
  const dax: InvariantEntry<Kernel>[] = DAX_INVARIANTS.map(entry => ({
    ...entry,
    check: kernel => (kernel.dax ? entry.check(kernel.dax) : []),
  }));
  const bsd: InvariantEntry<Kernel>[] = BSD_INVARIANTS.map(entry => ({
    ...entry,
    check: kernel => (kernel.bsd ? entry.check(kernel.bsd) : []),
  }));
  return [...mm, ...dax, ...bsd, ...DRM_INVARIANTS, ...KERNEL_INVARIANTS].sort(
    (a, b) => a.number - b.number || (a.name < b.name ? -1 : 1),
  );
}
