/** The traps of the dossier, 9.1: what modellers most often get wrong, performed through calls; each asserts what the real kernel does. */
import { describe, expect, test } from 'vitest';
import { USAGE_KERNEL, USAGE_READ, USAGE_WRITE, usageToWaitFor } from '../../dma_buf/dma_resv.ts';
import type { I915Object } from '../../drm/drivers/i915_2008/i915_object.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import type { ShmemObject } from '../../drm/drm_gem_shmem.ts';
import { DrmMm, DrmMmNode } from '../../drm/mm/drm_mm.ts';
import { DrmMmScan } from '../../drm/mm/drm_mm_scan.ts';
import { unmapVirtual } from '../../drm/ttm/ttm_bo.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { unmapMappingRange } from '../../mm/unmap_mapping.ts';
import type { VmArea } from '../../mm/vm_area.ts';
import { handleMmFault } from '../../mm/vm_fault_handler.ts';
import type { Json } from '../../session/input.ts';
import { BsdFixture } from '../../testing/bsd_fixture.ts';
import { LabFixture, MB, PAGE } from '../../testing/lab_fixture.ts';
import { machineAsset } from '../../testing/transcript_files.ts';

const systems = async (): Promise<LabFixture> => {
  const lab = new LabFixture(machineAsset('fuzz-systems'));
  await lab.call('A', 'spawn');
  return lab;
};

/** lab_gpu with an object `bo` in VRAM of four pages, mapped as m and touched. */
async function mapped(): Promise<LabFixture> {
  const lab = await LabFixture.boot();
  await lab.call(
    'A',
    'gpu.create',
    { fd: 'fd', size: 4 * PAGE, domain: 'vram', name: 'bo', visible: true },
    'bo',
  );
  await lab.call('A', 'mmap', { fd: 'fd', offsetOf: 'bo', length: 4 * PAGE }, 'm');
  await lab.call('A', 'touch', { map: 'm', page: 0, write: true, value: 77 });
  return lab;
}

const lastVma = (kernel: Kernel): VmArea => kernel.task(1).mm.vmas.at(-1)!;
const shootDowns = (lab: LabFixture) => lab.events('lab_mm:zap_vma').length;
const deviceOf = (lab: LabFixture, name: string) => lab.kernel.devices.get(name)!.device as DrmDevice;

