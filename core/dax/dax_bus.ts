/**
 * The bus of dax devices: regions of the machine, devices on them, and what everything here works with.
 *
 * Models     drivers/dax/bus.c, drivers/dax/pmem.c, drivers/dax/hmem (Linux 6.12)
 * Invariants I1 a device on the bus has its node; a departed one has files or mappings that hold it, and no node
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { Pages } from '../base/units.ts';
import type { AddressSpace } from '../fs/address_space.ts';
import type { TextRegistry } from '../fs/text_registry.ts';
import type { Vfs } from '../fs/vfs.ts';
import { firstPmemPfn, type MachineDescription } from '../hw/machine_description.ts';
import type { MmContext } from '../mm/mm_context.ts';
import { DAX_RESIZE } from '../trace/events/dax.ts';
import { DaxFs } from './dax_fs.ts';
import { DAX_HISTORIES, type DaxHistory } from './dax_history.ts';
import { NumberPool } from './dax_numbers.ts';
import { DaxRegion, type DevDax, growDevDax, shrinkDevDax } from './dax_region.ts';
import {
  addBusFiles,
  addDevDaxFiles,
  addRegionFiles,
  removeBusFiles,
  removeDevDaxFiles,
  removeRegionFiles,
} from './dax_sysfs.ts';
import { createDevDax, unregisterDevDax } from './dev_dax_life.ts';
import { emptyDevDax, probeDevDax, releaseDevDax } from './device_dax.ts';

/** Rooms below, as the kernel wires them. */
export interface DaxSurroundings {
  readonly vfs: Vfs;
  readonly context: MmContext;
  readonly sysfs: TextRegistry;
  readonly machine: MachineDescription;
  /** The address space of physical memory (/dev/mem); claiming a range zaps its mappings. */
  readonly iomem: AddressSpace;
  /** Absent: that of the era. */
  readonly history?: DaxHistory;
}

export class DaxBus {
  readonly vfs: Vfs;
  readonly mm: MmContext;
  readonly sysfs: TextRegistry;
  readonly machine: MachineDescription;
  readonly iomem: AddressSpace;
  readonly fs: DaxFs;
  readonly minors = new NumberPool();
  readonly regions: DaxRegion[] = [];
  /** Unregistered devices that files or mappings still hold. */
  readonly departed = new Set<DevDax>();
  /** Steps of module init that are done; names of dax_module.ts. */
  readonly loaded: string[] = [];

  constructor(around: DaxSurroundings) {
    this.vfs = around.vfs;
    this.mm = around.context;
    this.sysfs = around.sysfs;
    this.machine = around.machine;
    this.iomem = around.iomem;
    const history = around.history ?? DAX_HISTORIES[this.mm.era.daxStanding];
    this.fs = new DaxFs(this.vfs, this.mm.trace, this.mm.faults, history);
  }

  /** Devices on the bus, by region and id. */
  *devices(): IterableIterator<DevDax> {
    for (const region of this.regions) yield* region.devices.values();
  }

  /** The device of this name. @throws KernelError ENODEV */
  device(name: string): DevDax {
    for (const device of this.devices()) if (device.name === name.trim()) return device;
    throw new KernelError('ENODEV', 'write', `There is no dax device ${name.trim()}.`);
  }

  /** The region whose memory driver calls it by this name, `dax0.0`. @throws KernelError ENODEV */
  region(name: string): DaxRegion {
    for (const region of this.regions) if (region.description.name === name.trim()) return region;
    throw new KernelError('ENODEV', 'write', `There is no memory called ${name.trim()}.`);
  }

  addDeviceFiles(device: DevDax): void {
    addDevDaxFiles(this.sysfs, device);
  }

  removeDeviceFiles(device: DevDax): void {
    removeDevDaxFiles(this.sysfs, device);
  }
}
snapshotClass(DaxBus, 'dax.DaxBus');

/** Make the regions and the files of the drivers; nothing is bound yet. @throws KernelError ENOMEM */
export function registerBus(bus: DaxBus): void {
  bus.mm.faults.slab('dax', 'the bus');
  (bus.machine.pmem ?? []).forEach((description, index) => {
    const id = Number(/^dax(\d+)\./.exec(description.name)![1]);
    bus.regions.push(new DaxRegion(bus, id, description, firstPmemPfn(bus.machine, index)));
  });
  addBusFiles(bus);
}

