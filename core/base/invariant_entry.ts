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
  /** Eras in which it holds; `all` unless a historic machine breaks it on purpose. */
  readonly eras: 'all' | readonly string[];
  /** @returns one whole sentence with the values per violation; empty when it holds */
  readonly check: (subject: Subject) => string[];
}
