import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HostMachine } from '../../../hw/host/host_machine.ts';
import { bootKernel } from '../../../kernel/boot.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { readKernelText } from '../../../kernel/proc/read_text.ts';
import { shutdownAndFindLeaks } from '../../../lab/shutdown_leaks.ts';
import '../../../session/calls/all.ts';
import type { CallArgs } from '../../../session/call_table.ts';
import type { Json } from '../../../session/input.ts';
import { Player } from '../../../session/player.ts';
import { machineAsset } from '../../../testing/transcript_files.ts';
import { allEventTypes } from '../../../trace/event.ts';
import { I915_GEM_OBJECT_CHANGE_DOMAIN } from '../../../trace/events/i915.ts';
import type { DrmDevice } from '../../drm_device.ts';
import { i915Of } from './i915_state.ts';

const description = machineAsset('i915-2008');
let machine: HostMachine;
let kernel: Kernel;
let player: Player;

async function call(name: string, args: CallArgs = {}, as?: string, task = 'A'): Promise<Json> {
  const input = { task, call: name, args };
  return (await player.step(as === undefined ? input : { ...input, as })).answer.ret;
}
const on = (name: string, bo: string, args: CallArgs = {}) =>
  call(`i915.${name}`, { fd: 'gpu', bo, ...args });
const look = (bo: string, offset = 0) => on('look', bo, { offset });
const info = async (bo: string) => (await on('info', bo)) as Record<string, Json>;

beforeEach(async () => {
  machine = new HostMachine(description);
  kernel = bootKernel(description);
  player = new Player(kernel, machine);
  await call('spawn');
  await call('open', { dev: 'i915' }, 'gpu');
});

afterEach(async () => {
  expect(kernel.check()).toEqual([]);
  expect(kernel.check(undefined, ['trace'])).toEqual([]);
  expect(shutdownAndFindLeaks(kernel)).toEqual([]);
  await player.barrier();
  await machine.dispose();
});

describe('module init', () => {
  test('status page, ring and framebuffer are pinned before any task exists, without handle or name', () => {
    const { bootObjects, bootLines } = i915Of(kernel.devices.get('i915')!.device as DrmDevice);
    expect(
      bootObjects.map(({ label, nrPages, pinCount, handleCount, name }) => [
        label,
        nrPages,
        pinCount,
        handleCount,
        name,
      ]),
    ).toEqual([
      ['status page', 1, 1, 0, 0],
      ['ring', 32, 1, 0, 0],
      ['framebuffer', 300, 1, 0, 0],
    ]);
    expect(bootLines.length).toBe(4);
    expect(readKernelText(kernel, '/proc/dri/0/i915_boot_messages')).toMatch(
      /framebuffer: 1200 KiB at GTT 0x00021000\n$/,
    );
    expect(readKernelText(kernel, '/sys/kernel/debug/dri/0/i915_gem_objects')).toMatch(
      /^3 objects, 1363968 bytes\n3 bound, 3 pinned, 3 of the kernel\n/,
    );
  });

  test('boot messages lie as pixels in memory behind the aperture', async () => {
    const framebuffer = i915Of(kernel.devices.get('i915')!.device as DrmDevice).bootObjects[2]!;
    // 'i' of "i915": its dot lies in the lines 1 and 2, the third column of the cell.
    const pixel = (line: number) => {
      const at = line * 2560 + 3 * 4;
      return kernel.queue.loadByte(framebuffer.mirrorFrames(Math.floor(at / 4096), 1)[0]!, at % 4096);
    };
    const bytes = await player.askOutside(() => [0, 1, 2].map(pixel));
    expect(bytes.map(answer => answer[0])).toEqual([0, 0xaa, 0xaa]);
  });
});

