/** device_dax through system calls: sizes of faults, alignment, unbinding under mappings, resizing, coming back to life. */
import { beforeEach, describe, expect, test } from 'vitest';
import { KernelError } from '../base/errno.ts';
import { restoreSnapshot, takeSnapshot } from '../base/snapshot.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { kernelStateLines } from '../kernel/state_lines.ts';
import { sysMadvise, sysMmap, sysMprotect, sysMunmap } from '../kernel/sys_mmap.ts';
import { sysClose, sysMknod, sysOpen, sysStat } from '../kernel/sys_open.ts';
import { spawnTask, sysExitTask, sysFork } from '../kernel/sys_task.ts';
import type { Task } from '../kernel/task.ts';
import { ACCESS_BUS_ADRERR, ACCESS_OK } from '../kernel/user_access.ts';
import { shutdownAndFindLeaks } from '../lab/shutdown_leaks.ts';
import { lineOf, permOf } from '../mm/observe.ts';
import { unmapMappingRange } from '../mm/unmap_mapping.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { eventTypeByName } from '../trace/event.ts';
import { killDax } from './dax_device.ts';
import { PMD_ORDER, PTE_ORDER, PUD_ORDER } from './dax_fault.ts';
import { GRACE_PERIOD_NS } from './rcu.ts';
import { daxHoldings } from './scratch_bus.ts';

const MIB = 1024 * 1024;
const pc = machineAsset('transcripts-pc');
/** Two devices of 8 MiB that may change their size: 4 KiB and 2 MiB units. */
const resizable: MachineDescription = {
  ...pc,
  pmem: [
    { name: 'dax0.0', bytes: 8 * MIB, align: 4096, resizable: true },
    { name: 'dax1.0', bytes: 8 * MIB, align: 2_097_152, resizable: true },
  ],
};
const BIND = '/sys/bus/dax/drivers/device_dax/bind';
const UNBIND = '/sys/bus/dax/drivers/device_dax/unbind';
const size = (name: string) => `/sys/bus/dax/devices/${name}/size`;

let kernel: Kernel;
let task: Task;
beforeEach(() => {
  kernel = bootKernel(resizable);
  task = spawnTask(kernel, 'A');
});

const open = (path: string, who = task) => sysOpen(kernel, who, path, { mode: 'rdwr' });
/** Map shared and give the first page. */
const map = (fd: number, length: number, offset = 0, who = task, flags = 1) =>
  who.mm.pageOfAddress(sysMmap(kernel, who, null, length, 3, flags, fd, offset));
const touch = (page: number, who = task) => kernel.access.touch(who, page, true);
const errnoOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (error instanceof KernelError) return error.errno;
    throw error;
  }
  return 'none';
};

function orders(from: number): number[] {
  const type = eventTypeByName('lab_dax:huge_fault')!;
  const found: number[] = [];
  for (let i = from; i < kernel.trace.count; i++)
    if (kernel.trace.at(i).typeId === type.id) found.push(kernel.trace.at(i).args[2]!);
  return found;
}

describe('sizes of faults', () => {
  test('4 KiB units: 1 GiB and 2 MiB fall back, twice for 2 MiB because of the VMA lock; then one try a page', () => {
    const page = map(open('/dev/dax0.0'), 4 * MIB);
    let from = kernel.trace.count;
    expect(touch(page)).toBe(ACCESS_OK);
    expect(orders(from)).toEqual([PUD_ORDER, PMD_ORDER, PMD_ORDER, PTE_ORDER]);
    from = kernel.trace.count;
    expect(touch(page + 1)).toBe(ACCESS_OK);
    expect(orders(from)).toEqual([PTE_ORDER]);
  });

  test('2 MiB units: one entry of 2 MiB, whichever page is touched', () => {
    const page = map(open('/dev/dax1.0'), 4 * MIB);
    const from = kernel.trace.count;
    expect(touch(page + 7)).toBe(ACCESS_OK);
    expect(orders(from)).toEqual([PUD_ORDER, PMD_ORDER]);
    expect(lineOf(task.mm, page, 1024, permOf)).toBe(`${'W'.repeat(512)}${'.'.repeat(512)}`);
  });

  test('a kernel without VMA locks makes three tries', () => {
    kernel.context.era = { ...kernel.context.era, perVmaLock: false };
    const page = map(open('/dev/dax0.0'), 4096);
    const from = kernel.trace.count;
    touch(page);
    expect(orders(from)).toEqual([PUD_ORDER, PMD_ORDER, PTE_ORDER]);
  });

  test('a 2 MiB unit that lies partly behind the device: SIGBUS, nothing is installed', () => {
    const page = map(open('/dev/dax1.0'), 4 * MIB, 6 * MIB);
    expect(touch(page + 512)).toBe(ACCESS_BUS_ADRERR);
    expect(touch(page)).toBe(ACCESS_OK);
    expect(task.mm.pageTable.nrPtes).toBe(512);
  });
});

