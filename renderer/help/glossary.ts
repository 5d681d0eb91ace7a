/** Words of the window, each with what it means and the kernel file behind it. */
export interface Word {
  readonly word: string;
  readonly means: string;
  readonly file?: string;
}

export const GLOSSARY: readonly Word[] = [
  {
    word: 'Buffer object (BO)',
    means:
      'Memory that a GPU works on: a texture, an image, a buffer of vertices. It keeps its identity when its bytes move.',
    file: 'drivers/gpu/drm/ttm/ttm_bo.c',
  },
  {
    word: 'Budget',
    means: 'How much of VRAM the manager may fill. Below the working set, objects start to travel.',
    file: 'drivers/gpu/drm/ttm/ttm_resource.c',
  },
  {
    word: 'dma-buf',
    means: 'A descriptor for an object, so that another process or another device can hold it.',
    file: 'drivers/dma-buf/dma-buf.c',
  },
  {
    word: 'Eviction',
    means:
      'An object leaves VRAM because another needs the room: the one used longest ago that nobody holds in place.',
    file: 'drivers/gpu/drm/ttm/ttm_bo.c',
  },
  {
    word: 'Fault',
    means: 'A process touches a page without an entry; the kernel finds the bytes and makes one.',
    file: 'mm/memory.c, drivers/gpu/drm/ttm/ttm_bo_vm.c',
  },
  {
    word: 'Fence',
    means: 'A promise of the GPU that something will be done; whoever waits is told when it is.',
    file: 'drivers/dma-buf/dma-fence.c',
  },
  {
    word: 'GART',
    means: 'The table by which the GPU sees pages of system memory as one range of addresses.',
    file: 'drivers/gpu/drm/i915/gt/intel_ggtt.c, drivers/gpu/drm/amd/amdgpu/amdgpu_gart.c',
  },
  {
    word: 'Handle',
    means: 'The number by which one open file of a device names an object; the last one to go frees it.',
    file: 'drivers/gpu/drm/drm_gem.c',
  },
  {
    word: 'Inode and address space',
    means:
      'Mappings hang in the address space of an inode. One for the whole device finds every mapping in one walk.',
    file: 'fs/inode.c, drivers/gpu/drm/drm_drv.c',
  },
  {
    word: 'LRU',
    means: 'The list of objects by last use; victims are taken from its old end.',
    file: 'drivers/gpu/drm/ttm/ttm_resource.c',
  },
  {
    word: 'Pin',
    means: 'An object that may not move: what the display scans out, what the ring lies in.',
    file: 'drivers/gpu/drm/ttm/ttm_bo.c',
  },
  {
    word: 'PTE',
    means: 'An entry of a page table: one page of a process, and the frame that it leads to.',
    file: 'mm/memory.c',
  },
  {
    word: 'Ring',
    means:
      'Where the kernel puts commands and the GPU takes them: a tail that runs ahead, a head that follows.',
    file: 'drivers/gpu/drm/i915/gt/intel_ring.c',
  },
  {
    word: 'Shoot-down',
    means: 'Before an object moves, its entries are cleared in every page table; the next touch is a fault.',
    file: 'mm/memory.c: unmap_mapping_range',
  },
  {
    word: 'SIGBUS',
    means: 'What a process gets that touches a mapping behind which there is no memory any more.',
    file: 'mm/memory.c',
  },
  {
    word: 'Status page',
    means: 'Memory in which the GPU writes how far it is, so that nobody has to ask its registers.',
    file: 'drivers/gpu/drm/i915/gt/intel_engine_cs.c',
  },
  {
    word: 'SYSTEM, TT, VRAM, SWAP',
    means:
      'Where bytes lie: system memory, system memory bound in the GART, memory of the card, a file on disk.',
    file: 'include/drm/ttm/ttm_placement.h',
  },
  {
    word: 'Validate',
    means: 'Before a job runs, each of its objects is brought to where the GPU can use it.',
    file: 'drivers/gpu/drm/ttm/ttm_bo.c: ttm_bo_validate',
  },
  {
    word: 'VMA',
    means: 'A mapping: a range of addresses of a process, and the file that stands behind it.',
    file: 'mm/mmap.c',
  },
];