describe('mappings', () => {
  test('9.1 trap 1: a shoot-down comes with an eviction, not with the end; a mapped object cannot end', async () => {
    const lab = await mapped();
    const bo = lab.object('bo');
    await lab.call('A', 'drm.gemClose', { fd: 'fd', bo: 'bo' });
    expect(lab.device.objects.has(bo)).toBe(true);
    const before = shootDowns(lab);
    await lab.call('A', 'munmap', { map: 'm' });
    expect(lab.device.objects.has(bo)).toBe(false);
    expect(shootDowns(lab)).toBe(before);
    const other = await mapped();
    await other.call('A', 'gpu.evict', { fd: 'fd', bo: 'bo' });
    expect(shootDowns(other)).toBe(before + 1);
  });

  test('9.1 trap 2: a mapping does not pin in TTM and i915; it keeps the pages in drm_gem_shmem', async () => {
    const lab = await mapped();
    expect(await lab.call('A', 'gpu.evict', { fd: 'fd', bo: 'bo' })).toMatchObject({});
    expect((await lab.info('bo')).where).not.toBe('vram');

    const shmem = await systems();
    await shmem.call('A', 'open', { dev: 'vgem' }, 'v');
    await shmem.call('A', 'drm.createDumb', { fd: 'v', width: 1024, height: 2, bpp: 32 }, 's');
    const [object] = [...deviceOf(shmem, 'vgem').objects] as [ShmemObject];
    expect([object.pages, object.pagesUseCount]).toEqual([null, 0]);
    await shmem.call('A', 'mmap', { fd: 'v', offsetOf: 's', length: 2 * PAGE }, 'm');
    expect([object.pages?.length, object.pagesUseCount]).toEqual([2, 1]);

    const old = new LabFixture(machineAsset('i915-2008'));
    await old.call('A', 'spawn');
    await old.call('A', 'open', { dev: 'i915' }, 'fd');
    await old.call('A', 'i915.create', { fd: 'fd', size: PAGE }, 'bo');
    await old.call('A', 'i915.mmapGtt', { fd: 'fd', bo: 'bo' });
    await old.call('A', 'mmap', { fd: 'fd', offsetOf: 'bo', length: PAGE }, 'm');
    await old.call('A', 'touch', { map: 'm', page: 0, write: true });
    const bound = [...deviceOf(old, 'i915').objects].at(-1) as I915Object;
    expect(bound.gtt).not.toBeNull();
    await old.call('A', 'i915.evict', { fd: 'fd', bo: 'bo' });
    expect([bound.gtt, bound.pages]).toEqual([null, null]);
  });

  test('9.1 trap 3: length 0 is everything to the end', async () => {
    const lab = await mapped();
    await lab.call('A', 'touchRange', { map: 'm', write: true });
    const { mapping } = lastVma(lab.kernel).file!;
    expect(unmapMappingRange(lab.kernel.context, mapping, 0, 0, true)).toBe(4);
  });

  test('9.1 trap 4: entries of frame numbers go whatever even_cows says', async () => {
    const lab = await mapped();
    const { mapping } = lab.device.inode!;
    const { nrPtes } = lab.kernel.task(1).mm;
    expect(nrPtes).toBeGreaterThan(0);
    unmapMappingRange(lab.kernel.context, mapping, 0, 0, false);
    expect(lab.kernel.task(1).mm.nrPtes).toBe(0);
  });

  test("9.1 trap 5: mappings of a GEM buffer hang in the device's address space, those of a buffer with pages of its own in its own", async () => {
    const lab = await mapped();
    await lab.call('A', 'drm.primeExport', { fd: 'fd', bo: 'bo', flags: 'rdwr' }, 'x');
    await lab.call('A', 'mmap', { fd: 'x', length: 4 * PAGE }, 'mx');
    const [buf] = [...lab.kernel.dmaBufs.buffers];
    expect([lab.device.inode!.mapping.mmapTree.size, buf!.file.inode.data.mmapTree.size]).toEqual([2, 0]);

    const own = await systems();
    await own.call('A', 'heap.alloc', { len: PAGE }, 'h');
    await own.call('A', 'mmap', { fd: 'h', length: PAGE }, 'mh');
    const { file } = lastVma(own.kernel);
    expect(file!.mapping).toBe(file!.inode.data);
  });

  test('9.1 trap 8: evicted VRAM is handed out before the copy is done; a fence of the move protects it', async () => {
    const lab = await LabFixture.boot();
    await lab.fill(['first'], 8 * MB);
    await lab.call(
      'A',
      'gpu.create',
      { fd: 'fd', size: 12 * MB * PAGE, domain: 'vram', name: 'second' },
      'second',
    );
    const second = lab.object('second');
    const moving = second.resv.lastUnsignaled(USAGE_KERNEL);
    expect(moving).not.toBeNull();
    expect(moving!.signalAt).toBeGreaterThan(lab.kernel.trace.now);
    expect(lab.object('first').resource!.manager.useTt).toBe(true);
  });

  test('9.1 trap 13: closing handle and descriptor revokes nothing that is mapped', async () => {
    const lab = await mapped();
    await lab.call('A', 'drm.gemClose', { fd: 'fd', bo: 'bo' });
    await lab.call('A', 'close', { fd: 'fd' });
    expect(await lab.call('A', 'touch', { map: 'm', page: 0, write: false })).toEqual({
      minorFaults: 0,
      value: 77,
    });
    expect(await lab.call('A', 'touch', { map: 'm', page: 3, write: true })).not.toHaveProperty('signal');
  });

  test('9.1 trap 17: a fault meets a held reservation and is tried again; a shoot-down may run while it is held', async () => {
    const lab = await mapped();
    const bo = lab.object('bo');
    bo.resv.tryLock(99);
    unmapVirtual(bo);
    const { mm } = lab.kernel.task(1);
    expect(mm.nrPtes).toBe(0);
    expect(handleMmFault(mm, lastVma(lab.kernel).start, false).reason).toBe('RETRY');
    bo.resv.unlock();
    expect(handleMmFault(mm, lastVma(lab.kernel).start, false).reason).toBe('NOPAGE');
  });
});

describe('fences and room', () => {
  test('9.1 trap 6: to write is to wait for the class READ', () => {
    expect([usageToWaitFor(true), usageToWaitFor(false)]).toEqual([USAGE_READ, USAGE_WRITE]);
  });

  test('9.1 trap 7: a scan sees only the gap around the node added last, not the best hole', () => {
    const mm = new DrmMm(0, 100);
    const [a, b] = [new DrmMmNode(), new DrmMmNode()] as const;
    mm.reserve(a, 0, 20);
    mm.reserve(b, 20, 20);
    // 40 to 100 is free and would do at once; around A there are 20.
    const scan = new DrmMmScan(mm, 30);
    expect([scan.add(a), scan.add(b)]).toEqual([false, true]);
    expect(scan.finish()).toContain(b);
  });
});

