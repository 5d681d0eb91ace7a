/** Checks of insertions, forks and ends. Rules 12, 15 and 16 of chapter 8 of the dossier; 1, 13 and 14 are in entry_walk.ts. */
import type { Pfn } from '../base/units.ts';
import { isCowMapping, vmfInsertPfn } from './insert_pfn.ts';
import type { MmContext } from './mm_context.ts';
import type { MmPass } from './mm_pass.ts';
import { PTE_PRESENT, PTE_WRITE, pfnOfPte } from './page_table.ts';
import { VM_ACCESS, VM_PFNMAP } from './vm_area.ts';
import { VmFault } from './vm_fault.ts';

/** More sentences than this about one rule help nobody. */
const MAX_SAYS = 8;

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
export function checkDeadTasks({ mms }: MmContext, pass: MmPass): string[] {
  const says: string[] = [];
  for (const mm of mms.values()) {
    if (mm.exited) says.push(`mm ${mm.id} has ended and is still listed, with ${mm.nrPtes} entries.`);
  }
  for (const [mapping, { ranges }] of pass.trees) {
    for (const vma of ranges) {
      if (vma.mm.exited || !pass.isLive(vma))
        says.push(`VMA ${vma.id} of mm ${vma.mm.id} is gone but still in the tree of mapping ${mapping.id}.`);
    }
  }
  return says;
}
