/** Covers O_PATH descriptors: which calls take them, what they hold, what they show. */
import { beforeEach, expect, test } from 'vitest';
import { restoreSnapshot, takeSnapshot } from '../base/snapshot.ts';
import { filePath } from '../fs/open_file.ts';
import { HostMachine } from '../hw/host/host_machine.ts';
import { Player } from '../session/player.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { bootKernel, shutdownKernel } from './boot.ts';
import type { Kernel } from './kernel.ts';
import { readKernelText } from './proc/read_text.ts';
import { sysMemfd } from './sys_anon.ts';
import { sysHeapAlloc } from './sys_dma_buf.ts';
import { sysFtruncate, sysLseek, sysRead, sysWrite } from './sys_file.ts';
import { sysMmap } from './sys_mmap.ts';
import { sysClose, sysDup, sysFstat, sysRecvFd, sysSendFd } from './sys_open.ts';
import { sysOpenPath } from './sys_open_path.ts';
import { spawnTask, sysFork } from './sys_task.ts';
import type { Task } from './task.ts';

let kernel: Kernel;
let owner: Task;
let watcher: Task;
beforeEach(() => {
  kernel = bootKernel(machineAsset('transcripts-pc'));
  owner = spawnTask(kernel, 'owner');
  watcher = spawnTask(kernel, 'watcher');
});
const errno = (name: string) => expect.objectContaining({ errno: name });

test('read, write, seek, truncate and map: EBADF; stat, dup, send, close: as with any other', () => {
  const fd = sysMemfd(kernel, owner, 'F', false);
  const place = sysOpenPath(kernel, watcher, owner, fd);
  const refused = [
    () => sysRead(kernel, watcher, place, 1),
    () => sysWrite(kernel, watcher, place, 1, 0),
    () => sysLseek(kernel, watcher, place, 0, 'set'),
    () => sysFtruncate(kernel, watcher, place, 4096),
    () => sysMmap(kernel, watcher, null, 4096, 1, 1, place, 0),
  ];
  for (const call of refused) expect(call).toThrow(errno('EBADF'));
  expect(sysFstat(kernel, watcher, place)).toBe(sysFstat(kernel, owner, fd));
  const second = sysDup(kernel, watcher, place);
  sysSendFd(kernel, watcher, second, owner);
  expect(owner.files.getRaw(sysRecvFd(kernel, owner), 'test').isPath).toBe(true);
  sysClose(kernel, watcher, place);
  expect(kernel.check()).toEqual([]);
});

test('links and fdinfo: the path, and the flag O_PATH alone', () => {
  const place = sysOpenPath(kernel, watcher, owner, sysMemfd(kernel, owner, 'F', false));
  expect(filePath(watcher.files.getRaw(place, 'test'))).toBe('/memfd:F (deleted)');
  expect(readKernelText(kernel, `/proc/${watcher.pid}/fdinfo/${place}`)).toMatch(/^flags:\t010000000$/m);
  expect(() => sysOpenPath(kernel, watcher, owner, 77)).toThrow(errno('ENOENT'));
});

test('a buffer held by its entry: off bufinfo, pages and device reference stay, until the last copy closes', () => {
  const free = kernel.context.frames.nrFree;
  const fd = sysHeapAlloc(kernel, owner, 'system', 16384, 2, 0, 0);
  const place = sysOpenPath(kernel, watcher, owner, fd);
  const child = sysFork(kernel, watcher, 'child');
  sysClose(kernel, owner, fd);
  expect(readKernelText(kernel, '/sys/kernel/debug/dma_buf/bufinfo')).toContain('Total 0 objects, 0 bytes');
  sysClose(kernel, watcher, place);
  expect(free - kernel.context.frames.nrFree).toBeGreaterThanOrEqual(4);
  expect(sysFstat(kernel, child, place).sizeBytes).toBe(16384);
  expect(kernel.check()).toEqual([]);
  const held = kernel.context.frames.nrFree;
  sysClose(kernel, child, place);
  expect(kernel.context.frames.nrFree - held).toBe(4);
  expect(kernel.dmaBufs.heldByEntry).toEqual([]);
});

test('a task that exits with the entry gives it back; shutdown finds nothing left', () => {
  const fd = sysHeapAlloc(kernel, owner, 'system', 4096, 2, 0, 0);
  sysOpenPath(kernel, watcher, owner, fd);
  sysClose(kernel, owner, fd);
  expect(kernel.dmaBufs.heldByEntry.length).toBe(1);
  const { superBlocks } = kernel.vfs;
  shutdownKernel(kernel);
  expect(superBlocks.size).toBe(0);
});

test('a snapshot carries an entry without a file, in the design that it was made in', async () => {
  const kernels: { kernel: Kernel }[] = [];
  for (const era of ['linux-6.12', 'linux-6.12-dma-buf-first-merged'] as const) {
    const description = { ...machineAsset('transcripts-pc'), era };
    const first = bootKernel(description);
    const [a, b] = [spawnTask(first, 'A'), spawnTask(first, 'B')];
    const fd = sysHeapAlloc(first, a, 'system', 8192, 2, 0, 0);
    sysOpenPath(first, b, a, fd);
    sysClose(first, a, fd);
    await new Player(first, new HostMachine(description)).barrier();
    first.queue.prepareSnapshot();
    kernels.push(restoreSnapshot(takeSnapshot({ kernel: first })) as { kernel: Kernel });
  }
  expect(kernels.map(({ kernel: { dmaBufs } }) => [dmaBufs.inodes.name, dmaBufs.heldByEntry.length])).toEqual(
    [
      ['per-buffer', 1],
      ['first-merged', 0],
    ],
  );
  for (const restored of kernels) {
    expect(restored.kernel.check()).toEqual([]);
    shutdownKernel(restored.kernel);
  }
});
