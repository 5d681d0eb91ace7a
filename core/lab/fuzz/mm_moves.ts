/**
 * Random steps over tasks, files and memory: mostly lawful, some of them wrong in the ways that callers are wrong.
 */
import { KNOWN_FILE } from './byte_oracle.ts';
import { touchOf } from './gpu_moves.ts';
import { call, type FuzzWorld, MAX_TASKS, type Move, opens, type Plan } from './world.ts';

const ADVICE = [
  'dontneed',
  'remove',
  'willneed',
  'normal',
  'dontfork',
  'dofork',
  'random',
  'sequential',
] as const;
const PAGE = 4096;
/** Mappings of known contents, and pages of files of known contents. */
const MAX_MEMORIES = 8;
const KNOWN_PAGES = 6;

function fork(world: FuzzWorld): Plan | null {
  if (world.tasks.length >= MAX_TASKS) return null;
  const parent = world.task();
  const child = world.fresh('T');
  return {
    ...call(parent, 'fork', {}, child),
    done: failed => {
      if (failed === null) world.addChild(parent, child);
    },
  };
}

function spawn(world: FuzzWorld): Plan | null {
  if (world.tasks.length >= MAX_TASKS) return null;
  const task = world.fresh('T');
  return {
    ...call(task, 'spawn', {}),
    done: failed => {
      if (failed === null) world.tasks.push(task);
    },
  };
}

function exit(world: FuzzWorld): Plan | null {
  if (world.tasks.length < 3) return null;
  const task = world.task();
  return {
    ...call(task, 'exit', {}),
    done: failed => {
      if (failed === null) world.dropTask(task);
    },
  };
}

function close(world: FuzzWorld): Plan | null {
  if (world.fds.length === 0 || (!world.isFullOfFds && world.random.chance(1, 2))) return null;
  const fd = world.random.pick(world.fds);
  const task = world.random.pick([...fd.users]);
  return {
    ...call(task, 'close', { fd: fd.name }),
    done: failed => {
      if (failed === null) world.dropFd(fd, task);
    },
  };
}

/** The number may be somebody else's by now, so these calls destroy nothing. */
function staleFd(world: FuzzWorld): Plan | null {
  if (world.staleFds.length === 0) return null;
  const fd = world.random.pick(world.staleFds);
  const task = world.task();
  switch (world.random.below(4)) {
    case 0:
      return call(task, 'fcntl', { fd, op: 'getSeals' });
    case 1:
      return call(task, 'mmap', { fd, offset: 0, length: PAGE, prot: 'r', flags: 'shared', at: 'ar+3p' });
    case 2:
      return call(task, 'lseek', { fd, offset: 0, whence: 'set' });
    default:
      return call(task, 'fallocate', { fd, mode: 'keep', offset: 0, length: PAGE });
  }
}

function mapFile(world: FuzzWorld): Plan | null {
  const found = world.fd(world.random.chance(1, 8) ? 'dmabuf' : 'memfd');
  if (!found) return null;
  const { at, length } = world.range();
  const offset = world.random.chance(1, 60) ? 100 : world.random.below(24) * PAGE;
  const flags = world.oneOf('shared', 'shared', 'private', 'private,noreplace', 'shared,noreplace');
  const prot = world.oneOf('rw', 'rw', 'rw', 'r', 'rx', 'n');
  return call(found.task, 'mmap', { fd: found.fd.name, offset, length, prot, flags, at });
}

function mapAnonymous(world: FuzzWorld): Plan {
  const { at, length } = world.range();
  const flags = world.oneOf(
    'private,anon',
    'private,anon',
    'private,anon,noreplace',
    'private,anon,populate',
  );
  return call(world.task(), 'mmap', { length, prot: world.oneOf('rw', 'rw', 'r', 'n'), flags, at });
}

function remap(world: FuzzWorld): Plan {
  const { at, length } = world.range();
  const newLength = Math.max(0, length + (world.between(-3, 3) | 0) * PAGE);
  if (world.random.chance(1, 2)) {
    return call(world.task(), 'mremap', { at, length, newLength, to: world.range().at });
  }
  return call(world.task(), 'mremap', { at, length, newLength, flags: world.oneOf('maymove', '') });
}

function touch(world: FuzzWorld): Plan {
  return call(world.task(), 'touch', {
    map: 'ar',
    page: world.random.below(48),
    write: world.random.chance(1, 2),
    value: world.random.below(256),
  });
}

