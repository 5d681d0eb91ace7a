/**
 * Requests on the ring: flushes and batches, each with a seqno; what is over is retired in order.
 *
 * Models     i915_add_request, i915_gem_flush, i915_gem_retire_requests, i915_wait_request, drivers/gpu/drm/i915/i915_gem.c (Linux 2.6.28)
 * Units      virtual nanoseconds
 * Rule       retiring runs at the start of every operation on the device (the kernel has a work item for it)
 */
import type { Nanoseconds } from '../../../base/units.ts';
import { WouldBlock } from '../../../base/would_block.ts';
import {
  I915_CHIPSET_FLUSH,
  I915_GEM_REQUEST_FLUSH,
  I915_GEM_REQUEST_RETIRE,
  I915_GEM_REQUEST_SUBMIT,
} from '../../../trace/events/i915.ts';
import { getObject, putObject } from '../../gem_object.ts';
import { DOMAIN_CPU, DOMAIN_GTT, DOMAIN_RENDER, GPU_DOMAINS, type I915Object } from './i915_object.ts';
import type { I915 } from './i915_state.ts';

/** What flushes take, set for the lab: 64 lines of a page at 4 ns, the chipset's write buffer, MI_FLUSH on the ring. */
export const CLFLUSH_NS_PER_PAGE: Nanoseconds = 256;
export const CHIPSET_FLUSH_NS: Nanoseconds = 1_000;
export const MI_FLUSH_NS: Nanoseconds = 2_000;

/** Virtual time that the calling CPU spends. */
export function spend(i915: I915, ns: Nanoseconds): void {
  const { fences, mm } = i915.device.core;
  fences.advanceTo(mm.trace.now + ns);
}

/** Flush the chipset's own buffers. @param objectId 0 for all of a batch */
export function chipsetFlush(i915: I915, objectId: number): void {
  i915.device.trace.emit(I915_CHIPSET_FLUSH, objectId, CHIPSET_FLUSH_NS);
  spend(i915, CHIPSET_FLUSH_NS);
}

/** Give the GPU's caches back to memory as far as these domains say. Models i915_gem_flush(). @returns time on the ring */
export function emitFlush(i915: I915, invalidate: number, flush: number): Nanoseconds {
  if (flush & DOMAIN_CPU) chipsetFlush(i915, 0);
  if (((invalidate | flush) & ~(DOMAIN_CPU | DOMAIN_GTT)) === 0) return 0;
  i915.device.trace.emit(I915_GEM_REQUEST_FLUSH, invalidate, flush, MI_FLUSH_NS);
  // MI_FLUSH knows no objects: without MI_NO_WRITE_FLUSH all that was rendered goes to memory. The objects' own domains are the
  // next batch's by now.
  if ((invalidate | flush) & DOMAIN_RENDER) {
    for (const object of [...i915.active, ...i915.flushing]) writeBackGpu(object);
  }
  return MI_FLUSH_NS;
}

function writeBackGpu(object: I915Object): void {
  const { plane } = object.device.core;
  for (const { first, count, value } of object.gpuWrites.splice(0)) {
    for (const frame of object.mirrorFrames(first, count)) plane.fillPages(frame, 1, value);
  }
}

/**
 * A request behind everything given so far.
 *
 * @param flushDomains what it flushes: objects of the flushing list that it makes clean are active under its seqno
 * @returns its seqno
 */
export function addRequest(
  i915: I915,
  duration: Nanoseconds,
  flushDomains: number,
  nrObjects: number,
): number {
  const fence = i915.ring.submit(duration, []);
  const { seqno } = fence;
  i915.requests.push({ seqno, fence, flushDomains });
  i915.device.trace.emit(I915_GEM_REQUEST_SUBMIT, seqno, nrObjects, flushDomains);
  for (const object of [...i915.flushing]) {
    if ((object.writeDomain & flushDomains) === 0) continue;
    object.writeDomain = 0;
    moveToActive(i915, object, seqno);
  }
  return seqno;
}

/** The object is used by this request; the list holds a reference. */
export function moveToActive(i915: I915, object: I915Object, seqno: number): void {
  if (!object.active) getObject(object);
  i915.moveTo(object, 'active');
  object.lastSeqno = seqno;
}

/** Idle again: the tail of the inactive list, or no list when pinned; the reference of the lists goes. */
function moveToInactive(i915: I915, object: I915Object): void {
  i915.moveTo(object, object.pinCount > 0 ? 'none' : 'inactive');
  object.lastSeqno = 0;
  putObject(object);
}

/** Take note of everything the ring has done. */
export function retireRequests(i915: I915): void {
  while (i915.requests.length > 0 && i915.requests[0]!.fence.signalled) {
    const { seqno } = i915.requests.shift()!;
    i915.completedSeqno = seqno;
    i915.device.trace.emit(I915_GEM_REQUEST_RETIRE, seqno);
    for (const object of [...i915.active]) {
      // An object that ends on the way is unbound, and that looks at the ring too: others may have moved meanwhile.
      if (object.list !== 'active' || object.lastSeqno > seqno) continue;
      if (object.writeDomain & GPU_DOMAINS) {
        i915.moveTo(object, 'flushing');
        object.lastSeqno = 0;
      } else moveToInactive(i915, object);
    }
  }
}

/** Until the ring is done with the object; what it wrote may be in its cache still. @throws WouldBlock with the fence to wait for */
export function waitRendering(i915: I915, object: I915Object): void {
  retireRequests(i915);
  if (object.list !== 'active') return;
  const request = i915.requests.find(({ seqno }) => seqno === object.lastSeqno);
  if (request) throw new WouldBlock(request.fence, 'i915_wait_request');
}

/** Make what the GPU wrote visible: flush and request; the object is active until that is over. */
export function flushGpuWriteDomain(i915: I915, object: I915Object): void {
  const dirty = object.writeDomain & GPU_DOMAINS;
  if (dirty === 0) return;
  const duration = emitFlush(i915, 0, dirty);
  object.writeDomain &= ~GPU_DOMAINS;
  const seqno = addRequest(i915, duration, dirty, 1);
  moveToActive(i915, object, seqno);
}

/** The hardware is gone: every request counts as over, and nothing stays dirty in a cache that is no more. */
export function abandonRequests(i915: I915): void {
  i915.device.core.fences.forceSignal(i915.ring.context, 'ENODEV');
  for (const object of [...i915.active, ...i915.flushing]) {
    object.gpuWrites = [];
    object.writeDomain &= ~GPU_DOMAINS;
  }
  retireRequests(i915);
  for (const object of [...i915.flushing]) if (object.list === 'flushing') moveToInactive(i915, object);
}
