/**
 * /dev/udmabuf: pages of memfds as one shared buffer. The pages are pinned for the buffer's life, the files are not held.
 *
 * Models     drivers/dma-buf/udmabuf.c, memfd_pin_folios (Linux 6.12)
 * Units      bytes in requests, pages inside
 * Invariants I1 a buffer holds one reference of each of its frames, once per place in the list
 * Rule       a hole punched into the memfd gives the memfd new pages; the buffer and its mappings keep the old ones. One entry
 *            per fault (6.12; later kernels map ahead)
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import { type Bytes, PAGE_SIZE, type Pfn } from '../base/units.ts';
import type { CharDevice } from '../fs/char_device.ts';
import type { FileOperations, OpenFile } from '../fs/open_file.ts';
import { vmfInsertPfn } from '../mm/insert_pfn.ts';
import type { MmContext } from '../mm/mm_context.ts';
import { NO_PFN } from '../mm/page_frame.ts';
import { F_SEAL_FUTURE_WRITE, F_SEAL_SHRINK, F_SEAL_WRITE } from '../mm/seals.ts';
import { type ShmemPages, shmemPagesOf } from '../mm/shmem.ts';
import { VM_DONTDUMP, VM_DONTEXPAND, VM_PFNMAP, VM_SHARED, VM_WRITE, type VmArea } from '../mm/vm_area.ts';
import type { VmFault, VmFaultReason, VmOperations } from '../mm/vm_fault.ts';
import type { DmaBuf, DmaBufOps, DmaBufRegistry } from './dma_buf.ts';
import { DmaResv } from './dma_resv.ts';

/** Items of a list, and MiB of a buffer, that the module takes (its parameters' defaults). */
export const UDMABUF_LIST_LIMIT = 1024;
export const UDMABUF_SIZE_LIMIT_MB = 64;

const NODE = '/dev/udmabuf';
const MISC_MAJOR = 10;
const MINOR = 125;

/** The loaded module with its device node. */
export class UdmabufModule {
  private readonly cdev: CharDevice;
  /** Open files of the node. */
  openNodes = 0;

  constructor(
    readonly registry: DmaBufRegistry,
    readonly context: MmContext,
  ) {
    const { vfs } = registry;
    this.cdev = vfs.charDevices.register(MISC_MAJOR, MINOR, 1, UDMABUF_DEVICE_FOPS, this);
    try {
      vfs.createDeviceNode(NODE, 0o600, MISC_MAJOR, MINOR);
    } catch (refusal) {
      vfs.charDevices.unregister(this.cdev);
      throw refusal;
    }
  }

  /** True while a file of the node is open or a buffer lives: each holds the module (fops.owner, dma_buf.owner). */
  get inUse(): boolean {
    return this.openNodes > 0 || this.registry.hasBuffersOf(UDMABUF_OPS);
  }

  /** Unload; it must not be in use. */
  shutdown(): void {
    const { vfs } = this.registry;
    vfs.removeDeviceNode(NODE);
    vfs.charDevices.unregister(this.cdev);
  }
}
snapshotClass(UdmabufModule, 'dma_buf.UdmabufModule');

/** Files of the node; its one ioctl is `createUdmabuf`. */
export const UDMABUF_DEVICE_FOPS: FileOperations = snapshotConstant('dma_buf.udmabufDeviceFops', {
  name: 'udmabuf device',
  open(file: OpenFile): void {
    file.privateData = file.inode.cdev!.privateData;
    (file.privateData as UdmabufModule).openNodes++;
  },
  release: (file: OpenFile) => void (file.privateData as UdmabufModule).openNodes--,
  llseek: (file: OpenFile) => file.pos,
} satisfies FileOperations);

/** What a buffer is made of. */
export class Udmabuf {
  /** Mapped for the CPU once (begin), and from then on. */
  cpuMapped = false;

  constructor(
    readonly context: MmContext,
    readonly pages: readonly Pfn[],
  ) {}
}
snapshotClass(Udmabuf, 'dma_buf.Udmabuf');

/** A part of a memfd. */
export interface UdmabufItem {
  /** Null for a descriptor that is not open. */
  readonly file: OpenFile | null;
  readonly offset: Bytes;
  readonly size: Bytes;
}

/**
 * A buffer of the items one after the other; the caller owns its file's one reference.
 *
 * @throws KernelError EINVAL parts of pages, nothing, too much, beyond the file, or wrong seals (SHRINK is needed, WRITE and
 *         FUTURE_WRITE must not be there); EBADFD no file in shared memory; ENOMEM. No page is pinned then
 */
