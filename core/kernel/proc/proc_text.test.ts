/** Texts of /proc, as people and programs read them. */
import { beforeEach, expect, test } from 'vitest';
import { DmaResv } from '../../dma_buf/dma_resv.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { bootKernel } from '../boot.ts';
import type { Kernel } from '../kernel.ts';
import { sysMemfd } from '../sys_anon.ts';
import { sysFtruncate } from '../sys_file.ts';
import { sysMmap } from '../sys_mmap.ts';
import { spawnTask } from '../sys_task.ts';
import type { Task } from '../task.ts';
import { readKernelText } from './read_text.ts';

let kernel: Kernel;
let task: Task;
let fd: number;
beforeEach(() => {
  kernel = bootKernel(machineAsset('transcripts-pc'));
  task = spawnTask(kernel, 'A');
  fd = sysMemfd(kernel, task, 'F', false);
  sysFtruncate(kernel, task, fd, 0x8000);
});

const inProc = (file: string) => readKernelText(kernel, `/proc/${task.pid}/${file}`);

test('maps: address range, permissions, byte offset, device, inode, name', () => {
  const at = sysMmap(kernel, task, null, 0x3000, 3, 1, fd, 0x2000);
  const { superBlock, ino } = task.files.get(fd, 'test').inode;
  const range = `${at.toString(16)}-${(at + 0x3000).toString(16)}`;
  const device = `00:${superBlock.dev.toString(16).padStart(2, '0')}`;
  expect(inProc('maps')).toBe(`${`${range} rw-s 00002000 ${device} ${ino}`.padEnd(73)}/memfd:F (deleted)\n`);
  expect(inProc('map_files')).toBe(`${range} -> /memfd:F (deleted)\n`);
});

test('smaps: touched pages count, VmFlags in the order of the bits', () => {
  const at = sysMmap(kernel, task, null, 0x3000, 3, 1, fd, 0);
  const page = task.mm.pageOfAddress(at);
  for (const i of [0, 1]) kernel.access.touch(task, page + i, true);
  const text = inProc('smaps');
  expect(text).toMatch(/^Size: +12 kB$/m);
  expect(text).toMatch(/^Rss: +8 kB$/m);
  expect(text).toMatch(/^Private_Dirty: +8 kB$/m);
  expect(text).toMatch(/^VmFlags: rd wr sh mr mw me ms sd $/m);
});

test('a page that three entries map counts a third, cut off as the kernel does', () => {
  const at = sysMmap(kernel, task, null, 0x1000, 3, 1, fd, 0);
  for (let i = 0; i < 2; i++) sysMmap(kernel, task, null, 0x1000, 3, 1, fd, 0);
  for (const vma of task.mm.vmas) kernel.access.touch(task, vma.start, true);
  expect(task.mm.findVma(task.mm.pageOfAddress(at))).not.toBeNull();
  expect(inProc('smaps').match(/^Pss: .*$/gm)).toEqual(Array(3).fill('Pss:                   1 kB'));
});

test('fdinfo: position, octal flags, mount and inode', () => {
  const { superBlock, ino } = task.files.get(fd, 'test').inode;
  expect(inProc(`fdinfo/${fd}`)).toBe(
    `pos:\t0\nflags:\t0100002\nmnt_id:\t${superBlock.mntId}\nino:\t${ino}\n`,
  );
  expect(() => inProc('fdinfo/9')).toThrow(expect.objectContaining({ errno: 'ENOENT' }));
});

test('meminfo, mounts and devices tell what the machine has', () => {
  const free = kernel.context.frames.nrFree * 4;
  expect(readKernelText(kernel, '/proc/meminfo')).toContain(`MemFree:        ${String(free).padStart(8)} kB`);
  expect(readKernelText(kernel, '/proc/mounts')).toMatch(/devtmpfs/);
  expect(readKernelText(kernel, '/proc/devices')).toMatch(/^226 /m);
});

test('bufinfo lists shared buffers with their references, newest first', () => {
  const { dmaBufs } = kernel;
  const bufs = [4096, 8192].map(size =>
    dmaBufs.export(size, 'rdwr', { exporterName: 'test', release: () => undefined }, {}, new DmaResv(1), 1),
  );
  bufs[0]!.name = 'alpha';
  const lines = readKernelText(kernel, '/sys/kernel/debug/dma_buf/bufinfo').split('\n');
  expect(lines.filter(line => line.includes('test'))).toEqual([
    `00008192\t00000002\t00080007\t00000001\ttest\t${String(bufs[1]!.ino).padStart(8, '0')}\t<none>`,
    `00004096\t00000002\t00080007\t00000001\ttest\t${String(bufs[0]!.ino).padStart(8, '0')}\talpha`,
  ]);
  expect(lines).toContain('Total 2 objects, 12288 bytes');
});

test('what does not exist: ENOENT', () => {
  for (const path of ['/proc/999/maps', '/proc/nothing', '/sys/none']) {
    expect(() => readKernelText(kernel, path)).toThrow(expect.objectContaining({ errno: 'ENOENT' }));
  }
});
