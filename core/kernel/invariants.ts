/**
 * The invariants of chapter 8 of the dossier that concern the rooms of this kernel, in one list: each room exports its own
 * entries with their code; a listed number without an entry is an error of the program (a test says so).
 *
 * Left out   19 (no read-only objects yet), 29 and 30 (FreeBSD), 51 and 53 (purging), 56 to 61 and 66 (rings and domains of
 *            2008), 67 (reset), 69 (RCU): their rooms are not built
 */
import type { InvariantEntry } from '../base/invariant_entry.ts';
import { MM_INVARIANTS } from '../mm/invariants.ts';
import type { Kernel } from './kernel.ts';
import { KERNEL_INVARIANTS } from './kernel_invariants.ts';

/** Numbers of chapter 8 that must have code. */
export const LISTED_INVARIANTS: readonly number[] = [
  // Mappings and entries
  1, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 18,
  // References and identity
  26, 28, 31,
  // Unwinding and refusals
  68, 70,
];

/** All entries of all rooms, by number. */
export function invariantEntries(): readonly InvariantEntry<Kernel>[] {
  const mm: InvariantEntry<Kernel>[] = MM_INVARIANTS.map(entry => ({
    ...entry,
    check: kernel => entry.check(kernel.context),
  }));
  return [...mm, ...KERNEL_INVARIANTS].sort((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
}
