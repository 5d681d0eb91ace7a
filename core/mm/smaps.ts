/**
 * The numbers of /proc/<pid>/smaps: what of a VMA is resident, shared, dirty and locked.
 *
 * Models     smaps_account, smaps_pte_entry, show_smap_vma_flags (fs/proc/task_mmu.c, Linux 6.12)
 * Units      pages; pss may have fractions. Special entries (device memory, the zero page) count nothing
 */
import type { PageIndex, Pages } from '../base/units.ts';
import { PG_ANON, PG_DIRTY } from './page_frame.ts';
import { isPtePresent, PTE_DIRTY, pfnOfPte } from './page_table.ts';
import {
  VM_ACCOUNT,
  VM_DONTCOPY,
  VM_DONTDUMP,
  VM_DONTEXPAND,
  VM_EXEC,
  VM_IO,
  VM_LOCKED,
  VM_MAYEXEC,
  VM_MAYREAD,
  VM_MAYSHARE,
  VM_MAYWRITE,
  VM_MIXEDMAP,
  VM_NORESERVE,
  VM_PFNMAP,
  VM_READ,
  VM_SHARED,
  VM_SOFTDIRTY,
  VM_WIPEONFORK,
  VM_WRITE,
  type VmArea,
} from './vm_area.ts';
import { isSpecialEntry } from './zap.ts';

/** Counters of one VMA, in pages. */
export interface SmapsCounts {
  rss: Pages;
  /** Resident pages, each divided by the number of entries that map it. */
  pss: number;
  sharedClean: Pages;
  sharedDirty: Pages;
  privateClean: Pages;
  privateDirty: Pages;
  anonymous: Pages;
  /** pss of locked memory. */
  locked: number;
}

/** Count the pages of a VMA. O(pages of the VMA). */
export function smapsCounts(vma: VmArea): SmapsCounts {
  const counts: SmapsCounts = {
    rss: 0,
    pss: 0,
    sharedClean: 0,
    sharedDirty: 0,
    privateClean: 0,
    privateDirty: 0,
    anonymous: 0,
    locked: 0,
  };
  for (let page: PageIndex = vma.start; page < vma.end; page++) countPage(vma, page, counts);
  return counts;
}

function countPage(vma: VmArea, page: PageIndex, counts: SmapsCounts): void {
  const word = vma.mm.pageTable.get(page);
  if (!isPtePresent(word)) return;
  const pfn = pfnOfPte(word);
  if (isSpecialEntry(vma, pfn)) return;
  const { frames } = vma.mm.context;
  const mappings = frames.mapCount(pfn);
  const isDirty = (word & PTE_DIRTY) !== 0 || frames.hasFlag(pfn, PG_DIRTY);
  const share = 1 / mappings;
  counts.rss++;
  counts.pss += share;
  if (frames.hasFlag(pfn, PG_ANON)) counts.anonymous++;
  if ((vma.flags & VM_LOCKED) !== 0) counts.locked += share;
  if (mappings === 1) {
    if (isDirty) counts.privateDirty++;
    else counts.privateClean++;
  } else if (isDirty) {
    counts.sharedDirty++;
  } else {
    counts.sharedClean++;
  }
}

const flagWords: readonly (readonly [number, string])[] = [
  [VM_READ, 'rd'],
  [VM_WRITE, 'wr'],
  [VM_EXEC, 'ex'],
  [VM_SHARED, 'sh'],
  [VM_MAYREAD, 'mr'],
  [VM_MAYWRITE, 'mw'],
  [VM_MAYEXEC, 'me'],
  [VM_MAYSHARE, 'ms'],
  [VM_PFNMAP, 'pf'],
  [VM_LOCKED, 'lo'],
  [VM_IO, 'io'],
  [0x8000, 'sr'],
  [0x10000, 'rr'],
  [VM_DONTCOPY, 'dc'],
  [VM_DONTEXPAND, 'de'],
  [VM_ACCOUNT, 'ac'],
  [VM_NORESERVE, 'nr'],
  [VM_WIPEONFORK, 'wf'],
  [VM_DONTDUMP, 'dd'],
  [VM_SOFTDIRTY, 'sd'],
  [VM_MIXEDMAP, 'mm'],
];

/** The VmFlags line: two letters per flag, in bit order. */
export function vmFlagsText(flags: number): string {
  return flagWords
    .filter(([bit]) => (flags & bit) !== 0)
    .map(([, word]) => word)
    .join(' ');
}

/** The permissions column of /proc/<pid>/maps: `rw-s`. */
export function permissionText(flags: number): string {
  return (
    ((flags & VM_READ) !== 0 ? 'r' : '-') +
    ((flags & VM_WRITE) !== 0 ? 'w' : '-') +
    ((flags & VM_EXEC) !== 0 ? 'x' : '-') +
    ((flags & VM_MAYSHARE) !== 0 ? 's' : 'p')
  );
}
