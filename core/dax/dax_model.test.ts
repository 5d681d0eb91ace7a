/**
 * Random histories of device-dax against a naive model: which byte each page holds, which accesses get SIGBUS. The state
 * invariants hold after every step, and shutdown returns everything.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KernelError } from '../base/errno.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { sysMmap, sysMunmap } from '../kernel/sys_mmap.ts';
import { sysOpen } from '../kernel/sys_open.ts';
import { spawnTask, sysExitTask, sysFork } from '../kernel/sys_task.ts';
import type { Task } from '../kernel/task.ts';
import { ACCESS_BUS_ADRERR, ACCESS_OK } from '../kernel/user_access.ts';
import { shutdownAndFindLeaks } from '../lab/shutdown_leaks.ts';
import { machineAsset } from '../testing/transcript_files.ts';

const UNIT = 2_097_152;
const machine: MachineDescription = {
  ...machineAsset('transcripts-pc'),
  devices: [],
  pmem: [
    { name: 'dax0.0', bytes: 8 * UNIT, align: 4096, resizable: true },
    { name: 'dax1.0', bytes: 8 * UNIT, align: UNIT, resizable: true },
  ],
};

interface Mapping {
  readonly task: Task;
  readonly address: number;
  readonly units: number;
  readonly offset: number;
  readonly device: number;
}

const move = fc.oneof(
  fc.record({
    do: fc.constant('map' as const),
    device: fc.nat(1),
    units: fc.integer({ min: 1, max: 4 }),
    offset: fc.nat(9),
  }),
  fc.record({ do: fc.constant('touch' as const), which: fc.nat(20), page: fc.nat(2047) }),
  fc.record({ do: fc.constant('unmap' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('fork' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('exit' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('unbind' as const), device: fc.nat(1) }),
  fc.record({ do: fc.constant('bind' as const), device: fc.nat(1) }),
  fc.record({ do: fc.constant('resize' as const), device: fc.nat(1), units: fc.nat(10) }),
);

/** @returns the errno of a refusal, or null */
function tried(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof KernelError) return error.errno;
    throw error;
  }
}

test('mappings, accesses, forks, unbinding and resizing in any order', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), moves => {
      const kernel = bootKernel(machine);
      const bound = [true, true];
      const sizes = [8, 8];
      const mappings: Mapping[] = [];
      /** Frame behind each page of each device that was ever touched: it never changes. */
      const frames = new Map<string, number>();
      const tasks = [spawnTask(kernel, 'T')];
      for (const step of moves) {
        switch (step.do) {
          case 'map': {
            const task = tasks[tasks.length - 1]!;
            let fd = -1;
            const opened = tried(() => {
              fd = sysOpen(kernel, task, `/dev/dax${step.device}.0`, { mode: 'rdwr' });
            });
            if (opened !== null) break;
            let address = 0;
            const refused = tried(() => {
              address = sysMmap(kernel, task, null, step.units * UNIT, 3, 1, fd, step.offset * UNIT);
            });
            expect(refused).toBe(bound[step.device] ? null : 'ENXIO');
            if (refused === null) mappings.push({ ...step, task, address });
            break;
          }
          case 'touch': {
            const mapping = mappings[step.which % Math.max(1, mappings.length)];
            if (!mapping) break;
            const page = step.page % (mapping.units * 512);
            const inDevice = mapping.offset * 512 + page;
            const { task, device } = mapping;
            const outcome = kernel.access.touch(task, task.mm.pageOfAddress(mapping.address) + page, true);
            const isThere = bound[device] && inDevice < sizes[device]! * 512;
            expect(outcome).toBe(isThere ? ACCESS_OK : ACCESS_BUS_ADRERR);
            if (!isThere) break;
            const key = `${device}:${inDevice}`;
            expect(kernel.access.pfn).toBe(frames.get(key) ?? kernel.access.pfn);
            frames.set(key, kernel.access.pfn);
            break;
          }
          case 'unmap': {
            const [gone] = mappings.splice(step.which % Math.max(1, mappings.length), 1);
            if (gone) sysMunmap(kernel, gone.task, gone.address, gone.units * UNIT);
            break;
          }
          case 'fork': {
            const parent = tasks[step.which % tasks.length]!;
            const child = sysFork(kernel, parent, 'C');
            tasks.push(child);
            for (const mapping of [...mappings])
              if (mapping.task === parent) mappings.push({ ...mapping, task: child });
            break;
          }
          case 'exit': {
            if (tasks.length === 1) break;
            const [task] = tasks.splice(step.which % tasks.length, 1);
            sysExitTask(kernel, task!);
            for (let i = mappings.length - 1; i >= 0; i--)
              if (mappings[i]!.task === task) mappings.splice(i, 1);
            break;
          }
          case 'unbind':
          case 'bind': {
            const path = `/sys/bus/dax/drivers/device_dax/${step.do}`;
            const refused = tried(() => kernel.sysfs.write(path, `dax${step.device}.0`));
            const was = bound[step.device]!;
            if (step.do === 'unbind') expect(refused).toBe(was ? null : 'ENODEV');
            else expect(refused).toBe(was ? 'EBUSY' : sizes[step.device] === 0 ? 'ENXIO' : null);
            if (refused === null) bound[step.device] = step.do === 'bind';
            break;
          }
          case 'resize': {
            const path = `/sys/bus/dax/devices/dax${step.device}.0/size`;
            const refused = tried(() => kernel.sysfs.write(path, String(step.units * UNIT)));
            expect(refused).toBe(bound[step.device] ? 'EBUSY' : step.units > 8 ? 'ENOSPC' : null);
            if (refused === null) sizes[step.device] = step.units;
            break;
          }
        }
        expect(kernel.check()).toEqual([]);
      }
      expect(shutdownAndFindLeaks(kernel)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
