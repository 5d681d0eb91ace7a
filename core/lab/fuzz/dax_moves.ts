/**
 * Random steps over device-dax: nodes opened and mapped, sizes changed, drivers unbound and bound again, with mappings alive.
 */
import { call, type FuzzWorld, type Move, opens, type Plan } from './world.ts';

const PAGE = 4096;
const HUGE = 2 * 1024 * 1024;
const DRIVER = '/sys/bus/dax/drivers/device_dax';
const MEMORY_DRIVER = '/sys/bus/nd/drivers/dax_pmem';

/** Name of a device that is there from the start, or of one that a history may have made. */
function device(world: FuzzWorld): string {
  const name = world.random.pick(world.has.pmem);
  return world.random.chance(1, 4) ? name.replace('.0', '.1') : name;
}

function sysfs(path: string, data: string): Plan {
  return call('K', 'sysfs.write', { path, data });
}

function open(world: FuzzWorld): Plan | null {
  return opens(world, world.task(), 'open', { path: `/dev/${device(world)}` }, 'dax');
}

function map(world: FuzzWorld): Plan | null {
  const found = world.fd('dax');
  if (!found) return null;
  const huge = world.random.chance(1, 3);
  const unit = huge ? HUGE : PAGE;
  const length = unit * (1 + world.random.below(huge ? 2 : 20));
  const offset = world.random.chance(1, 2) ? 0 : unit * world.random.below(huge ? 3 : 40);
  const flags = world.oneOf('shared', 'shared', 'shared', 'shared_validate,sync', 'private');
  const args = { fd: found.fd.name, offset, length, prot: world.oneOf('rw', 'rw', 'r'), flags };
  if (!huge && world.random.chance(1, 3)) return call(found.task, 'mmap', { ...args, at: world.range().at });
  return call(found.task, 'mmap', {
    ...args,
    slot: DAX_SLOT + (world.random.chance(1, 4) ? world.random.below(4) : 0),
  });
}

/** Slots of mappings of device-dax; they may replace each other. */
const DAX_SLOT = 902;

function touch(world: FuzzWorld): Plan {
  return call(world.task(), 'touch', {
    map: 'dx',
    page: world.random.chance(1, 2) ? world.random.below(24) : world.random.below(1024),
    write: world.random.chance(1, 2),
    value: world.random.below(256),
  });
}

/** A piece of a mapping is changed. */
function carve(world: FuzzWorld): Plan {
  const page = world.random.below(world.random.chance(1, 2) ? 24 : 1024);
  const length = world.oneOf(1, 3, 16, 512) * PAGE;
  const at = `dx+${page}p`;
  const task = world.task();
  switch (world.random.below(4)) {
    case 0:
      return call(task, 'munmap', { at, length });
    case 1:
      return call(task, 'mprotect', { at, length, prot: world.oneOf('r', 'rw', 'n') });
    case 2:
      return call(task, 'madvise', { at, length, advice: world.oneOf('dontneed', 'remove', 'dontfork') });
    default:
      return call(task, 'mremap', {
        at,
        length,
        newLength: length + PAGE,
        flags: world.oneOf('maymove', ''),
      });
  }
}

function resize(world: FuzzWorld): Plan {
  const name = device(world);
  const unit = name.startsWith('dax1') ? HUGE : PAGE;
  const bytes = world.random.chance(1, 12) ? 12345 : unit * world.random.below(unit === HUGE ? 4 : 70);
  return sysfs(`/sys/bus/dax/devices/${name}/size`, String(bytes));
}

function makeOrDelete(world: FuzzWorld): Plan {
  const name = world.random.pick(world.has.pmem);
  const region = name.slice(3).split('.')[0]!;
  const file = `/sys/bus/dax/regions/${region}`;
  return world.random.chance(1, 2)
    ? sysfs(`${file}/create`, '1')
    : sysfs(`${file}/delete`, name.replace('.0', '.1'));
}

/** The slot that touches go to, named dx by every history. */
export function daxArena(task: string): Plan {
  return call(task, 'arena', { slot: DAX_SLOT, length: 2 * HUGE }, 'dx');
}

export const DAX_MOVES: readonly Move[] = [
  { weight: 6, make: open },
  { weight: 8, make: map },
  { weight: 24, make: touch },
  { weight: 3, make: carve },
  { weight: 3, make: world => sysfs(`${DRIVER}/bind`, device(world)) },
  { weight: 2, make: world => sysfs(`${DRIVER}/unbind`, device(world)) },
  { weight: 3, make: resize },
  { weight: 2, make: makeOrDelete },
  { weight: 1, make: world => sysfs(`${MEMORY_DRIVER}/unbind`, world.random.pick(world.has.pmem)) },
  { weight: 2, make: world => sysfs(`${MEMORY_DRIVER}/bind`, world.random.pick(world.has.pmem)) },
];
