/**
 * The 70 invariants of chapter 8 of the dossier by number. Their code, rooms and eras stand in the entries of the rooms
 * (invariants.ts); a test says so of a number without an entry, an entry without a number here, and one listed twice.
 *
 * Waiting    a row with `waitsFor` has no entry yet: its room is being built. Whoever adds the entry removes the mark; a
 *            test fails for a mark on a row that has code
 */

export interface ListedInvariant {
  readonly number: number;
  /** Name in chapter 8; the first entry of the number has it. */
  readonly name: string;
  /** What must be there before it can have code: `engine` drm/engine, `i915_2008` drm/drivers/i915_2008. */
  readonly waitsFor?: 'engine' | 'i915_2008';
}

export const CHAPTER_8: readonly ListedInvariant[] = [
  { number: 1, name: 'PTE-in-VMA' },
  { number: 2, name: 'PTE-owner' },
  { number: 3, name: 'No-stale' },
  { number: 4, name: 'Zap-exact' },
  { number: 5, name: 'Zap-all' },
  { number: 6, name: 'Zap-keeps' },
  { number: 7, name: 'COW' },
  { number: 8, name: 'Tree = VMAs' },
  { number: 9, name: 'One mapping' },
  { number: 10, name: 'No merge' },
  { number: 11, name: 'Split arithmetic' },
  { number: 12, name: 'Insert rule' },
  { number: 13, name: 'No PTE at mmap' },
  { number: 14, name: 'Fault idempotence' },
  { number: 15, name: 'Fork equality' },
  { number: 16, name: 'Dead never resolves' },
  { number: 17, name: 'Permission' },
  { number: 18, name: 'Prefault bound' },
  { number: 19, name: 'Writable' },
  { number: 20, name: 'Object count' },
  { number: 21, name: 'Handle count' },
  { number: 22, name: 'Name' },
  { number: 23, name: 'Handle uniqueness' },
  { number: 24, name: 'PRIME round trip' },
  { number: 25, name: 'No resurrection' },
  { number: 26, name: 'File count' },
  { number: 27, name: 'Device lifetime' },
  { number: 28, name: 'inode count' },
  { number: 29, name: 'Destructor once' },
  { number: 30, name: 'td_fpop' },
  { number: 31, name: 'Destroy order' },
  { number: 32, name: 'No overlap' },
  { number: 33, name: 'Holes complement' },
  { number: 34, name: 'Index agreement' },
  { number: 35, name: 'Scan neutral' },
  { number: 36, name: 'Scan sound' },
  { number: 37, name: 'Scan minimal' },
  { number: 38, name: 'Alignment and range' },
  { number: 39, name: 'Offset windows' },
  { number: 40, name: 'Aperture conservation' },
  { number: 41, name: 'Unbound is scratch' },
  { number: 42, name: 'Bound matches pages' },
  { number: 43, name: 'One place' },
  { number: 44, name: 'LRU exact' },
  { number: 45, name: 'LRU order' },
  { number: 46, name: 'Bytes conserved' },
  { number: 47, name: 'Pinned never moves' },
  { number: 48, name: 'Pin balance' },
  { number: 49, name: 'Content conservation' },
  { number: 50, name: 'Zero first' },
  { number: 51, name: 'Purged is terminal' },
  { number: 52, name: 'Swapped has no PTE' },
  { number: 53, name: 'Unevictable mapping' },
  { number: 54, name: 'Zap before move' },
  { number: 55, name: 'Failed move' },
  { number: 56, name: 'One writer' },
  { number: 57, name: 'Flush before read' },
  { number: 58, name: 'GPU domains need binding' },
  { number: 59, name: 'Active reference' },
  { number: 60, name: 'Seqno monotone' },
  { number: 61, name: 'Ring safe' },
  { number: 62, name: 'Fence once' },
  { number: 63, name: 'Reservation rules' },
  { number: 64, name: 'Kernel fence first' },
  { number: 65, name: 'No deadlock' },
  { number: 66, name: 'Reset' },
  { number: 67, name: 'VRAM lost' },
  { number: 68, name: 'Unwind' },
  { number: 69, name: 'RCU' },
  { number: 70, name: 'errno stable' },
];
