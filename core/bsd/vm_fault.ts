/**
 * Faults on device mappings: the object's page if it has one, else what its pager says.
 *
 * Models     vm_fault (sys/vm/vm_fault.c, F9.3, F14) for objects without a backing object
 * Rule       a pager that fails (not: errs) leaves the fault to go on; it finds no backing object and puts a page of zeros into
 *            the device's object, so the access succeeds
 */
import { snapshotConstant } from '../base/snapshot.ts';
import { vmfInsertPfn } from '../mm/insert_pfn.ts';
import { NO_PFN } from '../mm/page_frame.ts';
import { VM_WRITE } from '../mm/vm_area.ts';
import type { VmFault, VmFaultReason, VmOperations } from '../mm/vm_fault.ts';
import { BSD_PAGE_INSERT } from '../trace/events/bsd.ts';
import type { MapEntry, VmObject } from './vm_object.ts';

function zeroFill(object: VmObject, page: number): boolean {
  const { context } = object.core;
  const pfn = context.frames.allocPage();
  if (pfn === NO_PFN) return false;
  object.pages.set(page, { pfn, kind: 'zero' });
  context.trace.emit(BSD_PAGE_INSERT, object.id, page >>> 0, pfn, 1);
  return true;
}

export const BSD_VM_OPS: VmOperations = snapshotConstant('bsd.vm_ops', {
  name: 'bsd_device',

  fault(vmf: VmFault): VmFaultReason {
    const { vma, pgoff, page } = vmf;
    const entry = vma.file!.privateData as MapEntry;
    const { object } = entry;
    const { core } = object;
    if (core.panicked !== null) return 'OOM';
    if (!object.pages.has(pgoff)) {
      const answer = object.ops.fault(object, pgoff, entry);
      if (answer === 'PANIC') return 'OOM';
      if (answer === 'ERROR') {
        const { outcome } = core.context;
        outcome.code = core.era.managedFaultSignal === 'SIGBUS' ? 'BUS_OBJERR' : 'SEGV_MAPERR';
        return core.era.managedFaultSignal;
      }
      if (answer === 'FAIL' && !zeroFill(object, pgoff)) return 'OOM';
    }
    const { pfn } = object.pages.get(pgoff)!;
    return vmfInsertPfn(vmf, page, pfn, { writable: (vma.flags & VM_WRITE) !== 0 });
  },
});