describe('mmap', () => {
  test('anywhere: the address is congruent to the offset, so 2 MiB entries fit', () => {
    sysMmap(kernel, task, null, 4096, 3, 0x22, -1, 0);
    const page = map(open('/dev/dax1.0'), 2 * MIB, 2 * MIB);
    expect(page % 512).toBe(0);
    expect(touch(page)).toBe(ACCESS_OK);
  });

  test('adjacent windows of one file become one VMA again: device-dax is not special memory', () => {
    const fd = open('/dev/dax0.0');
    const at = sysMmap(kernel, task, null, 16 * 4096, 3, 1, fd, 0);
    sysMprotect(kernel, task, at + 4 * 4096, 4096, 1);
    expect(task.mm.vmas).toHaveLength(3);
    sysMprotect(kernel, task, at + 4 * 4096, 4096, 3);
    expect(task.mm.vmas).toHaveLength(1);
  });

  test('a refused munmap of part of a unit leaves the mapping split at the end that could be split', () => {
    const at = sysMmap(kernel, task, null, 6 * MIB, 3, 1, open('/dev/dax1.0'), 0);
    expect(errnoOf(() => sysMunmap(kernel, task, at + 2 * MIB, 4096))).toBe('EINVAL');
    expect(task.mm.vmas.map(vma => vma.nrPages)).toEqual([512, 1024]);
    expect(errnoOf(() => sysMunmap(kernel, task, at + 4096, 2 * MIB))).toBe('EINVAL');
    expect(task.mm.vmas.map(vma => vma.nrPages)).toEqual([512, 1024]);
  });

  test('madvise(DONTNEED) takes the entries, the frames stay the same', () => {
    const at = sysMmap(kernel, task, null, 2 * MIB, 3, 1, open('/dev/dax1.0'), 0);
    const page = task.mm.pageOfAddress(at);
    touch(page);
    const { pfn } = kernel.access;
    sysMadvise(kernel, task, at, 2 * MIB, 'dontneed');
    expect(task.mm.pageTable.nrPtes).toBe(0);
    touch(page);
    expect(kernel.access.pfn).toBe(pfn);
  });
});

describe('i_mapping of nodes', () => {
  test('open switches it, for every node of the device; the last user of a removed cdev puts it back', () => {
    const { rdev } = sysStat(kernel, task, '/dev/dax0.0');
    sysMknod(kernel, task, '/tmp/alias', 0o666, rdev!.major, rdev!.minor);
    const one = sysStat(kernel, task, '/dev/dax0.0');
    const two = sysStat(kernel, task, '/tmp/alias');
    const [a, b] = [open('/dev/dax0.0'), open('/tmp/alias')];
    expect(one.mapping).toBe(two.mapping);
    expect(one.mapping).not.toBe(one.data);
    kernel.sysfs.write(UNBIND, 'dax0.0');
    sysClose(kernel, task, a);
    expect(one.mapping).not.toBe(one.data);
    expect(errnoOf(() => open('/dev/dax0.0'))).toBe('none');
    sysExitTask(kernel, task);
    expect([one.mapping, two.mapping]).toEqual([one.data, two.data]);
    expect([one.cdev, two.cdev]).toEqual([null, null]);
    task = spawnTask(kernel, 'B');
    expect(errnoOf(() => open('/dev/dax0.0'))).toBe('ENXIO');
    expect(b).toBeGreaterThan(a);
  });
});

