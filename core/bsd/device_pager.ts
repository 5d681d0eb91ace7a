/**
 * The device pager: VM objects by handle, the legacy way (one object a device, d_mmap for each page) and the managed one (the
 * driver chooses the handle and answers faults itself).
 *
 * Models     cdev_pager_allocate, cdev_pager_lookup, cdev_pager_free_page, old_dev_pager_ctor, old_dev_pager_fault,
 *            old_dev_pager_dtor (sys/vm/device_pager.c, F9.3, F14), dev_pager_alloc, dev_pager_getpages (F2011)
 * Order      the constructor runs at every allocation, before the lookup
 * Left out   page colours, memory attributes, populate (F14), a device reference for each further allocation of the same object
 */
import type { Errno } from '../base/errno.ts';
import { snapshotConstant } from '../base/snapshot.ts';
import type { PageIndex, Pages } from '../base/units.ts';
import type { OpenFile } from '../fs/open_file.ts';
import { unmapMappingPages } from '../mm/unmap_mapping.ts';
import { BSD_D_MMAP, BSD_FREE_PAGE, BSD_PAGE_INSERT, BSD_PAGER_ALLOCATE } from '../trace/events/bsd.ts';
import type { BsdCore } from './bsd_core.ts';
import { type Cdev, type CdevSwitch, devRef, devRefThread, devRel, devRelThread } from './cdev.ts';
import { type MapEntry, VmObject, vmObjectDeallocate } from './vm_object.ts';

/** What a pager says to a fault. FAIL: no page, the fault goes on without; ERROR: the access fails; PANIC: the machine stops. */
export type PagerAnswer = 'OK' | 'FAIL' | 'ERROR' | 'PANIC';

/** What the caller of cdev_pager_allocate wants. */
export interface PagerRequest {
  readonly cdev: Cdev;
  readonly nrPages: Pages;
  /** First page of the device that is wanted. */
  readonly page: PageIndex;
  /** PROT_* bits. */
  readonly prot: number;
}

/** Operations of a device pager; a registered constant. */
export interface CdevPagerOps {
  readonly name: string;
  /** @returns 0, or the error that refuses the mapping */
  ctor(handle: object, request: PagerRequest): 0 | Errno;
  /** The object is new: what it holds while it lives. */
  born?(object: VmObject): void;
  dtor(object: VmObject): void;
  /** Put a page in at `page`. @param entry the map entry that faulted */
  fault(object: VmObject, page: PageIndex, entry: MapEntry): PagerAnswer;
}

/** The object of a handle; no reference is taken. */
export function cdevPagerLookup(core: BsdCore, handle: object): VmObject | null {
  return core.pagers.find(object => object.handle === handle) ?? null;
}

/**
 * The VM object of a handle, made if there is none, grown if it is too small.
 *
 * @returns it with a reference for the caller, or the error of the constructor
 */
export function cdevPagerAllocate(
  core: BsdCore,
  handle: object,
  managed: boolean,
  ops: CdevPagerOps,
  request: PagerRequest,
  host: OpenFile,
): VmObject | Errno {
  const refusal = ops.ctor(handle, request);
  if (refusal !== 0) return refusal;
  const lastPage = request.page + request.nrPages;
  let object = cdevPagerLookup(core, handle);
  let fresh = 0;
  if (object === null) {
    // The pager's lock is dropped while memory for the object is found; another thread may come first.
    const mine = new VmObject(core, core.takeObjectId(), handle, managed, ops, request.cdev, host, lastPage);
    ops.born?.(mine);
    if (core.loseNextRace) {
      core.loseNextRace = false;
      const winner = new VmObject(
        core,
        core.takeObjectId(),
        handle,
        managed,
        ops,
        request.cdev,
        host,
        lastPage,
      );
      ops.born?.(winner);
      core.pagers.push(winner);
    }
    object = cdevPagerLookup(core, handle);
    if (object === null) {
      core.pagers.push(mine);
      object = mine;
      fresh = 1;
    } else {
      // The loser is listed under itself for a moment, because the end of an object takes it off the list.
      object.refs++;
      mine.handle = mine;
      core.pagers.push(mine);
      vmObjectDeallocate(mine);
    }
  } else {
    object.refs++;
  }
  if (lastPage > object.nrPages) object.nrPages = lastPage;
  core.context.trace.emit(BSD_PAGER_ALLOCATE, object.id, managed ? 1 : 0, request.nrPages, fresh);
  return object;
}

