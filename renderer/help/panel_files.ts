/** Which kernel files stand behind what a panel shows. */
export const PANEL_FILES: Readonly<Record<string, readonly string[]>> = {
  memory: ['drivers/gpu/drm/ttm/ttm_bo.c', 'drivers/gpu/drm/ttm/ttm_bo_vm.c', 'mm/memory.c'],
  tasks: ['kernel/fork.c', 'fs/file.c', 'mm/mmap.c'],
  objects: ['drivers/gpu/drm/drm_gem.c', 'drivers/gpu/drm/ttm/ttm_resource.c'],
  files: ['fs/proc/task_mmu.c', 'fs/proc/fd.c', 'drivers/gpu/drm/drm_file.c', 'drivers/dma-buf/dma-buf.c'],
  inspector: ['drivers/gpu/drm/ttm/ttm_bo.c', 'drivers/dma-buf/dma-resv.c'],
  console: ['arch/x86/entry/syscalls/syscall_64.tbl', 'drivers/gpu/drm/drm_ioctl.c'],
  timeline: ['include/trace/events', 'drivers/dma-buf/dma-fence.c'],
  charts: ['drivers/gpu/drm/ttm/ttm_resource.c', 'mm/vmstat.c'],
  ring: ['drivers/gpu/drm/i915/gt/intel_ring.c', 'drivers/gpu/drm/i915/gt/intel_engine_cs.c'],
  framebuffer: ['drivers/gpu/drm/drm_framebuffer.c', 'drivers/gpu/drm/drm_fb_helper.c'],
  log: ['include/trace/events', 'kernel/trace/trace.c'],
};
