/**
 * Invariants of chapter 8 of the dossier about mappings and page tables, in the rooms base, fs and mm.
 *
 * Flavours   `check` looks at everything, by brute force where the dossier asks for it; checkMmStep() at what the calls since
 *            the last check touched
 */
import type { InvariantEntry } from '../base/invariant_entry.ts';
import { EntryWalk } from './entry_walk.ts';
import { checkCaches, checkRecentFaults } from './invariants_frames.ts';
import { checkDeadTasks, checkForkEquality, checkInsertRule } from './invariants_pte.ts';
import { checkNoMerge, checkSplitArithmetic, checkTrees, checkVmaOrder } from './invariants_vma.ts';
import { checkCows, checkShootDowns, checkZapAll, checkZapKeeps } from './invariants_zap.ts';
import type { MmContext } from './mm_context.ts';
import { MmPass } from './mm_pass.ts';

type Check = (context: MmContext, pass: MmPass) => string[];

/** An entry that can share what it walks with others of the same check. */
export interface MmInvariant extends InvariantEntry<MmContext> {
  readonly check: (context: MmContext, pass?: MmPass) => string[];
}

function entry(number: number, name: string, rooms: readonly string[], check: Check): MmInvariant {
  return {
    number,
    name,
    kind: 'state',
    rooms,
    eras: 'all',
    check: (context, pass = new MmPass(context)) => check(context, pass),
  };
}

/** All entries of this room, by number. */
export const MM_INVARIANTS: readonly MmInvariant[] = [
  entry(1, 'PTE-in-VMA', ['mm'], (context, { entries }) => [...checkVmaOrder(context), ...entries.inVmas]),
  entry(4, 'Zap-exact', ['base', 'fs', 'mm'], checkShootDowns),
  entry(5, 'Zap-all', ['mm'], checkZapAll),
  entry(6, 'Zap-keeps', ['mm'], checkZapKeeps),
  entry(7, 'COW', ['mm'], checkCows),
  entry(8, 'Tree = VMAs', ['base', 'fs', 'mm'], checkTrees),
  entry(10, 'No merge', ['mm'], checkNoMerge),
  entry(11, 'Split arithmetic', ['mm'], checkSplitArithmetic),
  entry(12, 'Insert rule', ['mm'], checkInsertRule),
  entry(13, 'No PTE at mmap', ['mm'], (_, { entries }) => entries.ages),
  entry(14, 'Fault idempotence', ['mm'], (_, { entries }) => entries.refaults),
  entry(15, 'Fork equality', ['mm'], checkForkEquality),
  entry(16, 'Dead never resolves', ['mm'], checkDeadTasks),
  entry(18, 'Prefault bound', ['mm'], checkRecentFaults),
  entry(31, 'Destroy order', ['mm'], (context, { entries }) => [...entries.frames, ...checkCaches(context)]),
];

/**
 * The cheap flavour, for after every call: rules 1, 13 and 14 on the pages that were touched since the last time, 4 to 7 on
 * the shoot-downs since, 15 on a fork just made.
 * @returns violations with number and name, as kernel.check() writes them
 */
export function checkMmStep(context: MmContext): string[] {
  const violations: string[] = [];
  const add = (number: number, name: string, says: string[]): void => {
    for (const sentence of says) violations.push(`${number} ${name}: ${sentence}`);
  };
  for (const mm of context.mms.values()) {
    const first = Math.max(mm.touchedFirst, 0);
    const end = mm.touchedEnd;
    if (first >= end) continue;
    const walk = EntryWalk.overRange(mm, first, end);
    add(1, 'PTE-in-VMA', walk.inVmas);
    add(13, 'No PTE at mmap', walk.ages);
    add(14, 'Fault idempotence', walk.refaults);
    mm.clearTouched();
  }
  if (context.recentShootDowns.length > 0) {
    add(4, 'Zap-exact', checkShootDowns(context));
    add(6, 'Zap-keeps', checkZapKeeps(context));
    add(7, 'COW', checkCows(context));
    context.recentShootDowns.length = 0;
  }
  if (context.lastFork !== null) add(15, 'Fork equality', checkForkEquality(context));
  // Right after the fork it has been looked at; a fault that fails later may still give one of the two an anon_vma.
  context.lastFork = null;
  return violations;
}
