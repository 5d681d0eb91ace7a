/**
 * Pages of an object: taken from its shmem file and held while it is bound, given back to it, pushed to swap.
 *
 * Models     i915_gem_object_get_page_list, i915_gem_object_free_page_list (Linux 2.6.28); shmem_writeout, mm/shmem.c
 * Rule       held pages are unevictable; pages that nobody holds are ordinary ones of tmpfs and may go to swap, one object at a time,
 *            oldest first
 */
import { KernelError } from '../../../base/errno.ts';
import { snapshotClass } from '../../../base/snapshot.ts';
import type { PageIndex, Pages, Pfn } from '../../../base/units.ts';
import { pageOfPfn, pfnOf, REGION_SWAP } from '../../../hw/region.ts';
import { NO_PFN, type PageFrames, PG_DIRTY, type Reclaimer } from '../../../mm/page_frame.ts';
import type { ShmemPages, ShmemSwap } from '../../../mm/shmem.ts';
import { shmemPagesOfFile } from '../../../mm/shmem_setup.ts';
import { unmapMappingRange } from '../../../mm/unmap_mapping.ts';
import {
  I915_CORE_FUNCTION,
  I915_CORE_FUNCTIONS,
  I915_SWAP_IN,
  I915_SWAP_OUT,
  type I915CoreFunction,
} from '../../../trace/events/i915.ts';
import type { DrmCore } from '../../drm_core.ts';
import type { DrmDevice } from '../../drm_device.ts';
import { I915Object, MADV_DONTNEED, MADV_PURGED, MADV_WILLNEED } from './i915_object.ts';

/** Pages of one huge page. */
export const HUGE_PAGES: Pages = 512;

/** A call went through a function of the core. */
export function noteCoreFunction(device: DrmDevice, fn: I915CoreFunction): void {
  device.trace.emit(I915_CORE_FUNCTION, I915_CORE_FUNCTIONS.indexOf(fn));
}

/** Brings pages of shmem files back from the swap device. */
export class I915Swap implements ShmemSwap {
  constructor(readonly core: DrmCore) {}

  swapIn(pages: ShmemPages, pgoff: PageIndex, slot: number): Pfn {
    const pfn = this.core.mm.frames.allocDirtyPage();
    if (pfn === NO_PFN) return NO_PFN;
    const from = pfnOf(REGION_SWAP, slot);
    this.core.plane.copyPages([from], [pfn], 'swap-in');
    this.core.swap.free([from]);
    this.core.mm.trace.emit(I915_SWAP_IN, pages.inode.mapping.id, pgoff);
    return pfn;
  }

  freeSlot(slot: number): void {
    this.core.swap.free([pfnOf(REGION_SWAP, slot)]);
  }
}
snapshotClass(I915Swap, 'drm.I915Swap');

/** Make a 2 MiB page for every unit that has none. @throws KernelError ENOMEM no run of frames; units made before stay */
function populateHuge(object: I915Object): void {
  const { frames } = object.device.core.mm;
  const cache = shmemPagesOfFile(object.file!);
  for (let first = 0; first < object.nrPages; first += HUGE_PAGES) {
    if (cache.findPage(first) !== NO_PFN) continue;
    const run = frames.allocRun(HUGE_PAGES);
    if (run === null)
      throw new KernelError(
        'ENOMEM',
        'shmem_getpage',
        `No 2 MiB page for page ${first} of object ${object.id}.`,
      );
    cache.addRun(first, run);
  }
}

/** Hold all pages; no-op when they are held. @throws KernelError ENOMEM; nothing is held then. EFAULT purged */
export function getPages(object: I915Object): readonly Pfn[] {
  if (object.pages !== null) return object.pages;
  if (object.madv !== MADV_WILLNEED)
    throw new KernelError('EFAULT', 'get_pages', `Object ${object.id} was said to be no longer needed.`);
  const { frames } = object.device.core.mm;
  noteCoreFunction(object.device, 'shmem_getpage');
  if (object.huge) populateHuge(object);
  const cache = shmemPagesOfFile(object.file!);
  // Pages taken so far must not be swapped out for the ones that are still to come.
  object.file!.mapping.unevictable = true;
  const pages: Pfn[] = [];
  for (let page = 0; page < object.nrPages; page++) {
    const pfn = cache.getPage(page);
    if (pfn === NO_PFN) {
      for (const held of pages) frames.put(held);
      object.file!.mapping.unevictable = false;
      throw new KernelError('ENOMEM', 'get_pages', `No memory for page ${page} of object ${object.id}.`);
    }
    frames.get(pfn);
    pages.push(pfn);
  }
  object.pages = pages;
  return pages;
}

/** Give the pages back to the file; those of an object that is no longer needed are dropped for good. */
export function putPages(object: I915Object): void {
  const { frames } = object.device.core.mm;
  const dirty = object.madv === MADV_WILLNEED;
  for (const pfn of object.pages!) {
    if (dirty) frames.setFlag(pfn, PG_DIRTY);
    frames.put(pfn);
  }
  object.pages = null;
  object.file!.mapping.unevictable = false;
  if (object.madv === MADV_DONTNEED) purge(object);
}

/** The contents of an object that was said to be no longer needed go. */
export function purge(object: I915Object): void {
  const { mm } = object.device.core;
  unmapMappingRange(mm, object.file!.mapping, 0, 0, true);
  shmemPagesOfFile(object.file!).truncateRange(0, Infinity);
  object.madv = MADV_PURGED;
}

/**
 * Push the pages of an unbound object to swap; entries that map them through the file go first.
 *
 * @returns pages that went; 0 when they are held, huge or unevictable, or there is no slot
 */
export function swapOutObject(object: I915Object): Pages {
  const { core } = object.device;
  if (object.pages !== null || object.file === null || object.huge) return 0;
  const { mapping } = object.file;
  const cache = shmemPagesOfFile(object.file);
  if (mapping.unevictable || cache.nrPages === 0) return 0;
  unmapMappingRange(core.mm, mapping, 0, 0, false);
  const present: [PageIndex, Pfn][] = [];
  cache.forEachPage((pgoff, pfn) => {
    if (core.mm.frames.refCount(pfn) === 1) present.push([pgoff, pfn]);
  });
  let moved = 0;
  for (const [pgoff, pfn] of present) {
    const slot = core.swap.alloc(1);
    if (slot === null) break;
    core.plane.copyPages([pfn], slot, 'swap-out');
    cache.moveToSwap(pgoff, pageOfPfn(slot[0]!));
    moved++;
  }
  if (moved > 0) core.mm.trace.emit(I915_SWAP_OUT, object.id, moved);
  return moved;
}

/** Push one object of any i915 to swap, oldest first. @returns false when none can go */
export function swapOutOneI915(core: DrmCore): boolean {
  for (const device of core.allDevices) {
    for (const object of device.objects) {
      if (object instanceof I915Object && swapOutObject(object) > 0) return true;
    }
  }
  return false;
}

/** Asked by the page allocator when it finds nothing, before those who were asked without it. */
export class I915Reclaimer implements Reclaimer {
  constructor(
    private readonly core: DrmCore,
    readonly next: Reclaimer | null,
  ) {}

  reclaim(frames: PageFrames, wanted: Pages): Pages {
    const before = frames.nrFree;
    while (frames.nrFree - before < wanted && swapOutOneI915(this.core)) {}
    const freed = frames.nrFree - before;
    return freed >= wanted || this.next === null ? freed : freed + this.next.reclaim(frames, wanted - freed);
  }
}
snapshotClass(I915Reclaimer, 'drm.I915Reclaimer');
