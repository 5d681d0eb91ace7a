/**
 * The pseudo file system of device-dax: its inodes, found by device number, at most one alive for each.
 *
 * Models     drivers/dax/super.c; iget5_locked, inode_insert5, iput of fs/inode.c (Linux 6.12); seed 004
 * Invariants I1 at most one hashed inode answers to a key
 *            I2 an inode at count 0 is unhashed at once; its memory is released a grace period later
 */
import { KernelError } from '../base/errno.ts';
import type { FaultAttr } from '../base/fault_attr.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import { holdInode, Inode, type InodeOperations, putInode, type SuperBlock } from '../fs/inode.ts';
import type { Vfs } from '../fs/vfs.ts';
import { DAX_INODE_DESTROY, DAX_INODE_FREE, DAX_INODE_NEW } from '../trace/events/dax.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import { DaxDevice, type DeviceNumber } from './dax_device.ts';
import type { DaxHistory } from './dax_history.ts';
import { type RcuOperations, RcuQueue } from './rcu.ts';
import type { SlabCache, SlabObject } from './slab_cache.ts';

/** f_type: `ddax`. */
export const DAXFS_MAGIC = 0x64646178;
/** GOLDEN_RATIO_32 of hash_32(). */
const GOLDEN_RATIO_32 = 0x61c88647;
const MINOR_BITS = 20;

/** What an inode is looked up by: today the device number, in seed 004 the cdev. */
export interface InodeKey {
  readonly devt: DeviceNumber | null;
  readonly cdev: object | null;
}

/** hash_32(devt + DAXFS_MAGIC, 31). */
export function daxHash(devt: DeviceNumber | null): number {
  const number = devt === null ? 0 : (devt.major << MINOR_BITS) | devt.minor;
  return Math.imul((number + DAXFS_MAGIC) | 0, GOLDEN_RATIO_32) >>> 1;
}

const FREE_INODE: RcuOperations = snapshotConstant('dax.freeInode', {
  name: 'dax_free_inode',
  invoke(object: object): void {
    const memory = object as SlabObject;
    memory.cache.release(memory);
  },
});

const DAX_INODE_OPS: InodeOperations = snapshotConstant('dax.inodeOps', {
  name: 'dax',
  /** Count 0: unhash, wake, free after a grace period. The drop policy keeps nothing (generic_delete_inode). */
  evict(inode: Inode): void {
    const device = inode.privateData as DaxDevice;
    device.fs.forget(device);
  },
});

export class DaxFs {
  superBlock: SuperBlock | null = null;
  cache: SlabCache | null = null;
  readonly rcu: RcuQueue;
  private readonly buckets = new Map<number, DaxDevice[]>();

  constructor(
    readonly vfs: Vfs,
    readonly trace: TraceBuffer,
    private readonly faults: FaultAttr,
    readonly history: DaxHistory,
  ) {
    this.rcu = new RcuQueue(trace);
  }

  private matches(device: DaxDevice, key: InodeKey): boolean {
    if (this.history.keyIsCdev) return device.cdevKey === key.cdev;
    const { devt } = device;
    return devt?.major === key.devt?.major && devt?.minor === key.devt?.minor;
  }

  private search(hash: number, key: InodeKey): DaxDevice | null {
    return this.buckets.get(hash)?.find(device => this.matches(device, key)) ?? null;
  }

  /** The hashed inode of a key with a reference, or null. Models ilookup5(). */
  find(hash: number, key: InodeKey): DaxDevice | null {
    const found = this.search(hash, key);
    if (found) holdInode(found.inode);
    return found;
  }

  /** A fresh inode that nobody can find. Models alloc_inode(). @throws KernelError ENOMEM */
  allocInode(): DaxDevice {
    this.faults.slab('dax', 'an inode');
    this.runGracePeriods();
    const memory = this.cache!.alloc();
    const inode = new Inode(this.superBlock!, this.vfs.getNextIno(), 'chr', 0, this.vfs.ids.nextMappingId++);
    inode.isDax = true;
    inode.nlink = 0;
    inode.ops = DAX_INODE_OPS;
    const device = new DaxDevice(this, inode, memory);
    inode.privateData = device;
    return device;
  }

  /**
   * Make a fresh inode findable, unless somebody was faster: then the fresh one goes and the other is held. Models
   * inode_insert5(): search again under the lock, set, I_NEW, hash.
   */
  insert(fresh: DaxDevice, hash: number, key: InodeKey): DaxDevice {
    const winner = this.find(hash, key);
    if (winner) {
      putInode(fresh.inode);
      return winner;
    }
    fresh.devt = key.devt;
    fresh.cdevKey = key.cdev;
    fresh.isNew = true;
    fresh.hashedAt = hash;
    const bucket = this.buckets.get(hash);
    if (bucket) bucket.push(fresh);
    else this.buckets.set(hash, [fresh]);
    this.trace.emit(DAX_INODE_NEW, key.devt?.minor ?? 0, fresh.memory.index, fresh.inode.mapping.id);
    return fresh;
  }

  /** Lookup or insert; a new inode comes back locked (isNew). Models iget5_locked(). @throws KernelError ENOMEM */
  iget5Locked(hash: number, key: InodeKey): DaxDevice {
    const found = this.find(hash, key) ?? this.insert(this.allocInode(), hash, key);
    return found;
  }

  /** The inode of a device, held. Models dax_dev_get(). @throws KernelError ENOMEM */
  inodeGet(key: InodeKey, hash: number = daxHash(key.devt)): DaxDevice {
    const device = this.iget5Locked(hash, key);
    if (device.isNew) {
      device.inode.rdev = key.devt;
      device.isNew = false;
    } else {
      invariant(device.inode.count > 1, () => `Inode ${device.inode.ino} was found with no holder.`);
    }
    return device;
  }

  /** Drop a reference. Models put_dax(). */
  put(device: DaxDevice): void {
    putInode(device.inode);
  }

  /** Count 0: the hash forgets it now, its memory comes back after a grace period. */
  forget(device: DaxDevice): void {
    const { hashedAt, memory, inode } = device;
    if (hashedAt !== null) {
      const left = this.buckets.get(hashedAt)!.filter(other => other !== device);
      if (left.length > 0) this.buckets.set(hashedAt, left);
      else this.buckets.delete(hashedAt);
      device.hashedAt = null;
    }
    memory.state = 'dying';
    this.trace.emit(DAX_INODE_DESTROY, device.devt?.minor ?? 0, memory.index, inode.mapping.id);
    this.rcu.callAfterGracePeriod(FREE_INODE, memory);
  }

  /** Release what waited long enough. */
  runGracePeriods(): void {
    const waiting = [...this.rcu.objects()] as SlabObject[];
    const ran = this.rcu.runDue();
    for (const memory of waiting.slice(0, ran)) this.trace.emit(DAX_INODE_FREE, memory.index);
  }

  /** Hashed inodes, by hash value in the order of first use; for checks. */
  *hashed(): IterableIterator<DaxDevice> {
    for (const bucket of this.buckets.values()) yield* bucket;
  }

  /** Mount. @throws KernelError ENOMEM */
  mount(): void {
    if (this.superBlock) throw new KernelError('EBUSY', 'dax', 'The dax file system is mounted already.');
    this.superBlock = this.vfs.mountSuperBlock('dax', DAXFS_MAGIC);
  }

  unmount(): void {
    this.vfs.unmountSuperBlock(this.superBlock!);
    this.superBlock = null;
  }
}
snapshotClass(DaxFs, 'dax.DaxFs');
