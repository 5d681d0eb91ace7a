/**
 * For every call of the call table: a set-up after which it succeeds. The allocation-failure tests run each with the n-th
 * allocation failing, for every n; a call of which it is said that it allocates nothing is held to it.
 *
 * Machine    fuzz-systems: all drivers, both memories of device-dax, FreeBSD's devices by call
 */
import type { Errno } from '../base/errno.ts';
import { DRIVER_CASES } from './failure_driver_cases.ts';
import { FREE_CASES } from './failure_free_cases.ts';
import {
  anon,
  bochs,
  bochsFb,
  bochsShown,
  dax,
  exported,
  gpu,
  gpuBo,
  gpuFull,
  gpuRan,
  heap,
  inputOf,
  mapped,
  memfd,
  P,
  qxl,
  type Step,
  sealed,
  session,
  shared,
  syncFile,
  touched,
  vgem,
} from './failure_scenes.ts';

export interface FailureCase {
  /** Machine, if it is not fuzz-systems. */
  readonly machine?: string;
  readonly setup: readonly Step[];
  readonly step: Step;
  /** What the call answers without memory; ENOMEM unless said. */
  readonly errno?: Errno;
  /** Why it succeeds all the same when some of its allocations fail. */
  readonly goesOn?: string;
  /** Work of the set-up is still going on when it is called; else all of it is over. */
  readonly inFlight?: true;
  /** It allocates nothing. */
  readonly nothing?: true;
}

/** Name of a case in titles: the call, and what tells it from others of the same call. */
export function nameOfCase({ step }: FailureCase): string {
  const { call, args } = inputOf(step);
  return `${call} ${JSON.stringify(args)}`;
}

const FAULTED = 'a fault without memory is no signal: the access is made again (pagefault_out_of_memory)';
const DRAWN = 'drawing has nobody to report to (qxl_draw_dirty_fb)';
const PICKED = 'a victim that finds no place stays, the walk goes on';
const POPULATED = 'what MAP_POPULATE and MAP_LOCKED cannot fault in is left for later (mm_populate)';

/** Calls that open a descriptor and nothing else. */
const PLAIN = [
  'eventfd',
  'epoll',
  'timerfd',
  'signalfd',
  'inotify',
  'fsopen',
  'userfaultfd',
  'pidfd',
  'pipe',
  'socket',
];

