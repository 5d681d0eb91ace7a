/**
 * The heap of system memory, /dev/dma_heap/system: shared buffers of fresh pages.
 *
 * Models     drivers/dma-buf/dma-heap.c, drivers/dma-buf/heaps/system_heap.c (Linux 6.12)
 * Units      bytes in requests, pages inside
 * Invariants I1 a buffer holds the one reference of each of its frames
 * Rule       mmap installs all entries at once, so that no access ever faults
 * Left out   private mappings of one page, which remap_pfn_range() happens to accept; pages of higher order
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import { type Bytes, PAGE_SIZE, type Pfn, pagesUp } from '../base/units.ts';
import type { CharDevice } from '../fs/char_device.ts';
import type { AccessMode, FileOperations, OpenFile } from '../fs/open_file.ts';
import { isCowMapping } from '../mm/insert_pfn.ts';
import type { MmContext } from '../mm/mm_context.ts';
import { makePte, PTE_ACCESSED, PTE_PRESENT, PTE_WRITE } from '../mm/page_table.ts';
import { failsLeaf } from '../mm/pte_alloc.ts';
import {
  VM_ACCESS,
  VM_DONTDUMP,
  VM_DONTEXPAND,
  VM_IO,
  VM_PFNMAP,
  VM_WRITE,
  type VmArea,
} from '../mm/vm_area.ts';
import type { DmaBuf, DmaBufOps, DmaBufRegistry } from './dma_buf.ts';
import { DmaResv } from './dma_resv.ts';

/** Directory of the heaps' nodes. */
export const DMA_HEAP_DIRECTORY = '/dev/dma_heap';
/** Major of the heaps; given out at boot in Linux. */
export const DMA_HEAP_MAJOR = 251;

/** The loaded heap with its device node. */
export class SystemHeapModule {
  private readonly cdev: CharDevice;
  /** Open files of the node. */
  openNodes = 0;
  private readonly node = `${DMA_HEAP_DIRECTORY}/system`;

  constructor(
    readonly registry: DmaBufRegistry,
    readonly context: MmContext,
  ) {
    const { vfs } = registry;
    this.cdev = vfs.charDevices.register(DMA_HEAP_MAJOR, 0, 1, DMA_HEAP_FOPS, this);
    try {
      vfs.createDeviceNode(this.node, 0o600, DMA_HEAP_MAJOR, 0);
    } catch (refusal) {
      vfs.charDevices.unregister(this.cdev);
      throw refusal;
    }
  }

  /** True while a file of the node is open or a buffer lives: each holds the module (fops.owner, dma_buf.owner). */
  get inUse(): boolean {
    return this.openNodes > 0 || this.registry.hasBuffersOf(SYSTEM_HEAP_OPS);
  }

  /** Unload; it must not be in use. */
  shutdown(): void {
    const { vfs } = this.registry;
    vfs.removeDeviceNode(this.node);
    vfs.charDevices.unregister(this.cdev);
  }
}
snapshotClass(SystemHeapModule, 'dma_buf.SystemHeapModule');

/** Files of heap nodes; their one ioctl is `allocFromHeap`. */
export const DMA_HEAP_FOPS: FileOperations = snapshotConstant('dma_buf.dmaHeapFops', {
  name: 'dma_heap',
  open(file: OpenFile): void {
    file.privateData = file.inode.cdev!.privateData;
    (file.privateData as SystemHeapModule).openNodes++;
  },
  release: (file: OpenFile) => void (file.privateData as SystemHeapModule).openNodes--,
  llseek: (file: OpenFile) => file.pos,
} satisfies FileOperations);

/** What a buffer is made of. */
export class HeapBuffer {
  constructor(
    readonly context: MmContext,
    readonly pages: readonly Pfn[],
  ) {}
}
snapshotClass(HeapBuffer, 'dma_buf.HeapBuffer');

/**
 * A buffer of at least `length` bytes; the caller owns its file's one reference. Models DMA_HEAP_IOCTL_ALLOC.
 *
 * @param mode access mode of the file, for good
 * @throws KernelError EINVAL for length 0; ENOMEM
 */
export function allocFromHeap(heap: SystemHeapModule, length: Bytes, mode: AccessMode): OpenFile {
  const { context, registry } = heap;
  const nrPages = pagesUp(length);
  if (nrPages === 0) throw new KernelError('EINVAL', 'DMA_HEAP_IOCTL_ALLOC', 'The buffer would be empty.');
  context.faults.slab('DMA_HEAP_IOCTL_ALLOC', 'a buffer of the heap');
  const pages = context.frames.allocRun(nrPages);
  if (pages === null)
    throw new KernelError('ENOMEM', 'DMA_HEAP_IOCTL_ALLOC', `${nrPages} pages are not free.`);
  const priv = new HeapBuffer(context, pages);
  try {
    return registry.export(nrPages * PAGE_SIZE, mode, SYSTEM_HEAP_OPS, priv, new DmaResv(0), 0).file;
  } catch (refusal) {
    for (const pfn of pages) context.frames.put(pfn);
    throw refusal;
  }
}

/** Models system_heap_mmap(), remap_pfn_range(). */
function mmap(buf: DmaBuf, vma: VmArea): void {
  if (isCowMapping(vma))
    throw new KernelError('EINVAL', 'mmap', `Buffer ${buf.ino} can only be mapped shared.`);
  const { pages } = buf.priv as HeapBuffer;
  const { mm } = vma;
  vma.privateData = buf.priv;
  vma.ops = SYSTEM_HEAP_VM_OPS;
  vma.flags |= VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP;
  let flags = PTE_ACCESSED;
  if ((vma.flags & VM_ACCESS) !== 0) flags |= PTE_PRESENT | ((vma.flags & VM_WRITE) !== 0 ? PTE_WRITE : 0);
  for (let page = vma.start; page < vma.end; page++) {
    if (failsLeaf(mm, page)) throw new KernelError('ENOMEM', 'mmap', `No page table for page ${page}.`);
    const pfn = pages[vma.pgoff + (page - vma.start)]!;
    mm.pageTable.install(page, makePte(pfn, flags), mm.context.nextPteSerial());
  }
}

/** Nothing is left for a fault to find. */
export const SYSTEM_HEAP_VM_OPS = snapshotConstant('dma_buf.systemHeapVmOps', { name: 'system_heap' });

export const SYSTEM_HEAP_OPS: DmaBufOps = snapshotConstant('dma_buf.systemHeapOps', {
  exporterName: 'system',
  mmap,
  mapForDevice: (buf: DmaBuf) => (buf.priv as HeapBuffer).pages,

  release(buf: DmaBuf): void {
    const { context, pages } = buf.priv as HeapBuffer;
    const leaked = context.sabotage === 'heap-leaks-page' ? 1 : 0;
    for (const pfn of pages.slice(leaked)) context.frames.put(pfn);
  },
} satisfies DmaBufOps);