export function unregisterBus(bus: DaxBus): void {
  removeBusFiles(bus);
  bus.regions.length = 0;
}

/**
 * The driver of the memory finds it: one device over all of it, bound to device_dax. Models dax_pmem_probe().
 * @throws KernelError EBUSY when it is bound, ENOMEM; nothing is left then
 */
export function bindMemory(region: DaxRegion): void {
  const { bus, description } = region;
  if (region.driverBound) throw new KernelError('EBUSY', 'bind', `${description.name} is bound.`);
  const device = createDevDax(region, region.nrPages);
  try {
    probeDevDax(device);
    addRegionFiles(bus.sysfs, region);
  } catch (failure) {
    removeDevDax(device);
    throw failure;
  }
  region.driverBound = true;
}

/** The memory goes: all its devices do, with their mappings emptied. */
export function unbindMemory(region: DaxRegion): void {
  const { bus, description } = region;
  if (!region.driverBound) throw new KernelError('ENODEV', 'unbind', `${description.name} is not bound.`);
  for (const device of [...region.devices.values()].reverse()) removeDevDax(device);
  removeRegionFiles(bus.sysfs, region);
  region.driverBound = false;
}

/**
 * Take a device off the bus. Models unregister_dev_dax(): the bus kills it first (the compiler put that call inline, so no
 * kprobe sees its name), then the driver's own release kills it again.
 */
export function removeDevDax(device: DevDax): void {
  emptyDevDax(device);
  if (device.cdev !== null) releaseDevDax(device);
  unregisterDevDax(device);
}

/**
 * Another size. Models dev_dax_resize() behind the `size` file.
 *
 * @throws KernelError EINVAL off the alignment, EBUSY while bound, ENOSPC without free pages; ENXIO without its memory's driver
 */
export function resizeDevDax(device: DevDax, nrPages: Pages): void {
  const { region } = device;
  if (nrPages % device.alignPages !== 0) {
    throw new KernelError(
      'EINVAL',
      'write',
      `${nrPages} pages are no multiple of the alignment of ${device.name}, ${device.alignPages} pages.`,
    );
  }
  if (!region.driverBound)
    throw new KernelError('ENXIO', 'write', `The memory of ${device.name} has no driver.`);
  if (device.cdev !== null)
    throw new KernelError('EBUSY', 'write', `${device.name} is bound; unbind it first.`);
  const before = device.nrPages;
  if (nrPages > before) {
    region.bus.mm.faults.slab('write', 'a range');
    growDevDax(device, nrPages - before);
  } else {
    shrinkDevDax(device, before - nrPages);
  }
  if (nrPages !== before) region.bus.mm.trace.emit(DAX_RESIZE, device.minor, before, nrPages);
}

/** Remove a device of a region whose sizes may change. Models delete_store(). @throws KernelError EINVAL, ENXIO, EBUSY */
export function deleteDevDax(region: DaxRegion, name: string): void {
  if (region.isStatic)
    throw new KernelError('EINVAL', 'write', `${region.description.name} has a fixed division.`);
  const device = [...region.devices.values()].find(candidate => candidate.name === name.trim());
  if (!device) throw new KernelError('ENXIO', 'write', `There is no dax device ${name.trim()}.`);
  if (device.cdev !== null) throw new KernelError('EBUSY', 'write', `${device.name} is bound.`);
  if (device.nrPages > 0) throw new KernelError('EBUSY', 'write', `${device.name} still has memory.`);
  if (device.id === 0) throw new KernelError('EBUSY', 'write', `${device.name} is never deleted.`);
  removeDevDax(device);
}

/** A device without memory. Models create_store(). @throws KernelError EINVAL, ENOSPC when the region is full, ENOMEM */
export function addEmptyDevDax(region: DaxRegion): DevDax {
  if (region.isStatic)
    throw new KernelError('EINVAL', 'write', `${region.description.name} has a fixed division.`);
  if (region.freePages === 0)
    throw new KernelError('ENOSPC', 'write', `${region.description.name} has no free memory.`);
  return createDevDax(region, 0);
}
