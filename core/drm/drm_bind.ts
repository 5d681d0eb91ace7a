/**
 * Devices appear and go: probe and removal through a PCI driver's bind and unbind files, minors, nodes, unplug.
 *
 * Models     drm_dev_register, drm_dev_unplug, drivers/gpu/drm/drm_drv.c; drivers/base/bus.c (Linux 6.12)
 * Invariants I1 a bound device has its node and its minor; an unplugged one has neither, and lives on while files or mappings do
 */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import type { TextFileOperations } from '../fs/text_registry.ts';
import { firstVramPage } from '../hw/machine_description.ts';
import { DEV_UNPLUG } from '../trace/events/drm.ts';
import { shootDownMappings } from './device_mapping.ts';
import { BOCHS_DRIVER } from './drivers/bochs.ts';
import { I915_2008_DRIVER } from './drivers/i915_2008/i915_2008.ts';
import { LAB_GPU_DRIVER } from './drivers/lab_gpu.ts';
import { QXL_DRIVER } from './drivers/qxl.ts';
import { VGEM_DRIVER } from './drivers/vgem.ts';
import { VIRTIO_GPU_DRIVER } from './drivers/virtio_gpu.ts';
import { DRM_MAJOR, type DrmCore, RENDER_MINOR_BASE } from './drm_core.ts';
import { DrmDevice } from './drm_device.ts';
import type { DrmDriver } from './drm_driver.ts';

/** Drivers by their name in machine descriptions. */
const DRIVERS: { readonly [name: string]: DrmDriver } = {
  bochs: BOCHS_DRIVER,
  i915_2008: I915_2008_DRIVER,
  lab_gpu: LAB_GPU_DRIVER,
  qxl: QXL_DRIVER,
  vgem: VGEM_DRIVER,
  virtio_gpu: VIRTIO_GPU_DRIVER,
};

function driverOf(core: DrmCore, index: number): DrmDriver {
  return driverNamed(core.machine.devices[index]!.driver);
}

function driverNamed(name: string): DrmDriver {
  const driver = DRIVERS[name];
  invariant(driver, () => `No driver is called ${name}.`);
  return driver;
}

/** Name of a device's slot on the PCI bus. */
export function pciSlotOf(core: DrmCore, index: number): string {
  return core.machine.devices[index]!.pciSlot ?? `0000:00:${(index + 1).toString(16).padStart(2, '0')}.0`;
}

/** Name of a device on its bus, as bind and unbind take it. */
function busNameOf(core: DrmCore, index: number): string {
  if (driverOf(core, index).bus !== 'virtio') return pciSlotOf(core, index);
  let before = 0;
  for (let i = 0; i < index; i++) if (driverOf(core, i).bus === 'virtio') before++;
  return `virtio${before}`;
}

/** What a driver's files in sysfs work on. */
export class DriverFiles {
  constructor(
    readonly core: DrmCore,
    readonly driver: DrmDriver,
  ) {}
}
snapshotClass(DriverFiles, 'drm.DriverFiles');

function deviceIndexAt(files: DriverFiles, slot: string): number {
  const { core, driver } = files;
  const index = core.machine.devices.findIndex(
    (_, i) => driverOf(core, i) === driver && busNameOf(core, i) === slot.trim(),
  );
  if (index < 0) {
    throw new KernelError('ENODEV', 'write', `${driver.name} has no device at ${slot}.`);
  }
  return index;
}

const BIND_FILE: TextFileOperations = snapshotConstant('drm.bindFile', {
  name: 'bind',
  store(owner: object, text: string): void {
    const files = owner as DriverFiles;
    const index = deviceIndexAt(files, text);
    if (boundAt(files.core, index) !== null)
      throw new KernelError('EBUSY', 'write', `The device at ${text} is bound.`);
    bindDevice(files.core, index);
  },
} satisfies TextFileOperations);

const UNBIND_FILE: TextFileOperations = snapshotConstant('drm.unbindFile', {
  name: 'unbind',
  store(owner: object, text: string): void {
    const files = owner as DriverFiles;
    const device = boundAt(files.core, deviceIndexAt(files, text));
    if (device === null) throw new KernelError('ENODEV', 'write', `No driver is bound to ${text}.`);
    unbindDevice(device);
  },
} satisfies TextFileOperations);

/** The bound device of a number of the machine description, or null. */
export function boundAt(core: DrmCore, index: number): DrmDevice | null {
  for (const device of core.minors.values()) if (device.index === index) return device;
  return null;
}

