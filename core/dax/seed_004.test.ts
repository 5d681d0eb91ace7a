/**
 * Seed 004, step by step: "dax: define a unified inode/address_space for device-dax mappings" (August 2016), with the two
 * defects of the posted patch, both found by the checks.
 */
import { describe, expect, test } from 'vitest';
import { bootKernel } from '../kernel/boot.ts';
import { sysMmap } from '../kernel/sys_mmap.ts';
import { sysMknod, sysOpen, sysUnlink } from '../kernel/sys_open.ts';
import { spawnTask } from '../kernel/sys_task.ts';
import { ACCESS_BUS_ADRERR, ACCESS_OK } from '../kernel/user_access.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { daxHash } from './dax_fs.ts';
import { DAX_SEED_004 } from './dax_history.ts';
import { loadDax, unloadDax } from './dax_module.ts';
import { checkDaxInodes, checkGracePeriods } from './invariants.ts';
import { GRACE_PERIOD_NS } from './rcu.ts';
import { newScratchBus } from './scratch_bus.ts';

const machine = machineAsset('transcripts-pc');

describe('"define a pseudo-fs to provide a unified inode/address space for vm operations"', () => {
  test('two nodes and two tasks: one tree of mappings, so one shoot-down empties all', () => {
    const kernel = bootKernel(machine);
    const [a, b] = [spawnTask(kernel, 'A'), spawnTask(kernel, 'B')];
    const { rdev } = kernel.vfs.lookup('/dev/dax0.0', 'test').inode;
    sysMknod(kernel, a, '/tmp/node', 0o666, rdev!.major, rdev!.minor);
    const map = (task: typeof a, path: string) => {
      const fd = sysOpen(kernel, task, path, { mode: 'rdwr' });
      return task.mm.pageOfAddress(sysMmap(kernel, task, null, 65_536, 3, 1, fd, 0));
    };
    const [pageA, pageB] = [map(a, '/dev/dax0.0'), map(b, '/tmp/node')];
    expect(kernel.access.touch(a, pageA, true)).toBe(ACCESS_OK);
    expect(kernel.access.touch(b, pageB, true)).toBe(ACCESS_OK);
    const { inode } = kernel.dax!.device('dax0.0').daxDevice;
    // "inode->i_mapping = dax_dev->inode->i_mapping; filp->f_mapping = inode->i_mapping"
    expect(inode.mapping.mmapTree.size).toBe(2);
    // "enabling resize / truncate of device-dax instances": everything that shows the device is found.
    kernel.sysfs.write('/sys/bus/dax/drivers/device_dax/unbind', 'dax0.0');
    expect([a.mm.nrPtes, b.mm.nrPtes]).toEqual([0, 0]);
    expect(kernel.access.touch(b, pageB, false)).toBe(ACCESS_BUS_ADRERR);
  });

  test('cd_forget: "inode->i_mapping = &inode->i_data" when the node goes before the device', () => {
    const kernel = bootKernel(machine);
    const task = spawnTask(kernel, 'A');
    const { rdev } = kernel.vfs.lookup('/dev/dax0.0', 'test').inode;
    sysMknod(kernel, task, '/tmp/node', 0o666, rdev!.major, rdev!.minor);
    const { inode } = kernel.vfs.lookup('/tmp/node', 'test');
    const fd = sysOpen(kernel, task, '/tmp/node', { mode: 'rdwr' });
    expect(inode.mapping).not.toBe(inode.data);
    sysUnlink(kernel, task, '/tmp/node');
    expect(inode.mapping).not.toBe(inode.data);
    task.files.close(fd);
    expect(inode).toMatchObject({ count: 0, cdev: null });
    expect(inode.mapping).toBe(inode.data);
  });
});

describe('defects of the posted patch', () => {
  test('dax_inode_get(&dax_dev->cdev, dev_t) runs before dev_t is set: all inodes hash the same garbage, rule 28 says so', () => {
    const bus = newScratchBus(machine, DAX_SEED_004);
    loadDax(bus);
    const hashes = [...bus.fs.hashed()].map(device => device.hashedAt);
    expect(hashes).toEqual([daxHash(null), daxHash(null)]);
    const { devt } = bus.device('dax1.0').daxDevice;
    expect(bus.fs.find(daxHash(devt), { devt, cdev: null })).toBeNull();
    expect(checkDaxInodes(bus)).toEqual([
      expect.stringMatching(/minor 0 is hashed under/),
      expect.stringMatching(/minor 1 is hashed under/),
    ]);
  });

  test('dax_test compares the address of a cdev: a later cdev at that address finds the inode of another number', () => {
    const bus = newScratchBus(machine, DAX_SEED_004);
    loadDax(bus);
    const old = bus.device('dax0.0').daxDevice;
    const address = old.cdevKey;
    const found = bus.fs.find(old.hashedAt!, { devt: { major: 252, minor: 77 }, cdev: address });
    expect(found).toBe(old);
    expect(found!.devt!.minor).toBe(0);
  });

  test('dax_inode_exit destroys the slab while frees wait for their grace period: memory is written after it, rule 69 says so', () => {
    const bus = newScratchBus(machine, DAX_SEED_004);
    loadDax(bus);
    unloadDax(bus);
    expect(bus.fs.cache).toMatchObject({ destroyed: true, usedAtDestroy: 2, releasedAfterDestroy: 0 });
    bus.mm.trace.now += GRACE_PERIOD_NS;
    bus.fs.runGracePeriods();
    expect(bus.fs.cache!.releasedAfterDestroy).toBe(2);
    expect(checkGracePeriods(bus)[0]).toMatch(/destroyed with 2 objects in use; 2 came back later/);
  });
});
