/**
 * Random steps over shared buffers: udmabuf, the heap, names, CPU access, fences as files, entries held without files.
 */
import { call, type FuzzWorld, type Move, opens, type Plan } from './world.ts';

const PAGE = 4096;

/** A memfd may be pinned by udmabuf only when it cannot shrink. */
function sealShrink(world: FuzzWorld): Plan | null {
  const found = world.fd('memfd');
  return found && call(found.task, 'fcntl', { fd: found.fd.name, op: 'addSeals', seals: 'shrink' });
}

function createUdmabuf(world: FuzzWorld): Plan | null {
  const found = world.fd(world.oneOf('memfd', 'memfd', 'memfd', 'dmabuf'));
  if (!found) return null;
  const memfd = found.fd.name;
  const pages = 1 + world.random.below(6);
  const offset = world.random.below(6) * PAGE;
  const size = world.random.chance(1, 30) ? 100 : pages * PAGE;
  if (world.random.chance(2, 3)) {
    const args = { memfd, offset, size, flags: world.oneOf('cloexec', '') };
    return opens(world, found.task, 'udmabuf.create', args, 'dmabuf', '', pages);
  }
  const second = world.fd('memfd') ?? found;
  return opens(
    world,
    found.task,
    'udmabuf.createList',
    { n: 2, memfd0: memfd, offset0: offset, size0: size, memfd1: second.fd.name, offset1: 0, size1: PAGE },
    'dmabuf',
    '',
    pages + 1,
  );
}

function allocFromHeap(world: FuzzWorld): Plan | null {
  const pages = 1 + world.random.below(8);
  const args = {
    len: world.random.chance(1, 30) ? 0 : pages * PAGE,
    ...(world.random.chance(1, 20) ? { heapFlags: 1 } : {}),
    ...(world.random.chance(1, 20) ? { heap: 'cma' } : {}),
    ...(world.random.chance(1, 10) ? { fdFlags: 'rdonly' } : {}),
  };
  return opens(world, world.task(), 'heap.alloc', args, 'dmabuf', '', pages);
}

/** A call on a shared buffer. */
function onBuffer(
  name: string,
  args: (world: FuzzWorld) => Plan['input']['args'],
): (world: FuzzWorld) => Plan | null {
  return world => {
    const found = world.fd(world.random.chance(1, 12) ? world.oneOf('memfd', 'sync') : 'dmabuf');
    return found && call(found.task, name, { fd: found.fd.name, ...args(world) });
  };
}

function exportFences(world: FuzzWorld): Plan | null {
  const found = world.fd('dmabuf');
  if (!found) return null;
  const args = { fd: found.fd.name, flags: world.oneOf('read', 'write', 'read,write', '') };
  return opens(world, found.task, 'dmabuf.exportSyncFile', args, 'sync');
}

function importFences(world: FuzzWorld): Plan | null {
  const buffer = world.fd('dmabuf');
  const fences = world.fd(world.oneOf('sync', 'sync', 'sync', 'memfd'));
  return (
    buffer &&
    fences &&
    call(buffer.task, 'dmabuf.importSyncFile', {
      fd: buffer.fd.name,
      syncFile: fences.fd.name,
      flags: world.oneOf('read', 'write'),
    })
  );
}

function openPath(world: FuzzWorld): Plan | null {
  const found = world.fd(world.oneOf('dmabuf', 'dmabuf', 'memfd', 'drm', 'other', 'sync'));
  if (!found) return null;
  return opens(world, world.task(), 'openPath', { of: found.task, fd: found.fd.name }, 'other');
}

export const SHARED_MOVES: readonly Move[] = [
  { weight: 2, make: sealShrink },
  { weight: 4, make: createUdmabuf },
  { weight: 3, make: allocFromHeap },
  { weight: 2, make: onBuffer('dmabuf.setName', world => ({ name: world.oneOf('x', 'len:31', 'len:40') })) },
  {
    weight: 3,
    make: onBuffer('dmabuf.sync', world => ({
      flags: world.oneOf('start,read', 'end,read', 'start,write', 'end,read,write', 'start'),
    })),
  },
  { weight: 2, make: onBuffer('poll', world => ({ events: world.oneOf('in', 'out', 'in,out') })) },
  { weight: 1, make: onBuffer('ioctlRaw', () => ({ request: 77 })) },
  { weight: 1, make: onBuffer('fdinfo', () => ({})) },
  { weight: 2, make: exportFences },
  { weight: 2, make: importFences },
  { weight: 2, make: openPath },
  {
    weight: 1,
    make: world => call('K', 'dmabuf.inodes', { design: world.oneOf('per-buffer', 'singleton') }),
  },
  { weight: 1, make: () => call('K', 'bufinfo', {}) },
];
