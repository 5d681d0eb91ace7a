/**
 * Calls of `K` that do to the machine what no program can: devices come and go, modules too, an allocation fails.
 */

import { KernelError } from '../../base/errno.ts';
import { FAULT_KINDS } from '../../base/fault_attr.ts';
import { loadDax, unloadDax } from '../../dax/dax_module.ts';
import { SystemHeapModule } from '../../dma_buf/system_heap.ts';
import { UdmabufModule } from '../../dma_buf/udmabuf.ts';
import { bindDevice, boundAt, unbindDevice } from '../../drm/drm_bind.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type CallArgs, numberArg, registerCalls, textArg } from '../call_table.ts';
import { BadArgument } from './arguments.ts';

/** Number of a device in the machine description. */
function deviceIndex(kernel: Kernel, args: CallArgs): number {
  const name = textArg(args, 'dev');
  const index = kernel.description.devices.findIndex(device => device.name === name);
  if (index < 0) throw new BadArgument(`The machine has no device ${name}.`);
  return index;
}

/** A module that can be loaded and unloaded while the machine runs. */
interface Loadable {
  readonly isLoaded: (kernel: Kernel) => boolean;
  readonly load: (kernel: Kernel) => void;
  readonly unload: (kernel: Kernel) => void;
}

function inUse(name: string): KernelError {
  return new KernelError('EBUSY', 'delete_module', `The module ${name} is in use.`);
}

/** True when the machine's kernel has this exporter at all. */
function hasExporter({ description }: Kernel, name: 'udmabuf' | 'system_heap'): boolean {
  return description.dmaBufExporters?.includes(name) ?? false;
}

const MODULES: { readonly [name: string]: Loadable } = {
  device_dax: {
    isLoaded: ({ dax }) => dax !== null && dax.loaded.length > 0,
    load({ dax }) {
      if (dax === null) throw new KernelError('ENOENT', 'init_module', 'The machine has no memory for it.');
      loadDax(dax);
    },
    unload: ({ dax }) => unloadDax(dax!),
  },
  udmabuf: {
    isLoaded: ({ udmabuf }) => udmabuf !== null,
    load(kernel) {
      if (!hasExporter(kernel, 'udmabuf'))
        throw new KernelError('ENOENT', 'init_module', 'There is no such module.');
      kernel.udmabuf = new UdmabufModule(kernel.dmaBufs, kernel.context);
    },
    unload(kernel) {
      if (kernel.udmabuf!.inUse) throw inUse('udmabuf');
      kernel.udmabuf!.shutdown();
      kernel.udmabuf = null;
    },
  },
  system_heap: {
    isLoaded: ({ systemHeap }) => systemHeap !== null,
    load(kernel) {
      if (!hasExporter(kernel, 'system_heap'))
        throw new KernelError('ENOENT', 'init_module', 'There is no such module.');
      kernel.systemHeap = new SystemHeapModule(kernel.dmaBufs, kernel.context);
    },
    unload(kernel) {
      if (kernel.systemHeap!.inUse) throw inUse('system_heap');
      kernel.systemHeap!.shutdown();
      kernel.systemHeap = null;
    },
  },
};

function moduleArg(args: CallArgs): Loadable {
  const name = textArg(args, 'name');
  const found = MODULES[name];
  if (!found) throw new BadArgument(`${name} is no module; known are ${Object.keys(MODULES).join(', ')}.`);
  return found;
}

registerCalls({
  /** {dev}: the device is pulled out, with everything that uses it alive. ENODEV when it is out. */
  'lab.unplug'({ kernel }, args) {
    const device = boundAt(kernel.drm, deviceIndex(kernel, args));
    if (device === null) throw new KernelError('ENODEV', 'unplug', 'The device is out.');
    unbindDevice(device);
    return 0;
  },

  /** {dev}: the device is put in again. EBUSY when it is in, ENOMEM when its probe failed. */
  'lab.plug'({ kernel }, args) {
    const index = deviceIndex(kernel, args);
    if (boundAt(kernel.drm, index) !== null) throw new KernelError('EBUSY', 'plug', 'The device is in.');
    bindDevice(kernel.drm, index);
    return 0;
  },

  /** {name: device_dax, udmabuf, system_heap}. EEXIST when it is loaded. */
  'module.load'({ kernel }, args) {
    const module = moduleArg(args);
    if (module.isLoaded(kernel)) throw new KernelError('EEXIST', 'init_module', 'The module is loaded.');
    module.load(kernel);
    return 0;
  },

  /** {name}. ENOENT when it is not loaded, EBUSY while it is in use. */
  'module.unload'({ kernel }, args) {
    const module = moduleArg(args);
    if (!module.isLoaded(kernel))
      throw new KernelError('ENOENT', 'delete_module', 'The module is not loaded.');
    module.unload(kernel);
    return 0;
  },

  /**
   * {n, times?, of?: any, slab, page}: the n-th allocation from now fails, and the `times` - 1 after it (all for -1); n 0:
   * none does any more.
   */
  'lab.failAllocation'({ kernel }, args) {
    const n = numberArg(args, 'n');
    const times = numberArg(args, 'times', 1);
    const of = textArg(args, 'of', 'any');
    const kind = FAULT_KINDS.find(known => known === of);
    if (kind === undefined) throw new BadArgument(`${of} is no kind; known are ${FAULT_KINDS.join(', ')}.`);
    if (!Number.isInteger(n) || n < 0 || !Number.isInteger(times) || times < -1 || times === 0)
      throw new BadArgument(`The ${n}-th allocation cannot fail ${times} times.`);
    kernel.context.faults.arm(n, times, kind);
    return 0;
  },
});
