/** Checks of shoot-downs, from what the last ones were asked. Rules 4 to 7 of chapter 8 of the dossier. */
import type { MmContext } from './mm_context.ts';
import { PG_ANON } from './page_frame.ts';
import { isPtePresent, pfnOfPte } from './page_table.ts';
import { type ShootDown, TO_THE_END } from './unmap_mapping.ts';
import type { VmArea } from './vm_area.ts';
import { isSpecialEntry } from './zap.ts';

const MAX_SAYS = 8;

/** True for an entry that a shoot-down without even_cows leaves. */
function isPrivateCopy(context: MmContext, vma: VmArea, word: number): boolean {
  if (!isPtePresent(word)) return true;
  const pfn = pfnOfPte(word);
  return !isSpecialEntry(vma, pfn) && context.frames.hasFlag(pfn, PG_ANON);
}

/** Entries that the shoot-down should have cleared and did not: brute force over all VMAs of all tasks. */
function survivors(context: MmContext, shot: ShootDown): string[] {
  const says: string[] = [];
  for (const mm of context.mms.values()) {
    if (mm.nrPtes === 0) continue;
    for (const vma of mm.vmas) {
      if (vma.file === null || vma.file.mapping !== shot.mapping) continue;
      const first = Math.max(shot.first - vma.pgoff, 0);
      const behind = Math.min(shot.last - vma.pgoff + 1, vma.nrPages);
      for (let i = first; i < behind && says.length < MAX_SAYS; i++) {
        const page = vma.start + i;
        const word = mm.pageTable.get(page);
        if (word === 0 || ((mm.pageTable.generationOf(page) - shot.serial) | 0) > 0) continue;
        if (!shot.evenCows && isPrivateCopy(context, vma, word)) continue;
        says.push(
          `Page ${vma.pgoff + i} of mapping ${shot.mapping.id} kept its entry at page ${page} of mm ${mm.id}.`,
        );
      }
    }
  }
  return says;
}

/** Rule 4: no entry of the pages that were shot down is older than the shoot-down. */
export function checkShootDowns(context: MmContext): string[] {
  return context.recentShootDowns.flatMap(shot => survivors(context, shot)).slice(0, MAX_SAYS);
}

/** Rule 5: the same for length 0, which means to the end. */
export function checkZapAll(context: MmContext): string[] {
  return context.recentShootDowns
    .filter(shot => shot.last === TO_THE_END)
    .flatMap(shot => survivors(context, shot))
    .slice(0, MAX_SAYS);
}

/** Rule 6: a shoot-down leaves the tree as it was. */
export function checkZapKeeps(context: MmContext): string[] {
  return context.recentShootDowns
    .filter(shot => shot.linkedAfter !== shot.linkedBefore)
    .map(
      shot =>
        `A shoot-down of mapping ${shot.mapping.id} left ${shot.linkedAfter} of ${shot.linkedBefore} ranges in its tree.`,
    );
}

/** Rule 7: without even_cows no private copy goes. */
export function checkCows(context: MmContext): string[] {
  return context.recentShootDowns
    .filter(shot => !shot.evenCows && shot.anonCleared > 0)
    .map(shot => `A shoot-down of mapping ${shot.mapping.id} took ${shot.anonCleared} private copies along.`);
}
