/**
 * Shared buffers: one file for each, whatever number of descriptors, tasks and mappings hold it. Today each has its own inode.
 *
 * Models     drivers/dma-buf/dma-buf.c (Linux 6.12)
 * Units      bytes
 * Invariants I1 references of the file = descriptors + mappings + messages in flight + PRIME cache entries + the object's own
 *            I2 st_ino is unique for ever (a counter of its own); st_blocks * 512 = st_size (other designs: dma_buf_inodes.ts)
 *            I3 the exporter's release runs once, when the entry is unreferenced (O_PATH may hold it longer than any file)
 */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import { type Bytes, PAGE_SIZE, type Pfn } from '../base/units.ts';
import type { AnonInodes } from '../fs/anon_inode.ts';
import type { DmaBufInodeDesign } from '../fs/kernel_era.ts';
import {
  type AccessMode,
  allocFile,
  type FileOperations,
  type OpenFile,
  type PollEvent,
} from '../fs/open_file.ts';
import { PseudoDentry } from '../fs/pseudo_dentry.ts';
import { PseudoFs, pinFs, releaseFs } from '../fs/pseudo_fs.ts';
import type { Vfs } from '../fs/vfs.ts';
import type { VmArea } from '../mm/vm_area.ts';
import { DMA_BUF_EXPORT, DMA_BUF_RELEASE } from '../trace/events/dma_buf.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import type { DmaBufAttachment } from './dma_buf_attach.ts';
import { DMA_BUF_DENTRY_OPS, type DmaBufInodes, dmaBufInodes, inodeForBuffer } from './dma_buf_inodes.ts';
import type { DmaResv } from './dma_resv.ts';
import { pollDmaBuf } from './sync_file.ts';

/** f_type of the pseudo file system. */
export const DMA_BUF_MAGIC = 0x444d4142;
/** Letters of a name, with its NUL. */
export const DMA_BUF_NAME_LEN = 32;

const MODE_BITS: { readonly [mode in AccessMode]: number } = { rdonly: 0, wronly: 1, rdwr: 2 };

/** What an exporter does with its buffers; a module-level constant registered with snapshotConstant. */
export interface DmaBufOps {
  /** `exp_name` in fdinfo. */
  readonly exporterName: string;
  /** A mapping is about to exist; its pgoff is within the buffer. May move it. @throws KernelError */
  mmap?(buf: DmaBuf, vma: VmArea): void;
  /** A device wants to use the buffer; pin what it needs. @throws KernelError to refuse */
  attach?(buf: DmaBuf, attachment: DmaBufAttachment): void;
  detach?(buf: DmaBuf, attachment: DmaBufAttachment): void;
  /** The frames of the buffer, in order. @throws KernelError ENOMEM */
  mapForDevice?(buf: DmaBuf): readonly Pfn[];
  unmapForDevice?(buf: DmaBuf): void;
  /** The CPU begins to use the bytes, or has done so. @throws KernelError */
  beginCpuAccess?(buf: DmaBuf): void;
  endCpuAccess?(buf: DmaBuf): void;
  /** The last reference is gone. */
  release(buf: DmaBuf): void;
}

export class DmaBuf {
  /** Set by the naming ioctl; not unique. */
  name = '';
  file!: OpenFile;
  /** Devices that use it, oldest first. */
  readonly attachments: DmaBufAttachment[] = [];

  constructor(
    readonly registry: DmaBufRegistry,
    readonly size: Bytes,
    readonly ops: DmaBufOps,
    /** The exporter's own object. */
    readonly priv: object,
    readonly resv: DmaResv,
    /** The object it stands for, in events; 0 for none. */
    readonly objectId: number,
  ) {}

  get ino(): number {
    return this.file.inode.ino;
  }
}
snapshotClass(DmaBuf, 'dma_buf.DmaBuf');

