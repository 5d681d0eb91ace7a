/**
 * How dax devices come and go: numbers, inode, node, and exact unwinding when a step fails.
 *
 * Models     devm_create_dev_dax, unregister_dev_dax, dev_dax_release, drivers/dax/bus.c (Linux 6.12)
 * Order      id, minor, inode, ranges, node. After registration the only way back is to drop the reference
 */
import { invariant } from '../base/invariant.ts';
import type { Pages } from '../base/units.ts';
import { daxHash } from './dax_fs.ts';
import { DAX_MAJOR } from './dax_numbers.ts';
import { type DaxRegion, DevDax, growDevDax } from './dax_region.ts';

/** Lowest id that no device of the region has. */
function lowestId(region: DaxRegion): number {
  let id = 0;
  while (region.devices.has(id)) id++;
  return id;
}

/** A new device with `nrPages` pages, its node, not yet bound. @throws KernelError ENOMEM, ENOSPC; nothing is left then */
export function createDevDax(region: DaxRegion, nrPages: Pages): DevDax {
  const { bus } = region;
  const undo: (() => void)[] = [];
  try {
    bus.mm.faults.slab('create', 'the device');
    const id = lowestId(region);
    bus.mm.faults.slab('create', 'its minor');
    const minor = bus.minors.take();
    undo.push(() => bus.minors.release(minor));
    const devt = { major: DAX_MAJOR, minor };
    const cdevKey = {};
    // The posted patch asked for the inode before the number was there and so hashed what was in memory.
    const hash = bus.fs.history.inodeBeforeNumber ? daxHash(null) : daxHash(devt);
    const daxDevice = bus.fs.inodeGet({ devt, cdev: cdevKey }, hash);
    undo.push(() => bus.fs.put(daxDevice));
    const device = new DevDax(region, id, minor, daxDevice);
    region.devices.set(id, device);
    undo.push(() => region.devices.delete(id));
    bus.mm.faults.slab('create', 'its ranges');
    growDevDax(device, nrPages);
    bus.vfs.createDeviceNode(device.node, 0o600, DAX_MAJOR, minor);
    device.registered = true;
    bus.addDeviceFiles(device);
    return device;
  } catch (failure) {
    for (const step of undo.reverse()) step();
    throw failure;
  }
}

/** Take the node and the pages away; files and mappings keep the rest. The device must be unbound. */
export function unregisterDevDax(device: DevDax): void {
  const { region } = device;
  const { bus } = region;
  invariant(device.cdev === null, () => `${device.name} is unregistered while it is bound.`);
  bus.removeDeviceFiles(device);
  device.registered = false;
  device.ranges.length = 0;
  region.devices.delete(device.id);
  bus.vfs.lookup(device.node, 'unbind').inode.perm = 0;
  bus.vfs.removeDeviceNode(device.node);
  bus.departed.add(device);
  putDevDax(device);
}

/** Drop a reference; the last one lets inode and minor go. Models dev_dax_release(). */
export function putDevDax(device: DevDax): void {
  device.refs--;
  invariant(device.refs >= 0, () => `${device.name} is dropped once too often.`);
  if (device.refs > 0) return;
  const { bus } = device.region;
  bus.departed.delete(device);
  bus.fs.put(device.daxDevice);
  bus.minors.release(device.minor);
}
