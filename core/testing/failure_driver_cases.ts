/**
 * Cases of failure_cases.ts for the calls of single drivers: the GEM of 2008, on its own machine, and the ring of lab_gpu with its
 * console.
 */
import type { FailureCase } from './failure_cases.ts';
import { P, type Step } from './failure_scenes.ts';

const FAULTED = 'a fault without memory is no signal: the access is made again (pagefault_out_of_memory)';
const AGAIN = 'without room everything is evicted and pinning tried again (i915_gem_execbuffer)';
const FALLS_BACK = 'what VRAM cannot hold is read from system pages';

type Pair = readonly [readonly Step[], Step];

const i915: readonly Step[] = [['open', { dev: 'i915' }, 'g']];
const object: readonly Step[] = [...i915, ['i915.create', { fd: 'g', size: 8 * P }, 'bo']];
const bound: readonly Step[] = [...object, ['i915.mmapGtt', { fd: 'g', bo: 'bo' }]];
const pinned: readonly Step[] = [...object, ['i915.pin', { fd: 'g', bo: 'bo' }]];
const inFile: readonly Step[] = [...i915, ['gemfd.open', { fd: 'g', size: 8 * P }, 'o']];

const I915_CASES: readonly FailureCase[] = [
  { setup: i915, step: ['i915.create', { fd: 'g', size: 8 * P }, 'bo'] },
  { setup: i915, step: ['gemfd.open', { fd: 'g', size: 8 * P }, 'o'] },
  { setup: object, step: ['i915.mmap', { fd: 'g', bo: 'bo' }, 'm'] },
  { setup: object, step: ['i915.mmapGtt', { fd: 'g', bo: 'bo' }] },
  { setup: object, step: ['i915.pread', { fd: 'g', bo: 'bo', offset: 0, length: 8 }] },
  { setup: object, step: ['i915.pwrite', { fd: 'g', bo: 'bo', offset: 0, length: 8, value: 1 }] },
  { setup: object, step: ['i915.pin', { fd: 'g', bo: 'bo' }] },
  {
    setup: object,
    step: ['i915.exec', { fd: 'g', list: [{ bo: 'bo', read: 'render', write: 'render' }] }],
    goesOn: AGAIN,
  },
  ...(
    [
      [bound, ['i915.setDomain', { fd: 'g', bo: 'bo', read: 'gtt' }]],
      [object, ['i915.swFinish', { fd: 'g', bo: 'bo' }]],
      [pinned, ['i915.unpin', { fd: 'g', bo: 'bo' }]],
      [object, ['i915.madvise', { fd: 'g', bo: 'bo', advice: 0 }]],
      [object, ['i915.busy', { fd: 'g', bo: 'bo' }]],
      [i915, ['i915.getAperture', { fd: 'g' }]],
      [object, ['i915.info', { fd: 'g', bo: 'bo' }]],
      [object, ['i915.look', { fd: 'g', bo: 'bo' }]],
      [bound, ['i915.evict', { fd: 'g', bo: 'bo' }]],
      [bound, ['i915.swapOut', { fd: 'g', bo: 'bo' }]],
      [inFile, ['gemfd.info', { file: 'o' }]],
    ] as readonly Pair[]
  ).map(([setup, step]): FailureCase => ({ setup, step, nothing: true })),
];

const gpu: readonly Step[] = [
  ['open', { dev: 'lab_gpu' }, 'g'],
  ['gpu.create', { fd: 'g', size: 4 * P, domain: 'system' }, 'bo'],
  ['gpu.create', { fd: 'g', size: P, domain: 'system' }, 'batch'],
  ['mmap', { fd: 'g', offsetOf: 'bo', length: 4 * P, slot: 3 }, 'm'],
  ['gpu.idle', { fd: 'g' }],
];
const END: Step[1] = { commands: [['BATCH_END']] };
const exec: Step = [
  'gpu.execbuffer',
  {
    fd: 'g',
    list: [
      { bo: 'bo', write: true },
      { bo: 'batch', ...END },
    ],
  },
  'job',
];
const done: readonly Step[] = [...gpu, exec];
const console: readonly Step[] = [['K:console.start']];

const OF_THE_RING: readonly FailureCase[] = [
  { setup: gpu, step: ['mem.storeWords', { map: 'm', page: 0, words: [1, 2] }], goesOn: FAULTED },
  { setup: gpu, step: ['gpu.pwrite', { fd: 'g', bo: 'bo', words: [1, 2] }] },
  { setup: gpu, step: ['gpu.pwriteCommands', { fd: 'g', bo: 'batch', ...END }] },
  { setup: gpu, step: exec, errno: 'ENOSPC', goesOn: FALLS_BACK },
  { setup: [], step: ['K:console.start'], goesOn: FALLS_BACK },
  { setup: gpu, step: ['gpu.cursor', { fd: 'g', bo: 'bo', width: 32, height: 32 }] },
  ...(
    [
      [done, ['gpu.jobStatus', { fd: 'g', job: 'job' }]],
      [done, ['gpu.engine', { fd: 'g' }]],
      [done, ['gpu.waitBo', { fd: 'g', bo: 'bo' }]],
      [[], ['K:lab.gpuReset']],
      [[], ['K:lab.gpuWedge']],
      [console, ['K:console.print', { text: 'line' }]],
      [console, ['K:console.bootLine', { line: 0 }]],
    ] as readonly Pair[]
  ).map(([setup, step]): FailureCase => ({ setup, step, nothing: true })),
];

export const DRIVER_CASES: readonly FailureCase[] = [
  ...I915_CASES.map((of): FailureCase => ({ ...of, machine: 'i915-2008' })),
  ...OF_THE_RING,
];
