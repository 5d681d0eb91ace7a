/** Module init and exit: every failure leaves nothing, exit waits for frees in flight, users keep the module loaded. */
import { describe, expect, test } from 'vitest';
import { KernelError } from '../base/errno.ts';
import { bootKernel, shutdownKernel } from '../kernel/boot.ts';
import { sysClose, sysOpen } from '../kernel/sys_open.ts';
import { spawnTask, sysExitTask } from '../kernel/sys_task.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { DAX_6_18 } from './dax_history.ts';
import { DAX_MODULE_STEPS, loadDax, unloadDax } from './dax_module.ts';
import { checkGracePeriods } from './invariants.ts';
import { GRACE_PERIOD_NS } from './rcu.ts';
import { daxHoldings, failEveryAllocation, newScratchBus } from './scratch_bus.ts';

const machine = machineAsset('transcripts-pc');

describe('module init', () => {
  test('every allocation fails once: ENOMEM each time, and nothing is left', () => {
    const results = failEveryAllocation(machine);
    expect(results.map(({ left }) => left)).toEqual(results.map(() => []));
    // Slab, mount, numbers, bus; then for each of two devices: device, minor, inode, ranges, node (inode and
    // entry), claim, page map, cdev.
    expect(results).toHaveLength(4 + 2 * 9);
    expect(new Set(results.map(({ says }) => says)).size).toBe(13);
  });

  test('6.18: a failed init undoes everything and still reports success', () => {
    const bus = newScratchBus(machine, DAX_6_18);
    const before = daxHoldings(bus);
    bus.mm.faults.arm(3);
    expect(loadDax(bus)).toBe(0);
    expect(daxHoldings(bus)).toEqual(before);
  });

  test('loaded twice: EEXIST', () => {
    const bus = newScratchBus(machine);
    loadDax(bus);
    expect(() => loadDax(bus)).toThrow(KernelError);
    expect(bus.loaded).toEqual(DAX_MODULE_STEPS.map(step => step.name));
  });
});

describe('module exit', () => {
  test('returns everything, and waits a grace period for the inodes that went', () => {
    const bus = newScratchBus(machine);
    const before = daxHoldings(bus);
    loadDax(bus);
    const { cache } = bus.fs;
    const { now } = bus.mm.trace;
    unloadDax(bus);
    expect(daxHoldings(bus)).toEqual(before);
    expect(bus.mm.trace.now).toBe(now + GRACE_PERIOD_NS);
    expect(cache).toMatchObject({ destroyed: true, usedAtDestroy: 0, releasedAfterDestroy: 0 });
  });

  test('load and unload 1,000 times: every counter at its start value', () => {
    const bus = newScratchBus(machine);
    const before = daxHoldings(bus).map(line => line.replace(/mount \d+/, 'mount'));
    for (let round = 0; round < 1000; round++) {
      loadDax(bus);
      unloadDax(bus);
    }
    expect(daxHoldings(bus).map(line => line.replace(/mount \d+/, 'mount'))).toEqual(before);
  });

  test('an open file: EBUSY and nothing changes; closed, it goes', () => {
    const kernel = bootKernel(machine);
    const bus = kernel.dax!;
    const task = spawnTask(kernel, 'A');
    const fd = sysOpen(kernel, task, '/dev/dax0.0', { mode: 'rdwr' });
    expect(() => unloadDax(bus)).toThrow(/EBUSY.*dax0\.0 is in use/);
    expect(bus.loaded).toHaveLength(DAX_MODULE_STEPS.length);
    kernel.sysfs.write('/sys/bus/dax/drivers/device_dax/unbind', 'dax0.0');
    expect(() => unloadDax(bus)).toThrow(/EBUSY/);
    sysClose(kernel, task, fd);
    unloadDax(bus);
    loadDax(bus);
    expect(sysOpen(kernel, task, '/dev/dax0.0', { mode: 'rdwr' })).toBe(fd);
    sysExitTask(kernel, task);
    shutdownKernel(kernel);
    expect(checkGracePeriods(bus)).toEqual([]);
  });
});
