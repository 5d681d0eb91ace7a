/**
 * Calls that allocate nothing, and refusals that leave something behind without any failure injected. With failure_cases.ts.
 *
 * Machine    fuzz-systems
 */
import type { Errno } from '../base/errno.ts';
import {
  bochs,
  bochsFb,
  bochsShown,
  gpu,
  gpuBo,
  heap,
  job,
  memfd,
  P,
  qxl,
  type Step,
  session,
  shared,
  touched,
} from './failure_scenes.ts';

/** Video memory of bochs with a picture that is shown, one that was, and a third that does not fit beside the first. */
const crowded: readonly Step[] = [
  ['open', { dev: 'bochs' }, 'd'],
  ...(
    [
      ['Y', 320, 320],
      ['X', 640, 320],
      ['Z', 640, 480],
    ] as const
  ).flatMap(([name, width, height]): Step[] => [
    ['drm.createDumb', { fd: 'd', width, height, bpp: 32 }, name],
    ['drm.addFB', { fd: 'd', bo: name, width, height }, `fb${name}`],
  ]),
  ['drm.setCrtc', { fd: 'd', fb: 'fbY', mode: '320x320' }],
  ['drm.setCrtc', { fd: 'd', fb: 'fbX', mode: '640x320' }],
];

/** Refusals that leave something behind without any failure injected: set-up, call, what it answers. */
export const RESIDUE_CASES: readonly (readonly [readonly Step[], Step, Errno])[] = [
  [
    [
      ...gpu,
      ...[0, 1, 2].map((i): Step => ['gpu.create', { fd: 'g', size: 200 * P, domain: 'system' }, `b${i}`]),
      ...[0, 1, 2].map(
        (i): Step => ['mmap', { fd: 'g', offsetOf: `b${i}`, length: P, slot: 20 + i }, `m${i}`],
      ),
      ...[0, 1, 2].map((i): Step => ['stamp', { map: `m${i}`, seed: i }]),
      ...[0, 1, 2].map((i): Step => ['gpu.info', { fd: 'g', bo: `b${i}` }]),
    ],
    ['gpu.submit', { fd: 'g', list: ['b0', 'b1', 'b2'] }],
    'ENOMEM',
  ],
  [
    [
      ...gpu,
      ['gpu.create', { fd: 'g', size: 60 * P, domain: 'vram', visible: true }, 'pinned'],
      ['gpu.pin', { fd: 'g', bo: 'pinned' }],
      ['gpu.create', { fd: 'g', size: 20 * P, domain: 'vram', visible: true }, 'victim'],
      ['gpu.create', { fd: 'g', size: 100 * P, domain: 'system' }, 'big'],
    ],
    ['gpu.pin', { fd: 'g', bo: 'big' }],
    'ENOMEM',
  ],
  [crowded, ['drm.setCrtc', { fd: 'd', fb: 'fbZ', mode: '640x480' }], 'ENOMEM'],
  [crowded, ['drm.pageFlip', { fd: 'd', fb: 'fbZ' }], 'ENOMEM'],
  [
    [
      ['memfd', { name: 'f' }, 'f'],
      ['B:spawn'],
      ['sendfd', { fd: 'f', to: 'B' }],
      ...Array.from({ length: 1024 }, (): Step => ['B:eventfd']),
    ],
    ['B:recvfd', {}, 'g'],
    'EMFILE',
  ],
];

