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
  /** What went wrong. */
  readonly title: string;
  readonly inputs: readonly Input[];
}

const FOUND: readonly Found[] = [
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
];

test.each(FOUND.map(found => [found.title, found.inputs] as const))('%s', async (_, inputs) => {
  const { failure, inputs: played } = await replayHistory(inputs, {
    seed: 0,
    steps: 0,
    description: loadMachine('fuzz-systems'),
    newMachine: newHostMachine,
    checkEvery: 1,
  });
  expect(failure).toBeNull();
  expect(played.length).toBe(inputs.length);
});
