/** Shmem objects, their pages and mappings, and attachments: numbers 2, 19, 26, 48, 53 of chapter 8 of the dossier. */
import type { InvariantEntry } from '../../base/invariant_entry.ts';
import type { DmaBufAttachment } from '../../dma_buf/dma_buf_attach.ts';
import { isPtePresent, PTE_WRITE, pfnOfPte } from '../../mm/page_table.ts';
import { VM_WRITE, type VmArea } from '../../mm/vm_area.ts';
import { ShmemObject } from '../drm_gem_shmem.ts';
import { allObjects, type DrmSubject, drmEntry, shmemVmas } from './subject.ts';

function* shmemObjects(subject: DrmSubject): Generator<ShmemObject> {
  for (const object of allObjects(subject)) if (object instanceof ShmemObject) yield object;
}

function* entriesOf(vma: VmArea): Generator<[page: number, word: number]> {
  for (let page = vma.start; page < vma.end; page++) {
    const word = vma.mm.pageTable.get(page);
    if (isPtePresent(word)) yield [page, word];
  }
}

export const SHMEM_INVARIANTS: readonly InvariantEntry<DrmSubject>[] = [
  // Which page of the object is not said: a mapping that lost its head counts from its new start.
  drmEntry(2, 'PTE-owner of shmem objects', 'state', subject => {
    const says: string[] = [];
    for (const [vma, object] of shmemVmas(subject)) {
      const pages = new Set(object.pages);
      for (const [page, word] of entriesOf(vma)) {
        if (pages.has(pfnOfPte(word))) continue;
        says.push(
          `The entry at page ${page} of mm ${vma.mm.id} leads to frame ${pfnOfPte(word)}, which object ${object.id} does not hold.`,
        );
      }
    }
    return says;
  }),

  drmEntry(19, 'Writable shmem objects', 'state', subject => {
    const says: string[] = [];
    for (const [vma, object] of shmemVmas(subject)) {
      if (vma.flags & VM_WRITE) continue;
      for (const [page, word] of entriesOf(vma)) {
        if (word & PTE_WRITE)
          says.push(
            `VMA ${vma.id} may not be written, but its entry at page ${page} for object ${object.id} can.`,
          );
      }
    }
    return says;
  }),

  drmEntry(26, 'Attachments', 'state', subject => {
    const says: string[] = [];
    const used = new Set<DmaBufAttachment>();
    for (const object of allObjects(subject)) {
      const attachment = object.importAttach;
      if (attachment === null) continue;
      used.add(attachment);
      if (!attachment.buf.attachments.includes(attachment))
        says.push(`Object ${object.id} uses buffer ${attachment.buf.ino} without being attached.`);
      if (attachment.pages === null)
        says.push(`Object ${object.id} stands for buffer ${attachment.buf.ino}, which is not mapped for it.`);
      if (object.resv !== attachment.buf.resv)
        says.push(`Object ${object.id} does not share the reservation of buffer ${attachment.buf.ino}.`);
    }
    for (const buf of subject.drm.dmaBufs.buffers) {
      for (const attachment of buf.attachments) {
        if (!used.has(attachment))
          says.push(`${attachment.device} is attached to buffer ${buf.ino} and no object uses that.`);
      }
    }
    return says;
  }),

  drmEntry(48, 'Page uses balance', 'state', subject => {
    const says: string[] = [];
    const vmas = new Map<ShmemObject, number>();
    for (const [, object] of shmemVmas(subject)) vmas.set(object, (vmas.get(object) ?? 0) + 1);
    const attached = new Map<object, number>();
    for (const { priv, attachments } of subject.drm.dmaBufs.buffers) attached.set(priv, attachments.length);
    const { frames } = subject.drm.mm;
    for (const object of shmemObjects(subject)) {
      const sum = (vmas.get(object) ?? 0) + (object.pagesPinCount > 0 ? 1 : 0);
      if (object.pagesUseCount !== sum)
        says.push(
          `Object ${object.id} counts ${object.pagesUseCount} users of its pages; ${sum} were found.`,
        );
      const pins = attached.get(object) ?? 0;
      if (object.pagesPinCount !== pins)
        says.push(`Object ${object.id} is pinned ${object.pagesPinCount} times by ${pins} attachments.`);
      if ((object.pages !== null) !== object.pagesUseCount > 0)
        says.push(
          `Object ${object.id} with ${object.pagesUseCount} users of its pages holds ${object.pages}.`,
        );
      // One reference is the file's, one the object's.
      const loose = object.pages?.find(pfn => frames.refCount(pfn) < 2);
      if (loose !== undefined) says.push(`Frame ${loose} of object ${object.id} is held only once.`);
    }
    return says;
  }),

  drmEntry(53, 'Unevictable mapping', 'state', subject => {
    const says: string[] = [];
    for (const object of shmemObjects(subject)) {
      if (object.file && object.file.mapping.unevictable !== (object.pages !== null)) {
        says.push(
          `The file of object ${object.id} is ${object.pages ? 'evictable while its pages are held' : 'unevictable'}.`,
        );
      }
    }
    return says;
  }),
];
