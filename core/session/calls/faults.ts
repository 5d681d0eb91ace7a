/**
 * Calls of `K` that do to the machine what no program can: devices come and go, modules too, an allocation fails.
 */

import { KernelError } from '../../base/errno.ts';
import { FAULT_KINDS } from '../../base/fault_attr.ts';
import { bindDevice, boundAt, unbindDevice } from '../../drm/drm_bind.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadModule, unloadModule } from '../../kernel/modules.ts';
import { type CallArgs, numberArg, registerCalls, textArg } from '../call_table.ts';
import { BadArgument } from './arguments.ts';

/** Number of a device in the machine description. */
function deviceIndex(kernel: Kernel, args: CallArgs): number {
  const name = textArg(args, 'dev');
  const index = kernel.description.devices.findIndex(device => device.name === name);
  if (index < 0) throw new BadArgument(`The machine has no device ${name}.`);
  return index;
}

registerCalls({
  /** {dev}: the device is pulled out, with everything that uses it alive. ENODEV when it is out. */
  'lab.unplug'({ kernel }, args) {
    const device = boundAt(kernel.drm, deviceIndex(kernel, args));
    if (device === null) throw new KernelError('ENODEV', 'unplug', 'The device is out.');
    unbindDevice(device);
    return 0;
  },

  /** {dev}: the device is put in again. EBUSY when it is in, ENODEV without its driver, ENOMEM when its probe failed. */
  'lab.plug'({ kernel }, args) {
    const index = deviceIndex(kernel, args);
    if (boundAt(kernel.drm, index) !== null) throw new KernelError('EBUSY', 'plug', 'The device is in.');
    if (kernel.drm.unloadedDrivers.has(kernel.description.devices[index]!.driver))
      throw new KernelError('ENODEV', 'plug', 'The driver of the device is not loaded.');
    bindDevice(kernel.drm, index);
    return 0;
  },

  /** {name: device_dax, udmabuf, system_heap, or a driver of the machine}. ENOENT no such module, EEXIST when it is loaded. */
  'module.load'({ kernel }, args) {
    loadModule(kernel, textArg(args, 'name'));
    return 0;
  },

  /** {name}. ENOENT when it is not loaded, EBUSY while it is in use. */
  'module.unload'({ kernel }, args) {
    unloadModule(kernel, textArg(args, 'name'));
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
