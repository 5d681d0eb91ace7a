/**
 * pread and pwrite of objects, SW_FINISH and MADVISE.
 *
 * Models     i915_gem_pread_ioctl, _pwrite_ioctl (_gtt_pwrite, _shmem_pwrite), _sw_finish_ioctl, drivers/gpu/drm/i915/i915_gem.c (Linux
 *            2.6.28); i915_gem_madvise_ioctl (Linux 2.6.32)
 * Units      bytes; a written range takes one value
 */
import { KernelError } from '../../../base/errno.ts';
import { PAGE_SIZE, type Pfn } from '../../../base/units.ts';
import { NO_PFN, PG_DIRTY } from '../../../mm/page_frame.ts';
import { shmemPagesOfFile } from '../../../mm/shmem_setup.ts';
import { I915_GEM_OBJECT_PREAD, I915_GEM_OBJECT_PWRITE } from '../../../trace/events/i915.ts';
import { flushCpuWriteDomain, setToCpuDomain, setToCpuReadRange, setToGttDomain } from './i915_domains.ts';
import { pinObject, unpinObject } from './i915_gtt.ts';
import { DOMAIN_CPU, type I915Object, MADV_DONTNEED, MADV_PURGED } from './i915_object.ts';
import { purge } from './i915_pages.ts';
import { i915Of } from './i915_state.ts';

function checkRange(object: I915Object, offset: number, length: number, op: string): void {
  if (offset < 0 || length < 0 || offset + length > object.sizeBytes) {
    throw new KernelError(
      'EINVAL',
      op,
      `Bytes ${offset} to ${offset + length} do not lie in object ${object.id} of ${object.sizeBytes}.`,
    );
  }
}

function ramPage(object: I915Object, page: number, op: string): Pfn {
  const pfn = object.pages?.[page] ?? shmemPagesOfFile(object.file!).getPage(page);
  if (pfn === NO_PFN)
    throw new KernelError('ENOMEM', op, `No memory for page ${page} of object ${object.id}.`);
  return pfn;
}

/**
 * Make a range readable for the CPU.
 *
 * @returns the frame and byte where it starts; @throws KernelError EINVAL, ENOMEM; WouldBlock
 */
export function preadObject(object: I915Object, offset: number, length: number): { pfn: Pfn; byte: number } {
  checkRange(object, offset, length, 'i915.pread');
  const first = Math.floor(offset / PAGE_SIZE);
  const count = Math.max(1, Math.ceil((offset + length) / PAGE_SIZE) - first);
  setToCpuReadRange(object, first, count);
  object.device.trace.emit(I915_GEM_OBJECT_PREAD, object.id, offset, length);
  let start: Pfn = NO_PFN;
  for (let page = first; page < first + count; page++) {
    const pfn = ramPage(object, page, 'i915.pread');
    if (page === first) start = pfn;
  }
  return { pfn: start, byte: offset % PAGE_SIZE };
}

/** Write a range with one value, through the aperture when the object is bound. @throws KernelError EINVAL, ENOMEM; WouldBlock */
export function pwriteObject(object: I915Object, offset: number, length: number, value: number): void {
  checkRange(object, offset, length, 'i915.pwrite');
  const { device } = object;
  const { plane, mm } = device.core;
  const throughGtt = object.gtt !== null;
  if (throughGtt) {
    pinObject(object, 'pwrite');
    try {
      setToGttDomain(object, true);
    } catch (waits) {
      unpinObject(object);
      throw waits;
    }
  } else setToCpuDomain(object, true);
  device.trace.emit(I915_GEM_OBJECT_PWRITE, object.id, offset, length, throughGtt ? 0 : 1);
  for (let at = offset; at < offset + length; ) {
    const page = Math.floor(at / PAGE_SIZE);
    const part = Math.min(PAGE_SIZE - (at % PAGE_SIZE), offset + length - at);
    const ram = throughGtt ? NO_PFN : ramPage(object, page, 'i915.pwrite');
    plane.fillBytes(throughGtt ? object.mirrorFrames(page, 1)[0]! : ram, at % PAGE_SIZE, part, value);
    if (!throughGtt) mm.frames.setFlag(ram, PG_DIRTY);
    at += part;
  }
  if (throughGtt) unpinObject(object);
}

/** Software is done with drawing: what is on the screen must be in memory. */
export function swFinish(object: I915Object): void {
  if (object.pinCount > 0 && object.writeDomain === DOMAIN_CPU)
    flushCpuWriteDomain(i915Of(object.device), object);
}

/** @returns true while its contents are retained; @throws KernelError EINVAL unknown advice, or pinned */
export function madviseObject(object: I915Object, advice: number): boolean {
  if (advice !== 0 && advice !== MADV_DONTNEED)
    throw new KernelError('EINVAL', 'i915.madvise', `There is no advice ${advice}.`);
  if (object.pinCount > 0)
    throw new KernelError('EINVAL', 'i915.madvise', `Object ${object.id} is pinned (${object.pinnedFor}).`);
  if (object.madv === MADV_PURGED) return false;
  object.madv = advice;
  if (advice === MADV_DONTNEED && object.pages === null) purge(object);
  return object.madv !== MADV_PURGED;
}
