/**
 * Putting VMAs into an mm and into the tree of their file, and taking them out.
 *
 * Models     vma_link, vma_link_file, __remove_shared_vm_struct, remove_vma, vma_set_range (mm/vma.c, Linux 6.12)
 * Invariants I1 a linked file VMA is in file.mapping.mmapTree under its present key
 *            I2 mapping.mmapWritable counts the linked VMAs that are shared and may be written
 */
import type { PageIndex } from '../base/units.ts';
import { getFile } from '../fs/open_file.ts';
import { VMA_OPEN, VMA_RANGE } from '../trace/events/mm.ts';
import type { ProcessMm } from './process_mm.ts';
import { VmArea } from './vm_area.ts';

/** A new VMA that is linked nowhere. @throws KernelError ENOMEM */
export function allocVma(
  mm: ProcessMm,
  start: PageIndex,
  end: PageIndex,
  pgoff: PageIndex,
  flags: number,
): VmArea {
  mm.context.faults.slab('vm_area_alloc', 'a mapping');
  return new VmArea(mm.context.nextVmaId++, mm, start, end, pgoff, flags);
}

/** A copy of a VMA for `mm` with a file reference of its own; no anon_vma, linked nowhere. Models vm_area_dup(). @throws KernelError ENOMEM */
export function dupVma(vma: VmArea, mm: ProcessMm): VmArea {
  const copy = allocVma(mm, vma.start, vma.end, vma.pgoff, vma.flags);
  copy.bornSerial = vma.bornSerial;
  copy.pageDelta = vma.pageDelta;
  copy.ops = vma.ops;
  copy.privateData = vma.privateData;
  copy.file = vma.file === null ? null : getFile(vma.file);
  return copy;
}

/** Put the VMA into the tree of its file, if it has one. */
export function linkFile(vma: VmArea): void {
  if (vma.file === null) return;
  const mapping = vma.file.mapping;
  if (vma.isSharedMayWrite) mapping.mmapWritable++;
  if (mapping.mmapTree.size === 0) vma.mm.context.mappings.add(mapping);
  mapping.mmapTree.insert(vma);
}

/** Take the VMA out of the tree of its file, if it has one. */
export function unlinkFile(vma: VmArea): void {
  if (vma.file === null) return;
  const mapping = vma.file.mapping;
  if (vma.isSharedMayWrite) mapping.mmapWritable--;
  mapping.mmapTree.remove(vma);
  if (mapping.mmapTree.size === 0) vma.mm.context.mappings.delete(mapping);
}

/** Put the VMA into the mm's list; it must not overlap another. Emits lab_mm:vma_open. */
export function insertVma(vma: VmArea): void {
  const { mm, start } = vma;
  const vmas = mm.vmas;
  if (vmas.length === 0 || vmas[vmas.length - 1]!.end <= start) vmas.push(vma);
  else vmas.splice(mm.indexOfFirstEndingAfter(start), 0, vma);
  vma.bornPages = vma.end - start;
  mm.touch(start, vma.end);
  const fileId = vma.file === null ? 0 : vma.file.id;
  mm.context.trace.emit(VMA_OPEN, mm.id, vma.id, start, vma.end - start, fileId);
}

/** The VMA with this index leaves the mm's list. */
export function detachVmaAt(mm: ProcessMm, index: number): void {
  const vmas = mm.vmas;
  if (mm.lastHit === vmas[index]) mm.lastHit = null;
  if (index === vmas.length - 1) vmas.pop();
  else vmas.splice(index, 1);
}

/** Take the VMA off the mm's list. */
export function detachVma(vma: VmArea): void {
  detachVmaAt(vma.mm, vma.mm.indexOfFirstEndingAfter(vma.start));
}

/**
 * Change what a linked VMA covers; its place in the mm's order stays. Emits lab_mm:vma_range. Models vma_set_range() between
 * prepare and complete.
 */
export function setVmaRange(vma: VmArea, start: PageIndex, end: PageIndex, pgoff: PageIndex): void {
  const tree = vma.file?.mapping.mmapTree;
  tree?.remove(vma);
  vma.start = start;
  vma.end = end;
  vma.pgoff = pgoff;
  tree?.insert(vma);
  const { mm } = vma;
  mm.touch(start, end);
  mm.context.trace.emit(VMA_RANGE, mm.id, vma.id, start, end - start, pgoff);
}
