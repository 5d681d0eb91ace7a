/**
 * Random steps of `--faults`: an allocation soon fails, devices are pulled out with mappings alive and put in again, modules go
 * and come.
 */
import { call, type FuzzWorld, type Move, type Plan } from './world.ts';

function failAllocation(world: FuzzWorld): Plan {
  return call('K', 'lab.failAllocation', { n: 1 + world.random.below(world.random.chance(1, 2) ? 4 : 60) });
}

function unplug(world: FuzzWorld): Plan | null {
  if (world.plugged.size === 0) return null;
  const dev = world.random.pick([...world.plugged]);
  return {
    ...call('K', 'lab.unplug', { dev }),
    done: failed => {
      if (failed === null) world.unplug(dev);
    },
  };
}

function plug(world: FuzzWorld): Plan | null {
  const out = world.devices.filter(({ name }) => !world.plugged.has(name));
  if (out.length === 0) return null;
  const { name: dev } = world.random.pick(out);
  return {
    ...call('K', 'lab.plug', { dev }),
    done: failed => {
      if (failed === null) world.plugged.add(dev);
    },
  };
}

function module(name: 'module.load' | 'module.unload'): (world: FuzzWorld) => Plan {
  return world => call('K', name, { name: world.oneOf('device_dax', 'udmabuf', 'system_heap') });
}

export const FAULT_MOVES: readonly Move[] = [
  { weight: 12, make: failAllocation },
  { weight: 1, make: unplug },
  { weight: 4, make: plug },
  { weight: 1, make: module('module.unload') },
  { weight: 3, make: module('module.load') },
];