const ALLOCATING: readonly FailureCase[] = [
  { setup: [], step: ['B:spawn'] },
  { setup: touched, step: ['fork', {}, 'B'] },
  { setup: gpuRan, step: ['fork', {}, 'B'] },
  {
    setup: [
      ...touched,
      ['mmap', { flags: 'private,anon', length: P, slot: 7 }, 'm2'],
      ['stamp', { map: 'm2', seed: 1 }],
    ],
    step: ['fork', {}, 'B'],
  },
  { setup: [...memfd, ['B:spawn']], step: ['sendfd', { fd: 'f', to: 'B' }] },
  { setup: [], step: ['open', { path: '/tmp/x', flags: 'creat' }, 'x'] },
  ...['lab_gpu', 'bochs', 'vgem:render'].map(
    (dev): FailureCase => ({ setup: [], step: ['open', { dev }, 'x'] }),
  ),
  { setup: [], step: ['open', { path: '/dev/dax0.0' }, 'x'] },
  { setup: session.slice(0, 1), step: ['open', { path: '/dev/dev0' }, 'x'] },
  { setup: [], step: ['mknod', { path: '/tmp/n', likeDev: 'bochs' }] },
  {
    setup: [['open', { path: '/tmp/x', flags: 'creat' }, 'x']],
    step: ['link', { path: '/tmp/x', to: '/tmp/y' }],
  },
  {
    setup: [['open', { path: '/tmp/x', flags: 'creat' }, 'x']],
    step: ['rename', { path: '/tmp/x', to: '/tmp/y' }],
  },
  { setup: [], step: ['memfd', { name: 'f' }, 'f'] },
  { setup: memfd, step: ['fallocate', { fd: 'f', offset: 0, length: 4 * P }] },
  {
    setup: memfd,
    step: ['pwrite', { fd: 'f', offset: 0, length: 2 * P, fill: 1 }],
    goesOn: 'what was written before counts (short write)',
  },
  {
    setup: memfd,
    step: ['write', { fd: 'f', length: 2 * P, fill: 1 }],
    goesOn: 'what was written before counts (short write)',
  },
  ...PLAIN.map((call): FailureCase => ({ setup: [], step: [call, {}, 'x'] })),
  { setup: [], step: ['mmap', { flags: 'private,anon', length: 4 * P, slot: 1 }, 'm'] },
  { setup: [], step: ['mmap', { flags: 'shared,anon', length: 4 * P, slot: 1 }, 'm'] },
  {
    setup: [],
    step: ['mmap', { flags: 'private,anon,populate', length: 4 * P, slot: 1 }, 'm'],
    goesOn: POPULATED,
  },
  {
    setup: [],
    step: ['mmap', { flags: 'private,anon,locked', length: 4 * P, slot: 1 }, 'm'],
    goesOn: POPULATED,
  },
  { setup: memfd, step: ['mmap', { fd: 'f', length: 4 * P, slot: 2 }, 'n'] },
  { setup: touched, step: ['mmap', { flags: 'private,anon', prot: 'r', length: 4 * P, at: 'm+2p' }, 'n'] },
  { setup: gpuBo, step: ['mmap', { fd: 'g', offsetOf: 'bo', length: 4 * P, slot: 3 }, 'n'] },
  { setup: vgem, step: ['mmap', { fd: 'v', offsetOf: 'bo', length: 4 * P, slot: 3 }, 'n'] },
  { setup: heap, step: ['mmap', { fd: 'buf', length: 4 * P, slot: 3 }, 'n'] },
  { setup: dax.slice(0, 1), step: ['mmap', { fd: 'x', length: 4 * P, slot: 4 }, 'n'] },
  { setup: session, step: ['mmap', { fd: 's', length: 4 * P, slot: 4 }, 'n'] },
  { setup: touched, step: ['munmap', { map: 'm', first: 2, count: 4 }] },
  { setup: touched, step: ['mprotect', { map: 'm', first: 2, count: 4, prot: 'r' }] },
  {
    // The neighbour below takes the range in, and has no anon_vma yet.
    setup: [
      ...anon,
      ['madvise', { map: 'm', first: 0, count: 3, advice: 'dontfork' }],
      ['madvise', { map: 'm', first: 5, count: 3, advice: 'dontfork' }],
      ['stamp', { map: 'm', first: 5, count: 3, seed: 1 }],
    ],
    step: ['madvise', { map: 'm', first: 3, count: 2, advice: 'dontfork' }],
    errno: 'EAGAIN',
  },
  {
    setup: touched,
    step: ['madvise', { map: 'm', first: 2, count: 4, advice: 'dontfork' }],
    errno: 'EAGAIN',
  },
  { setup: anon, step: ['madvise', { map: 'm', first: 0, count: 2, advice: 'populate_write' }] },
  {
    setup: [...touched, ['mmap', { flags: 'private,anon', prot: 'r', length: P, at: 'm+8p' }, 'wall']],
    step: ['mremap', { at: 'm', length: 8 * P, newLength: 32 * P, flags: 'maymove' }, 'n'],
  },
  {
    setup: [...touched, ['arena', { slot: 9, length: 64 * P }, 'far']],
    step: ['mremap', { at: 'm', length: 8 * P, newLength: 8 * P, to: 'far' }],
  },
  {
    setup: [
      ...touched,
      ['mmap', { flags: 'private,anon', length: 8 * P, slot: 9 }, 'far'],
      ['stamp', { map: 'far', seed: 2 }],
    ],
    step: ['mremap', { at: 'm', length: 8 * P, newLength: 8 * P, to: 'far' }],
  },
  { setup: touched, step: ['mlock', { map: 'm', first: 2, count: 4 }] },
  { setup: anon, step: ['mlock', { map: 'm', first: 0, count: 8 }], errno: 'EAGAIN' },
  { setup: [...touched, ['mlock', { map: 'm' }]], step: ['munlock', { map: 'm', first: 2, count: 4 }] },
  { setup: anon, step: ['touch', { map: 'm', page: 0, write: true }], goesOn: FAULTED },
  { setup: shared, step: ['touch', { map: 'm', page: 0, write: true }], goesOn: FAULTED },
  {
    setup: [...touched, ['fork', {}, 'B']],
    step: ['touch', { map: 'm', page: 0, write: true }],
    goesOn: FAULTED,
  },
  { setup: shared, step: ['touchRange', { map: 'm', write: true }], goesOn: FAULTED },
  { setup: anon, step: ['stamp', { map: 'm', seed: 1 }], goesOn: FAULTED },
  { setup: shared, step: ['checkStamps', { map: 'm', seed: 1 }], goesOn: FAULTED },
  {
    setup: [...gpuBo, ['mmap', { fd: 'g', offsetOf: 'bo', length: 8 * P, slot: 3 }, 'm']],
    step: ['stamp', { map: 'm', seed: 1 }],
    goesOn: FAULTED,
  },
  { setup: dax, step: ['touch', { map: 'm', page: 0, write: true }], goesOn: FAULTED },
  { setup: bochs.slice(0, 1), step: ['drm.createDumb', { fd: 'd', width: 64, height: 64, bpp: 32 }, 'bo'] },
  { setup: vgem.slice(0, 1), step: ['drm.createDumb', { fd: 'v', width: 64, height: 64, bpp: 32 }, 'bo'] },
  { setup: qxl.slice(0, 1), step: ['drm.createDumb', { fd: 'q', width: 64, height: 64, bpp: 32 }, 'bo'] },
  { setup: bochs, step: ['drm.gemFlink', { fd: 'd', bo: 'bo' }] },
  {
    setup: [...bochs, ['drm.gemFlink', { fd: 'd', bo: 'bo' }]],
    step: ['drm.gemOpen', { fd: 'd', nameOf: 'bo' }, 'again'],
  },
  { setup: vgem, step: ['drm.primeExport', { fd: 'v', bo: 'bo' }, 'buf'] },
  {
    setup: [...exported, ['open', { dev: 'vgem' }, 'w']],
    step: ['drm.primeImport', { fd: 'w', dmabuf: 'buf' }, 'bo2'],
  },
  { setup: [...heap, ...vgem], step: ['drm.primeImport', { fd: 'v', dmabuf: 'buf' }, 'bo2'] },
  {
    setup: [
      ['open', { dev: 'virtio_gpu' }, 'w'],
      ['drm.createDumb', { fd: 'w', width: 64, height: 64, bpp: 32 }, 'bo'],
      ['drm.primeExport', { fd: 'w', bo: 'bo' }, 'buf'],
      ['open', { dev: 'vgem' }, 'v'],
    ],
    step: ['drm.primeImport', { fd: 'v', dmabuf: 'buf' }, 'bo2'],
  },
  { setup: bochs, step: ['drm.getMagic', { fd: 'd' }, 'magic'] },
  {
    setup: [['open', { dev: 'bochs' }, 'first'], ...bochs, ['drm.dropMaster', { fd: 'first' }]],
    step: ['drm.setMaster', { fd: 'd' }],
  },
  { setup: bochs, step: ['drm.addFB', { fd: 'd', bo: 'bo', width: 64, height: 64 }, 'fb'] },
  { setup: bochsFb, step: ['drm.getFB', { fd: 'd', fb: 'fb' }, 'bo2'] },
  { setup: [...bochsFb, ...mapped('bo')], step: ['drm.setCrtc', { fd: 'd', fb: 'fb', mode: '64x64' }] },
  { setup: qxl, step: ['drm.setCrtc', { fd: 'q', fb: 'fb', mode: '64x64' }], goesOn: DRAWN },
  { setup: [...bochsShown, ...mapped('bo2')], step: ['drm.pageFlip', { fd: 'd', fb: 'fb2' }] },
  { setup: sealed, step: ['udmabuf.create', { memfd: 'f', offset: 0, size: 2 * P }, 'buf'] },
  {
    setup: sealed,
    step: [
      'udmabuf.createList',
      { n: 2, memfd0: 'f', offset0: 0, size0: P, memfd1: 'f', offset1: P, size1: P },
      'buf',
    ],
  },
  { setup: [], step: ['heap.alloc', { len: 4 * P }, 'buf'] },
  { setup: heap, step: ['dmabuf.exportSyncFile', { fd: 'buf', flags: 'read' }, 'sync'] },
  {
    setup: syncFile,
    step: ['dmabuf.importSyncFile', { fd: 'buf', syncFile: 'sync', flags: 'write' }],
    inFlight: true,
  },
  { setup: heap, step: ['dmabuf.setName', { fd: 'buf', name: 'n' }] },
  { setup: [['B:spawn'], ['B:memfd', { name: 'f' }, 'f']], step: ['openPath', { of: 'B', fd: 'f' }, 'p'] },
  {
    setup: [['K:dmabuf.inodes', { design: 'singleton' }]],
    step: ['K:dmabuf.inodes', { design: 'per-buffer' }],
  },
  { setup: gpu, step: ['gpu.create', { fd: 'g', size: 8 * P, domain: 'system' }, 'bo'] },
  { setup: gpu, step: ['gpu.create', { fd: 'g', size: 8 * P, domain: 'vram' }, 'bo'] },
  { setup: gpuFull, step: ['gpu.create', { fd: 'g', size: 64 * P, domain: 'vram' }, 'bo'], goesOn: PICKED },
  { setup: gpuRan, step: ['gpu.submit', { fd: 'g', list: ['bo'], fills: [{ bo: 'bo', seed: 7 }] }, 'job'] },
  {
    setup: gpuBo,
    step: ['gpu.submit', { fd: 'g', list: ['bo'], fills: [{ bo: 'bo', value: 7 }] }, 'job'],
    goesOn: 'what VRAM cannot hold is read from system pages',
  },
  { setup: gpuBo, step: ['gpu.pin', { fd: 'g', bo: 'bo' }] },
  { setup: gpuRan, step: ['gpu.evict', { fd: 'g', bo: 'bo' }], errno: 'EBUSY' },
  { setup: gpuFull, step: ['K:lab.setBudget', { dev: 'lab_gpu', pages: 60 }] },
  {
    setup: [...gpuRan, ['gpu.evict', { fd: 'g', bo: 'bo' }], ['gpu.idle', { fd: 'g' }]],
    step: ['K:lab.swapOut'],
    goesOn: 'another object is swapped out',
  },
  { setup: qxl.slice(0, 1), step: ['qxl.allocSurf', { fd: 'q', width: 32, height: 32 }, 'surf'] },
  { setup: [], step: ['K:bsd.load', { driver: 'session', name: 'dev0' }] },
  { setup: [], step: ['K:bsd.load', { driver: 'gem', name: 'gem0', slot: 1 }] },
  ...['lab_gpu', 'bochs', 'qxl', 'vgem', 'virtio_gpu'].map(
    (dev): FailureCase => ({ setup: [['K:lab.unplug', { dev }]], step: ['K:lab.plug', { dev }] }),
  ),
  ...['device_dax', 'udmabuf', 'system_heap'].map(
    (name): FailureCase => ({ setup: [['K:module.unload', { name }]], step: ['K:module.load', { name }] }),
  ),
  {
    setup: [['K:sysfs.write', { path: '/sys/bus/dax/drivers/device_dax/unbind', data: 'dax0.0' }]],
    step: ['K:sysfs.write', { path: '/sys/bus/dax/drivers/device_dax/bind', data: 'dax0.0' }],
  },
];

export const FAILURE_CASES: readonly FailureCase[] = [
  ...DRIVER_CASES,
  ...ALLOCATING,
  ...FREE_CASES.map(([setup, step]): FailureCase => ({ setup, step, nothing: true })),
];
