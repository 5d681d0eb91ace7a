/**
 * Module init and exit of device-dax as a table: every step with its undo. A failure at any point runs the undos of what was
 * done, backwards; exit runs all of them.
 *
 * Models     dax_core_init, dax_core_exit, dax_fs_init, dax_fs_exit (drivers/dax/super.c), dax_bus_init, dax_init (Linux 6.12)
 * Order of exit   users of the bus, bus, region of numbers, mount, rcu_barrier, slab
 * Invariants I1 a failed init leaves what was there before it
 */
import { KernelError } from '../base/errno.ts';
import { bindMemory, type DaxBus, registerBus, unbindMemory, unregisterBus } from './dax_bus.ts';
import { DAX_MAJOR } from './dax_numbers.ts';
import { SlabCache } from './slab_cache.ts';

interface ModuleStep {
  readonly name: string;
  /** @throws KernelError when it fails; it has undone its own part then */
  readonly init: (bus: DaxBus) => void;
  readonly exit: (bus: DaxBus) => void;
}

export const DAX_MODULE_STEPS: readonly ModuleStep[] = [
  {
    name: 'slab',
    init(bus) {
      bus.mm.faults.slab('dax', 'the slab cache of inodes');
      bus.fs.cache = new SlabCache('dax_cache');
    },
    exit(bus) {
      // A path walk may still look at an inode that is gone: its memory comes back after a grace period, and only then may
      // the cache go. The patch of 2016 did not wait.
      if (bus.fs.history.barrierAtExit) bus.fs.rcu.barrier();
      bus.fs.cache!.destroy();
      if (bus.fs.history.barrierAtExit) bus.fs.cache = null;
    },
  },
  {
    name: 'mount',
    init: bus => bus.fs.mount(),
    exit: bus => bus.fs.unmount(),
  },
  {
    name: 'numbers',
    init(bus) {
      bus.mm.faults.slab('dax', `the device numbers of major ${DAX_MAJOR}`);
    },
    exit() {},
  },
  { name: 'bus', init: registerBus, exit: unregisterBus },
  {
    name: 'memory',
    init(bus) {
      try {
        for (const region of bus.regions) bindMemory(region);
      } catch (failure) {
        unbindAll(bus);
        throw failure;
      }
    },
    exit: unbindAll,
  },
];

function unbindAll(bus: DaxBus): void {
  for (const region of [...bus.regions].reverse()) if (region.driverBound) unbindMemory(region);
}

/**
 * Load the module.
 *
 * @returns 0; in the history where a failed init reports success, 0 also after a failure that undid everything
 * @throws KernelError ENOMEM and what the steps refuse; everything is as before then
 */
export function loadDax(bus: DaxBus): 0 {
  if (bus.loaded.length > 0) throw new KernelError('EEXIST', 'init_module', 'device_dax is loaded.');
  for (const step of DAX_MODULE_STEPS) {
    try {
      step.init(bus);
    } catch (failure) {
      unwind(bus);
      if (bus.fs.history.failedInitReportsSuccess) return 0;
      throw failure;
    }
    bus.loaded.push(step.name);
  }
  return 0;
}

/** Unload. @throws KernelError EBUSY while files or mappings hold a device; nothing is changed then */
export function unloadDax(bus: DaxBus): void {
  for (const device of [...bus.devices(), ...bus.departed]) {
    // What is left when the bus's own reference, that of the registered cdev and the registration itself are taken off.
    const { cdev } = device;
    const users = device.refs - (device.registered ? 1 : 0) + (cdev ? cdev.users - 2 : 0);
    if (users > 0) throw new KernelError('EBUSY', 'delete_module', `${device.name} is in use.`);
  }
  unwind(bus);
}

function unwind(bus: DaxBus): void {
  while (bus.loaded.length > 0) {
    DAX_MODULE_STEPS[bus.loaded.length - 1]!.exit(bus);
    bus.loaded.pop();
  }
}
