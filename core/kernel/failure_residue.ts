/**
 * What a refused call leaves behind. The rule is: nothing; every exception is a row here with its source. A test plays all
 * recordings and compares the state before and after every refusal with this table.
 *
 * Left out   faults: a signal is not a refusal, and what an access faulted in before it stays
 */
import type { Errno } from '../base/errno.ts';

export interface FailureResidue {
  /** Call of the vocabulary. */
  readonly call: string;
  /** Errors with which it can leave something behind. */
  readonly errno: readonly Errno[];
  /** What stays. */
  readonly leaves: string;
  /** Kernel function and how it was seen. */
  readonly source: string;
  /** Kinds of lines of the state that may differ. */
  readonly mayChange: readonly Kind[];
}

/** Kinds of lines of the state (state_lines.ts). */
type Kind = 'vma' | 'pte' | 'page' | 'task' | 'file' | 'inode' | 'object' | 'device' | 'frames' | 'message';

/** A mapping was split: its parts each hold the file and the object. */
const SPLIT: readonly Kind[] = ['vma', 'file', 'object'];
/** A mapping is gone, and with it perhaps the last reference of a file, an object, a device. */
const UNMAPPED: readonly Kind[] = [...SPLIT, 'pte', 'page', 'frames', 'inode', 'device', 'task'];
/** Objects have moved. */
const MOVED: readonly Kind[] = ['pte', 'object', 'frames'];

const RECORDED = 'recorded';

