/**
 * Where the mappings of a DRM device hang, in the eras before and after each device had an inode: four ways of drm_open, as data.
 *
 * Models     drm_open, drm_release, drm_stub.c, drm_fops.c (Linux 2.6.32, 3.6, 6.12); chapter 1.2 of the dossier
 *   per-node          every device node maps through its own inode; shoot-downs know the first one that was opened
 *   first-open        Linux 2.6.32: the first opener's mapping is remembered without a reference; a node that brings another
 *                     one is a BUG
 *   first-open-ihold  Linux 3.6: every open takes a reference of the first opener's inode and rewrites i_mapping of its own
 *   per-device        an anonymous inode from load on; nobody has to ask
 * Askers     places of the lab's kernel that must know the address space; drm_dev_unplug and shared buffers are younger than
 *            the eras that borrow it
 * Left out   what a BUG or a pointer to a freed inode does to the machine: the open answers EIO, a shoot-down does nothing
 */
import { KernelError } from '../base/errno.ts';
import { snapshotConstant } from '../base/snapshot.ts';
import type { ByteOffset, Bytes } from '../base/units.ts';
import type { AddressSpace } from '../fs/address_space.ts';
import { holdInode, type Inode, putInode } from '../fs/inode.ts';
import type { DeviceMapping } from '../fs/kernel_era.ts';
import type { OpenFile } from '../fs/open_file.ts';
import { unmapMappingRange } from '../mm/unmap_mapping.ts';
import {
  DEV_MAPPING_ASKED,
  DEV_MAPPING_BORROWED,
  DEV_MAPPING_BUG,
  MAPPING_ANSWERS,
  MAPPING_ASKERS,
  type MappingAsker,
} from '../trace/events/drm_mapping.ts';
import type { DrmDevice } from './drm_device.ts';

/** One era's way. */
export interface DeviceMappingStyle {
  /** The device has an inode of its own from load on. */
  readonly ownInode: boolean;
  /** Each open file holds a reference of the inode that the mapping is borrowed from. */
  readonly filesHoldLender: boolean;
  /** A node was opened: says where the file's mappings go. @throws KernelError EIO where the kernel would stop with a BUG */
  openFile(device: DrmDevice, file: OpenFile): void;
  /** The file of a shared buffer follows the files of the device. */
  bufferFile(device: DrmDevice, file: OpenFile): void;
  /** Undo openFile. */
  releaseFile(device: DrmDevice): void;
  /** Where a shoot-down looks for mappings; null when the device knows no place. */
  remembered(device: DrmDevice, asker: MappingAsker): AddressSpace | null;
}

/** `if (dev->dev_mapping)`. @returns the lender while it lives */
function ask(device: DrmDevice, asker: MappingAsker): Inode | null {
  const { lender } = device;
  const answer = lender === null ? 'none yet' : lender.count > 0 ? 'there' : 'gone';
  device.trace.emit(
    DEV_MAPPING_ASKED,
    device.index,
    MAPPING_ASKERS.indexOf(asker),
    MAPPING_ANSWERS.indexOf(answer),
  );
  return answer === 'there' ? lender : null;
}

/** Remember the first opener's inode. */
function borrow(device: DrmDevice, inode: Inode): Inode {
  device.lender = inode;
  device.trace.emit(DEV_MAPPING_BORROWED, device.index, inode.superBlock.dev, inode.ino);
  return inode;
}

function bug(device: DrmDevice, inode: Inode, says: string): never {
  device.trace.emit(DEV_MAPPING_BUG, device.index, inode.superBlock.dev, inode.ino);
  throw new KernelError('EIO', 'open', says);
}

function bufferFollowsLender(device: DrmDevice, file: OpenFile): void {
  const lender = ask(device, 'drm_gem_prime_export');
  if (lender !== null) file.mapping = lender.data;
}

function rememberedLender(device: DrmDevice, asker: MappingAsker): AddressSpace | null {
  return ask(device, asker)?.data ?? null;
}

const PER_NODE: DeviceMappingStyle = {
  ownInode: false,
  filesHoldLender: false,
  openFile(device, file) {
    if (ask(device, 'drm_open') === null && device.lender === null) borrow(device, file.inode);
  },
  bufferFile() {},
  releaseFile() {},
  remembered: rememberedLender,
};

const FIRST_OPEN: DeviceMappingStyle = {
  ownInode: false,
  filesHoldLender: false,
  openFile(device, file) {
    const { inode } = file;
    if (ask(device, 'drm_open') === null && device.lender === null) borrow(device, inode);
    if (device.lender === inode) return;
    bug(
      device,
      inode,
      `Inode ${inode.superBlock.name}:${inode.ino} brings another address space than the first opener's (kernel BUG in drm_open).`,
    );
  },
  bufferFile: bufferFollowsLender,
  releaseFile() {},
  remembered: rememberedLender,
};

const FIRST_OPEN_IHOLD: DeviceMappingStyle = {
  ownInode: false,
  filesHoldLender: true,
  openFile(device, file) {
    const { inode } = file;
    let lender = ask(device, 'drm_open');
    if (lender === null) {
      if (device.lender !== null && device.lender !== inode)
        bug(device, inode, 'The inode that lent the device its address space has ended (use after free).');
      lender = borrow(device, inode);
    }
    holdInode(lender);
    inode.mapping = lender.data;
    file.mapping = lender.data;
  },
  bufferFile: bufferFollowsLender,
  releaseFile(device) {
    // The file's own reference keeps the lender alive until here.
    putInode(device.lender!);
  },
  remembered: rememberedLender,
};

const PER_DEVICE: DeviceMappingStyle = {
  ownInode: true,
  filesHoldLender: false,
  openFile(device, file) {
    file.mapping = device.inode!.mapping;
  },
  bufferFile(device, file) {
    file.mapping = device.inode!.mapping;
  },
  releaseFile() {},
  remembered: device => device.inode!.mapping,
};

/** The way of each era. */
export const DEVICE_MAPPINGS: Readonly<Record<DeviceMapping, DeviceMappingStyle>> = snapshotConstant(
  'drm.deviceMappings',
  {
    'per-node': PER_NODE,
    'first-open': FIRST_OPEN,
    'first-open-ihold': FIRST_OPEN_IHOLD,
    'per-device': PER_DEVICE,
  },
);

/** The way of the machine's era. */
export function mappingStyle(device: DrmDevice): DeviceMappingStyle {
  return DEVICE_MAPPINGS[device.core.mm.era.deviceMapping];
}

/**
 * Shoot down the mappings of a part of the device, through the one address space it knows.
 *
 * @param lenBytes 0 = to the end
 */
export function shootDownMappings(
  device: DrmDevice,
  beginByte: ByteOffset,
  lenBytes: Bytes,
  asker: MappingAsker,
): void {
  if (asker === 'drm_dev_unplug' && device.core.mm.sabotage === 'unplug-keeps-entries') return;
  const mapping = mappingStyle(device).remembered(device, asker);
  if (mapping !== null) unmapMappingRange(device.core.mm, mapping, beginByte, lenBytes, true);
}

/** Inodes that a device and its open files hold, once per reference; for checks. */
export function inodesHeldBy(device: DrmDevice): Inode[] {
  const held = device.inode === null ? [] : [device.inode];
  const { lender } = device;
  if (lender !== null && mappingStyle(device).filesHoldLender)
    for (const _ of device.files) held.push(lender);
  return held;
}
