/**
 * Tracepoints of the room bsd: entry points of drivers, private records of open files, the device pager, devices that go.
 * FreeBSD has KTR text only, so all names are ours.
 */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './drm_mapping.ts';

/** Entry points of a driver by number. */
export const BSD_ENTRY_WORDS = [
  'd_open',
  'd_close',
  'd_read',
  'd_write',
  'd_ioctl',
  'd_mmap_single',
  'd_purge',
] as const;

/** A driver's entry point was called; `fileId` is td_fpop at that moment (0: none), `error` what it answered (0: done). */
export const BSD_ENTRY = declareEvent('lab_bsd:entry', ['cdev', 'entry', 'fileId', 'error'], {
  entry: BSD_ENTRY_WORDS,
});
/** d_mmap was called for one page; `context` says by whom, `fileId` is td_fpop at that moment (0: none). */
export const BSD_D_MMAP = declareEvent('lab_bsd:d_mmap', ['cdev', 'page', 'fileId', 'context', 'error'], {
  context: ['mmap', 'fault'],
});
/** A private record was hung on a file; its destructor ran. `why` the record ended. */
export const BSD_CDEVPRIV_SET = declareEvent('lab_bsd:cdevpriv_set', ['cdev', 'fileId', 'record']);
export const BSD_CDEVPRIV_DTOR = declareEvent('lab_bsd:cdevpriv_dtor', ['cdev', 'fileId', 'record', 'why'], {
  why: ['clear', 'failed open', 'last close', 'destroy_dev'],
});
/** The device pager was asked for a VM object; `fresh` 1 when none was known under the handle. */
export const BSD_PAGER_ALLOCATE = declareEvent(
  'lab_bsd:pager_allocate',
  ['object', 'managed', 'nrPages', 'fresh'],
  {},
);
/** A VM object is gone. */
export const BSD_OBJECT_DEAD = declareEvent('lab_bsd:object_dead', ['object', 'pages']);
/** A page came into a VM object: a fictitious one with the device's address, or one of zeros. */
export const BSD_PAGE_INSERT = declareEvent('lab_bsd:page_insert', ['object', 'page', 'pfn', 'kind'], {
  kind: ['device', 'zero'],
});
/** cdev_pager_free_page: a page left its object and all page tables. */
export const BSD_FREE_PAGE = declareEvent('lab_bsd:free_page', ['object', 'page', 'ptesCleared']);
/** make_dev and destroy_dev; `files` that are still open. */
export const BSD_MAKE_DEV = declareEvent('lab_bsd:make_dev', ['cdev', 'minor']);
export const BSD_DESTROY_DEV = declareEvent('lab_bsd:destroy_dev', ['cdev', 'files', 'records']);
/** The machine stops. */
export const BSD_PANIC = declareEvent('lab_bsd:panic', ['cdev', 'page']);
