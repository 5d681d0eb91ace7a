/**
 * Random steps over lab_gpu: objects with domains, jobs that write, waits, pins, the budget and swap. Pressure comes from here.
 */
import type { Json } from '../../session/input.ts';
import { call, type FuzzBo, type FuzzFd, type FuzzWorld, type Move, type Plan } from './world.ts';

const PAGE = 4096;
/** Pages of VRAM of the machine of these histories. */
const VRAM_PAGES = 1024;

/** A file of a lab_gpu, with a task that has it. */
export function labFile(world: FuzzWorld): { readonly fd: FuzzFd; readonly task: string } | null {
  const some = world.fds.filter(fd => fd.kind === 'drm' && world.driverOf(fd.dev) === 'lab_gpu');
  if (some.length === 0) return null;
  const fd = world.random.pick(some);
  return { fd, task: world.random.pick([...fd.users]) };
}

/** Objects that one file of lab_gpu has handles to. */
export function labObjects(world: FuzzWorld, fd: FuzzFd): FuzzBo[] {
  return world.bos.filter(bo => bo.fd === fd);
}

function create(world: FuzzWorld): Plan | null {
  const found = labFile(world);
  if (!found || world.isFullOfBos) return null;
  const pages = world.random.pick([1, 3, 16, 32, 64, 100, 128, 200]);
  const as = world.fresh('o');
  const fd = found.fd.name;
  if (world.random.chance(1, 40)) return call(found.task, 'gpu.create', { fd, size: 0 });
  const args = {
    fd,
    size: pages * PAGE,
    domain: world.oneOf('vram', 'vram', 'system', 'system', 'tt'),
    visible: world.random.chance(1, 3),
    priority: world.random.chance(1, 4) ? world.random.below(4) : 0,
  };
  return {
    ...call(found.task, 'gpu.create', args, as),
    done: failed => {
      if (failed !== null) return;
      world.bos.push({ name: as, fd: found.fd, pages, shown: false, fbs: [], maps: [] });
    },
  };
}

/** All of an object, or a part: what a job leaves alone must stay, wherever the object lies. */
function fillOf(world: FuzzWorld, bo: FuzzBo): { bo: FuzzBo; first: number; count: number } {
  const first = world.random.chance(1, 2) ? 0 : world.random.below(bo.pages);
  const rest = bo.pages - first;
  return { bo, first, count: world.random.chance(1, 2) ? rest : 1 + world.random.below(rest) };
}

function submit(world: FuzzWorld): Plan | null {
  const found = labFile(world);
  const objects = found ? labObjects(world, found.fd) : [];
  if (!found || objects.length === 0) return null;
  const list = objects.filter(() => world.random.chance(1, 3)).slice(0, 6);
  if (list.length === 0) list.push(world.random.pick(objects));
  const value = world.random.below(256);
  const fills = list.filter(() => world.random.chance(1, 4)).map(bo => fillOf(world, bo));
  const args: Record<string, Json> = {
    fd: found.fd.name,
    list: list.map(bo => bo.name),
    fills: fills.map(({ bo, first, count }) => ({ bo: bo.name, first, count, value })),
  };
  if (world.random.chance(1, 3)) args.durationNs = world.random.below(200_000);
  return call(found.task, 'gpu.submit', args, world.fresh('j'));
}

/** A call on one object of lab_gpu. */
function onObject(name: string): (world: FuzzWorld) => Plan | null {
  return world => {
    const found = labFile(world);
    const objects = found ? labObjects(world, found.fd) : [];
    if (!found || objects.length === 0) return null;
    return call(found.task, name, { fd: found.fd.name, bo: world.random.pick(objects).name });
  };
}

function idle(world: FuzzWorld): Plan | null {
  const found = labFile(world);
  return found && call(found.task, 'gpu.idle', { fd: found.fd.name });
}

function budget(world: FuzzWorld): Plan | null {
  if (!world.devices.some(({ name, driver }) => driver === 'lab_gpu' && world.plugged.has(name))) return null;
  const pages = world.oneOf(VRAM_PAGES, VRAM_PAGES, 700, 500, 400, 2 * VRAM_PAGES);
  return call('K', 'lab.setBudget', { pages });
}

function swapOut(world: FuzzWorld): Plan | null {
  return world.devices.length === 0 ? null : call('K', 'lab.swapOut', {});
}

export const LAB_GPU_MOVES: readonly Move[] = [
  { weight: 10, make: create },
  { weight: 30, make: submit },
  { weight: 4, make: onObject('gpu.wait') },
  { weight: 2, make: idle },
  { weight: 2, make: onObject('gpu.pin') },
  { weight: 3, make: onObject('gpu.unpin') },
  { weight: 2, make: onObject('gpu.evict') },
  { weight: 1, make: onObject('gpu.info') },
  { weight: 2, make: budget },
  { weight: 2, make: swapOut },
];
