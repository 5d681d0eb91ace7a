/**
 * Seed 002, "[RFC v2 1/3] dma-buf: give each buffer a full-fledged inode" (dri-devel, March 2019), step by step. Quotations are
 * from the thread: the commit message and patch of Greg Hackmann and Chenbo Feng, the objections of Joel Fernandes.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { KernelError } from '../../base/errno.ts';
import { DMA_BUF_MAGIC, dmaBufOfFile, setDmaBufName } from '../../dma_buf/dma_buf.ts';
import { attachDmaBuf, detachDmaBuf } from '../../dma_buf/dma_buf_attach.ts';
import { filePath } from '../../fs/open_file.ts';
import { bootKernel, shutdownKernel } from '../../kernel/boot.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { readKernelText } from '../../kernel/proc/read_text.ts';
import { sysEventfd, sysMemfd } from '../../kernel/sys_anon.ts';
import { sysHeapAlloc } from '../../kernel/sys_dma_buf.ts';
import { sysFtruncate, sysPwrite } from '../../kernel/sys_file.ts';
import { sysMmap } from '../../kernel/sys_mmap.ts';
import { sysClose, sysDup, sysFstat, sysRecvFd, sysSendFd } from '../../kernel/sys_open.ts';
import { spawnTask } from '../../kernel/sys_task.ts';
import type { Task } from '../../kernel/task.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { BufferPopulation, costOf } from '../experiments/dma_buf_population.ts';

const machine = machineAsset('transcripts-pc');
const PAGE = 4096;

let kernel: Kernel;
let a: Task;
let b: Task;

function boot(era: typeof machine.era): void {
  kernel = bootKernel({ ...machine, era });
  a = spawnTask(kernel, 'A');
  b = spawnTask(kernel, 'B');
}

const buffer = (bytes: number, task = a) => sysHeapAlloc(kernel, task, 'system', bytes, 2, 0, 0);
const inodeOf = (fd: number, task = a) => sysFstat(kernel, task, fd);
const bufOf = (fd: number, task = a) => dmaBufOfFile(task.files.get(fd, 'test'))!;
const linkOf = (fd: number, task = a) => filePath(task.files.get(fd, 'test'));
const bufinfo = () => readKernelText(kernel, '/sys/kernel/debug/dma_buf/bufinfo').split('\n');
const fdinfo = (fd: number) => readKernelText(kernel, `/proc/${a.pid}/fdinfo/${fd}`);
const share = (fd: number) => {
  sysSendFd(kernel, a, fd, b);
  return sysRecvFd(kernel, b);
};
const errnoOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof KernelError) return error.errno;
    throw error;
  }
  return 'none';
};

describe('"processes with CAP_ADMIN can get a lot of fine-grained data about how shmem buffers are shared"', () => {
  beforeEach(() => boot('linux-6.12-dma-buf-singleton'));

  test('"stat(2) on each entry gives the caller a unique ID (st_ino), the buffer\'s size (st_size), and even the number of pages"', () => {
    const [one, two] = ['one', 'two'].map(name => sysMemfd(kernel, a, name, false)) as [number, number];
    for (const fd of [one, two]) sysFtruncate(kernel, a, fd, 4 * PAGE);
    sysPwrite(kernel, a, one, 0, PAGE + 1, 7);
    expect(inodeOf(one).ino).not.toBe(inodeOf(two).ino);
    expect([inodeOf(one).sizeBytes, inodeOf(one).blocks]).toEqual([4 * PAGE, (2 * PAGE) / 512]);
    expect(inodeOf(share(one), b)).toBe(inodeOf(one));
  });
});

describe('"In contrast, all dma-bufs share the same anonymous inode"', () => {
  beforeEach(() => boot('linux-6.12-dma-buf-singleton'));

  test('"we can count how many dma-buf fds or mappings a process has"', () => {
    const fds = [buffer(PAGE), buffer(2 * PAGE)];
    sysDup(kernel, a, fds[0]!);
    sysMmap(kernel, a, null, PAGE, 3, 1, fds[0]!, 0);
    const links = [...a.files.entries()].map(([fd]) => linkOf(fd));
    expect(links).toEqual(Array(3).fill('anon_inode:dmabuf'));
    expect(readKernelText(kernel, `/proc/${a.pid}/map_files`)).toMatch(
      /^[0-9a-f]+-[0-9a-f]+ -> anon_inode:dmabuf\n$/,
    );
  });

  test('"we can\'t get the size of the backing buffers or tell if two entries point to the same dma-buf"', () => {
    const [small, large] = [buffer(PAGE), buffer(8 * PAGE)];
    const received = share(small);
    for (const inode of [inodeOf(small), inodeOf(large), inodeOf(received, b)]) {
      expect(inode).toBe(inodeOf(sysEventfd(kernel, a)));
      expect([inode.sizeBytes, inode.blocks]).toEqual([0, 0]);
    }
    expect(linkOf(small)).toBe(linkOf(large));
    // The two that are one: nothing tells them from two that are two.
    expect(bufOf(received, b)).toBe(bufOf(small));
  });

  test('"On systems with debugfs, we can get a per-buffer breakdown of size and reference count, but can\'t tell which processes"', () => {
    const fd = buffer(3 * PAGE);
    share(fd);
    const lines = bufinfo();
    expect(lines[2]).toBe('size    \tflags   \tmode    \tcount   \texp_name');
    expect(lines[3]).toBe('00012288\t00000002\t00000007\t00000002\tsystem');
    expect(lines.at(-2)).toBe('Total 1 objects, 12288 bytes');
  });
});

describe('"Replace the singleton inode with full-fledged inodes allocated by alloc_anon_inode()": the patch', () => {
  beforeEach(() => boot('linux-6.12-dma-buf-rfc'));

  test('"creating and mounting a mini-pseudo-filesystem": dma_buf_init mounts, dma_buf_deinit unmounts, DMA_BUF_MAGIC says DMAB', () => {
    const { superBlock } = inodeOf(buffer(PAGE));
    expect([superBlock.name, superBlock.magic]).toEqual(['dmabuf', DMA_BUF_MAGIC]);
    expect([24, 16, 8, 0].map(bit => String.fromCharCode((DMA_BUF_MAGIC >> bit) & 0xff)).join('')).toBe(
      'DMAB',
    );
    expect(kernel.vfs.superBlocks.get(superBlock.dev)).toBe(superBlock);
    const { superBlocks } = kernel.vfs;
    shutdownKernel(kernel);
    expect([...superBlocks.values()]).not.toContain(superBlock);
  });

  test('dma_buf_getfile: i_size, inode_set_bytes, flags masked, simple_dname', () => {
    const fd = buffer(5 * PAGE);
    const inode = inodeOf(fd);
    expect([inode.sizeBytes, inode.blocks]).toEqual([5 * PAGE, (5 * PAGE) / 512]);
    expect([inode.type, inode.perm, inode.nlink]).toEqual(['none', 0o600, 1]);
    expect(a.files.get(fd, 'test').flags).toBe(2);
    expect(linkOf(fd)).toBe('/dmabuf (deleted)');
  });

  test('the number of the generic counter, which other inodes take from as well', () => {
    const one = inodeOf(buffer(PAGE)).ino;
    const memfd = inodeOf(sysMemfd(kernel, a, 'F', false)).ino;
    const two = inodeOf(buffer(PAGE)).ino;
    expect([memfd, two]).toEqual([one + 1, one + 2]);
  });

  test('dma_buf_debug_show: a column "ino", and with it the process behind a line', () => {
    const fds = [buffer(PAGE), buffer(PAGE)];
    const received = share(fds[1]!);
    expect(bufinfo()[2]).toBe('size    \tflags   \tmode    \tcount   \texp_name\tino     ');
    const inos = bufinfo()
      .filter(line => /^\d{8}\t/.test(line))
      .map(line => Number(line.split('\t')[5]));
    expect(inos).toEqual([inodeOf(fds[1]!).ino, inodeOf(fds[0]!).ino]);
    expect(inodeOf(received, b).ino).toBe(inos[0]);
  });

  test('the last reference ends inode and buffer together, as release is still one of the file', () => {
    const { superBlock } = kernel.dmaBufs.fs;
    const free = kernel.context.frames.nrFree;
    const fd = buffer(4 * PAGE);
    sysClose(kernel, a, fd);
    expect([superBlock!.liveInodes, kernel.dmaBufs.buffers.length, kernel.context.frames.nrFree]).toEqual([
      0,
      0,
      free,
    ]);
  });
});

describe('"playing devil\'s advocate for why this is needed"', () => {
  test('"can just that not be used to get the size of the buffer?" From fdinfo yes; from a mapping and for identity no', () => {
    boot('linux-6.12-dma-buf-singleton-fdinfo');
    const [one, two] = [buffer(2 * PAGE), buffer(2 * PAGE)];
    expect(fdinfo(one)).toMatch(/^size:\t8192$/m);
    expect(fdinfo(one)).toBe(fdinfo(two));
    expect(bufOf(one)).not.toBe(bufOf(two));
    sysMmap(kernel, a, null, PAGE, 3, 1, one, 0);
    sysClose(kernel, a, one);
    const { ino } = kernel.anonInodes.shared;
    expect(readKernelText(kernel, `/proc/${a.pid}/maps`)).toMatch(
      new RegExp(` ${ino} +anon_inode:dmabuf\n$`),
    );
  });

  test('"the name per buffer, which can also be used to distinguish between different buffers": two may have the same', () => {
    boot('linux-6.12-dma-buf-singleton-fdinfo');
    const fds = [buffer(PAGE), buffer(PAGE)] as const;
    for (const fd of fds) setDmaBufName(bufOf(fd), 'frame');
    expect(fdinfo(fds[0])).toMatch(/^name:\tframe$/m);
    expect(fdinfo(fds[0])).toBe(fdinfo(fds[1]));
  });

  test('"what is the benefit of having st_blocks": it is the size and "does not change for the lifetime of the buffer"', () => {
    boot('linux-6.12');
    const fd = buffer(6 * PAGE);
    const blocks = () => inodeOf(fd).blocks * 512;
    expect(blocks()).toBe(6 * PAGE);
    const at = sysMmap(kernel, a, null, 6 * PAGE, 3, 1, fd, 0);
    kernel.access.touch(a, a.mm.pageOfAddress(at), true);
    setDmaBufName(bufOf(fd), 'x');
    sysMmap(kernel, b, null, PAGE, 3, 1, share(fd), 0);
    expect(blocks()).toBe(6 * PAGE);
  });

  test('"creating a new mount and allocating inode for each buf will consume more kernel memory than before"', () => {
    boot('linux-6.12-dma-buf-singleton');
    buffer(PAGE);
    expect([...kernel.vfs.superBlocks.values()].map(({ name }) => name)).not.toContain('dmabuf');
    boot('linux-6.12-dma-buf-rfc');
    const fds = Array.from({ length: 50 }, () => buffer(PAGE));
    expect(kernel.dmaBufs.fs.superBlock!.liveInodes).toBe(50);
    expect(new Set(fds.map(fd => inodeOf(fd).ino)).size).toBe(50);
  });

  test('"Imagine 1000s of dmabuf created [...] Has there been a study": a thousand inodes are 602 KiB beside what they stand for', () => {
    const { inodeBytes, singletonBytes, perBufferBytes, inodePercentOfPayload } = costOf(
      new BufferPopulation(1_000, 2),
    );
    expect(Math.round(inodeBytes / 1024)).toBe(602);
    expect(perBufferBytes).toBeGreaterThan(singletonBytes);
    expect(inodePercentOfPayload).toBeLessThan(0.1);
  });
});

describe('what became of it', () => {
  test('first merged: the link has the name, which cannot change while a device is attached (EBUSY)', () => {
    boot('linux-6.12-dma-buf-first-merged');
    const fd = buffer(PAGE);
    setDmaBufName(bufOf(fd), 'frame');
    expect(linkOf(fd)).toBe('/dmabuf:frame');
    const attachment = attachDmaBuf(bufOf(fd), 'gpu');
    expect(errnoOf(() => setDmaBufName(bufOf(fd), 'other'))).toBe('EBUSY');
    detachDmaBuf(attachment);
    expect(errnoOf(() => setDmaBufName(bufOf(fd), 'other'))).toBe('none');
    // The value has no heading, and an unset one leaves the line with a tab at its end.
    expect(bufinfo()[2]).toBe('size    \tflags   \tmode    \tcount   \texp_name\tino     ');
    setDmaBufName(bufOf(fd), '');
    expect(bufinfo()[3]).toMatch(/^00004096\t.*\tsystem\t\d{8}\t$/);
  });

  test('today: a counter of its own, names at any time, `<none>` without one', () => {
    boot('linux-6.12');
    const fd = buffer(PAGE);
    sysMemfd(kernel, a, 'F', false);
    expect(inodeOf(buffer(PAGE)).ino).toBe(inodeOf(fd).ino + 1);
    const attachment = attachDmaBuf(bufOf(fd), 'gpu');
    expect(bufinfo()[2]).toBe('size    \tflags   \tmode    \tcount   \texp_name\tino     \tname');
    expect(bufinfo().filter(line => line.endsWith('<none>')).length).toBe(2);
    expect(errnoOf(() => setDmaBufName(bufOf(fd), 'frame'))).toBe('none');
    expect(bufinfo()).toContain('\tgpu');
    detachDmaBuf(attachment);
  });
});
