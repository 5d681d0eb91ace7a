/** Checks of page-table entries. Rules 1, 12, 13, 14, 15 and 16 of chapter 8 of the dossier. */
import type { PageIndex, Pfn } from '../base/units.ts';
import { isCowMapping, vmfInsertPfn } from './insert_pfn.ts';
import type { MmContext } from './mm_context.ts';
import { PG_ANON } from './page_frame.ts';
import { isPtePresent, PTE_PRESENT, PTE_WRITE, pfnOfPte, TASK_PAGES } from './page_table.ts';
import type { ProcessMm } from './process_mm.ts';
import { ShmemPages } from './shmem.ts';
import { VM_ACCESS, VM_PFNMAP, VM_SHARED, VM_WRITE, type VmArea } from './vm_area.ts';
import { VmFault } from './vm_fault.ts';
import { isSpecialEntry } from './zap.ts';

/** More sentences than this about one rule help nobody. */
const MAX_SAYS = 8;

type VisitEntry = (
  mm: ProcessMm,
  vma: VmArea | null,
  page: PageIndex,
  word: number,
  generation: number,
) => void;

/** Visit the entries of one mm in [first, end), or of all. */
function forEachEntry(
  context: MmContext,
  only: ProcessMm | undefined,
  first: PageIndex,
  end: PageIndex,
  visit: VisitEntry,
): void {
  const mms = only === undefined ? [...context.mms.values()] : [only];
  for (const mm of mms) {
    const { vmas } = mm;
    let index = mm.indexOfFirstEndingAfter(first);
    let vma = vmas[index] ?? null;
    mm.pageTable.forEachPte(
      (page, word, generation) => {
        while (vma !== null && vma.end <= page) vma = vmas[++index] ?? null;
        visit(mm, vma !== null && vma.start <= page ? vma : null, page, word, generation);
      },
      first,
      end,
    );
  }
}

/** Rule 1: every entry lies inside a VMA, allows no more than the VMA does, and the table counts them right. */
export function checkPtesInVmas(context: MmContext, only?: ProcessMm, first = 0, end = TASK_PAGES): string[] {
  const says: string[] = [];
  // Entries come task by task, so one number at a time is counted.
  const counted = new Map<ProcessMm, number>();
  let counting: ProcessMm | null = null;
  let count = 0;
  forEachEntry(context, only, first, end, (mm, vma, page, word) => {
    if (mm !== counting) {
      if (counting !== null) counted.set(counting, count);
      counting = mm;
      count = 0;
    }
    count++;
    if (says.length >= MAX_SAYS) return;
    if (vma === null) says.push(`mm ${mm.id} has an entry at page ${page}, where nothing is mapped.`);
    else if ((word & PTE_PRESENT) !== 0 && (vma.flags & VM_ACCESS) === 0) {
      says.push(`The entry at page ${page} of mm ${mm.id} is accessible; its VMA ${vma.id} is not.`);
    } else if (
      (word & (PTE_PRESENT | PTE_WRITE)) === (PTE_PRESENT | PTE_WRITE) &&
      (vma.flags & VM_WRITE) === 0
    ) {
      says.push(`The entry at page ${page} of mm ${mm.id} is writable; its VMA ${vma.id} is not.`);
    }
  });
  if (only === undefined) {
    if (counting !== null) counted.set(counting, count);
    for (const mm of context.mms.values()) {
      const found = counted.get(mm) ?? 0;
      if (mm.nrPtes !== found) says.push(`mm ${mm.id} counts ${mm.nrPtes} entries; its table has ${found}.`);
    }
  }
  return says;
}

/** Rule 13: an entry is younger than its VMA, so mmap itself left none behind. */
export function checkPteAges(context: MmContext, only?: ProcessMm, first = 0, end = TASK_PAGES): string[] {
  const says: string[] = [];
  forEachEntry(context, only, first, end, (mm, vma, page, _word, generation) => {
    if (vma === null || says.length >= MAX_SAYS || ((generation - vma.bornSerial) | 0) > 0) return;
    says.push(`The entry at page ${page} of mm ${mm.id} (serial ${generation}) is older than VMA ${vma.id}.`);
  });
  return says;
}

/**
 * Rule 14: a second fault at a present entry would find what is there: the page cache's frame of that file page, or a
 * private copy in a private mapping.
 */