describe('cache domains', () => {
  test('a store of the CPU reaches memory only by the move to the aperture', async () => {
    await call('i915.create', { fd: 'gpu', size: 8192 }, 'a');
    await call('i915.mmap', { fd: 'gpu', bo: 'a' }, 'cpu');
    await on('mmapGtt', 'a');
    await call('mmap', { fd: 'gpu', offsetOf: 'a', length: 8192 }, 'gtt');
    await call('touch', { map: 'cpu', page: 1, write: true, value: 7 });
    expect(await look('a', 4096)).toEqual({ cpu: 7, memory: 0 });
    expect(await call('touch', { map: 'gtt', page: 1, write: false })).toMatchObject({ value: 0 });
    expect(await on('setDomain', 'a', { read: 'gtt', write: 'gtt' })).toBe(0);
    expect(await call('touch', { map: 'gtt', page: 1, write: false })).toMatchObject({ value: 7 });
    await call('touch', { map: 'gtt', page: 1, write: true, value: 8 });
    expect(await call('touch', { map: 'cpu', page: 1, write: false })).toMatchObject({ value: 7 });
    await on('setDomain', 'a', { read: 'cpu', write: '' });
    expect(await call('touch', { map: 'cpu', page: 1, write: false })).toMatchObject({ value: 8 });
    expect(await info('a')).toMatchObject({ read: 'cpu gtt', write: 'none' });
  });

  test('golden values: (CPU, CPU) used as RENDER write', async () => {
    await call('i915.create', { fd: 'gpu', size: 4096 }, 'a');
    const before = kernel.trace.count;
    await call('i915.exec', { fd: 'gpu', list: [{ bo: 'a', read: 'render', write: 'render', value: 9 }] });
    const names: string[] = [];
    for (let i = before; i < kernel.trace.count; i++)
      names.push(allEventTypes()[kernel.trace.typeIdAt(i)]!.name.split(':')[1]!);
    expect(names.filter(name => /clflush|chipset|request_flush/.test(name))).toEqual([
      'i915_gem_object_clflush',
      'chipset_flush',
      'i915_gem_request_flush',
    ]);
    expect(await info('a')).toMatchObject({ read: 'render', write: 'render', list: 'active' });
    expect(await look('a')).toEqual({ cpu: 0, memory: 0 });
    await on('setDomain', 'a', { read: 'cpu' });
    expect(await look('a')).toEqual({ cpu: 9, memory: 9 });
  });

  test('what the GPU wrote waits on the flushing list for a flush', async () => {
    await call('i915.create', { fd: 'gpu', size: 4096 }, 'a');
    await call('i915.exec', { fd: 'gpu', list: [{ bo: 'a', write: 'render', value: 9 }] });
    kernel.advanceTime(1_000_000);
    expect(await info('a')).toMatchObject({ list: 'flushing', write: 'render' });
    expect(await on('busy', 'a')).toEqual({ busy: 0 });
    expect(await look('a')).toEqual({ cpu: 0, memory: 0 });
    await on('setDomain', 'a', { read: 'gtt' });
    expect(await look('a')).toEqual({ cpu: 0, memory: 9 });
    expect(await info('a')).toMatchObject({ list: 'inactive', write: 'none' });
  });

  test('a partial pread invalidates the pages it reads and no others', async () => {
    await call('i915.create', { fd: 'gpu', size: 12288 }, 'a');
    await on('mmapGtt', 'a');
    await on('setDomain', 'a', { read: 'gtt', write: 'gtt' });
    await on('pwrite', 'a', { offset: 0, length: 12288, value: 5 });
    expect(await on('pread', 'a', { offset: 4096, length: 10 })).toEqual({ value: 5 });
    expect(await look('a', 0)).toEqual({ cpu: 0, memory: 5 });
    expect(await look('a', 4096)).toEqual({ cpu: 5, memory: 5 });
    await on('setDomain', 'a', { read: 'cpu' });
    expect(await look('a', 8192)).toEqual({ cpu: 5, memory: 5 });
  });

  test('a flush that does nothing shows: memory keeps its old bytes', async () => {
    kernel.context.sabotage = 'clflush-does-nothing';
    await call('i915.create', { fd: 'gpu', size: 4096 }, 'a');
    await on('pwrite', 'a', { offset: 0, length: 4096, value: 5 });
    await on('mmapGtt', 'a');
    await on('setDomain', 'a', { read: 'gtt' });
    expect(await look('a')).toEqual({ cpu: 5, memory: 0 });
    kernel.context.sabotage = null;
  });

  test('what the CPU drew into a pinned object reaches memory when it says that it finished', async () => {
    await call('i915.create', { fd: 'gpu', size: 4096 }, 'a');
    await call('i915.mmap', { fd: 'gpu', bo: 'a' }, 'cpu');
    await on('pin', 'a');
    await on('setDomain', 'a', { read: 'cpu', write: 'cpu' });
    await call('touch', { map: 'cpu', page: 0, write: true, value: 4 });
    expect(await look('a')).toEqual({ cpu: 4, memory: 0 });
    expect(await on('swFinish', 'a')).toBe(0);
    expect(await look('a')).toEqual({ cpu: 4, memory: 4 });
  });

  test('a change of domain that no flush came before is a violation of rule 57', async () => {
    const second = bootKernel(description);
    const [framebuffer] = i915Of(second.devices.get('i915')!.device as DrmDevice).bootObjects;
    second.trace.emit(I915_GEM_OBJECT_CHANGE_DOMAIN, framebuffer!.id, 0x40, 0x40, 0x41, 0);
    expect(second.check(undefined, ['trace']).filter(says => says.startsWith('57'))).toHaveLength(1);
  });

  test('domains of the GPU, and a writer beside other readers, are refused', async () => {
    await call('i915.create', { fd: 'gpu', size: 4096 }, 'a');
    expect(await on('setDomain', 'a', { read: 'render' })).toBe('EINVAL');
    expect(await on('setDomain', 'a', { read: 'cpu,gtt', write: 'cpu' })).toBe('EINVAL');
    expect(await on('setDomain', 'a', { read: 'gtt', write: 'gtt' })).toBe(0);
    expect(await info('a')).toMatchObject({ read: 'cpu', write: 'cpu', gtt: -1 });
  });
});