/** Put a device's page into an object. */
export function insertDevicePage(object: VmObject, page: PageIndex, pfn: number): void {
  object.pages.set(page, { pfn, kind: 'device' });
  object.core.context.trace.emit(BSD_PAGE_INSERT, object.id, page >>> 0, pfn, 0);
}

/** Take a page out of a managed object and of every page table. Models cdev_pager_free_page(). @returns entries cleared */
export function cdevPagerFreePage(object: VmObject, page: PageIndex): Pages {
  const cleared = unmapMappingPages(object.core.context, object.mapping, page, 1, true);
  object.pages.delete(page);
  object.core.context.trace.emit(BSD_FREE_PAGE, object.id, page >>> 0, cleared);
  return cleared;
}

/** Ask d_mmap about one page; td_fpop is as the caller left it. @returns 0 with the frame in core.question.pfn */
function askDMmap(
  core: BsdCore,
  cdev: Cdev,
  sw: CdevSwitch,
  page: PageIndex,
  prot: number,
  context: 'mmap' | 'fault',
): 0 | string {
  const { question } = core;
  question.page = page;
  question.nrPages = 1;
  question.prot = prot;
  const fileId = core.fpop?.id ?? 0;
  if (fileId === 0) core.mmapCallsWithoutFile++;
  else core.mmapCallsWithFile++;
  const answer = sw.dMmap === undefined ? 'ENODEV' : sw.dMmap(cdev, question);
  const isFault = context === 'fault' ? 1 : 0;
  core.context.trace.emit(BSD_D_MMAP, cdev.id, page >>> 0, fileId, isFault, answer === 0 ? 0 : 1);
  return answer;
}

const PROT_READ = 1;

/** The pager of drivers that know only d_mmap. */
export const OLD_DEV_PAGER_OPS: CdevPagerOps = snapshotConstant('bsd.old_dev_pager_ops', {
  name: 'old_dev_pager',

  /** Permission only: d_mmap for each page, the addresses are thrown away. */
  ctor(_handle: object, { cdev, page, nrPages, prot }: PagerRequest): 0 | Errno {
    const { core } = cdev;
    const sw = devRefThread(cdev);
    if (sw === null) return 'ENXIO';
    let refusal: 0 | Errno = 0;
    for (let i = 0; i < nrPages && refusal === 0; i++) {
      if (askDMmap(core, cdev, sw, page + i, prot, 'mmap') !== 0) refusal = 'EINVAL';
    }
    devRelThread(cdev);
    return refusal;
  },

  born(object: VmObject): void {
    if (object.core.era.pagerHoldsDevice) devRef(object.cdev);
  },

  dtor(object: VmObject): void {
    if (object.core.era.pagerHoldsDevice) devRel(object.cdev);
  },

  fault(object: VmObject, page: PageIndex, entry: MapEntry): PagerAnswer {
    const { core, cdev } = object;
    const failed: PagerAnswer = core.era.failedLegacyFault === 'panic' ? 'PANIC' : 'FAIL';
    const sw = devRefThread(cdev);
    if (sw === null) {
      if (failed === 'PANIC') core.panic(cdev, page, 'dev_pager_getpage: no cdevsw');
      return failed;
    }
    const saved = core.fpop;
    const { faultFile } = core.design;
    if (faultFile === 'none') core.fpop = null;
    else if (faultFile === 'entry') core.fpop = entry.madeBy.count > 0 ? entry.madeBy : null;
    if (faultFile === 'none' && core.fpop !== null) core.faultsWithFile++;
    // The fault always asks for reading, whatever the access was.
    const answer = askDMmap(core, cdev, sw, page, PROT_READ, 'fault');
    core.fpop = saved;
    devRelThread(cdev);
    if (answer !== 0) {
      if (failed === 'PANIC') core.panic(cdev, page, 'dev_pager_getpage: map function returns error');
      return failed;
    }
    insertDevicePage(object, page, core.question.pfn);
    return 'OK';
  },
});
