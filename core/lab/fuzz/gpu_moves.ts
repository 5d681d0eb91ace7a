/**
 * Random steps over DRM devices: buffers, mappings, framebuffers, shown and hidden, shared between files and tasks.
 */
import type { Json } from '../../session/input.ts';
import { FIRST_BYTE, NR_BYTES } from './byte_oracle.ts';
import { call, type FuzzBo, type FuzzMap, type FuzzWorld, type Move, type Plan } from './world.ts';

const PAGE = 4096;
const MAX_MAPS = 3;

function openDevice(world: FuzzWorld): Plan | null {
  if (world.isFullOfFds || world.devices.length === 0) return null;
  const task = world.task();
  const { name: dev } = world.random.pick(world.devices);
  if (!world.plugged.has(dev)) return null;
  if (world.fds.filter(fd => fd.kind === 'drm' && fd.dev === dev).length >= 2) return null;
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
  const fd = found.fd.name;
  if (world.random.chance(1, 30)) {
    return call(found.task, 'drm.createDumb', { fd, width: 0, height: 4, bpp: 32 });
  }
  const shown = world.random.chance(1, 2);
  const height = shown ? 480 : world.random.pick([1, 2, 4, 16, 64, 128]);
  const width = shown ? 640 : 1024;
  const as = world.fresh('b');
  return {
    ...call(found.task, 'drm.createDumb', { fd, width, height, bpp: 32 }, as),
    done: failed => {
      if (failed !== null) return;
      const pages = Math.ceil((width * height * 4) / PAGE);
      world.bos.push({ name: as, fd: found.fd, pages, shown, fbs: [], maps: [] });
    },
  };
}

/**
 * A call on a buffer through its file that takes nothing else; calls that destroy nothing also on names that lost their meaning
 * (the number may be somebody else's handle by now).
 */
function onBo(
  name: string,
  learn?: (world: FuzzWorld, bo: FuzzBo) => void,
): (world: FuzzWorld) => Plan | null {
  return world => {
    const found = world.bo();
    if (!found) return null;
    const stale = !learn && world.staleBos.length > 0 && world.random.chance(1, 12);
    const bo = stale ? world.random.pick(world.staleBos) : found.bo;
    return {
      ...call(found.task, name, { fd: found.bo.fd.name, bo: bo.name }),
      done: failed => {
        if (failed === null && !stale) learn?.(world, bo);
      },
    };
  };
}

/** A handle that no file has, or zero. */
function badHandle(world: FuzzWorld): Plan | null {
  const found = world.fd('drm');
  if (!found) return null;
  const name = world.oneOf(
    'drm.gemClose',
    'drm.mapDumb',
    'drm.gemFlink',
    'drm.primeExport',
    'drm.destroyDumb',
  );
  return call(found.task, name, { fd: found.fd.name, handle: world.oneOf(0, 999) });
}

function mapBo(world: FuzzWorld): Plan | null {
  const found = world.bo();
  if (!found || found.bo.maps.length >= MAX_MAPS) return null;
  const { bo, task } = found;
  const pages = world.random.chance(1, 4) ? world.between(1, bo.pages) : bo.pages;
  const prot = world.oneOf('rw', 'rw', 'rw', 'r');
  const as = world.fresh('m');
  const args = {
    fd: bo.fd.name,
    offsetOf: bo.name,
    length: pages * PAGE,
    prot,
    flags: 'shared',
    slot: world.slot(),
  };
  if (world.random.chance(1, 20)) return call(task, 'mmap', { ...args, flags: 'private' });
  if (world.random.chance(1, 20)) return call(task, 'mmap', { ...args, length: (bo.pages + 1) * PAGE });
  return {
    ...call(task, 'mmap', args, as),
    done: failed => {
      if (failed === null) bo.maps.push({ name: as, pages, writable: prot === 'rw', users: new Set([task]) });
    },
  };
}

/** The same object in the arena, so that VMA operations meet device mappings. */
function mapBoInArena(world: FuzzWorld): Plan | null {
  const found = world.bo();
  if (!found) return null;
  const { at, length } = world.range();
  const { bo, task } = found;
  const other = world.random.chance(1, 10) ? world.fd('drm') : null;
  const fd = other?.fd.name ?? bo.fd.name;
  return call(other?.task ?? task, 'mmap', {
    fd,
    offsetOf: bo.name,
    length,
    prot: 'rw',
    flags: 'shared',
    at,
  });
}

