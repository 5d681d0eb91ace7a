/**
 * Fences of shared buffers as user space sees them: waiting for them (SYNC), taking them out as a file, putting them in.
 *
 * Models     dma_buf_ioctl, dma_buf_begin_cpu_access, drivers/dma-buf/dma-buf.c; drivers/dma-buf/sync_file.c (Linux 6.12)
 * Rule       a write waits for everything of class READ and below, a read for class WRITE and below
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import { WouldBlock } from '../base/would_block.ts';
import type { FileOperations, OpenFile, PollEvent } from '../fs/open_file.ts';
import type { DmaBuf } from './dma_buf.ts';
import type { DmaFence } from './dma_fence.ts';
import { USAGE_READ, USAGE_WRITE, usageToWaitFor } from './dma_resv.ts';

/** Flags of DMA_BUF_IOCTL_SYNC; START is the value 0. */
export const DMA_BUF_SYNC_READ = 1;
export const DMA_BUF_SYNC_WRITE = 2;
export const DMA_BUF_SYNC_END = 4;
/** Acquire context of a call that takes one lock only. */
const IMPORT_TICKET = 1;
const SYNC_RW = DMA_BUF_SYNC_READ | DMA_BUF_SYNC_WRITE;

/**
 * An access of the CPU begins or ends. A beginning waits for the fences of others.
 *
 * @throws KernelError EINVAL unknown flags or no direction, or what the exporter refuses; WouldBlock
 */
export function syncDmaBuf(buf: DmaBuf, flags: number): void {
  if ((flags & ~(SYNC_RW | DMA_BUF_SYNC_END)) !== 0 || (flags & SYNC_RW) === 0) {
    throw new KernelError(
      'EINVAL',
      'DMA_BUF_IOCTL_SYNC',
      `The flags ${flags} are not a direction with END or not.`,
    );
  }
  if ((flags & DMA_BUF_SYNC_END) !== 0) {
    buf.ops.endCpuAccess?.(buf);
    return;
  }
  buf.ops.beginCpuAccess?.(buf);
  const pending = buf.resv.lastUnsignaled(usageToWaitFor((flags & DMA_BUF_SYNC_WRITE) !== 0));
  if (pending !== null) throw new WouldBlock(pending, 'DMA_BUF_IOCTL_SYNC');
}

/** Fences taken out of a buffer; an empty list has signalled (the stub fence). */
export class SyncFile {
  constructor(readonly fences: readonly DmaFence[]) {}

  get signalled(): boolean {
    return this.fences.every(fence => fence.signalled);
  }
}
snapshotClass(SyncFile, 'dma_buf.SyncFile');

export const SYNC_FILE_FOPS: FileOperations = snapshotConstant('dma_buf.syncFileFops', {
  name: 'sync_file',
  stream: true,
  poll(file: OpenFile, events: readonly PollEvent[]): PollEvent[] {
    return (file.privateData as SyncFile).signalled ? events.filter(event => event === 'in') : [];
  },
} satisfies FileOperations);

function checkDirection(flags: number, op: string): void {
  if ((flags & ~SYNC_RW) !== 0 || (flags & SYNC_RW) === 0)
    throw new KernelError('EINVAL', op, `The flags ${flags} are not READ, WRITE or both.`);
}

/** What an access in this direction would have to wait for, for a sync file. @throws KernelError EINVAL */
export function exportFences(buf: DmaBuf, flags: number): SyncFile {
  checkDirection(flags, 'DMA_BUF_IOCTL_EXPORT_SYNC_FILE');
  const usage = usageToWaitFor((flags & DMA_BUF_SYNC_WRITE) !== 0);
  const pending = buf.resv.list().filter(entry => entry.usage <= usage && !entry.fence.signalled);
  buf.registry.vfs.ids.faults.slab('DMA_BUF_IOCTL_EXPORT_SYNC_FILE', 'a sync file');
  return new SyncFile(pending.map(entry => entry.fence));
}

/** Others must wait for the fences of a sync file, as a write's or a read's. @throws KernelError EINVAL flags, or no sync file */
export function importFences(buf: DmaBuf, file: OpenFile, flags: number): void {
  const op = 'DMA_BUF_IOCTL_IMPORT_SYNC_FILE';
  checkDirection(flags, op);
  if (file.ops !== SYNC_FILE_FOPS) throw new KernelError('EINVAL', op, `${file.ops.name} is no sync file.`);
  const usage = (flags & DMA_BUF_SYNC_WRITE) !== 0 ? USAGE_WRITE : USAGE_READ;
  const fences = (file.privateData as SyncFile).fences.filter(fence => !fence.signalled);
  const { resv } = buf;
  if (!resv.tryLock(IMPORT_TICKET)) throw new KernelError('EDEADLK', op, `Buffer ${buf.ino} is being moved.`);
  try {
    if (fences.length > 0) resv.reserveFences(fences.length, buf.registry.vfs.ids.faults);
    for (const fence of fences) resv.addFence(buf.registry.trace, fence, usage);
  } finally {
    resv.unlock();
  }
}

/** Ready: IN without a pending write, OUT without anything pending. Models dma_buf_poll(). */
export function pollDmaBuf(buf: DmaBuf, events: readonly PollEvent[]): PollEvent[] {
  return events.filter(
    event =>
      (event === 'in' && buf.resv.testSignaled(USAGE_WRITE)) ||
      (event === 'out' && buf.resv.testSignaled(USAGE_READ)),
  );
}