/** Anonymous memory whose contents are known, so that copy on write is checked byte by byte. */
function mapPrivate(world: FuzzWorld): Plan | null {
  if (world.memories.length >= MAX_MEMORIES) return null;
  return mapMemory(world, world.task(), { flags: 'private,anon' }, world.between(1, 8));
}

/** A mapping with a name of its own. */
function mapMemory(
  world: FuzzWorld,
  task: string,
  args: Plan['input']['args'],
  pages: number,
  prot: 'rw' | 'r' = 'rw',
): Plan {
  const as = world.fresh('p');
  return {
    ...call(task, 'mmap', { length: pages * PAGE, prot, slot: world.slot(), ...args }, as),
    done: failed => {
      if (failed === null)
        world.memories.push({ name: as, pages, writable: prot === 'rw', users: new Set([task]) });
    },
  };
}

/** A file that is written only through mappings with names: private ones over it are checked byte by byte too. */
function makeKnownFile(world: FuzzWorld): Plan | null {
  if (world.knownFiles.length > 1) return null;
  const task = world.task();
  const as = world.fresh('k');
  return {
    ...call(task, 'memfd', { name: KNOWN_FILE }, as),
    done: failed => {
      if (failed === null)
        world.knownFiles.push({ name: as, kind: 'memfd', dev: '', users: new Set([task]), pages: 0 });
    },
  };
}

function useKnownFile(world: FuzzWorld): Plan | null {
  const some = world.knownFiles.filter(({ users }) => users.size > 0);
  if (some.length === 0) {
    world.knownFiles.length = 0;
    return null;
  }
  const file = world.random.pick(some);
  const task = world.random.pick([...file.users]);
  if (file.pages === 0) {
    return {
      ...call(task, 'ftruncate', { fd: file.name, size: KNOWN_PAGES * PAGE }),
      done: failed => {
        if (failed === null) file.pages = KNOWN_PAGES;
      },
    };
  }
  if (world.memories.length >= MAX_MEMORIES) return null;
  const flags = world.oneOf('shared', 'private', 'private');
  return mapMemory(world, task, { fd: file.name, flags }, KNOWN_PAGES, world.oneOf('rw', 'rw', 'rw', 'r'));
}

function unmapMemory(world: FuzzWorld): Plan | null {
  if (world.memories.length === 0) return null;
  const memory = world.random.pick(world.memories);
  if (memory.users.size === 0) {
    world.memories.splice(world.memories.indexOf(memory), 1);
    return null;
  }
  const task = world.random.pick([...memory.users]);
  return {
    ...call(task, 'munmap', { map: memory.name }),
    done: failed => {
      if (failed === null) memory.users.delete(task);
    },
  };
}

function truncate(world: FuzzWorld): Plan | null {
  const found = world.fd('memfd');
  if (!found) return null;
  const size = world.random.chance(1, 5) ? world.random.below(40 * PAGE) : world.random.below(40) * PAGE;
  return {
    ...call(found.task, 'ftruncate', { fd: found.fd.name, size }),
    done: failed => {
      if (failed === null) found.fd.pages = Math.ceil(size / PAGE);
    },
  };
}

function fallocate(world: FuzzWorld): Plan | null {
  const found = world.fd(world.random.chance(1, 10) ? 'drm' : 'memfd');
  if (!found) return null;
  const mode = world.oneOf('punch', 'punch', 'punch', 'zero', 'collapse', 'keep', 'holeonly', 'none');
  const unaligned = world.random.chance(1, 4) ? world.random.below(PAGE) : 0;
  return call(found.task, 'fallocate', {
    fd: found.fd.name,
    mode,
    offset: world.random.below(30) * PAGE + unaligned,
    length: world.random.below(8) * PAGE + unaligned,
  });
}

function writeFile(world: FuzzWorld): Plan | null {
  const found = world.fd('memfd');
  if (!found) return null;
  return call(found.task, 'pwrite', {
    fd: found.fd.name,
    offset: world.random.below(30 * PAGE),
    length: world.between(1, 3 * PAGE),
    fill: world.random.below(256),
  });
}

function seal(world: FuzzWorld): Plan | null {
  const found = world.fd('memfd');
  if (!found) return null;
  return call(found.task, 'fcntl', {
    fd: found.fd.name,
    op: 'addSeals',
    seals: world.oneOf('write', 'grow', 'shrink', 'future', 'seal'),
  });
}

function seek(world: FuzzWorld): Plan | null {
  const found = world.fd(world.oneOf('memfd', 'dmabuf', 'drm', 'other'));
  if (!found) return null;
  return call(found.task, 'lseek', {
    fd: found.fd.name,
    offset: world.random.below(8) * PAGE,
    whence: world.oneOf('set', 'end', 'data', 'hole', 'cur'),
  });
}

