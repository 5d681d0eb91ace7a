/**
 * What the conformance board has rows for: calls of transcripts with the kernel code they exercise, and the rows of the call
 * table (chapter 7 of the dossier) that no recording can show, each with its unit test or with the reason why it is not modelled.
 *
 * Rule       a call that is missing here still gets rows, under its own name and without a source; nothing is left out
 */

/** A call of the transcripts and the code behind it. The first entry whose groups fit counts. */
export interface RecordedBehaviour {
  readonly section: string;
  readonly call: string;
  /** Groups of transcripts in which the call means this; absent: everywhere else. */
  readonly groups?: readonly string[];
  /** Name in the kernel. */
  readonly kernel: string;
  readonly source: string;
}

/** A behaviour without a recording. */
export interface OtherBehaviour {
  readonly section: string;
  readonly kernel: string;
  readonly source: string;
  /** The unit test that shows it: file and title. */
  readonly test?: readonly [file: string, title: string];
  /** Why it is not modelled; exactly one of this and `test` is there. */
  readonly notModelled?: string;
}

type Row = readonly [call: string, kernel: string, source: string, groups?: readonly string[]];

const TTM = ['ttm', 'ttm-random'];

function section(name: string, rows: readonly Row[]): RecordedBehaviour[] {
  return rows.map(([call, kernel, source, groups]) => ({
    section: name,
    call,
    kernel,
    source,
    ...(groups ? { groups } : {}),
  }));
}

