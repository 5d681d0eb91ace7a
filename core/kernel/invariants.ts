/**
 * The invariants of chapter 8 of the dossier that concern the rooms of this kernel, in one list: each room exports its own
 * entries with their code; a listed number without an entry is an error of the program.
 */
import type { InvariantEntry } from '../base/invariant_entry.ts';
import type { Kernel } from './kernel.ts';
import { KERNEL_INVARIANTS } from './kernel_invariants.ts';

/** Numbers of chapter 8 that the rooms built so far must have code for. */
export const LISTED_INVARIANTS: readonly number[] = [26, 28];

/** All entries of all rooms, by number. */
export function invariantEntries(): readonly InvariantEntry<Kernel>[] {
  return [...KERNEL_INVARIANTS].sort((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
}
