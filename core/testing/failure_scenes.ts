/**
 * Places from which calls succeed, as steps: files, mappings, objects of each driver, work in flight. For failure_cases.ts.
 *
 * Machine    fuzz-systems
 */
import type { Input, Json } from '../session/input.ts';

type Args = { readonly [name: string]: Json };
/** `[call, args, as]`, of task A unless the call begins with `B:` or `K:`. */
export type Step = readonly [call: string, args?: Args, as?: string];

export const P = 4096;

/** The input that a step stands for. */
export function inputOf([call, args = {}, as]: Step): Input {
  const at = call.indexOf(':');
  const task = at < 0 ? 'A' : call.slice(0, at);
  return { task, call: call.slice(at + 1), args, ...(as === undefined ? {} : { as }) };
}

export const memfd: readonly Step[] = [
  ['memfd', { name: 'f', flags: 'sealing' }, 'f'],
  ['ftruncate', { fd: 'f', size: 8 * P }],
];
export const anon: readonly Step[] = [['mmap', { flags: 'private,anon', length: 8 * P, slot: 1 }, 'm']];
export const touched: readonly Step[] = [...anon, ['stamp', { map: 'm', seed: 1 }]];
export const shared: readonly Step[] = [...memfd, ['mmap', { fd: 'f', length: 8 * P, slot: 2 }, 'm']];
export const gpu: readonly Step[] = [['open', { dev: 'lab_gpu' }, 'g']];
export const gpuBo: readonly Step[] = [
  ...gpu,
  ['gpu.create', { fd: 'g', size: 8 * P, domain: 'system' }, 'bo'],
];
export const gpuRan: readonly Step[] = [
  ...gpu,
  ['gpu.create', { fd: 'g', size: 8 * P, domain: 'vram', visible: true }, 'bo'],
  ['mmap', { fd: 'g', offsetOf: 'bo', length: 8 * P, slot: 3 }, 'g.map'],
  ['stamp', { map: 'g.map', seed: 3 }],
  ['gpu.idle', { fd: 'g' }],
];
/** VRAM full of objects that can be evicted. */
export const gpuFull: readonly Step[] = [
  ...gpu,
  ...[0, 1, 2].map((i): Step => ['gpu.create', { fd: 'g', size: 64 * P, domain: 'vram' }, `full${i}`]),
  ['gpu.idle', { fd: 'g' }],
];
export const bochs: readonly Step[] = [
  ['open', { dev: 'bochs' }, 'd'],
  ['drm.createDumb', { fd: 'd', width: 64, height: 64, bpp: 32 }, 'bo'],
];
export const bochsFb: readonly Step[] = [
  ...bochs,
  ['drm.addFB', { fd: 'd', bo: 'bo', width: 64, height: 64 }, 'fb'],
];
export const bochsShown: readonly Step[] = [
  ...bochsFb,
  ['drm.setCrtc', { fd: 'd', fb: 'fb', mode: '64x64' }],
  ['drm.createDumb', { fd: 'd', width: 64, height: 64, bpp: 32 }, 'bo2'],
  ['drm.addFB', { fd: 'd', bo: 'bo2', width: 64, height: 64 }, 'fb2'],
];
/** A picture of bochs, mapped and written, so that a move takes entries away. */
export const mapped = (bo: string): readonly Step[] => [
  ['mmap', { fd: 'd', offsetOf: bo, length: 4 * P, slot: 6 }, 'pic'],
  ['stamp', { map: 'pic', seed: 1 }],
];
export const qxl: readonly Step[] = [
  ['open', { dev: 'qxl' }, 'q'],
  ['drm.createDumb', { fd: 'q', width: 64, height: 64, bpp: 32 }, 'bo'],
  ['drm.addFB', { fd: 'q', bo: 'bo', width: 64, height: 64 }, 'fb'],
];
export const vgem: readonly Step[] = [
  ['open', { dev: 'vgem' }, 'v'],
  ['drm.createDumb', { fd: 'v', width: 64, height: 64, bpp: 32 }, 'bo'],
];
export const exported: readonly Step[] = [
  ...vgem,
  ['drm.primeExport', { fd: 'v', bo: 'bo', flags: 'rdwr' }, 'buf'],
];
export const heap: readonly Step[] = [['heap.alloc', { len: 4 * P }, 'buf']];
export const sealed: readonly Step[] = [...memfd, ['fcntl', { fd: 'f', op: 'addSeals', seals: 'shrink' }]];
export const session: readonly Step[] = [
  ['K:bsd.load', { driver: 'session', name: 'dev0' }],
  ['open', { path: '/dev/dev0' }, 's'],
];
export const dax: readonly Step[] = [
  ['open', { path: '/dev/dax0.0' }, 'x'],
  ['mmap', { fd: 'x', length: 8 * P, slot: 4 }, 'm'],
];
export const job: readonly Step[] = [
  ...gpuRan,
  ['gpu.submit', { fd: 'g', list: ['bo'], fills: [{ bo: 'bo', seed: 9 }], durationNs: 1000000 }, 'job'],
];
/** A reservation that has work in it, imported into an empty one. */
export const syncFile: readonly Step[] = [
  ...job,
  ['drm.primeExport', { fd: 'g', bo: 'bo' }, 'from'],
  ['dmabuf.exportSyncFile', { fd: 'from', flags: 'write' }, 'sync'],
  ...heap,
];