export const RECORDED: readonly RecordedBehaviour[] = [
  ...section('Device files', [
    ['open', 'dax_open', 'drivers/dax/device.c', ['dax']],
    ['open', 'drm_open', 'drivers/gpu/drm/drm_file.c', [...TTM, 'gem', 'dmabuf']],
    ['close', 'drm_release', 'drivers/gpu/drm/drm_file.c', [...TTM, 'gem']],
    ['close', 'dma_buf_release', 'drivers/dma-buf/dma-buf.c', ['dmabuf']],
    ['mmap', 'ttm_bo_mmap_obj', 'drivers/gpu/drm/ttm/ttm_bo_vm.c', TTM],
    ['mmap', 'drm_gem_mmap', 'drivers/gpu/drm/drm_gem.c', ['gem']],
    ['mmap', 'dma_buf_mmap_internal', 'drivers/dma-buf/dma-buf.c', ['dmabuf']],
    ['mmap', 'dax_mmap', 'drivers/dax/device.c', ['dax']],
    ['touch', 'ttm_bo_vm_fault', 'drivers/gpu/drm/ttm/ttm_bo_vm.c', TTM],
    ['touch', 'drm_gem_shmem_fault', 'drivers/gpu/drm/drm_gem_shmem_helper.c', ['gem']],
    ['touch', 'udmabuf_vm_fault, system_heap_mmap', 'drivers/dma-buf', ['dmabuf']],
    ['touch', 'dev_dax_huge_fault', 'drivers/dax/device.c', ['dax']],
    ['fork', 'vm_ops->open, copy_page_range', 'mm/memory.c', [...TTM, 'gem', 'dmabuf', 'dax']],
    ['sysfs.write', 'unbind_store, bind_store', 'drivers/base/bus.c'],
  ]),
  ...section('Core GEM and PRIME', [
    ['drm.getMagic', 'drm_getmagic', 'drivers/gpu/drm/drm_auth.c'],
    ['drm.authMagic', 'drm_authmagic', 'drivers/gpu/drm/drm_auth.c'],
    ['drm.setMaster', 'drm_setmaster_ioctl', 'drivers/gpu/drm/drm_auth.c'],
    ['drm.dropMaster', 'drm_dropmaster_ioctl', 'drivers/gpu/drm/drm_auth.c'],
    ['drm.gemClose', 'drm_gem_close_ioctl', 'drivers/gpu/drm/drm_gem.c'],
    ['drm.gemFlink', 'drm_gem_flink_ioctl', 'drivers/gpu/drm/drm_gem.c'],
    ['drm.gemOpen', 'drm_gem_open_ioctl', 'drivers/gpu/drm/drm_gem.c'],
    ['drm.primeExport', 'drm_prime_handle_to_fd_ioctl', 'drivers/gpu/drm/drm_prime.c'],
    ['drm.primeImport', 'drm_prime_fd_to_handle_ioctl', 'drivers/gpu/drm/drm_prime.c'],
    ['drm.createDumb', 'drm_mode_create_dumb', 'drivers/gpu/drm/drm_dumb_buffers.c'],
    ['drm.mapDumb', 'drm_gem_dumb_map_offset', 'drivers/gpu/drm/drm_gem.c'],
    ['drm.destroyDumb', 'drm_mode_destroy_dumb', 'drivers/gpu/drm/drm_dumb_buffers.c'],
    ['drm.getCap', 'drm_getcap', 'drivers/gpu/drm/drm_ioctl.c'],
    ['drm.badIoctl', 'drm_ioctl', 'drivers/gpu/drm/drm_ioctl.c'],
    ['ioctlRaw', 'vfs_ioctl', 'fs/ioctl.c'],
  ]),
  ...section('Display', [
    ['drm.addFB', 'drm_mode_addfb', 'drivers/gpu/drm/drm_framebuffer.c'],
    ['drm.rmFB', 'drm_mode_rmfb', 'drivers/gpu/drm/drm_framebuffer.c'],
    ['drm.getFB', 'drm_mode_getfb', 'drivers/gpu/drm/drm_framebuffer.c'],
    ['drm.setCrtc', 'drm_mode_setcrtc', 'drivers/gpu/drm/drm_crtc.c'],
    ['drm.pageFlip', 'drm_mode_page_flip_ioctl', 'drivers/gpu/drm/drm_plane.c'],
    ['drm.crtcOff', 'drm_mode_setcrtc (no framebuffer)', 'drivers/gpu/drm/drm_crtc.c'],
    ['drm.getResources', 'drm_mode_getresources', 'drivers/gpu/drm/drm_mode_config.c'],
  ]),
  ...section('TTM and qxl', [
    ['vramManager', 'ttm_range_man_debug', 'drivers/gpu/drm/ttm/ttm_range_manager.c'],
    ['qxl.allocSurf', 'qxl_alloc_surf_ioctl', 'drivers/gpu/drm/qxl/qxl_ioctl.c'],
    ['qxl.map', 'qxl_map_ioctl', 'drivers/gpu/drm/qxl/qxl_ioctl.c'],
  ]),
  ...section('dma-buf, udmabuf, heaps', [
    ['lseek', 'dma_buf_llseek', 'drivers/dma-buf/dma-buf.c', ['dmabuf']],
    ['poll', 'dma_buf_poll', 'drivers/dma-buf/dma-buf.c'],
    ['dmabuf.sync', 'dma_buf_ioctl: DMA_BUF_IOCTL_SYNC', 'drivers/dma-buf/dma-buf.c'],
    ['dmabuf.setName', 'dma_buf_set_name', 'drivers/dma-buf/dma-buf.c'],
    ['dmabuf.exportSyncFile', 'dma_buf_export_sync_file', 'drivers/dma-buf/dma-buf.c'],
    ['udmabuf.create', 'udmabuf_ioctl_create', 'drivers/dma-buf/udmabuf.c'],
    ['udmabuf.createList', 'udmabuf_ioctl_create_list', 'drivers/dma-buf/udmabuf.c'],
    ['heap.alloc', 'system_heap_allocate', 'drivers/dma-buf/heaps/system_heap.c'],
    ['bufinfo', 'dma_buf_debug_show', 'drivers/dma-buf/dma-buf.c'],
  ]),
  ...section('Memory', [
    ['mmap', 'do_mmap', 'mm/mmap.c'],
    ['munmap', 'do_vmi_munmap', 'mm/mmap.c'],
    ['mprotect', 'do_mprotect_pkey', 'mm/mprotect.c'],
    ['mremap', 'sys_mremap', 'mm/mremap.c'],
    ['madvise', 'do_madvise', 'mm/madvise.c'],
    ['mlock', 'do_mlock', 'mm/mlock.c'],
    ['munlock', 'sys_munlock', 'mm/mlock.c'],
    ['msync', 'sys_msync', 'mm/msync.c'],
    ['mincore', 'sys_mincore', 'mm/mincore.c'],
    ['touch', 'handle_mm_fault', 'mm/memory.c'],
    ['touchRange', 'handle_mm_fault', 'mm/memory.c'],
    ['stamp', 'handle_mm_fault (write)', 'mm/memory.c'],
    ['checkStamps', 'handle_mm_fault (read)', 'mm/memory.c'],
    ['fork', 'dup_mmap', 'kernel/fork.c'],
    ['memfd', 'sys_memfd_create', 'mm/memfd.c'],
    ['ftruncate', 'shmem_setattr', 'mm/shmem.c'],
    ['fallocate', 'shmem_fallocate', 'mm/shmem.c'],
  ]),
  ...section('Files and tasks', [
    ['open', 'do_sys_openat2', 'fs/open.c'],
    ['close', 'filp_close', 'fs/open.c'],
    ['dup', 'sys_dup', 'fs/file.c'],
    ['fcntl', 'do_fcntl', 'fs/fcntl.c'],
    ['lseek', 'vfs_llseek', 'fs/read_write.c'],
    ['read', 'vfs_read', 'fs/read_write.c'],
    ['write', 'vfs_write', 'fs/read_write.c'],
    ['pread', 'ksys_pread64', 'fs/read_write.c'],
    ['pwrite', 'ksys_pwrite64', 'fs/read_write.c'],
    ['mknod', 'do_mknodat', 'fs/namei.c'],
    ['link', 'do_linkat', 'fs/namei.c'],
    ['unlink', 'do_unlinkat', 'fs/namei.c'],
    ['rename', 'do_renameat2', 'fs/namei.c'],
    ['sendfd', 'unix_attach_fds', 'net/unix/af_unix.c'],
    ['recvfd', 'unix_detach_fds', 'net/unix/af_unix.c'],
    ['exit', 'exit_mm, exit_files', 'kernel/exit.c'],
    ['spawn', 'begin_new_exec', 'fs/exec.c'],
    ['setuid', 'sys_setuid', 'kernel/sys.c'],
  ]),
  ...section('Anonymous inodes', [
    ['eventfd', 'do_eventfd', 'fs/eventfd.c'],
    ['epoll', 'do_epoll_create', 'fs/eventpoll.c'],
    ['timerfd', 'sys_timerfd_create', 'fs/timerfd.c'],
    ['signalfd', 'do_signalfd4', 'fs/signalfd.c'],
    ['inotify', 'do_inotify_init', 'fs/notify/inotify/inotify_user.c'],
    ['userfaultfd', 'new_userfaultfd', 'fs/userfaultfd.c'],
    ['pidfd', 'pidfd_prepare', 'kernel/fork.c'],
    ['fsopen', 'sys_fsopen', 'fs/fsopen.c'],
    ['pipe', 'do_pipe2', 'fs/pipe.c'],
    ['socket', 'sock_alloc_file', 'net/socket.c'],
  ]),
  ...section('Looking', [
    ['ptes', 'page tables of the task', 'arch/x86/mm'],
    ['pagemap', 'pagemap_read', 'fs/proc/task_mmu.c'],
    ['vmas', 'show_map_vma', 'fs/proc/task_mmu.c'],
    ['smaps', 'show_smap', 'fs/proc/task_mmu.c'],
    ['observe', 'show_map_vma, pagemap_read', 'fs/proc/task_mmu.c'],
    ['mapFiles', 'proc_map_files_readdir', 'fs/proc/base.c'],
    ['readlink', 'proc_pid_readlink', 'fs/proc/base.c'],
    ['fdinfo', 'proc_fdinfo show_fdinfo', 'fs/proc/fd.c'],
    ['fstat', 'vfs_fstat', 'fs/stat.c'],
    ['stat', 'vfs_statx', 'fs/stat.c'],
    ['frames', 'page_to_pfn of the entries', 'mm/memory.c'],
    ['exists', 'kern_path', 'fs/namei.c'],
  ]),
  ...section('Frame of the recordings', [
    ['arena', 'none: names a free address range', '–'],
    ['settle', 'none: waits for deferred work', '–'],
    ['trace.on', 'register_kprobe', 'kernel/kprobes.c'],
    ['trace.off', 'unregister_kprobe', 'kernel/kprobes.c'],
  ]),
];

