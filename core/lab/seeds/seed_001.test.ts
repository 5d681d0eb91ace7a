/**
 * Seed 001, "Re: [PATCH] Export shmem_file_setup and shmem_getpage for DRM-GEM" (linux-kernel, August 2008), step by step.
 * Quotations are from Jesse Barnes and, where he answers him, Keith Packard.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { i915Of } from '../../drm/drivers/i915_2008/i915_state.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import { HIGH_DESCRIPTORS } from '../../fs/fd_table.ts';
import { HostMachine } from '../../hw/host/host_machine.ts';
import { bootKernel, shutdownKernel } from '../../kernel/boot.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { readKernelText } from '../../kernel/proc/read_text.ts';
import { shmemPagesOfFile } from '../../mm/shmem_setup.ts';
import '../../session/calls/all.ts';
import type { CallArgs } from '../../session/call_table.ts';
import type { Json } from '../../session/input.ts';
import { Player } from '../../session/player.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';

const description = machineAsset('i915-2008');
let machine: HostMachine;
let kernel: Kernel;
let player: Player;

const device = () => kernel.devices.get('i915')!.device as DrmDevice;
async function call(name: string, args: CallArgs = {}, as?: string, task = 'A'): Promise<Json> {
  const input = { task, call: name, args };
  return (await player.step(as === undefined ? input : { ...input, as })).answer.ret;
}

beforeEach(() => {
  machine = new HostMachine(description);
  kernel = bootKernel(description);
  player = new Player(kernel, machine);
});

afterEach(async () => {
  if (kernel.booted.length > 0) {
    expect(kernel.check()).toEqual([]);
    expect(shutdownAndFindLeaks(kernel)).toEqual([]);
  }
  await player.barrier();
  await machine.dispose();
});

describe('"We need to allocate objects from kernel mode to get the console running."', () => {
  test('"I\'d prefer to let that occur before user mode was available": they exist and no task does', () => {
    expect(kernel.tasks.size).toBe(0);
    expect(i915Of(device()).bootObjects.length).toBe(3);
  });

  test('"We need to setup the frame buffer, ring buffer, hardware status page [...] at module init time"', () => {
    const { bootObjects } = i915Of(device());
    expect(bootObjects.map(({ label }) => label).sort()).toEqual(['framebuffer', 'ring', 'status page']);
    for (const object of bootObjects)
      expect([object.kernelOwned, object.handleCount, object.name]).toEqual([true, 0, 0]);
  });

  test('"so that people can see their boot messages": pixels of the text lie in the framebuffer\'s memory', async () => {
    const { bootObjects, bootLines } = i915Of(device());
    const framebuffer = bootObjects.find(({ label }) => label === 'framebuffer')!;
    expect(bootLines[0]).toMatch(/^i915 /);
    const pages = framebuffer.mirrorFrames(0, 50);
    const hashes = await player.askOutside(() => pages.map(pfn => kernel.queue.hashPages([pfn])));
    const [first, , , , empty] = [0, 10, 20, 30, 40].map(page => hashes[page]!.join());
    expect(first).not.toBe(empty);
    expect(readKernelText(kernel, '/proc/dri/0/i915_boot_messages').split('\n').length).toBe(
      bootLines.length + 1,
    );
  });

  test('"we don\'t care about swapping in the in-kernel case [...] we want to pin": they neither swap nor give way', async () => {
    await call('spawn');
    await call('open', { dev: 'i915' }, 'gpu');
    for (let i = 0; i < 5; i++) {
      await call('i915.create', { fd: 'gpu', size: 2 ** 21 }, `b${i}`);
      await call('i915.mmapGtt', { fd: 'gpu', bo: `b${i}` });
    }
    for (const { pinCount, gtt, file } of i915Of(device()).bootObjects) {
      expect([pinCount, gtt !== null, file!.mapping.unevictable, shmemPagesOfFile(file!).nrSwapped]).toEqual([
        1,
        true,
        true,
        0,
      ]);
    }
  });

  test('"we keep the GEM shmem hooks separate from the actual bookkeeping": the module goes, and everything with it', () => {
    const { frames } = kernel.context;
    shutdownKernel(kernel);
    expect(frames.nrFree).toBe(frames.nrPages - 2);
  });
});

describe('"Both drm and sysv shm just want anonymous pages that are backed by swap"', () => {
  beforeEach(async () => {
    await call('spawn');
    await call('open', { dev: 'i915' }, 'gpu');
    await call('i915.create', { fd: 'gpu', size: 16384 }, 'a');
  });

  test('an object is zeros at first, goes to swap when nobody uses it, and comes back as it was', async () => {
    await call('i915.mmap', { fd: 'gpu', bo: 'a' }, 'm');
    expect(await call('checkStamps', { map: 'm', seed: 1 })).toMatchObject({ zero: 4 });
    await call('stamp', { map: 'm', seed: 1 });
    expect(await call('i915.swapOut', { fd: 'gpu', bo: 'a' })).toEqual({ pages: 4 });
    expect(await call('checkStamps', { map: 'm', seed: 1 })).toMatchObject({ match: 4 });
  });

  test('memory runs short and another object needs pages: idle ones are pushed out by reclaim', async () => {
    await call('i915.mmap', { fd: 'gpu', bo: 'a' }, 'm');
    await call('stamp', { map: 'm', seed: 1 });
    for (let i = 0; i < 8; i++) {
      await call('i915.create', { fd: 'gpu', size: 2 ** 22 }, `b${i}`);
      await call('i915.mmap', { fd: 'gpu', bo: `b${i}` }, `m${i}`);
      expect(await call('stamp', { map: `m${i}`, seed: 20 + i })).not.toHaveProperty('signal');
    }
    const { inSwap } = (await call('i915.info', { fd: 'gpu', bo: 'a' })) as { inSwap: number };
    expect(inSwap).toBe(4);
    expect(await call('checkStamps', { map: 'm', seed: 1 })).toMatchObject({ match: 4 });
  });

  test('"in doing the GTT mapping with the current code, I had to add a new ioctl": an offset, then mmap of the device', async () => {
    const { offset } = (await call('i915.mmapGtt', { fd: 'gpu', bo: 'a' })) as { offset: number };
    expect(offset).toBeGreaterThanOrEqual(2 ** 32);
    await call('mmap', { fd: 'gpu', offset, length: 16384 }, 'gtt');
    expect(await call('stamp', { map: 'gtt', seed: 3 })).toEqual({ minorFaults: 4 });
  });
});

describe('"extended shmem a bit to allow for shmem "drivers" that could hook into its open/close/mmap/etc. routines"', () => {
  beforeEach(async () => {
    await call('spawn');
    await call('spawn', {}, undefined, 'B');
    await call('open', { dev: 'i915' }, 'gpu');
    await call('gemfd.open', { fd: 'gpu', size: 16384 }, 'file');
  });

  test('"we could probably use regular fds for the most part (assuming we get a "high fd" mapping function)"', async () => {
    const { files } = [...kernel.tasks.values()][0]!;
    expect([...files.entries()].map(([fd]) => fd >= HIGH_DESCRIPTORS)).toEqual([false, true]);
    expect(await call('fstat', { fd: 'file' })).toMatchObject({ size: 16384, type: 'file' });
    await call('dup', { fd: 'file' }, 'second');
    await call('close', { fd: 'file' });
    await call('sendfd', { fd: 'second', to: 'B' });
    expect(await call('recvfd', {}, 'theirs', 'B')).toBe(0);
    expect(await call('fstat', { fd: 'theirs' }, undefined, 'B')).toMatchObject({ size: 16384 });
  });

  test('"we\'d either need to abuse an existing mmap flag [...] to recognize the backing store/GTT mapping distinction"', async () => {
    await call('mmap', { fd: 'file', length: 16384 }, 'cpu');
    await call('mmap', { fd: 'file', length: 16384, flags: 'shared,noreserve' }, 'gtt');
    await call('stamp', { map: 'cpu', seed: 5 });
    expect(await call('gemfd.info', { file: 'file' })).toMatchObject({ write: 'cpu', gtt: -1 });
    expect(await call('checkStamps', { map: 'gtt', seed: 5 })).toMatchObject({ match: 4, minorFaults: 4 });
    expect(await call('gemfd.info', { file: 'file' })).toMatchObject({ write: 'gtt', list: 'inactive' });
    await call('touch', { map: 'gtt', page: 2, write: true, value: 77 });
    expect(await call('touch', { map: 'cpu', page: 2, write: false })).toMatchObject({
      value: 77,
      minorFaults: 1,
    });
  });

  test('"all the regular file operations routines": pwrite, lseek; and close is the end of the object', async () => {
    const before = device().objects.size;
    expect(await call('pwrite', { fd: 'file', offset: 4096, length: 8192, fill: 6 })).toBe(8192);
    await call('mmap', { fd: 'file', length: 16384 }, 'cpu');
    expect(await call('touch', { map: 'cpu', page: 1, write: false })).toMatchObject({ value: 6 });
    await call('munmap', { map: 'cpu' });
    await call('close', { fd: 'file' });
    expect(device().objects.size).toBe(before - 1);
  });

  test('"Would we have it support both shmem and hugetlbfs?" One fault for 2 MiB, and no swap', async () => {
    await call('gemfd.open', { fd: 'gpu', size: 2 ** 21, backing: 'huge' }, 'big');
    await call('mmap', { fd: 'big', length: 2 ** 21 }, 'cpu');
    expect(await call('stamp', { map: 'cpu', seed: 8 })).toEqual({ minorFaults: 1 });
    await call('mmap', { fd: 'big', length: 2 ** 21, flags: 'shared,noreserve' }, 'gtt');
    expect(await call('checkStamps', { map: 'gtt', seed: 8 })).toMatchObject({ match: 512 });
    const before = await call('gemfd.info', { file: 'big' });
    await call('lab.swapOut');
    expect(await call('gemfd.info', { file: 'big' })).toEqual(before);
  });
});
