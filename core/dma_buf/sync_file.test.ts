/** Covers waiting for, taking and giving fences of a buffer. Refused flags are in the recordings. */
import { beforeEach, describe, expect, test } from 'vitest';
import { snapshotConstant } from '../base/snapshot.ts';
import { WouldBlock } from '../base/would_block.ts';
import { OpenFile } from '../fs/open_file.ts';
import { Vfs } from '../fs/vfs.ts';
import { newIdSource } from '../testing/id_source.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { type DmaBuf, DmaBufRegistry } from './dma_buf.ts';
import { attachDmaBuf, detachDmaBuf, mapAttachment } from './dma_buf_attach.ts';
import { DmaResv, type ResvUsage, USAGE_BOOKKEEP, USAGE_READ, USAGE_WRITE } from './dma_resv.ts';
import { FenceQueue } from './fence_queue.ts';
import {
  DMA_BUF_SYNC_END,
  DMA_BUF_SYNC_READ,
  DMA_BUF_SYNC_WRITE,
  exportFences,
  importFences,
  SYNC_FILE_FOPS,
  type SyncFile,
  syncDmaBuf,
} from './sync_file.ts';

const OPS = snapshotConstant('test.syncOps', { exporterName: 'test', release: () => {} });

let registry: DmaBufRegistry;
let fences: FenceQueue;
let buf: DmaBuf;
beforeEach(() => {
  const trace = new TraceBuffer();
  registry = new DmaBufRegistry(new Vfs(newIdSource()), trace);
  fences = new FenceQueue(trace);
  buf = registry.export(4096, 'rdwr', OPS, {}, new DmaResv(1), 1);
});

function addFence(usage: ResvUsage, signalAt: number) {
  const fence = fences.emit(fences.newContext(0, 0), signalAt);
  buf.resv.tryLock(1);
  buf.resv.reserveFences(1);
  buf.resv.addFence(registry.trace, fence, usage);
  buf.resv.unlock();
  return fence;
}

const poll = () => buf.file.ops.poll!(buf.file, ['in', 'out']);
const waitsFor = (flags: number) => {
  try {
    syncDmaBuf(buf, flags);
    return null;
  } catch (error) {
    if (error instanceof WouldBlock) return error.fence;
    throw error;
  }
};

function syncFile(fenceFile: SyncFile): OpenFile {
  const file = new OpenFile(99, buf.file.inode, SYNC_FILE_FOPS, 'rdonly', '', 0);
  file.privateData = fenceFile;
  return file;
}

describe('an access of the CPU', () => {
  test('a read waits for writes, a write for reads too, nobody for bookkeeping; an end for nothing', () => {
    addFence(USAGE_BOOKKEEP, 300);
    expect([waitsFor(DMA_BUF_SYNC_READ), waitsFor(DMA_BUF_SYNC_WRITE), poll()]).toEqual([
      null,
      null,
      ['in', 'out'],
    ]);
    const read = addFence(USAGE_READ, 200);
    expect([waitsFor(DMA_BUF_SYNC_READ), waitsFor(DMA_BUF_SYNC_WRITE), poll()]).toEqual([null, read, ['in']]);
    const write = addFence(USAGE_WRITE, 100);
    expect([waitsFor(DMA_BUF_SYNC_READ), waitsFor(DMA_BUF_SYNC_WRITE), poll()]).toEqual([write, read, []]);
    expect(waitsFor(DMA_BUF_SYNC_WRITE | DMA_BUF_SYNC_END)).toBeNull();
    fences.advanceTo(200);
    expect([waitsFor(DMA_BUF_SYNC_WRITE), poll()]).toEqual([null, ['in', 'out']]);
  });
});

describe('sync files', () => {
  test('hold what such an access would wait for, and are ready when all of it has signalled', () => {
    const write = addFence(USAGE_WRITE, 100);
    const read = addFence(USAGE_READ, 200);
    const forRead = exportFences(buf, DMA_BUF_SYNC_READ);
    const forWrite = exportFences(buf, DMA_BUF_SYNC_READ | DMA_BUF_SYNC_WRITE);
    expect([forRead.fences, forWrite.fences]).toEqual([[write], [write, read]]);
    const ready = () =>
      [forRead, forWrite].map(file => SYNC_FILE_FOPS.poll!(syncFile(file), ['in', 'out']).join());
    expect(ready()).toEqual(['', '']);
    fences.advanceTo(100);
    expect(ready()).toEqual(['in', '']);
    fences.advanceTo(200);
    expect(ready()).toEqual(['in', 'in']);
    expect(exportFences(buf, DMA_BUF_SYNC_WRITE).signalled).toBe(true);
  });

  test('put into another buffer its users wait too; any other file is EINVAL', () => {
    const write = addFence(USAGE_WRITE, 100);
    const taken = syncFile(exportFences(buf, DMA_BUF_SYNC_READ));
    const other = registry.export(4096, 'rdwr', OPS, {}, new DmaResv(2), 2);
    importFences(other, taken, DMA_BUF_SYNC_READ);
    expect(other.resv.list().map(entry => [entry.fence, entry.usage])).toEqual([[write, USAGE_READ]]);
    expect(other.resv.heldBy).toBe(0);
    expect(() => importFences(other, buf.file, DMA_BUF_SYNC_READ)).toThrow(/EINVAL.*no sync file/);
    expect(() => importFences(other, taken, 4)).toThrow(/EINVAL/);
  });
});

describe('devices', () => {
  test('an exporter without page lists can be attached but not mapped: ENODEV', () => {
    const attachment = attachDmaBuf(buf, 'some device');
    expect(buf.attachments).toEqual([attachment]);
    expect(() => mapAttachment(attachment)).toThrow(/ENODEV/);
    detachDmaBuf(attachment);
    expect(buf.attachments).toEqual([]);
    expect(() => detachDmaBuf(attachment)).toThrow(/not attached/);
  });
});
