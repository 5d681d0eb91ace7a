/** Tracepoints of the GEM of 2008 (drm/drivers/i915_2008) and of the shmem drivers that were proposed for it. */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './bsd.ts';

/** Functions of the core that a client's calls went through; which ones an interface needs is counted from I915_CORE_FUNCTION. */
export const I915_CORE_FUNCTIONS = [
  'drm_ioctl',
  'drm_gem_handle_create',
  'drm_gem_object_lookup',
  'drm_gem_create_mmap_offset',
  'drm_gem_mmap',
  'drm_gem_handle_delete',
  'drm_gem_flink',
  'drm_gem_open',
  'do_mmap on a file of the kernel',
  'shmem_file_setup',
  'shmem_getpage',
  'get_unused_fd (high)',
  'shmem_driver_mmap',
  'shmem_driver_fault',
] as const;
export type I915CoreFunction = (typeof I915_CORE_FUNCTIONS)[number];

/** An object was used in another domain; masks before and after (Linux 2.6.32). */
export const I915_GEM_OBJECT_CHANGE_DOMAIN = declareEvent('i915:i915_gem_object_change_domain', [
  'objectId',
  'oldRead',
  'oldWrite',
  'newRead',
  'newWrite',
]);
/** Cache lines of an object were written back and dropped; `direction` of the bytes that this moved. */
export const I915_GEM_OBJECT_CLFLUSH = declareEvent(
  'i915:i915_gem_object_clflush',
  ['objectId', 'nrPages', 'direction', 'costNs'],
  { direction: ['write back', 'invalidate'] },
);
/** The chipset's own buffers were flushed. */
export const I915_CHIPSET_FLUSH = declareEvent('lab_i915:chipset_flush', ['objectId', 'costNs']);
/** MI_FLUSH went to the ring for these domains. */
export const I915_GEM_REQUEST_FLUSH = declareEvent('i915:i915_gem_request_flush', [
  'invalidate',
  'flush',
  'costNs',
]);
/** An object got space in the GTT, or lost it. */
export const I915_GEM_OBJECT_BIND = declareEvent('i915:i915_gem_object_bind', [
  'objectId',
  'gttPage',
  'nrPages',
]);
export const I915_GEM_OBJECT_UNBIND = declareEvent('i915:i915_gem_object_unbind', [
  'objectId',
  'gttPage',
  'nrPages',
]);
/** What evict_something chose; objectId 0: it waits for a request or found nothing. */
export const I915_GEM_EVICT = declareEvent('lab_i915:evict_something', ['objectId', 'wantedPages', 'chose'], {
  chose: ['inactive', 'waits for a request', 'flushes', 'nothing'],
});
/** Requests: given to the ring, retired. */
export const I915_GEM_REQUEST_SUBMIT = declareEvent('i915:i915_gem_request_submit', [
  'seqno',
  'nrObjects',
  'flushDomains',
]);
export const I915_GEM_REQUEST_RETIRE = declareEvent('i915:i915_gem_request_retire', ['seqno']);
/** An object is on another list now. */
export const I915_OBJECT_LIST = declareEvent('lab_i915:object_list', ['objectId', 'list'], {
  list: ['none', 'active', 'flushing', 'inactive'],
});
/** A fault through the GTT. */
export const I915_GEM_OBJECT_FAULT = declareEvent('i915:i915_gem_object_fault', [
  'objectId',
  'page',
  'write',
  'bound',
]);
/** pread and pwrite; `path` of the bytes. */
export const I915_GEM_OBJECT_PREAD = declareEvent('i915:i915_gem_object_pread', [
  'objectId',
  'offset',
  'length',
]);
export const I915_GEM_OBJECT_PWRITE = declareEvent(
  'i915:i915_gem_object_pwrite',
  ['objectId', 'offset', 'length', 'path'],
  { path: ['gtt', 'shmem'] },
);
/** Pages of an object went to swap, or came back. */
export const I915_SWAP_OUT = declareEvent('lab_i915:swap_out', ['objectId', 'nrPages']);
export const I915_SWAP_IN = declareEvent('lab_i915:swap_in', ['mapping', 'page']);
/** A line of text was drawn into the framebuffer by CPU stores. */
export const I915_CONSOLE_LINE = declareEvent('lab_i915:console_line', ['objectId', 'line', 'chars']);
/** A call of a client went through a function of the core. */
export const I915_CORE_FUNCTION = declareEvent('lab_i915:core_function', ['fn'], { fn: I915_CORE_FUNCTIONS });
