/** The GEM of 2008: numbers 2, 42, 51, 53, 56 to 60 of chapter 8 of the dossier. */
import type { InvariantEntry } from '../../../base/invariant_entry.ts';
import { pfnOfGartEntry } from '../../../hw/gart_entry.ts';
import { isPtePresent, pfnOfPte } from '../../../mm/page_table.ts';
import { GEM_OBJECT_INIT } from '../../../trace/events/drm.ts';
import { I915_GEM_OBJECT_CHANGE_DOMAIN, I915_GEM_OBJECT_CLFLUSH } from '../../../trace/events/i915.ts';
import type { TraceBuffer } from '../../../trace/trace_buffer.ts';
import { allObjects, type DrmSubject, drmEntry, forEachGemVma } from '../../invariants/subject.ts';
import { I915_GTT_VM_OPS } from './i915_mmap.ts';
import {
  apertureFrame,
  DOMAIN_CPU,
  domainWords,
  GPU_DOMAINS,
  I915Object,
  LISTS,
  MADV_PURGED,
} from './i915_object.ts';
import { I915 } from './i915_state.ts';

function* objects(subject: DrmSubject): Generator<I915Object> {
  if (devices(subject).next().done) return;
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

/**
 * Changes of domain that no flush of the object came before: the CPU reads again without having dropped its old lines, or it stops
 * writing without having written them back.
 */
function unflushedChanges(trace: TraceBuffer): string[] {
  const says: string[] = [];
  const known = new Set<number>();
  const writtenBack = new Set<number>();
  const invalidated = new Set<number>();
  for (let index = trace.firstIndex; index < trace.count; index++) {
    const type = trace.typeIdAt(index);
    if (type === GEM_OBJECT_INIT.id) known.add(trace.argAt(index, 0));
    else if (type === I915_GEM_OBJECT_CLFLUSH.id)
      (trace.argAt(index, 2) === 0 ? writtenBack : invalidated).add(trace.argAt(index, 0));
    if (type !== I915_GEM_OBJECT_CHANGE_DOMAIN.id) continue;
    const [id, oldRead, oldWrite, newRead, newWrite] = trace.at(index).args as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (known.has(id)) {
      if (newRead & DOMAIN_CPU & ~oldRead && !invalidated.has(id))
        says.push(`Event ${index}: the CPU reads object ${id} again and keeps its old cache lines.`);
      if (oldWrite & DOMAIN_CPU & ~newWrite && !writtenBack.has(id))
        says.push(`Event ${index}: object ${id} leaves the CPU's write domain and nothing was written back.`);
    }
    if ((newRead & DOMAIN_CPU) === 0) invalidated.delete(id);
    if (newWrite & DOMAIN_CPU) writtenBack.delete(id);
  }
  return says;
}

export const I915_INVARIANTS: readonly InvariantEntry<DrmSubject>[] = [
  drmEntry(2, 'PTE-owner in the aperture', 'state', subject => {
    const says: string[] = [];
    if (devices(subject).next().done) return says;
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

  ofObjects(51, 'Purged is terminal', ({ madv, pages, gtt }) =>
    madv !== MADV_PURGED || (pages === null && gtt === null) ? null : 'was purged and has pages again',
  ),

  drmEntry(57, 'Flush before read', 'trace', ({ drm }) => unflushedChanges(drm.mm.trace)),

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
