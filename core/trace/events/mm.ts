/** Tracepoints of mm/: faults, zaps, VMA changes. */
import { declareEvent } from '../event.ts';

/** A user page fault, after it was handled. `reason` indexes VM_FAULT_REASONS of mm/vm_fault.ts. */
export const PAGE_FAULT_USER = declareEvent(
  'exceptions:page_fault_user',
  ['mmId', 'page', 'write', 'reason', 'ptesInserted'],
  {
    reason: ['NOPAGE', 'DONE', 'RETRY', 'SIGBUS', 'SIGSEGV', 'OOM', 'FALLBACK'],
  },
);

/** unmap_mapping_range was called. `count` 0 means to the end. `evenCows` 1 takes private copies too. */
export const UNMAP_MAPPING_RANGE = declareEvent('lab_mm:unmap_mapping_range', [
  'mappingId',
  'firstPage',
  'count',
  'evenCows',
  'ptesCleared',
]);

/** One mm lost PTEs in a shoot-down of a mapping; one event for each VMA that was visited and had present entries. */
export const ZAP_VMA = declareEvent('lab_mm:zap_vma', [
  'mmId',
  'vmaId',
  'startPage',
  'endPage',
  'ptesCleared',
]);