const I915_IS_OF_2008 =
  'The i915 that is modelled is the one of 2008, which has no such call; lab_gpu has what it shares with others.';
const DISPLAY_IS_NOT_SWITCHED = 'The X server of 2008 stopped and started GEM by it; nothing stops it here.';
const NO_AMDGPU = 'No machine has an amdgpu; lab_gpu models the common parts under its own calls.';
const NO_DRIVER_HAS_IT = 'No call of a task leads there yet.';

const i915 = (kernel: string, source: string, notModelled = I915_IS_OF_2008): OtherBehaviour => ({
  section: 'i915',
  kernel,
  source: `drivers/gpu/drm/i915/${source}`,
  notModelled,
});
/** Modelled, and shown by a unit test of that title. */
const i915Of2008 = (kernel: string, title: string): OtherBehaviour => ({
  section: 'i915',
  kernel: `${kernel} (2008)`,
  source: 'drivers/gpu/drm/i915/i915_gem.c',
  test: ['core/drm/drivers/i915_2008/i915_2008.test.ts', title],
});
const amdgpu = (kernel: string, source: string): OtherBehaviour => ({
  section: 'amdgpu',
  kernel,
  source: `drivers/gpu/drm/amd/amdgpu/${source}`,
  notModelled: NO_AMDGPU,
});