export function checkRefaults(context: MmContext, only?: ProcessMm, first = 0, end = TASK_PAGES): string[] {
  const says: string[] = [];
  forEachEntry(context, only, first, end, (mm, vma, page, word) => {
    if (vma === null || says.length >= MAX_SAYS || !isPtePresent(word)) return;
    const pfn = pfnOfPte(word);
    if (isSpecialEntry(vma, pfn)) return;
    const isCopy = context.frames.hasFlag(pfn, PG_ANON);
    const cache = vma.file?.mapping.pages;
    if (isCopy) {
      if ((vma.flags & VM_SHARED) !== 0)
        says.push(`Page ${page} of mm ${mm.id} is a private copy in a shared mapping.`);
      else if (vma.anonVma === null)
        says.push(`Page ${page} of mm ${mm.id} is anonymous; VMA ${vma.id} has no anon_vma.`);
      return;
    }
    if (!(cache instanceof ShmemPages)) return;
    const pgoff = vma.pgoff + (page - vma.start);
    if (cache.findPage(pgoff) !== pfn) {
      says.push(
        `Page ${page} of mm ${mm.id} maps frame ${pfn}; page ${pgoff} of its file is in frame ${cache.findPage(pgoff)}.`,
      );
    }
  });
  return says;
}

/** Entries that rule 12 tries out. */
const PROBES = 16;
/** No entry ever maps it: a frame to insert in vain. */
const PROBE_PFN: Pfn = 0;

/** Rule 12: inserting a frame where an entry is leaves the entry alone and still answers NOPAGE. Tried on some. */
export function checkInsertRule(context: MmContext): string[] {
  const says: string[] = [];
  const vmf = new VmFault();
  let probes = 0;
  for (const mm of context.mms.values()) {
    for (const vma of mm.vmas) {
      if ((vma.flags & VM_PFNMAP) === 0 || isCowMapping(vma)) continue;
      for (let page = vma.start; page < vma.end && probes < PROBES; page++) {
        const word = mm.pageTable.get(page);
        if (word === 0) continue;
        probes++;
        vmf.vma = vma;
        vmf.page = page;
        const reason = vmfInsertPfn(vmf, page, PROBE_PFN, { writable: false });
        if (reason !== 'NOPAGE' || mm.pageTable.get(page) !== word) {
          says.push(
            `Inserting at page ${page} of mm ${mm.id} answered ${reason} and changed the entry that was there.`,
          );
        }
      }
    }
  }
  return says;
}

/** Rule 15: right after a fork, the child's entries in special VMAs are the parent's. */
export function checkForkEquality(context: MmContext): string[] {
  const says: string[] = [];
  const fork = context.lastFork;
  if (fork === null || fork.serial !== context.pteSerial) return says;
  for (const vma of fork.child.vmas) {
    const parent = fork.parent.findVma(vma.start);
    if (parent === null) continue;
    const copied = (vma.flags & VM_PFNMAP) !== 0;
    const shares = isCowMapping(vma) && vma.anonVma !== null && parent?.anonVma != null;
    if (!copied && !shares) continue;
    for (let page = vma.start; page < vma.end && says.length < MAX_SAYS; page++) {
      // mprotect changes entries in place: then the two VMAs differ as well.
      const now = fork.parent.findVma(page);
      if (now === null || ((now.flags ^ vma.flags) & VM_ACCESS) !== 0) continue;
      const ours = fork.child.pageTable.get(page);
      const theirs = fork.parent.pageTable.get(page);
      const differs =
        pfnOfPte(ours) !== pfnOfPte(theirs) || ((ours ^ theirs) & (PTE_PRESENT | PTE_WRITE)) !== 0;
      if (differs) says.push(`Page ${page}: the child's entry is ${ours}, the parent's ${theirs}.`);
      else if (shares && (theirs & PTE_WRITE) !== 0) {
        says.push(`Page ${page} is private and writable in parent and child.`);
      }
    }
  }
  return says;
}

/** Rule 16: a task that ended has no VMA and no entry, and is not listed. */
export function checkDeadTasks(context: MmContext): string[] {
  const says: string[] = [];
  for (const mm of context.mms.values()) {
    if (mm.exited) says.push(`mm ${mm.id} has ended and is still listed, with ${mm.nrPtes} entries.`);
  }
  for (const mapping of context.mappings) {
    for (const range of mapping.mmapTree.toArray()) {
      const vma = range as VmArea;
      const { mm } = vma;
      if (mm.exited || mm.vmas[mm.indexOfFirstEndingAfter(vma.start)] !== vma) {
        says.push(`VMA ${vma.id} of mm ${vma.mm.id} is gone but still in the tree of mapping ${mapping.id}.`);
      }
    }
  }
  return says;
}
