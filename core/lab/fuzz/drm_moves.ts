/**
 * Random steps over DRM files beyond the life of a buffer: names, magics, framebuffers of others, surfaces of qxl, bad requests.
 */
import { call, type FuzzFd, type FuzzWorld, type Move, type Plan } from './world.ts';

function openName(world: FuzzWorld): Plan | null {
  const found = world.bo();
  const file = world.fd('drm');
  if (!found || !file) return null;
  return extra(world, file, 'drm.gemOpen', { nameOf: found.bo.name });
}

/** A handle that the other moves keep no books of. */
function extra(
  world: FuzzWorld,
  { fd, task }: { readonly fd: FuzzFd; readonly task: string },
  name: string,
  args: Plan['input']['args'],
): Plan {
  const as = world.fresh('e');
  return {
    ...call(task, name, { fd: fd.name, ...args }, as),
    done: failed => {
      if (failed === null) world.extras.push({ name: as, fd });
    },
  };
}

/** One of them is closed, once: its number may be another object's afterwards. */
function closeExtra(world: FuzzWorld): Plan | null {
  const some = world.extras.filter(({ fd }) => fd.users.size > 0);
  if (some.length < 3) return null;
  const gone = world.random.pick(some);
  world.extras.splice(world.extras.indexOf(gone), 1);
  return call(world.random.pick([...gone.fd.users]), 'drm.gemClose', { fd: gone.fd.name, bo: gone.name });
}

function magic(world: FuzzWorld): Plan | null {
  const file = world.fd('drm');
  if (!file) return null;
  return world.random.chance(1, 2)
    ? call(file.task, 'drm.getMagic', { fd: file.fd.name }, 'magic')
    : call(file.task, 'drm.authMagic', { fd: file.fd.name, magicOf: 'magic' });
}

function look(world: FuzzWorld): Plan | null {
  const file = world.fd(world.random.chance(1, 15) ? 'memfd' : 'drm');
  if (!file) return null;
  const fd = file.fd.name;
  const fb = world.bos.find(bo => bo.fbs.length > 0)?.fbs[0] ?? 'none';
  switch (world.random.below(4)) {
    case 0:
      return call(file.task, 'drm.getFB', { fd, fb });
    case 1:
      return call(file.task, 'drm.getResources', { fd });
    case 2:
      return call(file.task, 'drm.badIoctl', { fd, nr: 200 });
    default:
      return call(file.task, 'drm.getCap', { fd, cap: world.oneOf('dumb', 'prime', 'none') });
  }
}

function surface(world: FuzzWorld): Plan | null {
  const file = world.fd('drm');
  if (!file || world.driverOf(file.fd.dev) !== 'qxl') return null;
  const args = { width: world.oneOf(64, 256), height: world.oneOf(1, 16, 64, 128) };
  return extra(world, file, 'qxl.allocSurf', args);
}

function useExtra(world: FuzzWorld): Plan | null {
  const some = world.extras.filter(({ fd }) => fd.users.size > 0);
  if (some.length === 0) return null;
  const { fd, name } = world.random.pick(some);
  const task = world.random.pick([...fd.users]);
  if (world.random.chance(1, 4)) return call(task, 'qxl.map', { fd: fd.name, bo: name });
  const { at, length } = world.range();
  return call(task, 'mmap', { fd: fd.name, offsetOf: name, length, at });
}

export const DRM_MOVES: readonly Move[] = [
  { weight: 2, make: openName },
  { weight: 1, make: closeExtra },
  { weight: 1, make: magic },
  { weight: 2, make: look },
  { weight: 4, make: surface },
  { weight: 4, make: useExtra },
];
