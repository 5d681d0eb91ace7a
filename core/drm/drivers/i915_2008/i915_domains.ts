/**
 * Cache domains, the heart of the GEM of 2008: who may read what an object holds, who wrote it last, and what it takes to change that.
 *
 * Models     i915_gem_object_set_to_gtt_domain, _set_to_cpu_domain, _set_to_gpu_domain, _set_to_cpu_read_domain_range,
 *            drivers/gpu/drm/i915/i915_gem.c (Linux 2.6.28); chapter 2.4 of the dossier
 * Bytes      "write back" carries pages of RAM (the CPU's caches) to the mirror (memory); "invalidate" drops lines, so that the CPU
 *            sees memory again. Without them each side keeps seeing its old bytes
 * Rule       steps that were done stay done when a call must wait and runs again
 */
import { KernelError } from '../../../base/errno.ts';
import type { Pages } from '../../../base/units.ts';
import { I915_GEM_OBJECT_CHANGE_DOMAIN, I915_GEM_OBJECT_CLFLUSH } from '../../../trace/events/i915.ts';
import { DOMAIN_CPU, DOMAIN_GTT, GPU_DOMAINS, type I915Object } from './i915_object.ts';
import {
  CLFLUSH_NS_PER_PAGE,
  chipsetFlush,
  flushGpuWriteDomain,
  spend,
  waitRendering,
} from './i915_requests.ts';
import { type I915, i915Of } from './i915_state.ts';

const WRITE_BACK = 0;
const INVALIDATE = 1;

function clflush(i915: I915, object: I915Object, direction: 0 | 1, pages: readonly number[]): void {
  // Without pages there is nothing in any cache that anybody else could see.
  if (object.pages === null || pages.length === 0) return;
  const cost = pages.length * CLFLUSH_NS_PER_PAGE;
  i915.device.trace.emit(I915_GEM_OBJECT_CLFLUSH, object.id, pages.length, direction, cost);
  if (object.gtt !== null && i915.device.core.mm.sabotage !== 'clflush-does-nothing') {
    const ram = pages.map(page => object.pages![page]!);
    const memory = pages.map(page => object.mirrorFrames(page, 1)[0]!);
    i915.device.core.plane.copyPages(
      direction === WRITE_BACK ? ram : memory,
      direction === WRITE_BACK ? memory : ram,
      'flush',
    );
  }
  spend(i915, cost);
}

function allPages(object: I915Object): number[] {
  return Array.from({ length: object.nrPages }, (_, page) => page);
}

function noteChange(object: I915Object, oldRead: number, oldWrite: number): void {
  const { readDomains, writeDomain } = object;
  if (oldRead === readDomains && oldWrite === writeDomain) return;
  object.device.trace.emit(
    I915_GEM_OBJECT_CHANGE_DOMAIN,
    object.id,
    oldRead,
    oldWrite,
    readDomains,
    writeDomain,
  );
}

/** Write back what the CPU wrote; afterwards nobody is writing. */
export function flushCpuWriteDomain(i915: I915, object: I915Object): void {
  if (object.writeDomain !== DOMAIN_CPU) return;
  const { readDomains } = object;
  clflush(i915, object, WRITE_BACK, allPages(object));
  chipsetFlush(i915, object.id);
  object.writeDomain = 0;
  noteChange(object, readDomains, DOMAIN_CPU);
}

/**
 * For access through the aperture.
 *
 * @throws KernelError EINVAL not bound; WouldBlock
 */
export function setToGttDomain(object: I915Object, write: boolean): void {
  const i915 = i915Of(object.device);
  if (object.gtt === null)
    throw new KernelError('EINVAL', 'set_to_gtt_domain', `Object ${object.id} has no place in the GTT.`);
  flushGpuWriteDomain(i915, object);
  waitRendering(i915, object);
  const { readDomains, writeDomain } = object;
  if (write) object.readDomains &= DOMAIN_GTT;
  flushCpuWriteDomain(i915, object);
  object.readDomains |= DOMAIN_GTT;
  if (write) object.writeDomain = DOMAIN_GTT;
  if (write) object.pageCpuValid = null;
  noteChange(object, readDomains, writeDomain);
}

