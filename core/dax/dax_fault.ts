/**
 * Faults on device-dax mappings: which size is tried, what is refused, which entry is installed.
 *
 * Models     drivers/dax/device.c: check_vma, dev_dax_huge_fault, __dev_dax_pte_fault, __dev_dax_pmd_fault, dev_dax_may_split;
 *            the order of tries of __handle_mm_fault, mm/memory.c (Linux 6.12)
 * Sizes      request \ alignment  4 KiB     2 MiB
 *            4 KiB                install   SIGBUS
 *            2 MiB                FALLBACK  install
 *            1 GiB                FALLBACK  FALLBACK
 * Order      1 GiB while the task has no directory there, 2 MiB while it has no table there, then 4 KiB. With a lock for each VMA
 *            the 4 KiB try of a mapping without fault-around is put off until the lock of the whole address space is held; the
 *            second round meets the directory that the first one made and begins with 2 MiB
 * Left out   1 GiB alignment, memory errors
 */
import type { Errno } from '../base/errno.ts';
import { snapshotConstant } from '../base/snapshot.ts';
import type { PageIndex } from '../base/units.ts';
import { vmfInsertPfnPmd } from '../mm/insert_pfn.ts';
import { LEAF_PAGES, makePte, PTE_ACCESSED, PTE_PRESENT, PTE_WRITE } from '../mm/page_table.ts';
import type { ProcessMm } from '../mm/process_mm.ts';
import { VM_MAYSHARE, VM_WRITE, type VmArea } from '../mm/vm_area.ts';
import type { VmFault, VmFaultReason, VmOperations } from '../mm/vm_fault.ts';
import { DAX_HUGE_FAULT } from '../trace/events/dax.ts';
import { type DevDax, daxPgoffToPfn } from './dax_region.ts';

/** Orders of the three sizes: pages as powers of two. */
export const PTE_ORDER = 0;
export const PMD_ORDER = 9;
export const PUD_ORDER = 18;
type Order = typeof PTE_ORDER | typeof PMD_ORDER | typeof PUD_ORDER;

/** The device that a mapping shows. */
export function devDaxOf(vma: VmArea): DevDax {
  return vma.file!.privateData as DevDax;
}

/** Why a mapping is not possible, or null. Models check_vma(). */
export function checkDaxVma(device: DevDax, vma: VmArea): { errno: Errno; says: string } | null {
  if (!device.daxDevice.alive) return { errno: 'ENXIO', says: `${device.name} is dead.` };
  if ((vma.flags & VM_MAYSHARE) === 0)
    return { errno: 'EINVAL', says: `${device.name} can only be mapped shared.` };
  if (vma.start % device.alignPages !== 0 || vma.end % device.alignPages !== 0) {
    return {
      errno: 'EINVAL',
      says: `Pages ${vma.start} to ${vma.end} are not multiples of the alignment of ${device.name}, ${device.alignPages} pages.`,
    };
  }
  return null;
}

/** One try. Models dev_dax_huge_fault(). */
function hugeFault(vmf: VmFault, device: DevDax, order: Order): VmFaultReason {
  const { vma } = vmf;
  vma.mm.context.trace.emit(DAX_HUGE_FAULT, device.minor, vmf.page, order, vmf.write ? 1 : 0);
  device.daxDevice.srcuReaders++;
  const reason = sizedFault(vmf, device, order);
  device.daxDevice.srcuReaders--;
  return reason;
}

function sizedFault(vmf: VmFault, device: DevDax, order: Order): VmFaultReason {
  const { vma } = vmf;
  if (checkDaxVma(device, vma) !== null) return 'SIGBUS';
  const nrPages = 1 << order;
  if (nrPages < device.alignPages) return 'SIGBUS';
  if (nrPages > device.alignPages) return 'FALLBACK';
  const first = vmf.page - (vmf.page % nrPages);
  if (first < vma.start || first + nrPages > vma.end) return 'SIGBUS';
  const pfn = daxPgoffToPfn(device, vma.pgoff + (first - vma.start), nrPages);
  if (pfn === null) return 'SIGBUS';
  const writable = (vma.flags & VM_WRITE) !== 0;
  if (order === PTE_ORDER) return insertPage(vmf, pfn, writable);
  // A file offset off the alignment at a fixed address: the frame cannot stand behind one large entry.
  if ((pfn - device.region.firstPfn) % nrPages !== 0) return 'SIGBUS';
  return vmfInsertPfnPmd(vmf, first, pfn, { writable });
}

/** Models vmf_insert_mixed() for a device page: an entry that is there is left alone. */
function insertPage(vmf: VmFault, pfn: number, writable: boolean): VmFaultReason {
  const { mm } = vmf.vma;
  if (mm.pageTable.get(vmf.page) === 0) {
    const flags = PTE_PRESENT | PTE_ACCESSED | (writable ? PTE_WRITE : 0);
    mm.pageTable.install(vmf.page, makePte(pfn, flags), mm.context.nextPteSerial());
    mm.context.outcome.ptesInserted++;
  }
  return 'NOPAGE';
}

/** True when the task has page tables for the 1 GiB around a page. */
function hasDirectory(mm: ProcessMm, page: PageIndex): boolean {
  const first = page - (page % (1 << PUD_ORDER));
  for (let leaf = first; leaf < first + (1 << PUD_ORDER); leaf += LEAF_PAGES) {
    if (mm.pageTable.leafOf(leaf) !== null) return true;
  }
  return false;
}

export const DAX_VM_OPS: VmOperations = snapshotConstant('dax.vmOps', {
  name: 'dax',

  /** Every try from the largest size down, as the core makes them. */
  fault(vmf: VmFault): VmFaultReason {
    const { vma, page } = vmf;
    const { mm } = vma;
    const device = devDaxOf(vma);
    const leaf = mm.pageTable.leafOf(page);
    // A table of 2 MiB entries that lost them all is none: the directory entry is empty again.
    const noTable = leaf === null || (device.alignPages === LEAF_PAGES && leaf.nrPtes === 0);
    let reason: VmFaultReason = 'FALLBACK';
    if (leaf === null && !hasDirectory(mm, page)) reason = hugeFault(vmf, device, PUD_ORDER);
    const rounds = mm.context.era.perVmaLock && device.alignPages < LEAF_PAGES ? 2 : 1;
    for (let round = 0; noTable && round < rounds && reason === 'FALLBACK'; round++) {
      reason = hugeFault(vmf, device, PMD_ORDER);
    }
    return reason === 'FALLBACK' ? hugeFault(vmf, device, PTE_ORDER) : reason;
  },

  /** Models dev_dax_may_split(). */
  maySplit: (vma: VmArea, page: PageIndex) => page % devDaxOf(vma).alignPages === 0,
});
