/**
 * One invariant of the dossier (chapter 8) as data with code: rooms export lists of these, kernel.check() runs them.
 */

/** What kind of statement it is: about a state, one step, the trace, or only shown by a scenario. */
export type InvariantKind = 'state' | 'transition' | 'trace' | 'scenario';

/** @template Subject what the check looks at: the kernel, typed by the room that exports the entry */
export interface InvariantEntry<Subject> {
  /** Number in chapter 8 of the dossier. */
  readonly number: number;
  /** Its short name there, `PTE-in-VMA`. */
  readonly name: string;
  readonly kind: InvariantKind;
  /** Rooms of core/ it concerns. */
  readonly rooms: readonly string[];
  /** Eras in which it holds; `all` means all but `breaksIn`. */
  readonly eras: 'all' | readonly string[];
  /** Eras in which it must break: a test shows that it does. */
  readonly breaksIn?: readonly string[];
  /** @returns one whole sentence with the values per violation; empty when it holds */
  readonly check: (subject: Subject) => string[];
}

/** True when the entry is expected to hold in the era of this name. */
export function holdsIn(entry: InvariantEntry<never>, era: string): boolean {
  if (entry.breaksIn?.includes(era)) return false;
  return entry.eras === 'all' || entry.eras.includes(era);
}
