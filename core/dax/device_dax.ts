/**
 * The driver device_dax: binding makes a device reachable as a character device, unbinding empties every mapping.
 *
 * Models     drivers/dax/device.c: dax_open, dax_mmap, dax_get_unmapped_area, dev_dax_probe, kill_dev_dax (Linux 6.12)
 * Rule       open switches the i_mapping of the node's inode, which stays switched until the cdev is forgotten
 * Invariants I1 a bound device has its cdev and is alive; an unbound one is dead and no page table has an entry of it
 */
import { KernelError } from '../base/errno.ts';
import { snapshotConstant } from '../base/snapshot.ts';
import { PAGE_SIZE } from '../base/units.ts';
import type { FileOperations, OpenFile } from '../fs/open_file.ts';
import { unmapMappingRange } from '../mm/unmap_mapping.ts';
import type { VmArea } from '../mm/vm_area.ts';
import { DAX_KILL } from '../trace/events/dax.ts';
import { killDax, runDax } from './dax_device.ts';
import { checkDaxVma, DAX_VM_OPS } from './dax_fault.ts';
import { DAX_MAJOR } from './dax_numbers.ts';
import type { DevDax } from './dax_region.ts';
import { putDevDax } from './dev_dax_life.ts';

/** VM_HUGEPAGE. */
const VM_HUGEPAGE = 0x2000_0000;

export const DAX_FILE_OPS: FileOperations = snapshotConstant('dax.fops', {
  name: 'device_dax',
  mmapSync: true,

  /** Works on a dead device too; mmap refuses then. */
  open(file: OpenFile): void {
    const { inode } = file;
    const cdev = inode.cdev!;
    const device = cdev.privateData as DevDax;
    cdev.get();
    inode.mapping = device.daxDevice.inode.mapping;
    inode.isDax = true;
    file.mapping = inode.mapping;
    file.privateData = device;
  },

  release(file: OpenFile): void {
    dropCdev(file.inode.cdev!);
  },

  mmap(file: OpenFile, range: object): void {
    const vma = range as VmArea;
    const device = file.privateData as DevDax;
    const refusal = checkDaxVma(device, vma);
    if (refusal) throw new KernelError(refusal.errno, 'mmap', refusal.says);
    vma.ops = DAX_VM_OPS;
    vma.flags |= VM_HUGEPAGE;
  },

  mmapAlignPages: (file: OpenFile) => (file.privateData as DevDax).alignPages,

  llseek: (file: OpenFile) => file.pos,
});

/** The last user of a cdev lets its device go. */
function dropCdev(cdev: NonNullable<OpenFile['inode']['cdev']>): void {
  if (cdev.put()) putDevDax(cdev.privateData as DevDax);
}

/**
 * Bind: claim the memory, register the cdev, let faults through. Models dev_dax_probe().
 *
 * @throws KernelError ENXIO without pages, ENOMEM; what was done is undone
 */
export function probeDevDax(device: DevDax): void {
  const { region } = device;
  const { bus } = region;
  if (device.nrPages === 0) throw new KernelError('ENXIO', 'bind', `${device.name} has no memory.`);
  for (const range of device.ranges) {
    bus.mm.faults.slab('bind', 'the claim of a range');
    // Claiming physical memory takes mappings of it by /dev/mem away (revoke_iomem).
    const address = (region.description.address ?? region.firstPfn * PAGE_SIZE) + range.start * PAGE_SIZE;
    unmapMappingRange(bus.mm, bus.iomem, address, range.nrPages * PAGE_SIZE, true);
  }
  bus.mm.faults.slab('bind', 'the page map of the device');
  device.cdev = bus.vfs.charDevices.register(DAX_MAJOR, device.minor, 1, DAX_FILE_OPS, device);
  device.refs++;
  runDax(device.daxDevice);
}

/** No entry is left and none can come back. Models kill_dev_dax(); `unmap_mapping_range` with length 0 is everything. */
export function emptyDevDax(device: DevDax): void {
  killDax(device.daxDevice);
  if (device.region.bus.mm.sabotage === 'dead-dax-keeps-entries') return;
  unmapMappingRange(device.region.bus.mm, device.daxDevice.inode.mapping, 0, 0, true);
}

/** Unbind: managed actions in reverse order of probe, so kill, then the cdev. Files and mappings live on. */
export function releaseDevDax(device: DevDax): void {
  const { bus } = device.region;
  bus.mm.trace.emit(DAX_KILL, device.minor);
  emptyDevDax(device);
  const { cdev } = device;
  device.cdev = null;
  bus.vfs.charDevices.unregister(cdev!);
  dropCdev(cdev!);
}
