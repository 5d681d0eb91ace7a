/**
 * Tracepoints of shmem GEM objects. `lab_drm:gem_shmem_vm_open` and `lab_drm:gem_shmem_vm_close` are emitted where
 * drm_gem_shmem_vm_open() and drm_gem_shmem_vm_close() are entered, so recordings can be compared.
 */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './dax.ts';

export const GEM_SHMEM_VM_OPEN = declareEvent('lab_drm:gem_shmem_vm_open', ['objectId', 'vmaId']);
export const GEM_SHMEM_VM_CLOSE = declareEvent('lab_drm:gem_shmem_vm_close', ['objectId', 'vmaId']);
/** The pages of an object are held in memory, or let go; `uses` is the new count. */
export const GEM_SHMEM_PAGES = declareEvent('lab_drm:gem_shmem_pages', ['objectId', 'nrPages', 'uses']);
/** A device attached to a shared buffer, or let it go. */
export const DMA_BUF_ATTACH = declareEvent('lab_dma_buf:attach', ['ino', 'attachments']);
export const DMA_BUF_DETACH = declareEvent('lab_dma_buf:detach', ['ino', 'attachments']);
