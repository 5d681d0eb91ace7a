/**
 * Shared buffers: one file with one inode for each, whatever number of descriptors, tasks and mappings hold it.
 *
 * Models     drivers/dma-buf/dma-buf.c (Linux 6.12)
 * Units      bytes
 * Invariants I1 references of the file = descriptors + mappings + messages in flight + PRIME cache entries + the object's own
 *            I2 st_ino is unique for ever (a counter of its own); st_blocks * 512 = st_size
 * Left out   a dentry that outlives its file (O_PATH)
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import { type Bytes, PAGE_SIZE, type Pfn } from '../base/units.ts';
import { Inode } from '../fs/inode.ts';
import { type AccessMode, type FileOperations, OpenFile, type PollEvent } from '../fs/open_file.ts';
import { PseudoFs, pinFs, releaseFs } from '../fs/pseudo_fs.ts';
import type { Vfs } from '../fs/vfs.ts';
import type { VmArea } from '../mm/vm_area.ts';
import { DMA_BUF_EXPORT, DMA_BUF_RELEASE } from '../trace/events/dma_buf.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import type { DmaBufAttachment } from './dma_buf_attach.ts';
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
  private nextIno = 1;

  constructor(
    readonly vfs: Vfs,
    readonly trace: TraceBuffer,
  ) {
    pinFs(vfs, this.fs);
  }

  /**
   * A new shared buffer with its file; the caller owns the file's one reference. Models dma_buf_export().
   *
   * @param mode access mode of the file, for good
   */
  export(
    size: Bytes,
    mode: AccessMode,
    ops: DmaBufOps,
    priv: object,
    resv: DmaResv,
    objectId: number,
  ): DmaBuf {
    const buf = new DmaBuf(this, size, ops, priv, resv, objectId);
    const { vfs } = this;
    const inode = new Inode(this.fs.superBlock!, this.nextIno++, 'none', 0o600, vfs.ids.nextMappingId++);
    inode.sizeBytes = size;
    inode.blocks = Math.floor(size / 512);
    inode.privateData = buf;
    buf.file = new OpenFile(vfs.ids.nextFileId++, inode, DMA_BUF_FOPS, mode, '/dmabuf:', MODE_BITS[mode]);
    buf.file.privateData = buf;
    this.buffers.push(buf);
    this.trace.emit(DMA_BUF_EXPORT, inode.ino, objectId, size / PAGE_SIZE);
    return buf;
  }

  /** Unmount; no buffer may be left. */
  shutdown(): void {
    releaseFs(this.vfs, this.fs);
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
 * @throws KernelError EINVAL when the name has more than 31 letters
 */
export function setDmaBufName(buf: DmaBuf, name: string): void {
  if (name.length >= DMA_BUF_NAME_LEN) {
    throw new KernelError(
      'EINVAL',
      'DMA_BUF_SET_NAME',
      `The name has ${name.length} letters; ${DMA_BUF_NAME_LEN - 1} fit.`,
    );
  }
  buf.name = name;
}

export const DMA_BUF_FOPS: FileOperations = snapshotConstant('dma_buf.fops', {
  name: 'dma-buf',
  /** Neither read nor written at a position (no FMODE_PREAD). */
  stream: true,

  release(file: OpenFile): void {
    const buf = file.privateData as DmaBuf;
    const { buffers, trace } = buf.registry;
    buffers.splice(buffers.indexOf(buf), 1);
    trace.emit(DMA_BUF_RELEASE, buf.ino, buf.objectId);
    buf.ops.release(buf);
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
    const lines = [`size:\t${buf.size}`, `count:\t${file.count}`, `exp_name:\t${buf.ops.exporterName}`];
    if (buf.name !== '') lines.push(`name:\t${buf.name}`);
    return lines;
  },

  showPath(file: OpenFile): string {
    return `/dmabuf:${(file.privateData as DmaBuf).name}`;
  },
} satisfies FileOperations);
