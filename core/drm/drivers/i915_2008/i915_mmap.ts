/**
 * The two CPU views of an object: through its shmem file, and through the aperture.
 *
 * Models     i915_gem_mmap_ioctl, i915_gem_mmap_gtt_ioctl, i915_gem_fault, drivers/gpu/drm/i915/i915_gem.c (Linux 2.6.28)
 * Rule       a fault through the GTT binds the object but changes no domain (set_domain does); what it bound is the next victim
 */
import { KernelError } from '../../../base/errno.ts';
import { snapshotConstant } from '../../../base/snapshot.ts';
import { WouldBlock } from '../../../base/would_block.ts';
import { isCowMapping, vmfInsertPfn } from '../../../mm/insert_pfn.ts';
import { VM_DONTDUMP, VM_DONTEXPAND, VM_IO, VM_PFNMAP, VM_WRITE, type VmArea } from '../../../mm/vm_area.ts';
import type { VmFault, VmFaultReason, VmOperations } from '../../../mm/vm_fault.ts';
import { GEM_VM_CLOSE, GEM_VM_OPEN, VMF_INSERT_PFN_PROT } from '../../../trace/events/drm.ts';
import { I915_GEM_OBJECT_FAULT } from '../../../trace/events/i915.ts';
import { getObject, putObject } from '../../gem_object.ts';
import { bindAsNextVictim } from './i915_gtt.ts';
import { apertureFrame, type I915Object } from './i915_object.ts';

/** Set a new VMA up for the view through the aperture. @throws KernelError EINVAL for a private mapping */
export function mmapThroughGtt(object: I915Object, vma: VmArea): void {
  if (isCowMapping(vma))
    throw new KernelError('EINVAL', 'mmap', `Object ${object.id} can only be mapped shared.`);
  vma.ops = I915_GTT_VM_OPS;
  vma.privateData = getObject(object);
  vma.flags |= VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP;
}

/** Bind for a fault. @returns null when it has a place, else the fault's answer */
export function bindForFault(vmf: VmFault, object: I915Object): VmFaultReason | null {
  try {
    bindAsNextVictim(object);
    return null;
  } catch (refusal) {
    if (refusal instanceof WouldBlock) {
      vmf.waitFor = refusal.fence;
      return 'RETRY';
    }
    if (refusal instanceof KernelError) return refusal.errno === 'ENOMEM' ? 'OOM' : 'SIGBUS';
    throw refusal;
  }
}

/** Install the entry of one page of the aperture. */
export function insertAperturePage(vmf: VmFault, object: I915Object, page: number): VmFaultReason {
  const { device } = object;
  if (device.unplugged || page < 0 || page >= object.nrPages) return 'SIGBUS';
  const wasBound = object.gtt !== null ? 1 : 0;
  device.trace.emit(I915_GEM_OBJECT_FAULT, object.id, page, vmf.write ? 1 : 0, wasBound);
  const refused = bindForFault(vmf, object);
  if (refused !== null) return refused;
  const { vma } = vmf;
  const somebodyWasFaster = vma.mm.pageTable.get(vmf.page) !== 0;
  if (somebodyWasFaster && device.core.mm.era.earlyGem.loserOfFaultRaceDies) return 'SIGBUS';
  const pfn = apertureFrame(object.pages![page]!);
  device.trace.emit(VMF_INSERT_PFN_PROT, vmf.vma.id, vmf.page, pfn);
  return vmfInsertPfn(vmf, vmf.page, pfn, { writable: (vmf.vma.flags & VM_WRITE) !== 0 });
}

/** Mappings through the aperture at the fake offset of an object. */
export const I915_GTT_VM_OPS: VmOperations = snapshotConstant('drm.i915GttVmOps', {
  name: 'i915_gem_vm_ops',

  open(vma: VmArea): void {
    const object = vma.privateData as I915Object;
    object.device.trace.emit(GEM_VM_OPEN, object.id, vma.id);
    getObject(object);
  },

  close(vma: VmArea): void {
    const object = vma.privateData as I915Object;
    object.device.trace.emit(GEM_VM_CLOSE, object.id, vma.id);
    vma.privateData = null;
    putObject(object);
  },

  fault(vmf: VmFault): VmFaultReason {
    const object = vmf.vma.privateData as I915Object;
    return insertAperturePage(vmf, object, vmf.pgoff - object.offset.start);
  },
} satisfies VmOperations);
