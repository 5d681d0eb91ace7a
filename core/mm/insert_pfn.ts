/**
 * Inserting entries for device memory from fault handlers.
 *
 * Models     vmf_insert_pfn_prot, insert_pfn, vmf_insert_pfn_pmd (mm/memory.c, mm/huge_memory.c, Linux 6.12)
 * Rule       an entry that is already there is left alone, and the answer is still NOPAGE
 */
import { invariant } from '../base/invariant.ts';
import type { PageIndex, Pfn } from '../base/units.ts';
import { LEAF_PAGES, makePte, PTE_ACCESSED, PTE_PRESENT, PTE_WRITE } from './page_table.ts';
import { VM_MAYWRITE, VM_PFNMAP, VM_SHARED, VM_SPECIAL, type VmArea } from './vm_area.ts';
import type { VmFault, VmFaultReason } from './vm_fault.ts';

/** How an entry is installed. */
export interface InsertProtection {
  readonly writable: boolean;
}

/** Private and allowed to become writable: such a VMA may hold copies (is_cow_mapping). */
export function isCowMapping(vma: VmArea): boolean {
  return (vma.flags & (VM_SHARED | VM_MAYWRITE)) === VM_MAYWRITE;
}

/**
 * Install a special entry.
 *
 * @param page page of the task's address space; may differ from the faulting one (prefault)
 * @returns NOPAGE, also when an entry was there; SIGBUS when the page lies outside the VMA
 * @throws ModelBug for a VMA that is no PFN mapping or could hold private copies
 */
export function vmfInsertPfn(
  vmf: VmFault,
  page: PageIndex,
  pfn: Pfn,
  protection: InsertProtection,
): VmFaultReason {
  const { vma } = vmf;
  invariant(
    (vma.flags & VM_SPECIAL) !== 0,
    () => `VMA ${vma.id} takes a frame number but is no PFN mapping.`,
  );
  invariant(
    (vma.flags & VM_PFNMAP) === 0 || !isCowMapping(vma),
    () => `VMA ${vma.id} is a private writable PFN mapping.`,
  );
  if (page < vma.start || page >= vma.end) return 'SIGBUS';
  const { mm } = vma;
  const table = mm.pageTable;
  if (table.get(page) === 0) {
    const flags = PTE_PRESENT | PTE_ACCESSED | (protection.writable ? PTE_WRITE : 0);
    table.install(page, makePte(pfn, flags), mm.context.nextPteSerial());
    mm.context.outcome.ptesInserted++;
  }
  return 'NOPAGE';
}

/**
 * Install one 2 MiB entry: 512 consecutive frames from `pfn` at the aligned unit around `page`.
 * @returns NOPAGE; FALLBACK when the unit does not fit the VMA or holds entries already
 */
export function vmfInsertPfnPmd(
  vmf: VmFault,
  page: PageIndex,
  pfn: Pfn,
  protection: InsertProtection,
): VmFaultReason {
  const { vma } = vmf;
  const first = page & ~(LEAF_PAGES - 1);
  if (first < vma.start || first + LEAF_PAGES > vma.end) return 'FALLBACK';
  const table = vma.mm.pageTable;
  const leaf = table.ensureLeaf(first);
  if (leaf.huge) return 'NOPAGE';
  if (leaf.nrPtes > 0) return 'FALLBACK';
  const flags = PTE_PRESENT | PTE_ACCESSED | (protection.writable ? PTE_WRITE : 0);
  const serial = vma.mm.context.nextPteSerial();
  for (let i = 0; i < LEAF_PAGES; i++) {
    leaf.words[i] = makePte(pfn + i, flags);
    leaf.generations[i] = serial;
  }
  leaf.nrPtes = LEAF_PAGES;
  leaf.huge = true;
  table.nrPtes += LEAF_PAGES;
  vma.mm.context.outcome.ptesInserted += LEAF_PAGES;
  return 'NOPAGE';
}
