/**
 * Splitting a VMA in two.
 *
 * Models     __split_vma, split_vma (mm/vma.c, Linux 6.12)
 * Invariants I1 every page keeps its file page: the upper half's pgoff advances by the distance
 */
import { KernelError } from '../base/errno.ts';
import type { PageIndex } from '../base/units.ts';
import { cloneAnonVmas } from './anon_vma.ts';
import type { VmArea } from './vm_area.ts';
import { dupVma, insertVma, linkFile, setVmaRange } from './vma_link.ts';

/**
 * Split at a page inside the VMA. The VMA object stays the half that `newBelow` names not.
 *
 * @param newBelow the new VMA is the lower half
 * @returns the new half
 * @throws KernelError EINVAL when the operations refuse (device-dax off its alignment); ENOMEM. Nothing is changed then
 */
export function splitVmaUnlimited(vma: VmArea, page: PageIndex, newBelow: boolean, op: string): VmArea {
  if (vma.ops?.maySplit?.(vma, page) === false) {
    throw new KernelError(
      'EINVAL',
      op,
      `The mapping of pages ${vma.start} to ${vma.end} may not be split at page ${page}.`,
    );
  }
  const { faults } = vma.mm.context;
  if (vma.anonChain !== null) faults.slab(op, 'the links to its anon_vmas');
  const made = dupVma(vma, vma.mm);
  const distance = page - vma.start;
  if (newBelow) {
    made.end = page;
  } else {
    made.start = page;
    made.pgoff += distance;
    if (vma.mm.context.sabotage === 'split-pgoff-off-by-one') made.pgoff++;
  }
  made.anonVma = vma.anonVma;
  cloneAnonVmas(made, vma);
  made.ops?.open?.(made);
  if (newBelow) setVmaRange(vma, page, vma.end, vma.pgoff + distance);
  else setVmaRange(vma, vma.start, page, vma.pgoff);
  insertVma(made);
  linkFile(made);
  return made;
}

/** Split unless the mm has as many VMAs as it may. @throws KernelError ENOMEM, EINVAL */
export function splitVma(vma: VmArea, page: PageIndex, newBelow: boolean, op: string): VmArea {
  checkMapCount(vma, 0, op);
  return splitVmaUnlimited(vma, page, newBelow, op);
}

/** @throws KernelError ENOMEM when the mm has maxMapCount - spare VMAs or more */
export function checkMapCount(vma: VmArea, spare: number, op: string): void {
  const { mm } = vma;
  if (mm.vmas.length < mm.context.maxMapCount - spare) return;
  throw new KernelError(
    'ENOMEM',
    op,
    `The task has ${mm.vmas.length} mappings; ${mm.context.maxMapCount} are allowed.`,
  );
}