/** Calls that allocate nothing. */
export const FREE_CASES: readonly (readonly [readonly Step[], Step])[] = [
  [touched, ['exit']],
  [[], ['setuid', { uid: 7 }]],
  [
    [...memfd, ['B:spawn'], ['sendfd', { fd: 'f', to: 'B' }]],
    ['B:recvfd', {}, 'f2'],
  ],
  [memfd, ['close', { fd: 'f' }]],
  [memfd, ['dup', { fd: 'f' }, 'f2']],
  [[['open', { path: '/tmp/x', flags: 'creat' }, 'x']], ['unlink', { path: '/tmp/x' }]],
  [memfd, ['ftruncate', { fd: 'f', size: P }]],
  [memfd, ['pread', { fd: 'f', offset: 0, length: 8 }]],
  [memfd, ['read', { fd: 'f', length: 8 }]],
  [memfd, ['lseek', { fd: 'f', offset: 0, whence: 'end' }]],
  [memfd, ['fcntl', { fd: 'f', op: 'getSeals' }]],
  [memfd, ['poll', { fd: 'f', events: 'in' }]],
  [[], ['arena', { slot: 5, length: P }, 'ar']],
  [shared, ['msync', { map: 'm' }]],
  [shared, ['mincore', { map: 'm' }]],
  ...['ptes', 'pagemap', 'frames', 'vmas', 'observe', 'smaps', 'mapFiles'].map(
    (call): [readonly Step[], Step] => [shared, [call, { map: 'm' }]],
  ),
  ...['fstat', 'readlink', 'fdinfo'].map((call): [readonly Step[], Step] => [memfd, [call, { fd: 'f' }]]),
  [[], ['stat', { path: '/tmp' }]],
  [[], ['settle']],
  [[], ['exists', { path: '/tmp' }]],
  [[], ['cat', { path: '/proc/meminfo' }]],
  [[], ['trace.on']],
  [[], ['trace.off']],
  [bochs, ['drm.mapDumb', { fd: 'd', bo: 'bo' }]],
  [bochs, ['drm.destroyDumb', { fd: 'd', bo: 'bo' }]],
  [bochs, ['drm.gemClose', { fd: 'd', bo: 'bo' }]],
  [
    [...bochs, ['open', { dev: 'bochs' }, 'e'], ['drm.getMagic', { fd: 'e' }, 'magic']],
    ['drm.authMagic', { fd: 'd', magicOf: 'magic' }],
  ],
  [bochs, ['drm.dropMaster', { fd: 'd' }]],
  [bochsFb, ['drm.rmFB', { fd: 'd', fb: 'fb' }]],
  [bochsShown, ['drm.crtcOff', { fd: 'd' }]],
  [bochs, ['drm.getCap', { fd: 'd', cap: 'prime' }]],
  [bochs, ['drm.getResources', { fd: 'd' }]],
  [bochs, ['drm.badIoctl', { fd: 'd', nr: 250 }]],
  [[], ['K:vramManager', { dev: 'bochs' }]],
  [heap, ['K:bufinfo']],
  [heap, ['dmabuf.sync', { fd: 'buf', flags: 'start,read' }]],
  [heap, ['ioctlRaw', { fd: 'buf', request: 9, arg: 0 }]],
  [job, ['gpu.wait', { fd: 'g', job: 'job' }]],
  [job, ['gpu.idle', { fd: 'g' }]],
  [
    [...gpuBo, ['gpu.pin', { fd: 'g', bo: 'bo' }]],
    ['gpu.unpin', { fd: 'g', bo: 'bo' }],
  ],
  [gpuBo, ['gpu.info', { fd: 'g', bo: 'bo' }]],
  [
    [...qxl.slice(0, 1), ['qxl.allocSurf', { fd: 'q', width: 32, height: 32 }, 's']],
    ['qxl.map', { fd: 'q', bo: 's' }],
  ],
  [[], ['K:bsd.boot', { era: 'F14' }]],
  [session.slice(0, 1), ['K:bsd.unload', { name: 'dev0' }]],
  [session, ['bsd.ioctl', { fd: 's', request: 'whoami' }]],
  [session, ['K:bsd.state']],
  [[], ['K:lab.unplug', { dev: 'bochs' }]],
  [[], ['K:module.unload', { name: 'udmabuf' }]],
  [[], ['K:lab.failAllocation', { n: 0 }]],
];
