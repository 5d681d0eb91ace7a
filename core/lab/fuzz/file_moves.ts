/**
 * Random steps over files: anonymous inodes of all kinds, nodes made and removed, looks at /proc that must change nothing.
 */
import { call, type FuzzWorld, type Move, opens, type Plan } from './world.ts';

const KINDS = [
  'eventfd',
  'epoll',
  'timerfd',
  'signalfd',
  'inotify',
  'fsopen',
  'userfaultfd',
  'pidfd',
  'socket',
] as const;
const PATHS = ['/tmp/a', '/tmp/b', '/tmp/c'] as const;
const TEXTS = [
  '/proc/self/maps',
  '/proc/self/smaps',
  '/proc/self/status',
  '/proc/meminfo',
  '/sys/kernel/debug/dma_buf/bufinfo',
] as const;

function anonymous(world: FuzzWorld): Plan | null {
  return opens(world, world.task(), world.oneOf(...KINDS), {}, 'other');
}

function makeNode(world: FuzzWorld): Plan | null {
  if (world.plugged.size === 0) return null;
  const likeDev = world.random.pick([...world.plugged]);
  return call(world.task(), 'mknod', { path: world.oneOf(...PATHS), likeDev });
}

function openNode(world: FuzzWorld): Plan | null {
  const flags = world.oneOf('', '', 'creat', 'creat,excl', 'rdonly');
  return opens(world, world.task(), 'open', { path: world.oneOf(...PATHS), flags }, 'other');
}

function movePath(world: FuzzWorld): Plan {
  const name = world.oneOf('link', 'rename');
  return call(world.task(), name, { path: world.oneOf(...PATHS), to: world.oneOf(...PATHS) });
}

/** A look through a descriptor. */
function onAny(
  name: string,
  args: (world: FuzzWorld) => Plan['input']['args'] = () => ({}),
): (world: FuzzWorld) => Plan | null {
  return world => {
    if (world.fds.length === 0) return null;
    const fd = world.random.pick(world.fds);
    return call(world.random.pick([...fd.users]), name, { fd: fd.name, ...args(world) });
  };
}

export const FILE_MOVES: readonly Move[] = [
  { weight: 3, make: anonymous },
  { weight: 1, make: makeNode },
  { weight: 2, make: openNode },
  { weight: 1, make: movePath },
  { weight: 1, make: world => call(world.task(), 'unlink', { path: world.oneOf(...PATHS) }) },
  { weight: 1, make: onAny('fstat') },
  { weight: 1, make: onAny('fdinfo') },
  { weight: 1, make: onAny('readlink') },
  { weight: 1, make: onAny('poll', world => ({ events: world.oneOf('in', 'out', 'in,out') })) },
  { weight: 1, make: onAny('fcntl', world => ({ op: world.oneOf('getfl', 'getfd', 'getSeals') })) },
  { weight: 1, make: onAny('ftruncate', world => ({ size: 4096 * world.random.below(30) })) },
  {
    weight: 2,
    make: onAny('pread', world => ({ offset: world.random.below(40_000), length: world.random.below(9000) })),
  },
  { weight: 1, make: onAny('write', world => ({ length: world.random.below(9000), fill: 7 })) },
  { weight: 1, make: onAny('read', world => ({ length: world.random.below(9000) })) },
  { weight: 1, make: world => call(world.task(), 'cat', { path: world.oneOf(...TEXTS) }) },
  {
    weight: 2,
    make: world =>
      call(world.task(), world.oneOf('ptes', 'pagemap', 'frames', 'vmas', 'observe', 'smaps', 'mapFiles'), {
        map: 'ar',
      }),
  },
];
