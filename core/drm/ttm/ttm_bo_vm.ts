/**
 * Mappings of objects: faults put in entries to where the object lies now; a fault never moves an object for its own sake.
 *
 * Models     drivers/gpu/drm/ttm/ttm_bo_vm.c (Linux 6.12)
 * Units      pages
 * Rule       a fault installs up to NUM_PREFAULT entries from the faulting page forward, never past VMA or object, writable if
 *            the VMA is; entries that are there stay
 */
import { KernelError } from '../../base/errno.ts';
import { snapshotConstant } from '../../base/snapshot.ts';
import { WouldBlock } from '../../base/would_block.ts';
import { USAGE_KERNEL } from '../../dma_buf/dma_resv.ts';
import { isCowMapping, vmfInsertPfn } from '../../mm/insert_pfn.ts';
import { NO_PFN } from '../../mm/page_frame.ts';
import { VM_DONTDUMP, VM_DONTEXPAND, VM_IO, VM_PFNMAP, VM_WRITE, type VmArea } from '../../mm/vm_area.ts';
import type { VmFault, VmFaultReason, VmOperations } from '../../mm/vm_fault.ts';
import {
  BO_VM_CLOSE,
  BO_VM_DUMMY_PAGE,
  BO_VM_FAULT_RESERVED,
  BO_VM_OPEN,
  VMF_INSERT_PFN_PROT,
} from '../../trace/events/drm.ts';
import { getObject, putObject } from '../gem_object.ts';
import type { TtmBo } from './ttm_bo.ts';
import { populate } from './ttm_populate.ts';

/** Entries of one fault (TTM_BO_VM_NUM_PREFAULT). */
export const NUM_PREFAULT = 16;

const WRITABLE = { writable: true } as const;
const READ_ONLY = { writable: false } as const;

/** Set a new VMA up to show an object. @throws KernelError EINVAL for a private mapping */
export function mmapBo(bo: TtmBo, vma: VmArea): void {
  if (isCowMapping(vma))
    throw new KernelError('EINVAL', 'mmap', `Object ${bo.id} can only be mapped shared.`);
  vma.ops = TTM_BO_VM_OPS;
  vma.privateData = getObject(bo);
  vma.flags |= VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP;
}

function fault(vmf: VmFault): VmFaultReason {
  const bo = vmf.vma.privateData as TtmBo;
  const { core } = bo.device;
  // mmap_lock is held and the order of locks is the other way round: only a trylock is allowed.
  if (!bo.resv.tryLock(core.nextTicket++)) return 'RETRY';
  const reason = bo.device.unplugged ? dummyPage(vmf, bo) : faultReserved(vmf, bo);
  bo.resv.unlock();
  return reason;
}

function faultReserved(vmf: VmFault, bo: TtmBo): VmFaultReason {
  const { vma } = vmf;
  const { trace } = bo.device;
  trace.emit(BO_VM_FAULT_RESERVED, bo.id, vmf.pgoff - bo.offset.start, bo.resource!.memType);
  try {
    const notified = bo.ttm.driver.faultReservedNotify?.(bo) ?? null;
    if (notified !== null) return notified;
  } catch (blocked) {
    return retryAfter(vmf, blocked);
  }
  const moving = bo.resv.lastUnsignaled(USAGE_KERNEL);
  if (moving !== null) {
    vmf.waitFor = moving;
    return 'RETRY';
  }
  const first = vmf.pgoff - bo.offset.start;
  if (first >= bo.nrPages) return 'SIGBUS';
  const inVram = !bo.resource!.manager.useTt;
  if (!inVram) {
    try {
      if (!populate(bo)) return 'OOM';
    } catch (blocked) {
      return retryAfter(vmf, blocked);
    }
  } else if (!bo.ttm.driver.cpuVisible(bo)) return 'SIGBUS';
  const last = vma.pgoff + (vma.end - vma.start) - bo.offset.start;
  const protection = vma.flags & VM_WRITE ? WRITABLE : READ_ONLY;
  const count = Math.min(NUM_PREFAULT, last - first, bo.nrPages - first);
  const shifted = bo.device.core.mm.sabotage === 'prefault-repeats-page';
  for (let i = 0; i < count; i++) {
    const pfn = bo.pfnOfPage(shifted && i > 0 ? first + i - 1 : first + i);
    trace.emit(VMF_INSERT_PFN_PROT, vma.id, vmf.page + i, pfn);
    const inserted = vmfInsertPfn(vmf, vmf.page + i, pfn, protection);
    // Errors of insertions are never reported: the access faults again if its own entry is still missing.
    if (inserted !== 'NOPAGE') break;
  }
  return 'NOPAGE';
}

function retryAfter(vmf: VmFault, blocked: unknown): VmFaultReason {
  if (!(blocked instanceof WouldBlock)) throw blocked;
  vmf.waitFor = blocked.fence;
  return 'RETRY';
}

/** The device is gone: one fresh page of zeros behind all pages of this VMA. Models ttm_bo_vm_dummy_page(). */
function dummyPage(vmf: VmFault, bo: TtmBo): VmFaultReason {
  const { vma } = vmf;
  const { device } = bo;
  const pfn = device.core.mm.frames.allocPage();
  if (pfn === NO_PFN) return 'OOM';
  device.dummyPages.push(pfn);
  device.trace.emit(BO_VM_DUMMY_PAGE, bo.id, vma.id, pfn);
  const protection = vma.flags & VM_WRITE ? WRITABLE : READ_ONLY;
  for (let page = vma.start; page < vma.end; page++) vmfInsertPfn(vmf, page, pfn, protection);
  return 'NOPAGE';
}

/** What mappings of objects do. */
export const TTM_BO_VM_OPS: VmOperations = snapshotConstant('drm.ttmBoVmOps', {
  name: 'ttm_bo_vm_ops',

  open(vma: VmArea): void {
    const bo = vma.privateData as TtmBo;
    bo.device.trace.emit(BO_VM_OPEN, bo.id, vma.id);
    getObject(bo);
  },

  close(vma: VmArea): void {
    const bo = vma.privateData as TtmBo;
    bo.device.trace.emit(BO_VM_CLOSE, bo.id, vma.id);
    vma.privateData = null;
    putObject(bo);
  },

  fault,
} satisfies VmOperations);