describe('space and swap', () => {
  test('the oldest idle object gives its place up, its entries go, and a touch binds it again', async () => {
    for (let i = 0; i < 4; i++) {
      await call('i915.create', { fd: 'gpu', size: 2 ** 21 }, `b${i}`);
      await call('mmap', { fd: 'gpu', offsetOf: `b${i}`, length: 2 ** 21 }, `m${i}`);
      await on('mmapGtt', `b${i}`);
      await on('setDomain', `b${i}`, { read: 'gtt', write: 'gtt' });
      await call('touch', { map: `m${i}`, page: 3, write: true, value: 10 + i });
    }
    const places: unknown[] = [];
    for (let i = 0; i < 4; i++) places.push((await info(`b${i}`)).gtt);
    expect(places.filter(place => place === -1).length).toBe(1);
    const gone = places.indexOf(-1);
    await call('touch', { map: `m${gone}`, page: 3, write: false });
    expect((await info(`b${gone}`)).gtt).not.toBe(-1);
    await on('setDomain', `b${gone}`, { read: 'gtt' });
    expect(await call('touch', { map: `m${gone}`, page: 3, write: false })).toMatchObject({
      value: 10 + gone,
    });
  });

  test('an unbound object goes to swap and comes back with its bytes; a bound one stays', async () => {
    await call('i915.create', { fd: 'gpu', size: 16384 }, 'a');
    await call('i915.mmap', { fd: 'gpu', bo: 'a' }, 'cpu');
    await call('stamp', { map: 'cpu', seed: 77 });
    await on('mmapGtt', 'a');
    expect(await on('swapOut', 'a')).toEqual({ pages: 0 });
    await on('evict', 'a');
    expect(await on('swapOut', 'a')).toEqual({ pages: 4 });
    expect(await info('a')).toMatchObject({ inMemory: 0, inSwap: 4 });
    expect(await call('checkStamps', { map: 'cpu', seed: 77 })).toMatchObject({ match: 4 });
    expect(await info('a')).toMatchObject({ inMemory: 4, inSwap: 0 });
  });

  test('boot objects are pinned: a GTT that they and pinned objects fill refuses with ENOMEM', async () => {
    await call('i915.create', { fd: 'gpu', size: 4096 * 1715 }, 'big');
    expect(await on('pin', 'big')).toMatchObject({ offset: 333 * 4096 });
    await call('i915.create', { fd: 'gpu', size: 4096 }, 'small');
    expect(await on('pin', 'small')).toBe('ENOMEM');
    expect(await call('i915.getAperture', { fd: 'gpu' })).toEqual({ total: 2 ** 23, available: 0 });
  });

  test('contents that are no longer needed go for good', async () => {
    await call('i915.create', { fd: 'gpu', size: 8192 }, 'a');
    await on('pwrite', 'a', { offset: 0, length: 8192, value: 3 });
    await on('mmapGtt', 'a');
    expect(await on('madvise', 'a', { advice: 1 })).toEqual({ retained: 1 });
    await on('evict', 'a');
    expect(await on('madvise', 'a', { advice: 0 })).toEqual({ retained: 0 });
    expect(await on('mmapGtt', 'a')).toBe('EFAULT');
    expect(await info('a')).toMatchObject({ inMemory: 0 });
  });
});