/** f_mode of a buffer's file: OPENED and LSEEK, READ and WRITE by its access mode. */
export function dmaBufFileMode({ file }: DmaBuf): number {
  return 0x80004 | (file.readable ? 1 : 0) | (file.writable ? 2 : 0);
}

/** All shared buffers of a kernel and their pseudo file system, mounted from boot on. */
export class DmaBufRegistry {
  readonly fs = new PseudoFs('dmabuf', DMA_BUF_MAGIC);
  /** Live buffers, oldest first. */
  readonly buffers: DmaBuf[] = [];
  /** Buffers whose file is gone and whose exporter has not been told, because somebody holds the entry (O_PATH). */
  readonly heldByEntry: DmaBuf[] = [];
  /** How buffers get their inodes. */
  inodes: DmaBufInodes;
  /** Directory entries of buffers that somebody holds, those of freed buffers included. */
  nrEntries = 0;
  private nextIno = 1;

  constructor(
    readonly vfs: Vfs,
    readonly trace: TraceBuffer,
    /** Where the shared inode comes from; only the designs that use it need it. */
    private readonly anonInodes: AnonInodes | null = null,
    design: DmaBufInodeDesign = 'per-buffer',
  ) {
    this.inodes = dmaBufInodes(design);
    if (this.inodes.inodePerBuffer) pinFs(vfs, this.fs);
  }

  /** Give the next buffers their inodes in another way. @throws KernelError EBUSY while a buffer, or the entry of one, is alive */
  useInodes(design: DmaBufInodeDesign): void {
    if (this.nrEntries > 0)
      throw new KernelError('EBUSY', 'dmabuf.inodes', `${this.nrEntries} shared buffers are alive.`);
    const next = dmaBufInodes(design);
    if (next.inodePerBuffer) pinFs(this.vfs, this.fs);
    this.shutdown();
    this.inodes = next;
  }

  /** True while a buffer of this exporter lives. */
  hasBuffersOf(ops: DmaBufOps): boolean {
    return this.buffers.some(buf => buf.ops === ops) || this.heldByEntry.some(buf => buf.ops === ops);
  }

  /** A number that no buffer has had. */
  takeIno(): number {
    return this.nextIno++;
  }

  /** Nobody can reach the buffer any more: the exporter frees it. Models dma_buf_release(). */
  released(buf: DmaBuf): void {
    const at = this.heldByEntry.indexOf(buf);
    if (at >= 0) this.heldByEntry.splice(at, 1);
    buf.ops.release(buf);
  }

  /**
   * A new shared buffer with its file; the caller owns the file's one reference. Models dma_buf_export().
   *
   * @param mode access mode of the file, for good
   * @throws KernelError ENOMEM; `priv` is still the caller's then
   */
  export(
    size: Bytes,
    mode: AccessMode,
    ops: DmaBufOps,
    priv: object,
    resv: DmaResv,
    objectId: number,
  ): DmaBuf {
    const { ids } = this.vfs;
    ids.faults.slab('dma_buf_export', 'the buffer');
    const buf = new DmaBuf(this, size, ops, priv, resv, objectId);
    const inode = inodeForBuffer(this, this.anonInodes, buf);
    buf.file = allocFile(ids, 'dma_buf_export', inode, DMA_BUF_FOPS, mode, '', MODE_BITS[mode]);
    buf.file.pseudoDentry = new PseudoDentry(inode, DMA_BUF_DENTRY_OPS, buf);
    buf.file.privateData = buf;
    this.nrEntries++;
    this.buffers.push(buf);
    this.trace.emit(DMA_BUF_EXPORT, inode.ino, objectId, size / PAGE_SIZE);
    return buf;
  }

  /** Unmount; no buffer may be left. */
  shutdown(): void {
    if (this.inodes.inodePerBuffer) releaseFs(this.vfs, this.fs);
  }
}
snapshotClass(DmaBufRegistry, 'dma_buf.DmaBufRegistry');