describe('signals, errors and numbers', () => {
  test('9.1 trap 9: a fault without memory is no signal: the instruction runs again', async () => {
    const lab = await systems();
    await lab.call('A', 'mmap', { length: 2 * PAGE, flags: 'private,anon' }, 'm');
    await lab.call('A', 'touch', { map: 'm', page: 0, write: true });
    expect(await lab.call('K', 'lab.failAllocation', { n: 1 })).toBe(0);
    expect(await lab.call('A', 'touch', { map: 'm', page: 1, write: true })).not.toHaveProperty('signal');
    const OOM = 5;
    expect(lab.events('exceptions:page_fault_user').slice(-2)).toMatchObject([
      { reason: OOM },
      { reason: 0 },
    ]);
  });

  test('9.1 trap 10: device-dax is not resized while bound; after unbinding the next access is SIGBUS, not the zap', async () => {
    const lab = await systems();
    await lab.call('A', 'open', { path: '/dev/dax0.0' }, 'd');
    await lab.call('A', 'mmap', { fd: 'd', length: 4 * PAGE }, 'm');
    await lab.call('A', 'touch', { map: 'm', page: 0, write: true });
    const resize = { path: '/sys/bus/dax/devices/dax0.0/size', data: String(2 * PAGE) };
    expect(await lab.call('K', 'sysfs.write', resize)).toBe('EBUSY');
    const unbind = { path: '/sys/bus/dax/drivers/device_dax/unbind', data: 'dax0.0' };
    expect(await lab.call('K', 'sysfs.write', unbind)).toBe(0);
    expect(lab.kernel.task(1).mm.nrPtes).toBe(0);
    expect(await lab.call('K', 'sysfs.write', resize)).toBe(0);
    expect(await lab.call('A', 'touch', { map: 'm', page: 0, write: false })).toMatchObject({
      signal: 'SIGBUS',
    });
  });

  test('9.1 trap 11: d_mmap runs once a page at mmap and once a fault, then without a file; EBADF there means go on', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 5);
    for (const page of [0, 2, 4]) await bsd.load('A', 'm', page);
    expect([bsd.core.mmapCallsWithFile, bsd.core.mmapCallsWithoutFile]).toEqual([5, 3]);
    bsd.end();
  });

  test('9.1 trap 12: after the removal of a FreeBSD device a legacy fault gives zeros', async () => {
    const bsd = await BsdFixture.start({ era: 'F14' });
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 2);
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    expect(await bsd.load('A', 'm', 1)).toBe(0);
  });

  test('9.1 trap 14: GEM_CLOSE of a bad handle is EINVAL, everything else ENOENT', async () => {
    const lab = await LabFixture.boot();
    expect(await lab.call('A', 'drm.gemClose', { fd: 'fd', handle: 99 })).toBe('EINVAL');
    expect(await lab.call('A', 'drm.gemFlink', { fd: 'fd', handle: 99 })).toBe('ENOENT');
    expect(await lab.call('A', 'drm.primeExport', { fd: 'fd', handle: 99 })).toBe('ENOENT');
  });

  test('9.1 trap 15: unbound entries of the Intel GTT are valid: they lead to scratch', () => {
    expect(machineAsset('i915-2008').unboundEntry).toBe('scratch');
    const { kernel } = new LabFixture(machineAsset('i915-2008'));
    expect(kernel.check()).toEqual([]);
  });

  test('9.1 trap 16: st_mode of a dma-buf has no type', async () => {
    const lab = await mapped();
    await lab.call('A', 'drm.primeExport', { fd: 'fd', bo: 'bo' }, 'x');
    const stat = (await lab.call('A', 'fstat', { fd: 'x' })) as { [name: string]: Json };
    expect(stat).toMatchObject({ type: 'none', perm: '0600' });
  });

  test("9.1 trap 18: keys differ: DRM's inode by pointer, device-dax's by number, dma-buf's by its own counter", async () => {
    const lab = await systems();
    await lab.call('A', 'heap.alloc', { len: PAGE }, 'h1');
    await lab.call('A', 'memfd', { name: 'between' });
    await lab.call('A', 'heap.alloc', { len: PAGE }, 'h2');
    const inos = [...lab.kernel.dmaBufs.buffers].map(({ ino }) => ino);
    expect(inos[1]! - inos[0]!).toBe(1);
    const devices = [...lab.kernel.drm.allDevices];
    expect(new Set(devices.map(device => device.inode)).size).toBe(devices.length);
    const hashed = [...lab.kernel.dax!.fs.hashed()];
    expect(new Set(hashed.map(({ devt }) => devt!.minor)).size).toBe(hashed.length);
  });
});