function unmapBo(world: FuzzWorld): Plan | null {
  const all = world.objectMaps().filter(({ users }) => users.size > 0);
  if (all.length === 0) return null;
  const map = world.random.pick(all);
  const task = world.random.pick([...map.users]);
  return {
    ...call(task, 'munmap', { map: map.name }),
    done: failed => {
      if (failed !== null) return;
      map.users.delete(task);
      for (const bo of world.bos) {
        const at = bo.maps.indexOf(map);
        if (at >= 0 && map.users.size === 0) bo.maps.splice(at, 1);
      }
    },
  };
}

/** Touch a mapping where only touches of mappings with names do (byte_oracle.ts). */
export function touchOf(world: FuzzWorld, maps: readonly FuzzMap[]): Plan | null {
  const some = maps.filter(({ users }) => users.size > 0);
  if (some.length === 0) return null;
  const map = world.random.pick(some);
  return call(world.random.pick([...map.users]), 'touch', {
    map: map.name,
    page: world.random.below(map.pages),
    byte: FIRST_BYTE + world.random.below(world.random.chance(1, 2) ? 4 : NR_BYTES),
    write: map.writable && world.random.chance(1, 2),
    value: world.random.below(256),
  });
}

function addFramebuffer(world: FuzzWorld): Plan | null {
  const found = world.bo();
  if (!found?.bo.shown || found.bo.fbs.length > 1) return null;
  const as = world.fresh('fb');
  return {
    ...call(
      found.task,
      'drm.addFB',
      { fd: found.bo.fd.name, bo: found.bo.name, width: 640, height: 480 },
      as,
    ),
    done: failed => {
      if (failed === null) found.bo.fbs.push(as);
    },
  };
}

/** A call on a framebuffer. */
function onFramebuffer(
  name: string,
  more: { readonly [name: string]: Json },
): (world: FuzzWorld) => Plan | null {
  return world => {
    const some = world.bos.filter(bo => bo.fbs.length > 0 && bo.fd.users.size > 0);
    if (some.length === 0) return null;
    const bo = world.random.pick(some);
    const fb = world.random.pick(bo.fbs);
    return {
      ...call(world.random.pick([...bo.fd.users]), name, { fd: bo.fd.name, fb, ...more }),
      done: failed => {
        if (failed === null && name === 'drm.rmFB') bo.fbs.splice(bo.fbs.indexOf(fb), 1);
      },
    };
  };
}

function exportBo(world: FuzzWorld): Plan | null {
  const found = world.bo();
  if (!found || world.isFullOfFds) return null;
  const as = world.fresh('x');
  const { bo, task } = found;
  return {
    ...call(
      task,
      'drm.primeExport',
      { fd: bo.fd.name, bo: bo.name, flags: world.oneOf('rdwr', 'cloexec') },
      as,
    ),
    done: failed => {
      if (failed === null)
        world.addFd({ name: as, kind: 'dmabuf', dev: bo.fd.dev, users: new Set([task]), pages: bo.pages });
    },
  };
}

function importBo(world: FuzzWorld): Plan | null {
  const buffer = world.fd(world.oneOf('dmabuf', 'dmabuf', 'dmabuf', 'memfd'));
  const file = world.fds.find(fd => fd.kind === 'drm' && buffer !== null && fd.users.has(buffer.task));
  if (!buffer || !file) return null;
  return call(buffer.task, 'drm.primeImport', { fd: file.name, dmabuf: buffer.fd.name }, world.fresh('i'));
}

/** A call on a DRM file that takes nothing else. */
function onFile(name: string): (world: FuzzWorld) => Plan | null {
  return world => {
    const found = world.fd('drm');
    return found && call(found.task, name, { fd: found.fd.name });
  };
}

export const GPU_MOVES: readonly Move[] = [
  { weight: 3, make: openDevice },
  { weight: 8, make: createDumb },
  { weight: 2, make: onBo('drm.mapDumb') },
  { weight: 3, make: onBo('drm.destroyDumb', (world, bo) => world.dropBo(bo)) },
  { weight: 1, make: onBo('drm.gemFlink') },
  { weight: 1, make: badHandle },
  { weight: 8, make: mapBo },
  { weight: 6, make: mapBoInArena },
  { weight: 4, make: unmapBo },
  { weight: 50, make: world => touchOf(world, world.objectMaps()) },
  { weight: 14, make: addFramebuffer },
  { weight: 24, make: onFramebuffer('drm.setCrtc', { mode: '640x480' }) },
  { weight: 10, make: onFramebuffer('drm.pageFlip', {}) },
  { weight: 1, make: onFramebuffer('drm.rmFB', {}) },
  { weight: 1, make: onFile('drm.crtcOff') },
  { weight: 2, make: exportBo },
  { weight: 1, make: importBo },
  { weight: 1, make: onFile('drm.setMaster') },
  { weight: 1, make: onFile('drm.dropMaster') },
];
