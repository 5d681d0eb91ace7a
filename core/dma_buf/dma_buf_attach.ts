/**
 * Devices at a shared buffer: attach, map for the device, unmap, detach; and a mapping that another driver passes on.
 *
 * Models     dma_buf_attach, dma_buf_map_attachment, dma_buf_mmap, drivers/dma-buf/dma-buf.c (Linux 6.12)
 * Units      pages
 * Invariants I1 an attachment is in its buffer's list until it is detached, and is not mapped then
 * Left out   importers that follow a buffer when it moves (dynamic attachments)
 */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { PAGE_SIZE, type PageIndex, type Pfn } from '../base/units.ts';
import { getFile, putFile } from '../fs/open_file.ts';
import type { VmArea } from '../mm/vm_area.ts';
import { DMA_BUF_ATTACH, DMA_BUF_DETACH } from '../trace/events/gem_shmem.ts';
import type { DmaBuf } from './dma_buf.ts';

export class DmaBufAttachment {
  /** Frames of the buffer while it is mapped for the device (sg_table); null otherwise. */
  pages: readonly Pfn[] | null = null;

  /** @param device name of the importing device, as bufinfo shows it */
  constructor(
    readonly buf: DmaBuf,
    readonly device: string,
  ) {}
}
snapshotClass(DmaBufAttachment, 'dma_buf.DmaBufAttachment');

/** Let a device use a buffer. No reference is taken. @throws KernelError as the exporter refuses (ENOSYS: it has no page lists) */
export function attachDmaBuf(buf: DmaBuf, device: string): DmaBufAttachment {
  buf.registry.vfs.ids.faults.slab('dma_buf_attach', 'an attachment');
  const attachment = new DmaBufAttachment(buf, device);
  buf.ops.attach?.(buf, attachment);
  buf.attachments.push(attachment);
  buf.registry.trace.emit(DMA_BUF_ATTACH, buf.ino, buf.attachments.length);
  return attachment;
}

/** Undo attachDmaBuf(). */
export function detachDmaBuf(attachment: DmaBufAttachment): void {
  const { buf } = attachment;
  invariant(attachment.pages === null, () => `${attachment.device} leaves buffer ${buf.ino} mapped.`);
  const at = buf.attachments.indexOf(attachment);
  invariant(at >= 0, () => `${attachment.device} is not attached to buffer ${buf.ino}.`);
  buf.attachments.splice(at, 1);
  buf.ops.detach?.(buf, attachment);
  buf.registry.trace.emit(DMA_BUF_DETACH, buf.ino, buf.attachments.length);
}

/** The frames of the buffer, in order, for the device. @throws KernelError ENOMEM; ENODEV the exporter maps for nobody */
export function mapAttachment(attachment: DmaBufAttachment): readonly Pfn[] {
  const { buf } = attachment;
  invariant(attachment.pages === null, () => `${attachment.device} maps buffer ${buf.ino} twice.`);
  if (!buf.ops.mapForDevice) {
    throw new KernelError('ENODEV', 'dma_buf_map', `Buffers of ${buf.ops.exporterName} have no page lists.`);
  }
  buf.registry.vfs.ids.faults.slab('dma_buf_map', 'the list of its pages');
  attachment.pages = buf.ops.mapForDevice(buf);
  return attachment.pages;
}

/** Undo mapAttachment(). */
export function unmapAttachment(attachment: DmaBufAttachment): void {
  attachment.pages = null;
  attachment.buf.ops.unmapForDevice?.(attachment.buf);
}

/**
 * A driver was asked to map one of its objects that is somebody else's buffer: the mapping becomes one of the buffer's file.
 * Models dma_buf_mmap().
 *
 * @param pgoff page of the buffer at the start of the mapping
 * @throws KernelError EINVAL the exporter maps nothing, or the pages do not lie in the buffer
 */
export function mmapDmaBuf(buf: DmaBuf, vma: VmArea, pgoff: PageIndex): void {
  if (!buf.ops.mmap) {
    throw new KernelError('EINVAL', 'mmap', `Buffers of ${buf.ops.exporterName} cannot be mapped.`);
  }
  const pages = buf.size / PAGE_SIZE;
  if (pgoff + vma.nrPages > pages) {
    throw new KernelError('EINVAL', 'mmap', `${vma.nrPages} pages from ${pgoff} on do not lie in ${pages}.`);
  }
  getFile(buf.file);
  if (vma.file) putFile(vma.file);
  vma.file = buf.file;
  vma.pgoff = pgoff;
  buf.ops.mmap(buf, vma);
}
