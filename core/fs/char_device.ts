/**
 * Character devices: which driver answers an open of a node with a given number.
 *
 * Models     struct cdev, chrdev_open, fs/char_dev.c (Linux 6.12)
 * Rule       a node's inode remembers the device its first open found (i_cdev) and keeps it when the device is removed: such
 *            an inode can still be opened (the driver decides), a new inode of the same number gives ENXIO. With the last
 *            user (get, put) of a removed device all inodes forget it
 */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { IdSource } from './id_source.ts';
import type { Inode } from './inode.ts';
import type { FileOperations } from './open_file.ts';

export class CharDevice {
  /** Removed by its driver; inodes that already found it still reach it. */
  gone = false;
  /** The registration, and open files of drivers that count them. */
  users = 1;
  /** Inodes that found it. */
  private readonly inodes = new Set<Inode>();

  /**
   * @param ops         what its files can do until their open switches to something else
   * @param privateData what the driver wants to find again in `file.inode.cdev.privateData`
   */
  constructor(
    readonly major: number,
    readonly firstMinor: number,
    readonly nrMinors: number,
    readonly ops: FileOperations,
    readonly privateData: object | null,
  ) {}

  /** One more user. Models cdev_get(). */
  get(): void {
    this.users++;
  }

  /** One user less; the last one makes all inodes forget it. Models cdev_put(), cdev_purge(). @returns true for the last */
  put(): boolean {
    this.users--;
    invariant(this.users >= 0, () => `Device ${this.major}:${this.firstMinor} is dropped once too often.`);
    if (this.users > 0) return false;
    for (const inode of [...this.inodes]) this.forget(inode);
    return true;
  }

  /** An inode found it. */
  attach(inode: Inode): void {
    inode.cdev = this;
    this.inodes.add(inode);
  }

  /** An inode forgets it and has its own pages again. Models cd_forget(). */
  forget(inode: Inode): void {
    inode.cdev = null;
    inode.mapping = inode.data;
    this.inodes.delete(inode);
  }

  /** Inodes that remember it; for checks. */
  attached(): ReadonlySet<Inode> {
    return this.inodes;
  }

  /** True when the number belongs to it. */
  covers(major: number, minor: number): boolean {
    return major === this.major && minor >= this.firstMinor && minor < this.firstMinor + this.nrMinors;
  }
}
snapshotClass(CharDevice, 'fs.CharDevice');

/** All registered character devices of a kernel. */
export class CharDevices {
  private readonly devices = new Set<CharDevice>();

  constructor(private readonly ids: IdSource) {}

  /**
   * Register a range of minors. Models register_chrdev_region() + cdev_add().
   *
   * @throws KernelError EBUSY when part of the range is taken; ENOMEM
   */
  register(
    major: number,
    firstMinor: number,
    nrMinors: number,
    ops: FileOperations,
    privateData: object | null,
  ): CharDevice {
    for (const other of this.devices) {
      if (other.major !== major) continue;
      if (firstMinor >= other.firstMinor + other.nrMinors || other.firstMinor >= firstMinor + nrMinors)
        continue;
      throw new KernelError(
        'EBUSY',
        'register_chrdev',
        `Minors ${firstMinor} to ${firstMinor + nrMinors - 1} of major ${major} overlap a registered range at ${other.firstMinor}.`,
      );
    }
    this.ids.faults.slab('cdev_alloc', 'a character device');
    const device = new CharDevice(major, firstMinor, nrMinors, ops, privateData);
    this.devices.add(device);
    return device;
  }

  /** Remove a device; files and inodes that have it keep it. Models cdev_del(). */
  unregister(device: CharDevice): void {
    invariant(
      this.devices.delete(device),
      () => `Character device ${device.major}:${device.firstMinor} is removed twice.`,
    );
    device.gone = true;
  }

  /**
   * The device behind a node: the one its inode remembers, else the registered one. Models the lookup of chrdev_open().
   *
   * @throws KernelError ENXIO when nobody answers for the number
   */
  ofInode(inode: Inode): CharDevice {
    if (inode.cdev) return inode.cdev;
    const { major, minor } = inode.rdev!;
    for (const device of this.devices) {
      if (!device.covers(major, minor)) continue;
      device.attach(inode);
      return device;
    }
    throw new KernelError('ENXIO', 'open', `No driver is registered for character device ${major}:${minor}.`);
  }

  /** Registered devices, in the order of registration. */
  list(): IterableIterator<CharDevice> {
    return this.devices.values();
  }

  /** Registered devices; teardown expects 0. */
  get size(): number {
    return this.devices.size;
  }
}
snapshotClass(CharDevices, 'fs.CharDevices');
