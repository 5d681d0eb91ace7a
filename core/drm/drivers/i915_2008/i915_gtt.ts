/**
 * Space in the GTT: objects get a place when they are used, and lose it to others that need one.
 *
 * Models     i915_gem_object_bind_to_gtt, _unbind, i915_gem_evict_something, _pin, _unpin, drivers/gpu/drm/i915/i915_gem.c
 *            (Linux 2.6.28); chapters 6.8 and 6.9 of the dossier
 * Units      pages; one GTT entry a page
 * Order      first hole from below; victims: the head of the inactive list, one by one, whatever their size
 * Left out   GTT beyond the mappable aperture
 */
import { KernelError } from '../../../base/errno.ts';
import type { Pages } from '../../../base/units.ts';
import { WouldBlock } from '../../../base/would_block.ts';
import { encodeGartEntry, GART_UNBOUND } from '../../../hw/gart_entry.ts';
import { unmapMappingRange } from '../../../mm/unmap_mapping.ts';
import { I915_GEM_EVICT, I915_GEM_OBJECT_BIND, I915_GEM_OBJECT_UNBIND } from '../../../trace/events/i915.ts';
import { shootDownMappings } from '../../device_mapping.ts';
import { DrmMmNode } from '../../mm/drm_mm.ts';
import { setToCpuDomain } from './i915_domains.ts';
import { GPU_DOMAINS, type I915Object } from './i915_object.ts';
import { getPages, putPages } from './i915_pages.ts';
import { addRequest, emitFlush, retireRequests } from './i915_requests.ts';
import { type I915, i915Of } from './i915_state.ts';

/**
 * Make one object give its place up, or get nearer to that.
 *
 * @throws WouldBlock it must wait for the ring; ENOMEM nothing can be evicted
 */
export function evictSomething(i915: I915, wanted: Pages): void {
  const { trace } = i915.device;
  retireRequests(i915);
  const victim = i915.inactive.values().next().value;
  if (victim !== undefined) {
    trace.emit(I915_GEM_EVICT, victim.id, wanted, 0);
    unbindObject(victim);
    return;
  }
  const oldest = i915.requests[0];
  if (oldest !== undefined) {
    trace.emit(I915_GEM_EVICT, 0, wanted, 1);
    throw new WouldBlock(oldest.fence, 'i915_gem_evict_something');
  }
  const dirty = i915.flushing.values().next().value;
  if (dirty !== undefined) {
    trace.emit(I915_GEM_EVICT, dirty.id, wanted, 2);
    const domains = dirty.writeDomain;
    addRequest(i915, emitFlush(i915, domains, domains), domains, 0);
    return;
  }
  trace.emit(I915_GEM_EVICT, 0, wanted, 3);
  throw new KernelError(
    'ENOMEM',
    'i915_gem_evict_something',
    `Nothing in the GTT gives way for ${wanted} pages.`,
  );
}

/**
 * Give an unbound object a place; the caller puts it on a list.
 *
 * @throws KernelError ENOMEM no space or no pages: victims stay unbound; EFAULT purged; WouldBlock
 */
export function bindObject(object: I915Object): void {
  const i915 = i915Of(object.device);
  const { core, trace } = object.device;
  const node = new DrmMmNode(object);
  while (!i915.gtt.insert(node, object.nrPages, { mode: 'low' })) evictSomething(i915, object.nrPages);
  try {
    getPages(object);
  } catch (refusal) {
    i915.gtt.remove(node);
    throw refusal;
  }
  const entries = Uint32Array.from(object.pages!, pfn => encodeGartEntry(core.machine, pfn, 'read-write'));
  core.plane.gartWrite(node.start, entries);
  object.gtt = node;
  trace.emit(I915_GEM_OBJECT_BIND, object.id, node.start, object.nrPages);
}

/** A place for an object that faults and calls without a pin: the next victim as in 2008, or the last one. @throws as bindObject */
export function bindAsNextVictim(object: I915Object): void {
  if (object.gtt !== null) return;
  bindObject(object);
  i915Of(object.device).moveTo(object, 'inactive', object.device.core.mm.era.earlyGem.faultBoundGoesFirst);
}

/**
 * Take its place away: its bytes end in the CPU's domain, entries of tasks and of the GTT go, its pages are ordinary ones again.
 *
 * @throws KernelError EINVAL pinned; WouldBlock
 */
export function unbindObject(object: I915Object): void {
  const { gtt: node, device } = object;
  if (node === null) return;
  const i915 = i915Of(device);
  if (object.pinCount > 0)
    throw new KernelError('EINVAL', 'unbind', `Object ${object.id} is pinned (${object.pinnedFor}).`);
  setToCpuDomain(object, true);
  if (device.core.mm.era.earlyGem.unbindZapsLast) {
    clearEntries(object, node);
    zapTasks(object);
  } else {
    zapTasks(object);
    clearEntries(object, node);
  }
  putPages(object);
  object.gtt = null;
  i915.gtt.remove(node);
  i915.moveTo(object, 'none');
}

function zapTasks(object: I915Object): void {
  const { device } = object;
  shootDownMappings(device, object.mmapOffset, object.sizeBytes, 'i915_gem_unbind');
  if (object.domainsByFault) unmapMappingRange(device.core.mm, object.file!.mapping, 0, 0, false);
}

function clearEntries(object: I915Object, node: DrmMmNode): void {
  const { core, trace } = object.device;
  if (core.mm.sabotage !== 'unbind-keeps-entries')
    core.plane.gartWrite(node.start, new Uint32Array(object.nrPages).fill(GART_UNBOUND));
  trace.emit(I915_GEM_OBJECT_UNBIND, object.id, node.start, object.nrPages);
}

/** Bind it and keep it there. @throws as bindObject */
export function pinObject(object: I915Object, why: string): void {
  const i915 = i915Of(object.device);
  if (object.gtt === null) bindObject(object);
  object.pinCount++;
  object.pinnedFor = why;
  if (object.pinCount === 1 && !object.active) i915.moveTo(object, 'none');
}

/** Undo one pinObject(); idle ones are the last to be evicted then. */
export function unpinObject(object: I915Object): void {
  object.pinCount--;
  if (object.pinCount > 0) return;
  object.pinnedFor = '';
  if (!object.active) i915Of(object.device).moveTo(object, 'inactive');
}

/** Space: all of it, and what is not pinned. */
export function apertureSpace(i915: I915): { total: Pages; available: Pages } {
  let pinned = 0;
  for (const node of i915.gtt.nodes()) if ((node.owner as I915Object).pinCount > 0) pinned += node.size;
  return { total: i915.nrEntries, available: i915.nrEntries - pinned };
}

/** True while the GPU has it in one of its domains. */
export function inGpuDomain(object: I915Object): boolean {
  return ((object.readDomains | object.writeDomain) & GPU_DOMAINS) !== 0;
}
