/**
 * Tracepoints of the room drm. Events `lab_ttm:bo_*`, `lab_drm:gem_*` and `lab_drm:dev_unplug` are emitted where the kernel
 * function of that name is entered (`ttm_bo_unmap_virtual`, `drm_gem_vm_open`, ...), so recordings can be compared.
 */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './dma_buf.ts';

/** Placements by TTM's number. */
export const PLACEMENT_WORDS = ['SYSTEM', 'TT', 'VRAM', 'PRIV', 'none'] as const;

/** Why a candidate of an eviction walk was taken or passed over; `deleted`: its object is gone, work in flight still uses it. */
export const EVICT_REASONS = [
  'victim',
  'pinned',
  'busy fence',
  'reserved',
  'wrong range',
  'deleted',
  'move failed',
] as const;
export type EvictReason = (typeof EVICT_REASONS)[number];

/** Eviction policies by number. */
export const POLICY_WORDS = ['lru'] as const;

const placement = PLACEMENT_WORDS;

/** An object exists; `kind` 0 user, 1 made by the kernel at boot. */
export const GEM_OBJECT_INIT = declareEvent(
  'lab_drm:gem_object_init',
  ['objectId', 'nrPages', 'device', 'offsetPage', 'kind'],
  {
    kind: ['user', 'boot'],
  },
);
/** The last reference of an object is gone. */
export const GEM_OBJECT_FREE = declareEvent('lab_drm:gem_object_free', ['objectId']);
/** A file got a handle to an object. */
export const GEM_HANDLE_CREATE = declareEvent('lab_drm:gem_handle_create', [
  'objectId',
  'clientId',
  'handle',
]);
/** A handle of a file is gone. */
export const GEM_HANDLE_DELETE = declareEvent('lab_drm:gem_handle_delete', [
  'objectId',
  'clientId',
  'handle',
]);
/**
 * drm_gem_vm_open and drm_gem_vm_close: VMAs of drivers that use the generic operations. Drivers on TTM never come here, which
 * the recordings show, so the events exist although none of these drivers emits them.
 */
export const GEM_VM_OPEN = declareEvent('lab_drm:gem_vm_open', ['objectId', 'vmaId']);
export const GEM_VM_CLOSE = declareEvent('lab_drm:gem_vm_close', ['objectId', 'vmaId']);
/** drm_dev_unplug. */
export const DEV_UNPLUG = declareEvent('lab_drm:dev_unplug', ['device']);
/** The device shows another framebuffer; objectId 0: nothing. */
export const CRTC_SHOW = declareEvent('lab_drm:crtc_show', ['device', 'objectId', 'fbId']);

/** A flip is done and its event was given to the file that asked for it. Linux has this tracepoint; `seq` counts flips. */
export const DRM_VBLANK_EVENT_DELIVERED = declareEvent('drm:drm_vblank_event_delivered', [
  'file',
  'crtc',
  'seq',
]);

/** ttm_bo_unmap_virtual: the mappings of an object are about to lose their entries. */
export const BO_UNMAP_VIRTUAL = declareEvent('lab_ttm:bo_unmap_virtual', ['objectId']);
/** ttm_bo_vm_fault_reserved. */
export const BO_VM_FAULT_RESERVED = declareEvent(
  'lab_ttm:bo_vm_fault_reserved',
  ['objectId', 'page', 'placement'],
  { placement },
);
/** ttm_bo_move_memcpy: the CPU copies. */
export const BO_MOVE_MEMCPY = declareEvent('lab_ttm:bo_move_memcpy', ['objectId', 'from', 'to', 'nrPages'], {
  from: placement,
  to: placement,
});
/** ttm_bo_vm_open, ttm_bo_vm_close, ttm_bo_vm_dummy_page. */
export const BO_VM_OPEN = declareEvent('lab_ttm:bo_vm_open', ['objectId', 'vmaId']);
export const BO_VM_CLOSE = declareEvent('lab_ttm:bo_vm_close', ['objectId', 'vmaId']);
export const BO_VM_DUMMY_PAGE = declareEvent('lab_ttm:bo_vm_dummy_page', ['objectId', 'vmaId', 'pfn']);
/** vmf_insert_pfn_prot: one entry offered to a page table. `page` is that of the task's address space. */
export const VMF_INSERT_PFN_PROT = declareEvent('lab_mm:vmf_insert_pfn_prot', ['vmaId', 'page', 'pfn']);

/** A move began: the object leaves `from`; `fenceContext` 0 when the CPU copied it at once. */
export const BO_MOVE = declareEvent('lab_ttm:bo_move', ['objectId', 'from', 'to', 'nrPages', 'firstPage'], {
  from: placement,
  to: placement,
});
/** A pipelined move belongs to this fence of the copy engine; it ends when the fence signals. */
export const BO_MOVE_FENCE = declareEvent('lab_ttm:bo_move_fence', [
  'objectId',
  'context',
  'seqno',
  'durationNs',
]);
/** The pages of an object went to swap slots, or came back. */
export const BO_SWAPOUT = declareEvent('lab_ttm:bo_swapout', ['objectId', 'nrPages']);
export const BO_SWAPIN = declareEvent('lab_ttm:bo_swapin', ['objectId', 'nrPages']);
/** Pin count changed; `count` is the new one. */
export const BO_PIN = declareEvent('lab_ttm:bo_pin', ['objectId', 'count']);

/** An allocation found no room; the walk over the candidates begins. `lastPage` is exclusive. */
export const EVICT_BEGIN = declareEvent(
  'lab_ttm:evict_begin',
  ['forObjectId', 'nrPages', 'placement', 'lastPage', 'policy'],
  {
    placement,
    policy: POLICY_WORDS,
  },
);
/** The walk looked at a candidate. `ageUs` microseconds of virtual time since its last use. */
export const EVICT_CANDIDATE = declareEvent(
  'lab_ttm:evict_candidate',
  ['objectId', 'forObjectId', 'reason', 'nrPages', 'ageUs'],
  { reason: EVICT_REASONS },
);
/** The walk evicted an object; it goes to `to`. */
export const EVICT_VICTIM = declareEvent(
  'lab_ttm:evict_victim',
  ['objectId', 'forObjectId', 'nrPages', 'to'],
  { to: placement },
);
/** The walk is over. `found` 1 when the allocation succeeded; `notReached` candidates were never looked at. */
export const EVICT_END = declareEvent('lab_ttm:evict_end', ['forObjectId', 'found', 'evicted', 'notReached']);

/** Entries of the GART lead to an object, or are unbound again. */
export const GART_BIND = declareEvent('lab_gtt:bind', ['objectId', 'firstEntry', 'nrEntries', 'placement'], {
  placement,
});
export const GART_UNBIND = declareEvent('lab_gtt:unbind', ['objectId', 'firstEntry', 'nrEntries']);

/** A job was given to the ring of lab_gpu. */
export const JOB_SUBMIT = declareEvent('lab_gpu:job_submit', [
  'jobId',
  'seqno',
  'nrObjects',
  'nrFills',
  'durationNs',
]);
/** An object of a job's list; it lies at this GART entry while the job runs. */
export const JOB_OBJECT = declareEvent(
  'lab_gpu:job_object',
  ['jobId', 'objectId', 'firstEntry', 'placement', 'moved'],
  {
    placement,
  },
);
/** The usable part of VRAM changed. */
export const SET_BUDGET = declareEvent('lab_gpu:set_budget', ['device', 'pages']);