/** For access through the CPU's caches. @throws WouldBlock */
export function setToCpuDomain(object: I915Object, write: boolean): void {
  const i915 = i915Of(object.device);
  flushGpuWriteDomain(i915, object);
  waitRendering(i915, object);
  const { readDomains, writeDomain } = object;
  // Writes through the aperture have reached memory: nothing to do for the hardware.
  if (object.writeDomain === DOMAIN_GTT) object.writeDomain = 0;
  if ((object.readDomains & DOMAIN_CPU) === 0) {
    const valid = object.pageCpuValid;
    clflush(
      i915,
      object,
      INVALIDATE,
      allPages(object).filter(page => !valid?.[page]),
    );
    chipsetFlush(i915, object.id);
    object.readDomains |= DOMAIN_CPU;
  }
  object.pageCpuValid = null;
  if (write) {
    object.readDomains = DOMAIN_CPU;
    object.writeDomain = DOMAIN_CPU;
  }
  noteChange(object, readDomains, writeDomain);
}

/** Let the CPU read some pages without flushing all of them. @throws WouldBlock */
export function setToCpuReadRange(object: I915Object, first: number, count: Pages): void {
  const i915 = i915Of(object.device);
  if (first === 0 && count === object.nrPages) {
    setToCpuDomain(object, false);
    return;
  }
  flushGpuWriteDomain(i915, object);
  waitRendering(i915, object);
  const { readDomains, writeDomain } = object;
  if (object.writeDomain === DOMAIN_GTT) object.writeDomain = 0;
  if ((object.readDomains & DOMAIN_CPU) === 0) {
    object.pageCpuValid ??= new Uint8Array(object.nrPages);
    const stale: number[] = [];
    for (let page = first; page < first + count; page++) if (!object.pageCpuValid[page]) stale.push(page);
    clflush(i915, object, INVALIDATE, stale);
    for (const page of stale) object.pageCpuValid[page] = 1;
  }
  noteChange(object, readDomains, writeDomain);
}

/** What a batch must flush and invalidate, gathered over its objects. */
export interface BatchFlush {
  invalidate: number;
  flush: number;
}

/** For use by the batch that is being made; the object is bound. The flush itself is one for the whole batch. */
export function setToGpuDomain(object: I915Object, read: number, write: number, batch: BatchFlush): void {
  const i915 = i915Of(object.device);
  const { readDomains, writeDomain } = object;
  let flush = 0;
  const wantedRead = write === 0 ? read | readDomains : read;
  let invalidate = 0;
  if (writeDomain !== 0 && writeDomain !== wantedRead) {
    flush |= writeDomain;
    invalidate |= wantedRead & ~writeDomain;
  }
  invalidate |= wantedRead & ~readDomains;
  if ((flush | invalidate) & DOMAIN_CPU) {
    clflush(i915, object, WRITE_BACK, allPages(object));
  }
  if (write !== 0 || flush !== 0) object.writeDomain = write;
  object.readDomains = wantedRead;
  if (write !== 0) object.pageCpuValid = null;
  batch.invalidate |= invalidate;
  batch.flush |= flush;
  noteChange(object, readDomains, writeDomain);
}

/** Domains that the call set_domain may name. @throws KernelError EINVAL */
export function checkSetDomain(read: number, write: number): void {
  const refuse = (why: string): never => {
    throw new KernelError('EINVAL', 'i915.setDomain', `Domains read ${read}, write ${write}: ${why}.`);
  };
  if ((read | write) & GPU_DOMAINS) refuse('the GPU gets its objects by execbuffer');
  if ((read | write) & ~(DOMAIN_CPU | DOMAIN_GTT)) refuse('there is no such domain');
  if (write !== 0 && read !== write) refuse('whoever writes is the only reader');
}
