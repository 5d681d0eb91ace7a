/** The GEM of 2008: numbers 2, 42, 53, 56, 58, 59, 60 of chapter 8 of the dossier. */
import type { InvariantEntry } from '../../../base/invariant_entry.ts';
import { pfnOfGartEntry } from '../../../hw/gart_entry.ts';
import { isPtePresent, pfnOfPte } from '../../../mm/page_table.ts';
import { allObjects, type DrmSubject, drmEntry, forEachGemVma } from '../../invariants/subject.ts';
import { I915_GTT_VM_OPS } from './i915_mmap.ts';
import { apertureFrame, domainWords, GPU_DOMAINS, I915Object, LISTS } from './i915_object.ts';
import { I915 } from './i915_state.ts';

function* objects(subject: DrmSubject): Generator<I915Object> {
  for (const object of allObjects(subject)) if (object instanceof I915Object) yield object;
}

function* devices({ drm }: DrmSubject): Generator<I915> {
  for (const { driverState } of drm.allDevices) if (driverState instanceof I915) yield driverState;
}

/** Make an entry that asks each object. */
function ofObjects(
  number: number,
  name: string,
  wrong: (object: I915Object, subject: DrmSubject) => string | null,
): InvariantEntry<DrmSubject> {
  return drmEntry(number, name, 'state', subject => {
    const says: string[] = [];
    for (const object of objects(subject)) {
      const found = wrong(object, subject);
      if (found !== null) says.push(`Object ${object.id} ${found}.`);
    }
    return says;
  });
}

export const I915_INVARIANTS: readonly InvariantEntry<DrmSubject>[] = [
  drmEntry(2, 'PTE-owner in the aperture', 'state', subject => {
    const says: string[] = [];
    forEachGemVma(subject, (vma, object) => {
      if (!(object instanceof I915Object) || vma.ops !== I915_GTT_VM_OPS) return;
      for (let page = vma.start; page < vma.end; page++) {
        const word = vma.mm.pageTable.get(page);
        if (!isPtePresent(word)) continue;
        const held = object.pages?.[vma.pgoff + (page - vma.start) - object.offset.start];
        if (object.gtt !== null && held !== undefined && apertureFrame(held) === pfnOfPte(word)) continue;
        says.push(
          `Page ${page} of mm ${vma.mm.id} leads to frame ${pfnOfPte(word)}; object ${object.id} is ${object.gtt === null ? 'not bound' : 'elsewhere'}.`,
        );
      }
    });
    return says;
  }),

  ofObjects(42, 'Bound matches pages in the GTT', (object, { queue, drm }) => {
    const { gtt, pages } = object;
    if (gtt === null) return null;
    if (pages === null) return 'is bound without pages';
    const page = pages.findIndex(
      (pfn, i) => pfnOfGartEntry(drm.machine, queue.gart[gtt.start + i]!) !== apertureFrame(pfn),
    );
    return page < 0 ? null : `has another frame in entry ${gtt.start + page} of the GTT`;
  }),

  ofObjects(53, 'Unevictable while held', object =>
    object.file === null || object.file.mapping.unevictable === (object.pages !== null)
      ? null
      : `has ${object.pages ? 'held pages that may be evicted' : 'free pages that may not'}`,
  ),

  ofObjects(56, 'One writer', ({ writeDomain }) =>
    (writeDomain & (writeDomain - 1)) === 0 ? null : `is written in ${domainWords(writeDomain)} at once`,
  ),

  ofObjects(58, 'GPU domains need binding', ({ readDomains, writeDomain, gtt }) =>
    gtt !== null || ((readDomains | writeDomain) & GPU_DOMAINS) === 0
      ? null
      : `is in ${domainWords(readDomains | writeDomain)} and has no place in the GTT`,
  ),

  drmEntry(59, 'Active reference', 'state', subject => {
    const says: string[] = [];
    for (const i915 of devices(subject)) {
      const sets = [null, i915.active, i915.flushing, i915.inactive];
      for (const object of i915.device.objects) {
        if (!(object instanceof I915Object)) continue;
        const on = LISTS.filter((_, i) => sets[i]?.has(object));
        if ((on.join() || 'none') !== object.list)
          says.push(`Object ${object.id} says ${object.list} and is on ${on.join() || 'none'}.`);
        if ((object.list === 'active') !== object.lastSeqno > 0)
          says.push(`Object ${object.id} on ${object.list} has seqno ${object.lastSeqno}.`);
        if (object.list === 'flushing' && (object.writeDomain & GPU_DOMAINS) === 0)
          says.push(`Object ${object.id} waits for a flush and is clean.`);
        if (object.list === 'inactive' && (object.gtt === null || object.pinCount > 0))
          says.push(`Object ${object.id} cannot be evicted and is inactive.`);
        if (object.gpuWrites.length > 0 && !object.active)
          says.push(`Object ${object.id} has writes in the cache of the GPU and is idle.`);
      }
    }
    return says;
  }),

  drmEntry(60, 'Seqno monotone', 'state', subject => {
    const says: string[] = [];
    for (const { requests, completedSeqno, active } of devices(subject)) {
      let last = completedSeqno;
      for (const { seqno } of requests) {
        if (((seqno - last) | 0) <= 0) says.push(`Request ${seqno} stands behind ${last}.`);
        last = seqno;
      }
      for (const { id, lastSeqno } of active) {
        if (!requests.some(({ seqno }) => seqno === lastSeqno))
          says.push(`Object ${id} waits for request ${lastSeqno}, which is not in flight.`);
      }
    }
    return says;
  }),
];
