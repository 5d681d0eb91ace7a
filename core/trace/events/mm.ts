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

/**
 * unmap_mapping_range was called, after its work. `firstPage` is the page of its first byte, `lenPages` its length in whole
 * pages; 0 means to the end. `evenCows` 1 takes private copies too.
 */
export const UNMAP_MAPPING_RANGE = declareEvent('lab_mm:unmap_mapping_range', [
  'mappingId',
  'firstPage',
  'lenPages',
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

/**
 * Precedes an unmap_mapping_range whose first byte or length is no multiple of a page: the remainders in bytes, by which
 * the pages of that event were rounded down.
 */
export const UNMAP_MAPPING_BYTES = declareEvent('lab_mm:unmap_mapping_bytes', [
  'mappingId',
  'firstByteInPage',
  'lenByteInPage',
]);

/** unmap_mapping_pages was called, after its work. `lenPages` 0 means to the end. */
export const UNMAP_MAPPING_PAGES = declareEvent('lab_mm:unmap_mapping_pages', [
  'mappingId',
  'firstPage',
  'lenPages',
  'evenCows',
  'ptesCleared',
]);

/** A VMA began to exist by mmap, split, move or fork. `fileId` 0 for anonymous memory. */
export const VMA_OPEN = declareEvent('lab_mm:vma_open', ['mmId', 'vmaId', 'startPage', 'nrPages', 'fileId']);

/** A VMA covers other pages now, by a split or a merge. `pgoff` modulo 2^32. */
export const VMA_RANGE = declareEvent('lab_mm:vma_range', ['mmId', 'vmaId', 'startPage', 'nrPages', 'pgoff']);

/** A VMA ended by munmap, merge, move or exit. `ptesCleared` entries went with it. */
export const VMA_CLOSE = declareEvent('lab_mm:vma_close', [
  'mmId',
  'vmaId',
  'startPage',
  'nrPages',
  'ptesCleared',
]);

/** mprotect reached this range. */
export const MPROTECT = declareEvent('lab_mm:mprotect', ['mmId', 'startPage', 'endPage', 'prot']);

/** mremap moved entries. */
export const MREMAP_MOVE = declareEvent('lab_mm:mremap_move', [
  'mmId',
  'fromPage',
  'toPage',
  'nrPages',
  'ptesMoved',
]);

/** fork copied an address space; `ptesCopied` entries came along. */
export const DUP_MM = declareEvent('lab_mm:dup_mm', ['parentMmId', 'childMmId', 'vmas', 'ptesCopied']);

/** The address space of a task ended. */
export const EXIT_MM = declareEvent('lab_mm:exit_mm', ['mmId', 'vmas', 'ptesCleared']);

/** A page entered or left the page cache of a shared-memory file; `pages` is the count afterwards. */
export const SHMEM_ALLOC = declareEvent('lab_mm:shmem_alloc', ['mappingId', 'page', 'pfn', 'pages']);
export const SHMEM_TRUNCATE = declareEvent('lab_mm:shmem_truncate', [
  'mappingId',
  'firstPage',
  'endPage',
  'freed',
  'pages',
]);

/** A private write got a copy of its own (`reused` 0) or its old frame back (`reused` 1). */
export const COW = declareEvent('lab_mm:cow', ['mmId', 'page', 'fromPfn', 'toPfn', 'reused']);