describe('unbind', () => {
  test('entries of all tasks and nodes go, the order is: dead, then empty; the next access gets SIGBUS', () => {
    const page = map(open('/dev/dax0.0'), 16 * 4096);
    touch(page);
    const child = sysFork(kernel, task, 'B');
    touch(page, child);
    const from = kernel.trace.count;
    kernel.sysfs.write(UNBIND, 'dax0.0');
    const names = ['lab_dax:kill_dev_dax', 'lab_mm:unmap_mapping_range'].map(n => eventTypeByName(n)!.id);
    const seen: number[] = [];
    for (let i = from; i < kernel.trace.count; i++) {
      const { typeId } = kernel.trace.at(i);
      if (names.includes(typeId)) seen.push(typeId);
    }
    expect(seen).toEqual(names);
    expect([task.mm.pageTable.nrPtes, child.mm.pageTable.nrPtes]).toEqual([0, 0]);
    expect([touch(page), touch(page, child)]).toEqual([ACCESS_BUS_ADRERR, ACCESS_BUS_ADRERR]);
    expect(kernel.check()).toEqual([]);
  });

  test('the order matters: emptied before it is dead, a late fault puts an entry back, and rule 16 says so', () => {
    const page = map(open('/dev/dax0.0'), 4096);
    const { daxDevice } = kernel.dax!.device('dax0.0');
    const empty = () => unmapMappingRange(kernel.context, daxDevice.inode.mapping, 0, 0, true);
    empty();
    expect(touch(page)).toBe(ACCESS_OK);
    killDax(daxDevice);
    expect(kernel.check()).toContainEqual(
      expect.stringMatching(/^16 .*dax0\.0 is dead and VMA \d+ has 1 entries/),
    );
    empty();
    expect(touch(page)).toBe(ACCESS_BUS_ADRERR);
    expect(task.mm.pageTable.nrPtes).toBe(0);
  });

  test('twice: ENODEV; bind of a bound device: EBUSY; of an unknown one: ENODEV', () => {
    expect(errnoOf(() => kernel.sysfs.write(BIND, 'dax0.0'))).toBe('EBUSY');
    kernel.sysfs.write(UNBIND, 'dax0.0');
    expect(errnoOf(() => kernel.sysfs.write(UNBIND, 'dax0.0'))).toBe('ENODEV');
    expect(errnoOf(() => kernel.sysfs.write(BIND, 'dax9.0'))).toBe('ENODEV');
  });

  test('after binding again the old mapping works, with the same memory behind it', () => {
    const page = map(open('/dev/dax0.0'), 4096);
    touch(page);
    const { pfn } = kernel.access;
    kernel.sysfs.write(UNBIND, 'dax0.0');
    expect(touch(page)).toBe(ACCESS_BUS_ADRERR);
    kernel.sysfs.write(BIND, 'dax0.0');
    expect(touch(page)).toBe(ACCESS_OK);
    expect(kernel.access.pfn).toBe(pfn);
  });
});

describe('size', () => {
  const resize = (name: string, bytes: number) =>
    errnoOf(() => kernel.sysfs.write(size(name), String(bytes)));

  test('rules of the file: EBUSY while bound, EINVAL off the alignment, ENOSPC beyond the region, equal size 0', () => {
    expect(resize('dax1.0', 4 * MIB)).toBe('EBUSY');
    kernel.sysfs.write(UNBIND, 'dax1.0');
    expect(resize('dax1.0', MIB)).toBe('EINVAL');
    expect(resize('dax1.0', 100)).toBe('EINVAL');
    expect(resize('dax1.0', 10 * MIB)).toBe('ENOSPC');
    expect(resize('dax1.0', 8 * MIB)).toBe('none');
    expect(kernel.sysfs.read(size('dax1.0'))).toBe(`${8 * MIB}\n`);
  });

  test('a fixed region: EACCES', () => {
    const fixed = bootKernel(pc);
    fixed.sysfs.write(UNBIND, 'dax0.0');
    expect(errnoOf(() => fixed.sysfs.write(size('dax0.0'), '4096'))).toBe('EACCES');
  });

  test('without memory it cannot be bound: ENXIO', () => {
    kernel.sysfs.write(UNBIND, 'dax0.0');
    expect(resize('dax0.0', 0)).toBe('none');
    expect(errnoOf(() => kernel.sysfs.write(BIND, 'dax0.0'))).toBe('ENXIO');
  });

  test('shrunk under a thousand mappings: what lies behind the end is SIGBUS, the rest works again', () => {
    const fd = open('/dev/dax0.0');
    const pages = Array.from({ length: 1000 }, (_, i) => map(fd, 2 * 4096, i * 4096));
    for (const page of pages) touch(page);
    expect(task.mm.pageTable.nrPtes).toBe(1000);
    kernel.sysfs.write(UNBIND, 'dax0.0');
    expect(task.mm.pageTable.nrPtes).toBe(0);
    expect(resize('dax0.0', 500 * 4096)).toBe('none');
    kernel.sysfs.write(BIND, 'dax0.0');
    const outcomes = pages.map(page => touch(page));
    expect(outcomes.map(outcome => outcome === ACCESS_OK)).toEqual(pages.map((_, i) => i < 500));
    expect(kernel.check()).toEqual([]);
  });

  test('a device grown after a neighbour took its place: a second range, and faults cross it page by page', () => {
    kernel.sysfs.write(UNBIND, 'dax0.0');
    resize('dax0.0', 4 * MIB);
    kernel.sysfs.write('/sys/bus/dax/regions/0/create', '1');
    expect(resize('dax0.1', 2 * MIB)).toBe('none');
    expect(resize('dax0.0', 6 * MIB)).toBe('none');
    const device = kernel.dax!.device('dax0.0');
    expect(device.ranges).toEqual([
      { pgoff: 0, start: 0, nrPages: 1024 },
      { pgoff: 1024, start: 1536, nrPages: 512 },
    ]);
    kernel.sysfs.write(BIND, 'dax0.0');
    const page = map(open('/dev/dax0.0'), 6 * MIB);
    touch(page + 1023);
    const before = kernel.access.pfn;
    touch(page + 1024);
    expect(kernel.access.pfn - before).toBe(513);
    expect(kernel.check()).toEqual([]);
  });
});

