/**
 * Page faults as drivers see them: the fault, the reasons that answer it, and the operations of a VMA.
 *
 * Models     struct vm_fault, vm_fault_t, struct vm_operations_struct (Linux 6.12, include/linux/mm.h)
 * Rule       a handler answers a reason and never throws a KernelError
 */
import type { PageIndex, Pages, Pfn } from '../base/units.ts';
import type { VmArea } from './vm_area.ts';

/** Order is the index stored in exceptions:page_fault_user. */
export const VM_FAULT_REASONS = ['NOPAGE', 'DONE', 'RETRY', 'SIGBUS', 'SIGSEGV', 'OOM', 'FALLBACK'] as const;

/**
 * NOPAGE: the handler installed the entry itself, re-execute. DONE: `vmf.pfn` holds a page for the core to map.
 * RETRY: waiting for `vmf.waitFor`; the task runs again when it has signalled. OOM: no signal, re-execute.
 */
export type VmFaultReason = (typeof VM_FAULT_REASONS)[number];

/** One fault; a single instance is reused, so handlers must not keep it. */
export class VmFault {
  vma!: VmArea;
  /** Faulting page as a page number of the task's address space. */
  page: PageIndex = 0;
  /** Faulting page as a page of the file: vma.pgoff + (page - vma.start). */
  pgoff: PageIndex = 0;
  write = false;
  /** Frame found by the handler when it answers DONE. */
  pfn: Pfn = 0;
  /** What a RETRY waits for: a fence of dma_buf/, typed loosely because it lies above. */
  waitFor: object | null = null;
}

/** How a stopped access is told to the task (si_code). A handler may set outcome.code itself; else the core decides. */
export type SignalCode = 'SEGV_MAPERR' | 'SEGV_ACCERR' | 'BUS_ADRERR' | 'BUS_OBJERR';

/** What one fault came to; a single instance is reused, so callers read it before the next fault. */
export class FaultOutcome {
  reason: VmFaultReason = 'NOPAGE';
  /** Why the signal, when reason is SIGBUS or SIGSEGV. */
  code: SignalCode | null = null;
  /** Entries that the fault installed. */
  ptesInserted: Pages = 0;
  /** What a RETRY waits for. */
  waitFor: object | null = null;
}

/** Operations of a VMA; a module-level constant registered with snapshotConstant. */
export interface VmOperations {
  readonly name: string;
  /** A new VMA with these ops came to be by split or fork (not by mmap). */
  open?(vma: VmArea): void;
  /** The VMA is going away; its PTEs are already gone. */
  close?(vma: VmArea): void;
  /** May the VMA be split at this page of the address space? */
  maySplit?(vma: VmArea, page: PageIndex): boolean;
  mremap?(vma: VmArea): void;
  fault?(vmf: VmFault): VmFaultReason;
  /** Fault-around: map present page-cache pages in [firstPgoff, lastPgoff]. @returns entries installed */
  mapPages?(vmf: VmFault, firstPgoff: PageIndex, lastPgoff: PageIndex): Pages;
  pageMkwrite?(vmf: VmFault): VmFaultReason;
  pfnMkwrite?(vmf: VmFault): VmFaultReason;
  /** Name shown in maps instead of the file's path. */
  showName?(vma: VmArea): string;
}
