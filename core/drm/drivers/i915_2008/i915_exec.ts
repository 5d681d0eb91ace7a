/**
 * Batches: objects are bound, moved to the GPU's domains with one flush for all, and used by one request.
 *
 * Models     i915_gem_execbuffer, drivers/gpu/drm/i915/i915_gem.c (Linux 2.6.28); chapter 6.10 of the dossier
 * Bytes      a write stays in the GPU's cache until a flush of its domain carries it to memory
 * Left out   relocations, cliprects, the batch's own commands
 */
import { KernelError } from '../../../base/errno.ts';
import type { Nanoseconds } from '../../../base/units.ts';
import type { DrmDevice } from '../../drm_device.ts';
import { zapViews } from './gem_shmem_driver.ts';
import { type BatchFlush, setToGpuDomain } from './i915_domains.ts';
import { evictSomething, pinObject, unpinObject } from './i915_gtt.ts';
import { type CachedGpuWrite, GPU_DOMAINS, type I915Object } from './i915_object.ts';
import { addRequest, emitFlush, moveToActive, retireRequests } from './i915_requests.ts';
import { type I915, i915Of } from './i915_state.ts';

/** How one object is used by a batch. */
export interface BatchUse {
  readonly object: I915Object;
  /** GPU domains. */
  readonly read: number;
  readonly write: number;
  /** What the batch stores, if it writes. */
  readonly stores: CachedGpuWrite | null;
}

function check({ object, read, write, stores }: BatchUse): void {
  const refuse = (why: string): never => {
    throw new KernelError(
      'EINVAL',
      'i915.exec',
      `Object ${object.id}, read ${read}, write ${write}: ${why}.`,
    );
  };
  if ((read | write) & ~GPU_DOMAINS) refuse('a batch works in domains of the GPU only');
  if (write & (write - 1)) refuse('two domains cannot write at once');
  if (stores === null) return;
  if (write === 0) refuse('it stores without a write domain');
  const { first, count, value } = stores;
  if (first < 0 || count < 0 || first + count > object.nrPages || value < 0 || value > 255)
    refuse(`it cannot store ${value} in ${count} pages from page ${first}`);
}

/**
 * Give a batch to the ring.
 *
 * @returns its seqno
 * @throws KernelError EINVAL domains; ENOMEM the objects do not fit the GTT together, even when everything else has left;
 *         WouldBlock. What was evicted stays evicted
 */
export function execBuffer(device: DrmDevice, uses: readonly BatchUse[], duration: Nanoseconds): number {
  if (uses.length === 0)
    throw new KernelError('EINVAL', 'i915.exec', 'A batch without objects does nothing.');
  uses.forEach(check);
  const i915 = i915Of(device);
  retireRequests(i915);
  pinAll(i915, uses);
  const batch: BatchFlush = { invalidate: 0, flush: 0 };
  for (const { object } of uses) zapViews(object);
  for (const { object, read, write } of uses) setToGpuDomain(object, read | write, write, batch);
  // One flush for everything, on the ring before the batch.
  const flushTime = emitFlush(i915, batch.invalidate, batch.flush);
  if (flushTime > 0) addRequest(i915, flushTime, batch.flush & GPU_DOMAINS, 0);
  for (const { object, stores } of uses) if (stores !== null) object.gpuWrites.push(stores);
  const seqno = addRequest(i915, duration, 0, uses.length);
  for (const { object } of uses) {
    moveToActive(i915, object, seqno);
    unpinObject(object);
  }
  return seqno;
}

/** Bind and pin every object; on the second try everything else has left. */
function pinAll(i915: I915, uses: readonly BatchUse[]): void {
  for (const lastTry of [false, true]) {
    const pinned: I915Object[] = [];
    try {
      for (const { object } of uses) {
        pinObject(object, 'execbuffer');
        pinned.push(object);
      }
      return;
    } catch (refusal) {
      for (const object of pinned) unpinObject(object);
      const noRoom = refusal instanceof KernelError && refusal.errno === 'ENOMEM';
      if (!noRoom || lastTry) throw refusal;
      evictEverything(i915);
    }
  }
}

/** Evict-something until it answers ENOMEM, which is success. @throws WouldBlock */
export function evictEverything(i915: I915): void {
  for (;;) {
    try {
      evictSomething(i915, i915.nrEntries);
    } catch (end) {
      if (end instanceof KernelError && end.errno === 'ENOMEM') return;
      throw end;
    }
  }
}