describe('delete', () => {
  const remove = (name: string) => errnoOf(() => kernel.sysfs.write('/sys/bus/dax/regions/0/delete', name));

  test('bound or with memory: EBUSY; id 0: EBUSY for ever; unknown: ENXIO; else the node goes', () => {
    expect(remove('dax0.0')).toBe('EBUSY');
    kernel.sysfs.write(UNBIND, 'dax0.0');
    expect(remove('dax0.0')).toBe('EBUSY');
    kernel.sysfs.write(size('dax0.0'), '0');
    expect(remove('dax0.0')).toBe('EBUSY');
    expect(remove('dax0.5')).toBe('ENXIO');
    kernel.sysfs.write('/sys/bus/dax/regions/0/create', '1');
    expect(kernel.vfs.exists('/dev/dax0.1')).toBe(true);
    expect(remove('dax0.1')).toBe('none');
    expect(kernel.vfs.exists('/dev/dax0.1')).toBe(false);
  });

  test('a fixed region: EINVAL; a full one has room for no other device: ENOSPC', () => {
    const fixed = bootKernel(pc);
    expect(errnoOf(() => fixed.sysfs.write('/sys/bus/dax/regions/0/delete', 'dax0.0'))).toBe('EINVAL');
    expect(errnoOf(() => kernel.sysfs.write('/sys/bus/dax/regions/0/create', '1'))).toBe('ENOSPC');
  });
});

describe('memory runs out', () => {
  function waitForFrees(): void {
    kernel.trace.now += GRACE_PERIOD_NS;
    kernel.dax!.fs.runGracePeriods();
  }

  /** Fail the n-th allocation of a call, for every n until it succeeds; after each failure nothing differs. */
  function failEvery(call: () => void): number {
    const { faults } = kernel.context;
    for (let n = 1; ; n++) {
      waitForFrees();
      const before = [...kernelStateLines(kernel), ...daxHoldings(kernel.dax!)];
      faults.arm(n);
      const errno = errnoOf(call);
      faults.arm(0);
      if (errno === 'none') return n - 1;
      expect(errno).toBe('ENOMEM');
      waitForFrees();
      expect([...kernelStateLines(kernel), ...daxHoldings(kernel.dax!)]).toEqual(before);
      expect(kernel.check()).toEqual([]);
    }
  }

  test('bind: three places', () => {
    kernel.sysfs.write(UNBIND, 'dax0.0');
    expect(failEvery(() => kernel.sysfs.write(BIND, 'dax0.0'))).toBe(3);
  });

  test('create and grow: a device without pages, then its first range', () => {
    kernel.sysfs.write(UNBIND, 'dax0.0');
    kernel.sysfs.write(size('dax0.0'), '0');
    expect(failEvery(() => kernel.sysfs.write('/sys/bus/dax/regions/0/create', '1'))).toBe(6);
    expect(failEvery(() => kernel.sysfs.write(size('dax0.1'), '8192'))).toBe(1);
  });

  test('the memory comes back: device, node and driver', () => {
    kernel.sysfs.write('/sys/bus/nd/drivers/dax_pmem/unbind', 'dax1.0');
    expect(kernel.vfs.exists('/dev/dax1.0')).toBe(false);
    expect(failEvery(() => kernel.sysfs.write('/sys/bus/nd/drivers/dax_pmem/bind', 'dax1.0'))).toBe(9);
    expect(kernel.vfs.exists('/dev/dax1.0')).toBe(true);
  });
});

test('a kernel restored from a snapshot goes on: mappings, dead devices, frees that wait', () => {
  const page = map(open('/dev/dax1.0'), 2 * MIB);
  touch(page);
  kernel.sysfs.write(UNBIND, 'dax0.0');
  kernel.sysfs.write('/sys/bus/nd/drivers/dax_pmem/unbind', 'dax0.0');
  expect(kernel.dax!.fs.rcu.pending).toBe(1);
  const restored = restoreSnapshot(takeSnapshot(kernel)) as Kernel;
  const same = restored.task(task.pid);
  expect(restored.check()).toEqual([]);
  expect(lineOf(same.mm, page, 512, permOf)).toBe('W'.repeat(512));
  restored.sysfs.write(UNBIND, 'dax1.0');
  expect(restored.access.touch(same, page, false)).toBe(ACCESS_BUS_ADRERR);
  expect(touch(page)).toBe(ACCESS_OK);
  expect(shutdownAndFindLeaks(restored)).toEqual([]);
});