function duplicate(world: FuzzWorld): Plan | null {
  const found = world.fds.length > 0 && !world.isFullOfFds ? world.random.pick(world.fds) : null;
  if (!found) return null;
  const task = world.random.pick([...found.users]);
  const as = world.fresh('f');
  return {
    ...call(task, 'dup', { fd: found.name }, as),
    done: failed => {
      if (failed === null) world.addFd({ ...found, name: as, users: new Set([task]) });
    },
  };
}

function send(world: FuzzWorld): Plan | null {
  if (world.fds.length === 0) return null;
  const fd = world.random.pick(world.fds);
  return call(world.random.pick([...fd.users]), 'sendfd', { fd: fd.name, to: world.task() });
}

function receive(world: FuzzWorld): Plan | null {
  return opens(world, world.task(), 'recvfd', {}, 'other');
}

/** Ranges of the arena, acted on by one of the calls that take nothing else. */
function rangeCall(name: string): (world: FuzzWorld) => Plan {
  return world => call(world.task(), name, { ...world.range() });
}

/** Requests that no kernel can fulfil, each in its own way. */
function absurd(world: FuzzWorld): Plan | null {
  const task = world.task();
  const file = world.fd('memfd');
  switch (world.random.below(6)) {
    case 0:
      return file && call(file.task, 'ftruncate', { fd: file.fd.name, size: 2 ** 63 });
    case 1:
      return (
        file &&
        call(file.task, 'mmap', {
          fd: file.fd.name,
          offset: 2 ** 64,
          length: PAGE,
          prot: 'r',
          flags: 'shared',
          at: 'ar',
        })
      );
    case 2:
      return call(task, 'unlink', { path: '/tmp' });
    case 3:
      return call(task, 'open', { path: '/dev/dri/card0/nothing' });
    case 4:
      return file && call(file.task, 'drm.getCap', { fd: file.fd.name, cap: 'dumb' });
    default:
      return file && call(file.task, 'lseek', { fd: file.fd.name, offset: 2 ** 40, whence: 'data' });
  }
}

/** A descriptor without a position. */
function pipe(world: FuzzWorld): Plan | null {
  const other = world.fds.find(fd => fd.kind === 'pipe');
  if (other) {
    return call(world.random.pick([...other.users]), 'lseek', { fd: other.name, offset: 0, whence: 'set' });
  }
  return opens(world, world.task(), 'pipe', {}, 'pipe');
}

export const MM_MOVES: readonly Move[] = [
  { weight: 60, make: touch },
  { weight: 2, make: mapPrivate },
  { weight: 1, make: makeKnownFile },
  { weight: 2, make: useKnownFile },
  { weight: 24, make: world => touchOf(world, world.memories) },
  { weight: 1, make: unmapMemory },
  { weight: 12, make: mapFile },
  { weight: 12, make: mapAnonymous },
  { weight: 6, make: rangeCall('munmap') },
  {
    weight: 8,
    make: world =>
      call(world.task(), 'mprotect', { ...world.range(), prot: world.oneOf('rw', 'rw', 'r', 'n', 'rx') }),
  },
  {
    weight: 6,
    make: world => call(world.task(), 'madvise', { ...world.range(), advice: world.oneOf(...ADVICE) }),
  },
  { weight: 5, make: remap },
  { weight: 1, make: rangeCall('mlock') },
  { weight: 1, make: rangeCall('munlock') },
  { weight: 1, make: rangeCall('msync') },
  { weight: 1, make: rangeCall('mincore') },
  {
    weight: 2,
    make: world =>
      opens(world, world.task(), 'memfd', { name: 'F', flags: world.oneOf('sealing', '') }, 'memfd'),
  },
  {
    weight: 1,
    make: world =>
      opens(world, world.task(), 'open', { path: world.oneOf('/dev/dri/card9', '/tmp/none') }, 'other'),
  },
  { weight: 4, make: truncate },
  { weight: 5, make: fallocate },
  { weight: 5, make: writeFile },
  { weight: 1, make: seal },
  { weight: 1, make: seek },
  { weight: 1, make: duplicate },
  { weight: 2, make: close },
  { weight: 1, make: staleFd },
  { weight: 2, make: absurd },
  { weight: 1, make: pipe },
  { weight: 2, make: fork },
  { weight: 1, make: spawn },
  { weight: 2, make: exit },
  { weight: 1, make: send },
  { weight: 1, make: receive },
];
