/**
 * Random steps over the FreeBSD side: two drivers that come and go, sessions, objects of the pager, mappings that outlive both.
 */
import { call, type FuzzWorld, type Move, opens, type Plan } from './world.ts';

const PAGE = 4096;
const REQUESTS = ['whoami', 'set', 'clear', 'auth', 'unauth', 'failOpen', 'copyin', 'nested'] as const;
const OBJECT_REQUESTS = ['create', 'close', 'release', 'failAgain', 'failOnce'] as const;
const BSD_SLOT = 910;

function load(world: FuzzWorld): Plan {
  const driver = world.oneOf('session', 'gem');
  return call('K', 'bsd.load', {
    driver,
    name: driver,
    slot: driver === 'gem' ? 1 : 0,
    aperture: 8,
    needsAuth: world.random.chance(1, 3),
    ebadf: world.oneOf('allow', 'refuse'),
    trackClose: world.random.chance(1, 4),
  });
}

function open(world: FuzzWorld): Plan | null {
  const path = `/dev/${world.oneOf('session', 'gem')}`;
  return opens(world, world.task(), 'open', { path }, 'bsd');
}

function ioctl(world: FuzzWorld): Plan | null {
  const found = world.fd(world.random.chance(1, 15) ? 'memfd' : 'bsd');
  if (!found) return null;
  const other = world.fd('bsd') ?? found;
  if (world.random.chance(1, 2)) {
    return call(found.task, 'bsd.ioctl', {
      fd: found.fd.name,
      request: world.oneOf(...REQUESTS),
      value: world.random.below(2),
      other: other.fd.name,
      at: `ar+${world.random.below(48)}p`,
    });
  }
  const request = world.oneOf(...OBJECT_REQUESTS, 'create');
  const value = request === 'create' ? 1 + world.random.below(5) : world.random.below(6);
  return call(found.task, 'bsd.ioctl', { fd: found.fd.name, request, value }, `bo${world.random.below(4)}`);
}

function map(world: FuzzWorld): Plan | null {
  const found = world.fd('bsd');
  if (!found) return null;
  const length = PAGE * (1 + world.random.below(5));
  const object = world.random.chance(1, 2) ? { offsetOf: `bo${world.random.below(4)}` } : {};
  const args = { fd: found.fd.name, length, prot: world.oneOf('rw', 'rw', 'r'), ...object };
  return call(found.task, 'mmap', { ...args, slot: BSD_SLOT + world.random.below(4) });
}

function touch(world: FuzzWorld): Plan {
  return call(world.task(), 'touch', {
    map: `bs${world.random.below(4)}`,
    page: world.random.below(5),
    write: world.random.chance(1, 2),
    value: world.random.below(256),
  });
}

function carve(world: FuzzWorld): Plan {
  const at = `bs${world.random.below(4)}+${world.random.below(4)}p`;
  const length = PAGE * (1 + world.random.below(3));
  return world.random.chance(2, 3)
    ? call(world.task(), 'munmap', { at, length })
    : call(world.task(), 'mprotect', { at, length, prot: world.oneOf('r', 'rw') });
}

/** Slots that the moves of this file map into, named bs0 to bs3 by every history. */
export function bsdArenas(task: string): Plan[] {
  return [0, 1, 2, 3].map(i => call(task, 'arena', { slot: BSD_SLOT + i, length: 5 * PAGE }, `bs${i}`));
}

export const BSD_MOVES: readonly Move[] = [
  { weight: 3, make: load },
  { weight: 1, make: world => call('K', 'bsd.unload', { name: world.oneOf('session', 'gem') }) },
  { weight: 5, make: open },
  { weight: 7, make: ioctl },
  { weight: 6, make: map },
  { weight: 16, make: touch },
  { weight: 3, make: carve },
  {
    weight: 1,
    make: world =>
      call('K', 'bsd.boot', {
        era: world.oneOf('F14', 'F9.3', 'F2011'),
        vmObjects: world.oneOf('device', 'session'),
        faultFile: world.oneOf('none', 'entry', 'thread'),
      }),
  },
  { weight: 1, make: () => call('K', 'bsd.state', {}) },
];
