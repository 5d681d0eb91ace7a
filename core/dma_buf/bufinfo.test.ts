/** Covers the text of bufinfo against two printed by kernels: etnaviv on 4.12 and amdgpu on 6.x. */
import { expect, test } from 'vitest';
import { snapshotConstant } from '../base/snapshot.ts';
import { AnonInodes } from '../fs/anon_inode.ts';
import type { DmaBufInodeDesign } from '../fs/kernel_era.ts';
import { getFile } from '../fs/open_file.ts';
import { Vfs } from '../fs/vfs.ts';
import { newIdSource } from '../testing/id_source.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { bufinfoText } from './bufinfo.ts';
import { type DmaBuf, DmaBufRegistry } from './dma_buf.ts';
import { attachDmaBuf } from './dma_buf_attach.ts';
import { DmaFence, FenceContext } from './dma_fence.ts';
import {
  DmaResv,
  type ResvUsage,
  USAGE_BOOKKEEP,
  USAGE_KERNEL,
  USAGE_READ,
  USAGE_WRITE,
} from './dma_resv.ts';

const OPS = snapshotConstant('test.bufinfoOps', { exporterName: 'drm', release: () => undefined });
const trace = new TraceBuffer();

function registryOf(design: DmaBufInodeDesign): DmaBufRegistry {
  const vfs = new Vfs(newIdSource());
  return new DmaBufRegistry(vfs, trace, new AnonInodes(vfs), design);
}

function make(registry: DmaBufRegistry, size: number, mode: 'rdonly' | 'rdwr', references: number): DmaBuf {
  const buf = registry.export(size, mode, OPS, {}, new DmaResv(1), 1);
  for (let i = 1; i < references; i++) getFile(buf.file);
  return buf;
}

function addFence(buf: DmaBuf, context: number, usage: ResvUsage, signalled: boolean): void {
  const fence = new DmaFence(new FenceContext(context, 1, 1), 7, 0);
  fence.signalled = signalled;
  buf.resv.tryLock(1);
  buf.resv.reserveFences(1);
  buf.resv.addFence(trace, fence, usage);
  buf.resv.unlock();
}

test('4.12: five columns, an exclusive fence without a number; as printed by etnaviv but for the names of the fence', () => {
  const registry = registryOf('singleton');
  const buf = make(registry, 8294400, 'rdonly', 5);
  addFence(buf, 1, USAGE_WRITE, true);
  attachDmaBuf(buf, 'gpu-subsystem');
  expect(bufinfoText(registry)).toBe(
    `
Dma-buf Objects:
size    \tflags   \tmode    \tcount   \texp_name
08294400\t00000000\t00000005\t00000005\tdrm
\tExclusive fence: lab_gpu-ring ring signalled
\tAttached Devices:
\tgpu-subsystem
Total 1 devices attached


Total 1 objects, 8294400 bytes
`,
  );
});

test('6.x: ino and name, fences by class with their number; as printed by amdgpu but for the names of the fence', () => {
  const registry = registryOf('per-buffer');
  make(registry, 4096, 'rdwr', 1);
  const buf = make(registry, 1048576, 'rdwr', 4);
  addFence(buf, 1, USAGE_KERNEL, true);
  attachDmaBuf(buf, '0000:01:00.0');
  const text = bufinfoText(registry);
  expect(
    text.startsWith(`
Dma-buf Objects:
size    \tflags   \tmode    \tcount   \texp_name\tino     \tname
01048576\t00000002\t00080007\t00000004\tdrm\t00000002\t<none>
\tkernel fence:lab_gpu-ring ring seq 7 signalled
\tAttached Devices:
\t0000:01:00.0
Total 1 devices attached

00004096\t`),
  ).toBe(true);
  expect(text.endsWith('\n\nTotal 2 objects, 1052672 bytes\n')).toBe(true);
});

test('fences: kernel before write before read, BOOKKEEP not at all, pending ones unsignalled', () => {
  const registry = registryOf('per-buffer');
  const buf = make(registry, 4096, 'rdwr', 1);
  const usages = [USAGE_READ, USAGE_BOOKKEEP, USAGE_KERNEL, USAGE_WRITE] as const;
  for (const [i, usage] of usages.entries()) addFence(buf, i + 1, usage, false);
  const words = (text: string) =>
    text.match(/^\t\S+ fence:.* (un)?signalled$/gm)!.map(line => line.split(' ')[0]);
  const text = bufinfoText(registry);
  expect(words(text)).toEqual(['\tkernel', '\twrite', '\tread']);
  expect(text).not.toContain(' signalled');
});

test('5.3: the value of the name has no heading and may be empty', () => {
  const registry = registryOf('first-merged');
  make(registry, 4096, 'rdwr', 1).name = 'frame';
  make(registry, 4096, 'rdwr', 1);
  const lines = bufinfoText(registry).split('\n');
  expect(lines[2]!.split('\t').at(-1)).toBe('ino     ');
  const rows = lines.filter(line => line.startsWith('00004096')).map(line => line.split('\t'));
  expect(rows.map(row => row[2])).toEqual(['00080007', '00080007']);
  expect(rows.map(row => [row.length, row[6]])).toEqual([
    [7, ''],
    [7, 'frame'],
  ]);
});