export function createUdmabuf(module: UdmabufModule, items: readonly UdmabufItem[]): OpenFile {
  const { context, registry } = module;
  const refuse = (why: string): never => {
    throw new KernelError('EINVAL', 'UDMABUF_CREATE', why);
  };
  if (items.length > UDMABUF_LIST_LIMIT) refuse(`A list has at most ${UDMABUF_LIST_LIMIT} items.`);
  let size = 0;
  for (const item of items) {
    if (item.offset % PAGE_SIZE !== 0 || item.size % PAGE_SIZE !== 0)
      refuse(`${item.size} bytes from ${item.offset} on are not whole pages.`);
    size += item.size;
    if (size > UDMABUF_SIZE_LIMIT_MB * 2 ** 20) refuse(`A buffer has at most ${UDMABUF_SIZE_LIMIT_MB} MiB.`);
  }
  if (size === 0) refuse('The buffer would be empty.');
  context.faults.slab('UDMABUF_CREATE', 'what the buffer is made of');
  context.faults.slab('UDMABUF_CREATE', 'the list of its pages');
  const pages: Pfn[] = [];
  try {
    for (const item of items) pinItem(context, item, pages);
    const priv = new Udmabuf(context, pages);
    return registry.export(size, 'rdwr', UDMABUF_OPS, priv, new DmaResv(0), 0).file;
  } catch (refusal) {
    for (const pfn of pages) context.frames.put(pfn);
    throw refusal;
  }
}

function pinItem(context: MmContext, item: UdmabufItem, pages: Pfn[]): void {
  const cache = memfdPages(item.file);
  const end = item.offset + item.size;
  if (item.size === 0 || end > cache.inode.sizeBytes) {
    throw new KernelError(
      'EINVAL',
      'UDMABUF_CREATE',
      `Bytes ${item.offset} to ${end} do not lie in the file of ${cache.inode.sizeBytes} bytes.`,
    );
  }
  for (let page = item.offset / PAGE_SIZE; page < end / PAGE_SIZE; page++) {
    const pfn = cache.getPage(page);
    if (pfn === NO_PFN) throw new KernelError('ENOMEM', 'UDMABUF_CREATE', `No memory for page ${page}.`);
    context.frames.get(pfn);
    pages.push(pfn);
  }
}

function memfdPages(file: OpenFile | null): ShmemPages {
  const cache = file === null ? null : shmemPagesOf(file.inode);
  if (cache === null) {
    throw new KernelError('EBADFD', 'UDMABUF_CREATE', 'The descriptor is no file in shared memory.');
  }
  const { seals } = cache;
  if ((seals & F_SEAL_SHRINK) === 0 || (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) {
    throw new KernelError(
      'EINVAL',
      'UDMABUF_CREATE',
      `The file must be sealed against shrinking and not against writing (its seals are ${seals}).`,
    );
  }
  return cache;
}

function fault(vmf: VmFault): VmFaultReason {
  const { vma } = vmf;
  const { pages } = vma.privateData as Udmabuf;
  if (vmf.pgoff >= pages.length) return 'SIGBUS';
  return vmfInsertPfn(vmf, vmf.page, pages[vmf.pgoff]!, { writable: (vma.flags & VM_WRITE) !== 0 });
}

export const UDMABUF_VM_OPS: VmOperations = snapshotConstant('dma_buf.udmabufVmOps', {
  name: 'udmabuf_vm_ops',
  fault,
} satisfies VmOperations);

export const UDMABUF_OPS: DmaBufOps = snapshotConstant('dma_buf.udmabufOps', {
  exporterName: 'udmabuf',

  mmap(buf: DmaBuf, vma: VmArea): void {
    if ((vma.flags & VM_SHARED) === 0)
      throw new KernelError('EINVAL', 'mmap', `Buffer ${buf.ino} can only be mapped shared.`);
    vma.ops = UDMABUF_VM_OPS;
    vma.privateData = buf.priv;
    vma.flags |= VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
  },

  mapForDevice: (buf: DmaBuf) => (buf.priv as Udmabuf).pages,

  beginCpuAccess(buf: DmaBuf): void {
    (buf.priv as Udmabuf).cpuMapped = true;
  },

  endCpuAccess(buf: DmaBuf): void {
    if (!(buf.priv as Udmabuf).cpuMapped)
      throw new KernelError('EINVAL', 'DMA_BUF_IOCTL_SYNC', `No access to buffer ${buf.ino} has begun yet.`);
  },

  release(buf: DmaBuf): void {
    const { context, pages } = buf.priv as Udmabuf;
    for (const pfn of pages) context.frames.put(pfn);
  },
} satisfies DmaBufOps);