const DAX = 'core/dax/device_dax.test.ts';

export const OTHERS: readonly OtherBehaviour[] = [
  {
    section: 'Device files',
    kernel: 'ttm_bo_vm_access (ptrace, /proc/pid/mem)',
    source: 'drivers/gpu/drm/ttm/ttm_bo_vm.c',
    notModelled: NO_DRIVER_HAS_IT,
  },
  {
    section: 'Device files',
    kernel: 'drm_read',
    source: 'drivers/gpu/drm/drm_file.c',
    notModelled:
      'Events are handed over with the call that causes them (pageFlip); there is no queue to read.',
  },
  {
    section: 'Core GEM and PRIME',
    kernel: 'drm_gem_change_handle_ioctl',
    source: 'drivers/gpu/drm/drm_gem.c',
    notModelled: 'Newer than the recorded kernels.',
  },
  {
    section: 'TTM and qxl',
    kernel: 'ttm_bo_alloc_resource: second heap before eviction',
    source: 'drivers/gpu/drm/ttm/ttm_bo.c',
    test: [
      'core/drm/drivers/qxl.test.ts',
      'surfaces fill the surface heap, then VRAM; nothing is evicted before both are full',
    ],
  },
  {
    section: 'dma-buf, udmabuf, heaps',
    kernel: 'dma_buf_import_sync_file',
    source: 'drivers/dma-buf/dma-buf.c',
    test: [
      'core/dma_buf/sync_file.test.ts',
      'put into another buffer its users wait too; any other file is EINVAL',
    ],
  },
  {
    section: 'dma-buf, udmabuf, heaps',
    kernel: 'dma_resv_add_fence',
    source: 'drivers/dma-buf/dma-resv.c',
    test: [
      'core/dma_buf/fence.test.ts',
      'add: WRITE replaces an older READ of its context; a later READ may not replace that WRITE',
    ],
  },
  {
    section: 'device-dax',
    kernel: 'size_store',
    source: 'drivers/dax/bus.c',
    test: [
      DAX,
      'rules of the file: EBUSY while bound, EINVAL off the alignment, ENOSPC beyond the region, equal size 0',
    ],
  },
  {
    section: 'device-dax',
    kernel: 'delete_store',
    source: 'drivers/dax/bus.c',
    test: [DAX, 'bound or with memory: EBUSY; id 0: EBUSY for ever; unknown: ENXIO; else the node goes'],
  },
  {
    section: 'device-dax',
    kernel: 'dax_core_init, dax_core_exit',
    source: 'drivers/dax/super.c',
    test: ['core/dax/dax_module.test.ts', 'load and unload 1,000 times: every counter at its start value'],
  },
  {
    section: 'FreeBSD',
    kernel: 'devfs_open',
    source: 'sys/fs/devfs/devfs_vnops.c',
    test: [
      'core/bsd/cdevpriv.test.ts',
      'a failing open ends the record that it set before open returns; ERESTART becomes EINTR',
    ],
  },
  {
    section: 'FreeBSD',
    kernel: 'devfs_set_cdevpriv, devfs_get_cdevpriv, devfs_clear_cdevpriv',
    source: 'sys/fs/devfs/devfs_vnops.c',
    test: ['core/bsd/cdevpriv.test.ts', 'without a current file: set ENOENT, get EBADF, clear silent'],
  },
  {
    section: 'FreeBSD',
    kernel: 'devfs_close_f',
    source: 'sys/fs/devfs/devfs_vnops.c',
    test: ['core/bsd/cdevpriv.test.ts', 'close: d_close with the file in td_fpop, then the destructor'],
  },
  {
    section: 'FreeBSD',
    kernel: 'devfs_mmap_f',
    source: 'sys/fs/devfs/devfs_vnops.c',
    test: [
      'core/bsd/device_pager.test.ts',
      'private: EINVAL; beyond the rights of the file: EACCES; gone: ENXIO; beyond the device: EINVAL',
    ],
  },
  {
    section: 'FreeBSD',
    kernel: 'dev_pager_getpages',
    source: 'sys/vm/device_pager.c',
    test: [
      'core/bsd/device_pager.test.ts',
      '5 pages mapped, 3 touched: d_mmap called 8 times, 5 with the file, 3 without',
    ],
  },
  {
    section: 'FreeBSD',
    kernel: 'destroy_dev',
    source: 'sys/kern/kern_conf.c',
    test: [
      'core/bsd/destroy_dev.test.ts',
      'all destructors run although files are open; closing them runs none',
    ],
  },
  i915Of2008('i915_gem_create_ioctl', 'golden values: (CPU, CPU) used as RENDER write'),
  i915Of2008('i915_gem_pread_ioctl', 'a partial pread invalidates the pages it reads and no others'),
  i915Of2008('i915_gem_pwrite_ioctl', 'a flush that does nothing shows: memory keeps its old bytes'),
  i915Of2008('i915_gem_mmap_ioctl', 'a store of the CPU reaches memory only by the move to the aperture'),
  i915('i915_gem_mmap_offset_ioctl', 'gem/i915_gem_mman.c'),
  i915Of2008(
    'i915_gem_mmap_gtt_ioctl',
    'the oldest idle object gives its place up, its entries go, and a touch binds it again',
  ),
  i915Of2008(
    'i915_gem_set_domain_ioctl',
    'domains of the GPU, and a writer beside other readers, are refused',
  ),
  i915Of2008(
    'i915_gem_sw_finish_ioctl',
    'what the CPU drew into a pinned object reaches memory when it says that it finished',
  ),
  i915('i915_gem_set_caching_ioctl', 'gem/i915_gem_domain.c'),
  i915('i915_gem_set_tiling_ioctl', 'gem/i915_gem_tiling.c'),
  i915Of2008('i915_gem_madvise_ioctl', 'contents that are no longer needed go for good'),
  i915Of2008('i915_gem_busy_ioctl', 'what the GPU wrote waits on the flushing list for a flush'),
  i915('i915_gem_wait_ioctl', 'gem/i915_gem_wait.c'),
  i915('i915_gem_throttle_ioctl', 'gem/i915_gem_throttle.c'),
  i915('i915_gem_execbuffer2_ioctl', 'gem/i915_gem_execbuffer.c'),
  i915Of2008('i915_gem_execbuffer', 'what the GPU wrote waits on the flushing list for a flush'),
  i915Of2008(
    'i915_gem_pin_ioctl, i915_gem_unpin_ioctl',
    'boot objects are pinned: a GTT that they and pinned objects fill refuses with ENOMEM',
  ),
  i915Of2008(
    'i915_gem_get_aperture_ioctl',
    'boot objects are pinned: a GTT that they and pinned objects fill refuses with ENOMEM',
  ),
  i915('i915_gem_init_ioctl (2008)', 'i915_gem.c', DISPLAY_IS_NOT_SWITCHED),
  i915('i915_gem_entervt_ioctl, i915_gem_leavevt_ioctl (2008)', 'i915_gem.c', DISPLAY_IS_NOT_SWITCHED),
  i915('i915_gem_userptr_ioctl', 'gem/i915_gem_userptr.c'),
  i915('i915_vma_unbind', 'i915_vma.c'),
  i915('i915_gem_shrink', 'gem/i915_gem_shrinker.c'),
  amdgpu('amdgpu_gem_create_ioctl', 'amdgpu_gem.c'),
  amdgpu('amdgpu_gem_mmap_ioctl', 'amdgpu_gem.c'),
  amdgpu('amdgpu_gem_wait_idle_ioctl', 'amdgpu_gem.c'),
  amdgpu('amdgpu_cs_ioctl', 'amdgpu_cs.c'),
  amdgpu('amdgpu_ctx_ioctl', 'amdgpu_ctx.c'),
  amdgpu('amdgpu_bo_move', 'amdgpu_ttm.c'),
];
