/**
 * Random steps over DRM devices: buffers, mappings, framebuffers, shown and hidden, shared, used by jobs.
 *
 * Contents   a buffer's mapping is touched through its own names, so what was written to a page is known and every later read
 *            must find it, wherever the buffer went in between
 */
import { call, type FuzzBo, type FuzzWorld, type Move, type Plan } from './world.ts';

function openDevice(world: FuzzWorld): Plan | null {
  if (world.isFullOfFds || world.devices.length === 0) return null;
  const task = world.task();
  const dev = world.random.pick(world.devices).name;
  const as = world.fresh('d');
  return {
    ...call(task, 'open', { dev }, as),
    done: failed => {
      if (failed === null) world.addFd({ name: as, kind: 'drm', dev, users: new Set([task]), pages: 0 });
    },
  };
}

function createDumb(world: FuzzWorld): Plan | null {
  const found = world.fd('drm');
  if (!found || world.isFullOfBos) return null;
  const pages = world.random.pick([1, 2, 4, 16, 32, 64, 100, 128]);
  const as = world.fresh('b');
  if (world.random.chance(1, 30)) {
    return call(found.task, 'drm.createDumb', { fd: found.fd.name, width: 0, height: 4, bpp: 32 });
  }
  return {
    ...call(found.task, 'drm.createDumb', { fd: found.fd.name, width: 1024, height: pages, bpp: 32 }, as),
    done: failed => {
      if (failed === null) world.bos.push({ name: as, fd: found.fd, pages, fbs: [], maps: [] });
    },
  };
}

/** A call on a buffer through its file that takes nothing else. */
function onBo(
  name: string,
  learn?: (world: FuzzWorld, bo: FuzzBo) => void,
): (world: FuzzWorld) => Plan | null {
  return world => {
    const stale = world.random.chance(1, 30) && world.staleBos.length > 0;
    const found = world.bo();
    if (!found) return null;
    const bo = stale ? world.random.pick(world.staleBos) : found.bo;
    return {
      ...call(found.task, name, { fd: found.bo.fd.name, bo: bo.name }),
      done: failed => {
        if (failed === null) learn?.(world, bo);
      },
    };
  };
}

export const GPU_MOVES: readonly Move[] = [
  { weight: 2, make: openDevice },
  { weight: 5, make: createDumb },
  { weight: 2, make: onBo('drm.mapDumb') },
  { weight: 2, make: onBo('drm.destroyDumb', (world, bo) => world.dropBo(bo)) },
];