/** Directory of a driver in sysfs. */
function driverDirectory(driver: DrmDriver): string {
  return `/sys/bus/${driver.bus ?? 'pci'}/drivers/${driver.name}`;
}

/** The driver of this name in machine descriptions gets its bind and unbind files, if it is on a bus. */
export function registerDriver(core: DrmCore, name: string): void {
  const driver = driverNamed(name);
  if (driver.bus === 'none') return;
  const files = new DriverFiles(core, driver);
  core.sysfs.add(`${driverDirectory(driver)}/bind`, BIND_FILE, files);
  core.sysfs.add(`${driverDirectory(driver)}/unbind`, UNBIND_FILE, files);
}

/** Undo registerDriver(). */
export function unregisterDriver(core: DrmCore, name: string): void {
  const driver = driverNamed(name);
  if (driver.bus === 'none') return;
  core.sysfs.remove(`${driverDirectory(driver)}/bind`);
  core.sysfs.remove(`${driverDirectory(driver)}/unbind`);
}

/** Names of the machine's drivers that are loaded, each once. */
function loadedDrivers(core: DrmCore): Set<string> {
  const names = new Set<string>(core.machine.devices.map(({ driver }) => driver));
  for (const name of core.unloadedDrivers) names.delete(name);
  return names;
}

/** Register the machine's drivers and bind all devices, in order. @throws KernelError with what was bound unbound again */
export function bindAll(core: DrmCore): void {
  for (const name of loadedDrivers(core)) registerDriver(core, name);
  try {
    core.machine.devices.forEach((_, index) => {
      bindDevice(core, index);
    });
  } catch (failure) {
    unbindAll(core);
    throw failure;
  }
}

/** Undo bindAll(). */
export function unbindAll(core: DrmCore): void {
  for (const device of [...new Set(core.minors.values())].reverse()) unbindDevice(device);
  for (const name of loadedDrivers(core)) unregisterDriver(core, name);
}

/** Probe: the driver sets the device up, then its minor and node appear. @throws KernelError; nothing is left then */
export function bindDevice(core: DrmCore, index: number): DrmDevice {
  const description = core.machine.devices[index]!;
  let minor = description.minor ?? 0;
  if (description.minor === undefined) while (core.minors.has(minor)) minor++;
  const device = new DrmDevice(
    core,
    index,
    description,
    driverOf(core, index),
    minor,
    firstVramPage(core.machine, index),
  );
  core.allDevices.add(device);
  try {
    device.driver.probe(device);
  } catch (failure) {
    device.driver.unplug?.(device);
    device.put();
    throw failure;
  }
  try {
    register(device);
  } catch (failure) {
    unbindDevice(device);
    throw failure;
  }
  return device;
}

/** Minors and nodes. Models drm_dev_register(). @throws KernelError ENOMEM, with what is registered so far */
function register(device: DrmDevice): void {
  const { core, minor, description } = device;
  core.minors.set(minor, device);
  const primaryNode = `/dev/dri/card${minor}`;
  core.vfs.createDeviceNode(primaryNode, 0o600, DRM_MAJOR, minor);
  let renderNode: string | null = null;
  if (device.driver.renderNode) {
    let renderMinor = RENDER_MINOR_BASE;
    while (core.minors.has(renderMinor)) renderMinor++;
    core.minors.set(renderMinor, device);
    renderNode = renderPath(renderMinor);
    core.vfs.createDeviceNode(renderNode, 0o600, DRM_MAJOR, renderMinor);
  }
  core.bound.set(description.name, { primaryNode, renderNode, device });
}

function renderPath(minor: number): string {
  return `/dev/dri/renderD${minor}`;
}

/** Take a node away, if it was made. */
function removeNode(core: DrmCore, path: string): void {
  if (!core.vfs.exists(path)) return;
  core.vfs.lookup(path, 'unbind').inode.perm = 0;
  core.vfs.removeDeviceNode(path);
}

/** Remove a device: no new opens, every mapping loses its entries, files and mappings live on without it. */
export function unbindDevice(device: DrmDevice): void {
  const { core, trace } = device;
  trace.emit(DEV_UNPLUG, device.index);
  device.unplugged = true;
  for (const [minor, owner] of core.minors) {
    if (owner !== device) continue;
    core.minors.delete(minor);
    removeNode(core, minor >= RENDER_MINOR_BASE ? renderPath(minor) : `/dev/dri/card${minor}`);
  }
  core.bound.delete(device.description.name);
  shootDownMappings(device, 0, 0, 'drm_dev_unplug');
  device.driver.unplug?.(device);
  for (const manager of device.ttm?.managers ?? []) manager?.abandonMemory();
  device.put();
}
