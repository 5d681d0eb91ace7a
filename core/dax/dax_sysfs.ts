/**
 * Files of device-dax in sysfs.
 *
 * Models     drivers/dax/bus.c attributes, drivers/base/bus.c bind and unbind (Linux 6.12)
 * Paths      /sys/bus/dax/drivers/device_dax/{bind,unbind} and /sys/bus/nd/drivers/dax_pmem/{bind,unbind} take a name;
 *            /sys/bus/dax/devices/<name>/{size,align}; /sys/bus/dax/regions/<id>/{available_size,create,delete}
 * Left out   align of a device as something to write, mapping attributes
 */
import { KernelError } from '../base/errno.ts';
import { snapshotConstant } from '../base/snapshot.ts';
import { isPageAligned, PAGE_SIZE } from '../base/units.ts';
import type { TextFileOperations, TextRegistry } from '../fs/text_registry.ts';
import {
  addEmptyDevDax,
  bindMemory,
  type DaxBus,
  deleteDevDax,
  resizeDevDax,
  unbindMemory,
} from './dax_bus.ts';
import type { DaxRegion, DevDax } from './dax_region.ts';
import { probeDevDax, releaseDevDax } from './device_dax.ts';

const BIND: TextFileOperations = snapshotConstant('dax.sysfs.bind', {
  name: 'bind',
  store(owner: object, text: string): void {
    const device = (owner as DaxBus).device(text);
    if (device.cdev !== null) throw new KernelError('EBUSY', 'write', `${device.name} is bound.`);
    probeDevDax(device);
  },
} satisfies TextFileOperations);

const UNBIND: TextFileOperations = snapshotConstant('dax.sysfs.unbind', {
  name: 'unbind',
  store(owner: object, text: string): void {
    const device = (owner as DaxBus).device(text);
    if (device.cdev === null) throw new KernelError('ENODEV', 'write', `${device.name} is not bound.`);
    releaseDevDax(device);
  },
} satisfies TextFileOperations);

const BIND_MEMORY: TextFileOperations = snapshotConstant('dax.sysfs.bindMemory', {
  name: 'bind',
  store: (owner: object, text: string) => bindMemory((owner as DaxBus).region(text)),
} satisfies TextFileOperations);

const UNBIND_MEMORY: TextFileOperations = snapshotConstant('dax.sysfs.unbindMemory', {
  name: 'unbind',
  store: (owner: object, text: string) => unbindMemory((owner as DaxBus).region(text)),
} satisfies TextFileOperations);

const SIZE: TextFileOperations = snapshotConstant('dax.sysfs.size', {
  name: 'size',
  show: (owner: object) => `${(owner as DevDax).nrPages * PAGE_SIZE}\n`,
  store(owner: object, text: string): void {
    const device = owner as DevDax;
    const bytes = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(bytes) || !isPageAligned(bytes))
      throw new KernelError('EINVAL', 'write', `${JSON.stringify(text)} is no size in whole pages.`);
    if (device.region.isStatic)
      throw new KernelError('EACCES', 'write', `The size of ${device.name} is fixed.`);
    resizeDevDax(device, bytes / PAGE_SIZE);
  },
} satisfies TextFileOperations);

const ALIGN: TextFileOperations = snapshotConstant('dax.sysfs.align', {
  name: 'align',
  show: (owner: object) => `${(owner as DevDax).alignPages * PAGE_SIZE}\n`,
} satisfies TextFileOperations);

const AVAILABLE: TextFileOperations = snapshotConstant('dax.sysfs.available', {
  name: 'available_size',
  show: (owner: object) => `${(owner as DaxRegion).freePages * PAGE_SIZE}\n`,
} satisfies TextFileOperations);

const CREATE: TextFileOperations = snapshotConstant('dax.sysfs.create', {
  name: 'create',
  store(owner: object, text: string): void {
    if (text.trim() !== '1') throw new KernelError('EINVAL', 'write', 'One device is made at a time.');
    addEmptyDevDax(owner as DaxRegion);
  },
} satisfies TextFileOperations);

const DELETE: TextFileOperations = snapshotConstant('dax.sysfs.delete', {
  name: 'delete',
  store: (owner: object, text: string) => deleteDevDax(owner as DaxRegion, text),
} satisfies TextFileOperations);

const BUS_FILES: readonly (readonly [string, TextFileOperations])[] = [
  ['/sys/bus/dax/drivers/device_dax/bind', BIND],
  ['/sys/bus/dax/drivers/device_dax/unbind', UNBIND],
  ['/sys/bus/nd/drivers/dax_pmem/bind', BIND_MEMORY],
  ['/sys/bus/nd/drivers/dax_pmem/unbind', UNBIND_MEMORY],
];

const DEVICE_FILES: readonly TextFileOperations[] = [SIZE, ALIGN];
const REGION_FILES: readonly TextFileOperations[] = [AVAILABLE, CREATE, DELETE];

export function addBusFiles(bus: DaxBus): void {
  for (const [path, ops] of BUS_FILES) bus.sysfs.add(path, ops, bus);
}

export function removeBusFiles(bus: DaxBus): void {
  for (const [path] of BUS_FILES) bus.sysfs.remove(path);
}

export function addDevDaxFiles(sysfs: TextRegistry, device: DevDax): void {
  for (const ops of DEVICE_FILES) sysfs.add(`/sys/bus/dax/devices/${device.name}/${ops.name}`, ops, device);
}

export function removeDevDaxFiles(sysfs: TextRegistry, device: DevDax): void {
  for (const ops of DEVICE_FILES) sysfs.remove(`/sys/bus/dax/devices/${device.name}/${ops.name}`);
}

export function addRegionFiles(sysfs: TextRegistry, region: DaxRegion): void {
  for (const ops of REGION_FILES) sysfs.add(`/sys/bus/dax/regions/${region.id}/${ops.name}`, ops, region);
}

export function removeRegionFiles(sysfs: TextRegistry, region: DaxRegion): void {
  for (const ops of REGION_FILES) sysfs.remove(`/sys/bus/dax/regions/${region.id}/${ops.name}`);
}
