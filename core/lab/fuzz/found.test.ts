/**
 * What random histories have found in the model, as the short logs that they were made into. Each failed once, and is played with
 * every invariant checked after every input.
 */
import { expect, test } from 'vitest';
import { loadMachine } from '../../cli/assets.ts';
import { newHostMachine } from '../../cli/make_machine.ts';
import type { Input } from '../../session/input.ts';
import { replayHistory } from './history.ts';

interface Found {
  /** Machine description; fuzz-systems without it. */
  readonly machine?: string;
  /** What went wrong. */
  readonly title: string;
  readonly inputs: readonly Input[];
}

const FOUND: readonly Found[] = [
  {
    machine: 'fuzz-pc',
    title: 'a task unpins the picture of the cursor: what was shown next lost its pin with the cursor',
    inputs: [
      { task: 'B', call: 'spawn', args: {} },
      { task: 'B', call: 'open', args: { dev: 'lab_gpu' }, as: 'd' },
      { task: 'B', call: 'drm.createDumb', args: { fd: 'd', width: 640, height: 480, bpp: 32 }, as: 'b' },
      { task: 'B', call: 'drm.addFB', args: { fd: 'd', bo: 'b', width: 640, height: 480 }, as: 'fb' },
      { task: 'B', call: 'gpu.cursor', args: { fd: 'd', bo: 'b' } },
      { task: 'B', call: 'gpu.unpin', args: { fd: 'd', bo: 'b' } },
      { task: 'B', call: 'drm.setCrtc', args: { fd: 'd', fb: 'fb', mode: '640x480' } },
      { task: 'B', call: 'gpu.cursor', args: { fd: 'd' } },
    ],
  },
  {
    machine: 'fuzz-pc',
    title:
      'a device comes back: its engine counts anew, and the rules of seqnos and generations knew only the old one',
    inputs: ['first', 'second'].flatMap((task): Input[] => [
      { task, call: 'spawn', args: {} },
      { task, call: 'open', args: { dev: 'lab_gpu' }, as: `d-${task}` },
      { task, call: 'gpu.create', args: { fd: `d-${task}`, size: 4096, domain: 'vram' }, as: `o-${task}` },
      ...[1, 2].map(
        (): Input => ({
          task,
          call: 'gpu.execbuffer',
          args: { fd: `d-${task}`, list: [{ bo: `o-${task}`, offset: 0, commands: [['BATCH_END']] }] },
        }),
      ),
      { task: 'K', call: 'lab.gpuReset', args: { dev: 'lab_gpu' } },
      { task: 'K', call: 'lab.unplug', args: { dev: 'lab_gpu' } },
      { task: 'K', call: 'lab.plug', args: { dev: 'lab_gpu' } },
    ]),
  },
  {
    title:
      'inodes of shared buffers change design while an entry of a freed buffer is held: its pages were freed twice',
    inputs: [
      { task: 'B', call: 'spawn', args: {} },
      { task: 'K', call: 'dmabuf.inodes', args: { design: 'singleton' } },
      { task: 'B', call: 'heap.alloc', args: { len: 24576 }, as: 'f11' },
      { task: 'B', call: 'openPath', args: { of: 'B', fd: 'f11' }, as: 'f13' },
      { task: 'B', call: 'close', args: { fd: 'f11' } },
      { task: 'K', call: 'dmabuf.inodes', args: { design: 'per-buffer' } },
      { task: 'B', call: 'exit', args: {} },
    ],
  },
  {
    title: 'swap-out of a bound object finds no memory to note its new place: the object stayed reserved',
    inputs: [
      { task: 'T', call: 'spawn', args: {} },
      { task: 'T', call: 'open', args: { dev: 'lab_gpu' }, as: 'd' },
      {
        task: 'T',
        call: 'gpu.create',
        args: { fd: 'd', size: 409600, domain: 'tt', visible: true },
        as: 'o',
      },
      { task: 'T', call: 'gpu.submit', args: { fd: 'd', list: ['o'], fills: [] }, as: 'j' },
      { task: 'T', call: 'gpu.wait', args: { fd: 'd', job: 'j' } },
      { task: 'K', call: 'lab.failAllocation', args: { n: 2 } },
      { task: 'K', call: 'lab.swapOut', args: {} },
    ],
  },
  {
    machine: 'fuzz-i915',
    title: 'a new object of the i915 finds no memory for its handle: the object stayed',
    inputs: [
      { task: 'A', call: 'spawn', args: {} },
      { task: 'A', call: 'open', args: { dev: 'i915' }, as: 'd' },
      ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((n): Input[] => [
        { task: 'K', call: 'lab.failAllocation', args: { n } },
        { task: 'A', call: 'i915.create', args: { fd: 'd', size: 8192 } },
      ]),
    ],
  },
  {
    machine: 'fuzz-i915',
    title: 'the probe of the i915 finds no memory: an object of boot without its file stayed',
    inputs: [1, 2, 3, 4, 5, 6, 8, 12, 16].flatMap((n): Input[] => [
      { task: 'K', call: 'lab.unplug', args: { dev: 'i915' } },
      { task: 'K', call: 'lab.failAllocation', args: { n } },
      { task: 'K', call: 'lab.plug', args: { dev: 'i915' } },
      { task: 'K', call: 'lab.failAllocation', args: { n: 0 } },
      { task: 'K', call: 'lab.plug', args: { dev: 'i915' } },
    ]),
  },
  {
    machine: 'fuzz-i915',
    title: 'an object of the i915 ends while requests are retired: others lost two references for one',
    inputs: [
      { task: 'B', call: 'spawn', args: {} },
      { task: 'B', call: 'open', args: { dev: 'i915' }, as: 'd' },
      { task: 'B', call: 'drm.createDumb', args: { fd: 'd', width: 1024, height: 16, bpp: 32 }, as: 'gone' },
      { task: 'B', call: 'drm.createDumb', args: { fd: 'd', width: 1024, height: 4, bpp: 32 }, as: 'other' },
      {
        task: 'B',
        call: 'i915.exec',
        args: { fd: 'd', list: [{ bo: 'gone', read: 'render' }], durationNs: 1000 },
      },
      { task: 'B', call: 'drm.destroyDumb', args: { fd: 'd', bo: 'gone' } },
      {
        task: 'B',
        call: 'i915.exec',
        args: { fd: 'd', list: [{ bo: 'other', read: 'render' }], durationNs: 1000 },
      },
      { task: 'K', call: 'lab.failAllocation', args: { n: 0 } },
      { task: 'B', call: 'i915.evict', args: { fd: 'd', bo: 'other' } },
      { task: 'B', call: 'i915.evict', args: { fd: 'd', bo: 'other' } },
    ],
  },
  {
    machine: 'fuzz-i915',
    title: 'a batch of the i915 reads what another rendered, and the flush between them wrote nothing back',
    inputs: [
      { task: 'T', call: 'spawn', args: {} },
      { task: 'T', call: 'open', args: { dev: 'i915' }, as: 'd' },
      { task: 'T', call: 'i915.create', args: { fd: 'd', size: 65536 }, as: 'g' },
      {
        task: 'T',
        call: 'i915.exec',
        args: { fd: 'd', list: [{ bo: 'g', read: 'render', write: 'render', value: 59 }], durationNs: 900 },
      },
      {
        task: 'T',
        call: 'i915.exec',
        args: { fd: 'd', list: [{ bo: 'g', read: 'sampler' }], durationNs: 900 },
      },
      { task: 'T', call: 'i915.setDomain', args: { fd: 'd', bo: 'g', read: 'cpu', write: '' } },
    ],
  },
];

test.each(FOUND)('$title', async ({ inputs, machine }) => {
  const { failure, inputs: played } = await replayHistory(inputs, {
    seed: 0,
    steps: 0,
    description: loadMachine(machine ?? 'fuzz-systems'),
    newMachine: newHostMachine,
    checkEvery: 1,
  });
  expect(failure).toBeNull();
  expect(played.length).toBe(inputs.length);
});
