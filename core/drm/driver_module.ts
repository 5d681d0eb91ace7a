/**
 * Drivers as modules: loading registers a driver and binds its devices, unloading takes both back.
 *
 * Models     drm_module_pci_driver, delete_module, try_module_get on fops.owner and dma_buf.owner (Linux 6.12)
 * Invariants I1 a driver that is not loaded has no device, no file in sysfs and no code that anything could still reach
 */
import { KernelError } from '../base/errno.ts';
import { bindDevice, boundAt, registerDriver, unbindDevice, unregisterDriver } from './drm_bind.ts';
import type { DrmCore } from './drm_core.ts';
import type { DrmDevice } from './drm_device.ts';
import { gemObjectOfBuf } from './prime.ts';

/** Drivers of the machine by their names in its description, each once, in order of their first device. */
export function driverNames(core: DrmCore): string[] {
  return [...new Set(core.machine.devices.map(({ driver }) => driver))];
}

/** Numbers of a driver's devices in the machine description. */
function devicesOf(core: DrmCore, name: string): number[] {
  return core.machine.devices.flatMap(({ driver }, index) => (driver === name ? [index] : []));
}

/** Load a driver and bind its devices. @throws KernelError as the probes say; nothing is loaded then */
export function loadDriver(core: DrmCore, name: string): void {
  core.unloadedDrivers.delete(name);
  registerDriver(core, name);
  try {
    for (const index of devicesOf(core, name)) bindDevice(core, index);
  } catch (failure) {
    removeDriver(core, name);
    throw failure;
  }
}

/** Unload a driver. @throws KernelError EBUSY while files, mappings or shared buffers need its code; nothing is changed then */
export function unloadDriver(core: DrmCore, name: string): void {
  for (const device of core.allDevices) {
    if (device.description.driver === name && isDriverNeeded(device))
      throw new KernelError('EBUSY', 'delete_module', `The module ${name} is in use.`);
  }
  removeDriver(core, name);
}

function removeDriver(core: DrmCore, name: string): void {
  for (const index of devicesOf(core, name).reverse()) {
    const device = boundAt(core, index);
    if (device !== null) unbindDevice(device);
  }
  unregisterDriver(core, name);
  core.unloadedDrivers.add(name);
}

/** Each open file and each shared buffer holds the module; a mapping holds its file. */
function isDriverNeeded(device: DrmDevice): boolean {
  if (device.unplugged || device.files.size > 0) return true;
  const { buffers, heldByEntry } = device.core.dmaBufs;
  return [...buffers, ...heldByEntry].some(buf => gemObjectOfBuf(buf)?.device === device);
}