/** The shared buffer behind a file, or null when it is another kind of file. */
export function dmaBufOfFile(file: OpenFile): DmaBuf | null {
  return file.ops === DMA_BUF_FOPS ? (file.privateData as DmaBuf) : null;
}

/**
 * Name a buffer; any time, any number of times. Models DMA_BUF_SET_NAME.
 *
 * @throws KernelError EINVAL when the name has more than 31 letters; ENOTTY in a design without names; EBUSY in older ones
 *         while a device is attached
 */
export function setDmaBufName(buf: DmaBuf, name: string): void {
  const { naming } = buf.registry.inodes;
  if (naming === 'none') throw new KernelError('ENOTTY', 'DMA_BUF_SET_NAME', 'Buffers have no names here.');
  if (name.length >= DMA_BUF_NAME_LEN) {
    throw new KernelError(
      'EINVAL',
      'DMA_BUF_SET_NAME',
      `The name has ${name.length} letters; ${DMA_BUF_NAME_LEN - 1} fit.`,
    );
  }
  if (naming === 'while unattached' && buf.attachments.length > 0) {
    throw new KernelError('EBUSY', 'DMA_BUF_SET_NAME', `Devices are attached: ${buf.attachments.length}.`);
  }
  buf.registry.vfs.ids.faults.slab('DMA_BUF_SET_NAME', 'the name');
  buf.name = name;
}

export const DMA_BUF_FOPS: FileOperations = snapshotConstant('dma_buf.fops', {
  name: 'dma-buf',
  /** Neither read nor written at a position (no FMODE_PREAD). */
  stream: true,

  release(file: OpenFile): void {
    const buf = file.privateData as DmaBuf;
    const { registry } = buf;
    const { buffers, trace } = registry;
    invariant(
      buf.attachments.length === 0,
      () => `Buffer ${buf.ino} ends with ${buf.attachments.length} devices attached.`,
    );
    buffers.splice(buffers.indexOf(buf), 1);
    trace.emit(DMA_BUF_RELEASE, buf.ino, buf.objectId);
    if (registry.inodes.releaseWith === 'file') registry.released(buf);
    else registry.heldByEntry.push(buf);
  },

  mmap(file: OpenFile, area: object): void {
    const buf = file.privateData as DmaBuf;
    const vma = area as VmArea;
    const pages = buf.size / PAGE_SIZE;
    if (!buf.ops.mmap)
      throw new KernelError('EINVAL', 'mmap', `Buffers of ${buf.ops.exporterName} cannot be mapped.`);
    if (vma.pgoff + vma.nrPages > pages) {
      throw new KernelError(
        'EINVAL',
        'mmap',
        `Pages ${vma.pgoff} to ${vma.pgoff + vma.nrPages - 1} do not lie in the buffer of ${pages} pages.`,
      );
    }
    buf.ops.mmap(buf, vma);
  },

  llseek(file: OpenFile, offset: number, whence: string): number {
    const buf = file.privateData as DmaBuf;
    if (offset === 0 && whence === 'end') return (file.pos = buf.size);
    if (offset === 0 && whence === 'set') return (file.pos = 0);
    throw new KernelError(
      'EINVAL',
      'lseek',
      `A dma-buf can only be sought to 0 from its start or end (asked: ${offset}, ${whence}).`,
    );
  },

  poll: (file: OpenFile, events: readonly PollEvent[]) => pollDmaBuf(file.privateData as DmaBuf, events),

  showFdinfo(file: OpenFile): string[] {
    const buf = file.privateData as DmaBuf;
    if (!buf.registry.inodes.fdinfo) return [];
    const lines = [`size:\t${buf.size}`, `count:\t${file.count}`, `exp_name:\t${buf.ops.exporterName}`];
    if (buf.name !== '') lines.push(`name:\t${buf.name}`);
    return lines;
  },

  showPath(file: OpenFile): string {
    const buf = file.privateData as DmaBuf;
    return buf.registry.inodes.path(buf);
  },
} satisfies FileOperations);
