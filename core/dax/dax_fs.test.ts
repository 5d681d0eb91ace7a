/** Inodes by device number: one alive for each, racers get the same one, memory comes back a grace period later. */
import { describe, expect, test } from 'vitest';
import { putInode } from '../fs/inode.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import '../trace/events/all.ts';
import { DAXFS_MAGIC, daxHash } from './dax_fs.ts';
import { DAX_MODULE_STEPS } from './dax_module.ts';
import { GRACE_PERIOD_NS } from './rcu.ts';
import { newScratchBus } from './scratch_bus.ts';

const machine = machineAsset('transcripts-pc');
const key = (minor: number) => ({ devt: { major: 252, minor }, cdev: {} });

/** The file system mounted, no bus. */
function mounted() {
  const bus = newScratchBus(machine);
  for (const step of DAX_MODULE_STEPS.slice(0, 2)) step.init(bus);
  return bus.fs;
}

describe('iget5_locked', () => {
  test('an unknown number: a new inode, locked, a character device without permission bits', () => {
    const fs = mounted();
    const device = fs.iget5Locked(daxHash(key(3).devt), key(3));
    expect(device.isNew).toBe(true);
    expect(device.inode).toMatchObject({ type: 'chr', perm: 0, count: 1, isDax: true });
    expect(device.inode.superBlock).toMatchObject({ magic: DAXFS_MAGIC, liveInodes: 1 });
  });

  test('a known number: the same inode, one more reference, no longer new', () => {
    const fs = mounted();
    const first = fs.inodeGet(key(3));
    const second = fs.inodeGet(key(3));
    expect(second).toBe(first);
    expect(first.inode.count).toBe(2);
    expect(first.isNew).toBe(false);
    expect(first.inode.rdev).toEqual({ major: 252, minor: 3 });
  });

  test('two racers that both found nothing: the second insert searches again and loses its own inode', () => {
    const fs = mounted();
    const hash = daxHash(key(5).devt);
    expect(fs.find(hash, key(5))).toBeNull();
    expect(fs.find(hash, key(5))).toBeNull();
    const mine = fs.allocInode();
    const yours = fs.allocInode();
    const winner = fs.insert(mine, hash, key(5));
    expect(fs.insert(yours, hash, key(5))).toBe(winner);
    expect(winner).toBe(mine);
    expect(winner.inode.count).toBe(2);
    expect(yours.inode.count).toBe(0);
    expect([...fs.hashed()]).toEqual([winner]);
    expect(fs.superBlock!.liveInodes).toBe(1);
  });

  test('numbers of one hash bucket do not meet: the test compares the number', () => {
    const fs = mounted();
    const hash = daxHash(key(1).devt);
    const one = fs.inodeGet(key(1), hash);
    const two = fs.inodeGet(key(2), hash);
    expect(two).not.toBe(one);
    expect([...fs.hashed()]).toEqual([one, two]);
    fs.put(one);
    expect(fs.find(hash, key(2))).toBe(two);
  });
});

describe('the last reference', () => {
  test('unhashes at once: a lookup finds nothing, the next get makes another inode', () => {
    const fs = mounted();
    const old = fs.inodeGet(key(7));
    fs.put(old);
    expect(fs.find(daxHash(key(7).devt), key(7))).toBeNull();
    const now = fs.inodeGet(key(7));
    expect(now).not.toBe(old);
    expect(now.inode.mapping).not.toBe(old.inode.mapping);
  });

  test('memory is not used again before the grace period is over, then it is, constructed once', () => {
    const fs = mounted();
    const old = fs.inodeGet(key(7));
    fs.put(old);
    expect(old.memory.state).toBe('dying');
    fs.trace.now += GRACE_PERIOD_NS - 1;
    expect(fs.inodeGet(key(8)).memory).not.toBe(old.memory);
    fs.trace.now += 1;
    const later = fs.inodeGet(key(9));
    expect(later.memory).toBe(old.memory);
    expect(later.memory).toMatchObject({ lives: 2, constructorRuns: 1, state: 'live' });
  });

  test('dropped once too often: a bug of the model, named', () => {
    const fs = mounted();
    const device = fs.inodeGet(key(1));
    fs.put(device);
    expect(() => putInode(device.inode)).toThrow(/dropped once too often/);
  });
});

test('hash_32(devt + magic, 31): 31 bits, by hand for 252:0', () => {
  const product = (BigInt((252 << 20) + DAXFS_MAGIC) * 0x61c88647n) & 0xffff_ffffn;
  expect(daxHash({ major: 252, minor: 0 })).toBe(Number(product >> 1n));
});
