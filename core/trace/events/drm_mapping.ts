/** Tracepoints of the eras in which a DRM device borrowed its address space (drm/device_mapping.ts). */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './gem_shmem.ts';

/** Places in the kernel that asked whether the device has an address space yet. */
export const MAPPING_ASKERS = [
  'drm_open',
  'ttm_bo_unmap_virtual',
  'drm_dev_unplug',
  'drm_gem_prime_export',
  'i915_gem_unbind',
] as const;
export type MappingAsker = (typeof MAPPING_ASKERS)[number];

/** What they found; `gone`: the inode it was borrowed from has ended, the pointer dangles. */
export const MAPPING_ANSWERS = ['none yet', 'there', 'gone'] as const;

/** `if (dev_mapping)`: a place in the kernel had to ask. */
export const DEV_MAPPING_ASKED = declareEvent('lab_drm:dev_mapping_asked', ['device', 'asker', 'answer'], {
  asker: MAPPING_ASKERS,
  answer: MAPPING_ANSWERS,
});
/** The device took the address space of a node that was opened; fields of that inode. */
export const DEV_MAPPING_BORROWED = declareEvent('lab_drm:dev_mapping_borrowed', ['device', 'dev', 'ino']);
/** BUG_ON in drm_open: a second node inode brought another address space. */
export const DEV_MAPPING_BUG = declareEvent('lab_drm:dev_mapping_bug', ['device', 'dev', 'ino']);