export const FAILURE_RESIDUE: readonly FailureResidue[] = [
  {
    call: 'mprotect',
    errno: ['ENOMEM', 'EACCES', 'EINVAL'],
    leaves:
      'Everything before the hole, or before the mapping that refuses, has the new protection; locked private memory that ' +
      'became writable has its copies.',
    source: `mm/mprotect.c: do_mprotect_pkey; ${RECORDED} (group vma)`,
    mayChange: [...SPLIT, 'pte', 'inode', 'page', 'frames'],
  },
  {
    call: 'madvise',
    errno: ['ENOMEM', 'EAGAIN', 'EINVAL', 'EACCES', 'EFAULT', 'ENODEV'],
    leaves:
      'Over a hole all mapped parts are done; a refusal by one mapping comes after the mappings before it were done, and a ' +
      'mapping that was split stays split.',
    source: `mm/madvise.c: madvise_walk_vmas; ${RECORDED} (group vma)`,
    mayChange: [...SPLIT, 'pte', 'page', 'frames', 'inode'],
  },
  {
    call: 'mremap',
    errno: ['EFAULT', 'ENOMEM', 'EINVAL'],
    leaves:
      'With a fixed destination, what was mapped there is gone; a shrunk tail of the source is gone too.',
    source: `mm/mremap.c: mremap_to; ${RECORDED} (groups vma and ttm-random)`,
    mayChange: UNMAPPED,
  },
  {
    call: 'mlock',
    errno: ['ENOMEM', 'EAGAIN'],
    leaves:
      'Mappings before the hole are locked; all are when the pages cannot be had, and some pages are there.',
    source: 'mm/mlock.c: apply_vma_lock_flags, do_mlock (read)',
    mayChange: [...SPLIT, 'pte', 'page', 'task', 'frames', 'inode'],
  },
  {
    call: 'munlock',
    errno: ['ENOMEM'],
    leaves: 'Mappings before the hole are unlocked.',
    source: 'mm/mlock.c: apply_vma_lock_flags (read)',
    mayChange: [...SPLIT, 'task'],
  },
  {
    call: 'mmap',
    errno: ['EINVAL', 'EACCES', 'ENODEV', 'ENXIO', 'EPERM', 'ENOMEM'],
    leaves:
      'With MAP_FIXED, what was mapped at the place is gone when the refusal comes from the file itself, and a gap is left; ' +
      'mappings that were split stay split.',
    source: `mm/mmap.c: mmap_region, vms_abort_munmap_vmas (read); ${RECORDED} (group ttm)`,
    mayChange: UNMAPPED,
  },
  {
    call: 'fork',
    errno: ['ENOMEM'],
    leaves:
      'Private pages that were copied before the failure are read-only in the parent until it writes again.',
    source: 'mm/memory.c: copy_present_ptes; kernel/fork.c: dup_mmap (read)',
    mayChange: ['pte'],
  },
  {
    call: 'drm.primeExport',
    errno: ['ENOMEM'],
    leaves:
      'The object keeps the shared buffer that was made for it, when only the handle cache had no memory.',
    source: 'drivers/gpu/drm/drm_prime.c: drm_gem_prime_handle_to_dmabuf (read)',
    mayChange: ['object'],
  },
  {
    call: 'drm.primeImport',
    errno: ['ENOMEM'],
    leaves: 'Pages that the exporter got for the attachment stay in its file.',
    source: 'drivers/gpu/drm/drm_gem.c: drm_gem_get_pages (read)',
    mayChange: ['frames'],
  },
  {
    call: 'gpu.execbuffer',
    errno: ['ENOMEM', 'ENOSPC'],
    leaves: 'As gpu.submit: objects of the list have moved, others were evicted for them.',
    source: 'drivers/gpu/drm/i915/gem/i915_gem_execbuffer.c: eb_reserve (read)',
    mayChange: MOVED,
  },
  {
    call: 'i915.mmapGtt',
    errno: ['ENOMEM'],
    leaves: 'Pages that the object got before the failure stay in its file.',
    source: 'drivers/gpu/drm/i915/i915_gem.c: i915_gem_object_get_page_list (Linux 2.6.28, read)',
    mayChange: ['frames'],
  },
  {
    call: 'i915.pin',
    errno: ['ENOMEM'],
    leaves: 'As i915.mmapGtt.',
    source: 'drivers/gpu/drm/i915/i915_gem.c: i915_gem_object_get_page_list (Linux 2.6.28, read)',
    mayChange: ['frames'],
  },
  {
    call: 'gpu.evict',
    errno: ['EBUSY'],
    leaves: 'An object whose move failed has lost its mappings and stays.',
    source: 'drivers/gpu/drm/ttm/ttm_bo.c: ttm_bo_handle_move_mem (read)',
    mayChange: MOVED,
  },
  {
    call: 'bsd.load',
    errno: ['ENOMEM'],
    leaves: 'The memory of the bus slot, once found, belongs to the slot.',
    source: 'sys/dev/pci/pci.c: pci_add_map (read)',
    mayChange: ['frames'],
  },
  {
    call: 'udmabuf.create',
    errno: ['ENOMEM'],
    leaves: 'The memfd keeps the pages that it got for the pin.',
    source: 'drivers/dma-buf/udmabuf.c: udmabuf_create, mm/gup.c: memfd_pin_folios (read)',
    mayChange: ['page', 'inode', 'frames'],
  },
  {
    call: 'udmabuf.createList',
    errno: ['EINVAL', 'EBADFD', 'ENOMEM'],
    leaves: 'The memfds of the items before the bad one keep the pages that they got for the pin.',
    source: 'drivers/dma-buf/udmabuf.c: udmabuf_create, mm/gup.c: memfd_pin_folios (read)',
    mayChange: ['page', 'inode', 'frames'],
  },
  {
    call: 'munmap',
    errno: ['EINVAL', 'ENOMEM'],
    leaves:
      'The mapping may stay split at the end that could be split; both halves of a writable one count as writers of its file.',
    source: `mm/vma.c: vms_gather_munmap_vmas; ${RECORDED} (group dax)`,
    mayChange: [...SPLIT, 'inode'],
  },
  {
    call: 'drm.setCrtc',
    errno: ['ENOMEM'],
    leaves:
      'Pinning evicts before it finds that no contiguous range fits: other objects have moved, their entries are gone.',
    source: `drivers/gpu/drm/ttm/ttm_bo.c: ttm_bo_alloc_resource; ${RECORDED} (group ttm)`,
    mayChange: MOVED,
  },
  {
    call: 'drm.pageFlip',
    errno: ['ENOMEM'],
    leaves: 'As drm.setCrtc.',
    source: 'drivers/gpu/drm/ttm/ttm_bo.c: ttm_bo_alloc_resource (read)',
    mayChange: MOVED,
  },
  {
    call: 'gpu.submit',
    errno: ['EINVAL', 'ENOMEM', 'ENOSPC'],
    leaves:
      'Nothing has run, but objects of the list before the one that failed have moved, and others were evicted for them.',
    source: 'drivers/gpu/drm/amd/amdgpu/amdgpu_cs.c: amdgpu_cs_parser_bos (read)',
    mayChange: MOVED,
  },
  {
    call: 'gpu.create',
    errno: ['ENOMEM', 'ENOSPC'],
    leaves: 'Room was made before it was clear that it is not enough: other objects were evicted.',
    source: 'drivers/gpu/drm/ttm/ttm_bo.c: ttm_bo_init_reserved, ttm_bo_validate (read)',
    mayChange: MOVED,
  },
  {
    call: 'gpu.pin',
    errno: ['ENOMEM', 'ENOSPC'],
    leaves: 'As drm.setCrtc.',
    source: 'drivers/gpu/drm/ttm/ttm_bo.c: ttm_bo_alloc_resource (read)',
    mayChange: MOVED,
  },
  {
    call: 'lab.setBudget',
    errno: ['ENOMEM', 'ENOSPC'],
    leaves:
      'The budget is as it was; objects that left before the one that found no place stay where they went.',
    source: 'drivers/gpu/drm/ttm/ttm_resource.c: ttm_resource_manager_evict_all (read)',
    mayChange: MOVED,
  },
  {
    call: 'recvfd',
    errno: ['EMFILE'],
    leaves: 'The message is consumed: its descriptor is lost.',
    source: 'net/core/scm.c: scm_detach_fds (read)',
    mayChange: ['file', 'inode', 'task', 'message'],
  },
];

/** The row for a refusal, or undefined: nothing may have changed. */
export function residueOf(call: string, errno: Errno): FailureResidue | undefined {
  return FAILURE_RESIDUE.find(row => row.call === call && row.errno.includes(errno));
}

/**
 * Is what a refusal left allowed?
 *
 * @param changes lines of the state that differ (state_lines.ts)
 * @returns one sentence, or null when nothing changed or a row allows all of it
 */
export function residueProblem(call: string, errno: Errno, changes: readonly string[]): string | null {
  if (changes.length === 0) return null;
  const row = residueOf(call, errno);
  if (!row) return `A refused ${call} (${errno}) has no row, but changed: ${changes.slice(0, 4).join('; ')}.`;
  for (const line of changes) {
    const kind = line.slice(2).trim().split(' ')[0]!;
    if (!(row.mayChange as readonly string[]).includes(kind)) {
      return `A refused ${call} (${errno}) changed a ${kind}, which its row does not allow: ${line}.`;
    }
  }
  return null;
}
