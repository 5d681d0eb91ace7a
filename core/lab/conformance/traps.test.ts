/** The traps of the dossier, 9.1: what modellers most often get wrong, performed through calls; each asserts what the real kernel does. */
import { describe, expect, test } from 'vitest';
import { devfsGetCdevpriv } from '../../bsd/cdevpriv.ts';
import { daxHash } from '../../dax/dax_fs.ts';
import { USAGE_KERNEL, USAGE_READ } from '../../dma_buf/dma_resv.ts';
import type { I915Object } from '../../drm/drivers/i915_2008/i915_object.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import type { ShmemObject } from '../../drm/drm_gem_shmem.ts';
import { DrmMm, DrmMmNode } from '../../drm/mm/drm_mm.ts';
import { DrmMmScan } from '../../drm/mm/drm_mm_scan.ts';
import { unmapVirtual } from '../../drm/ttm/ttm_bo.ts';
import { GART_UNBOUND } from '../../hw/gart_entry.ts';
import { gartEntryTexts } from '../../hw/gart_formats/gart_formats.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { VmArea } from '../../mm/vm_area.ts';
import { handleMmFault } from '../../mm/vm_fault_handler.ts';
import type { Json } from '../../session/input.ts';
import { BsdFixture } from '../../testing/bsd_fixture.ts';
import { EngineFixture } from '../../testing/engine_fixture.ts';
import { fiveInARow } from '../../testing/five_in_a_row.ts';
import { ringMachineKinds } from '../../testing/hw_machines.ts';
import { LabFixture, labMachine, MB, PAGE } from '../../testing/lab_fixture.ts';
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
    const unmaps = () => lab.events('lab_mm:unmap_mapping_range').at(-1);
    await lab.call('A', 'memfd', { name: 'file' }, 'f');
    await lab.call('A', 'ftruncate', { fd: 'f', size: 8 * PAGE });
    await lab.call('A', 'mmap', { fd: 'f', length: 8 * PAGE }, 'mf');
    await lab.call('A', 'touchRange', { map: 'mf', write: true });
    await lab.call('A', 'ftruncate', { fd: 'f', size: 3 * PAGE });
    expect(lab.events('lab_mm:unmap_mapping_range').find(event => event.ptesCleared === 5)).toMatchObject({
      firstPage: 3,
      lenPages: 0,
    });
    expect(lab.kernel.task(1).mm.nrPtes).toBe(3 + 4);
    // A device that goes: from 0 on, so all of every window.
    await lab.call('K', 'lab.unplug', { dev: 'lab_gpu' });
    expect(unmaps()).toMatchObject({ firstPage: 0, lenPages: 0, ptesCleared: 4 });
    expect(lab.kernel.task(1).mm.nrPtes).toBe(3);
  });

  test('9.1 trap 4: entries of frame numbers go whatever even_cows says; private copies stay without it', async () => {
    const lab = await systems();
    await lab.call('A', 'memfd', { name: 'file' }, 'f');
    await lab.call('A', 'ftruncate', { fd: 'f', size: 2 * PAGE });
    await lab.call('A', 'mmap', { fd: 'f', length: 2 * PAGE, flags: 'private', prot: 'rw' }, 'copy');
    await lab.call('A', 'touch', { map: 'copy', page: 0, write: true, value: 5 });
    await lab.call('A', 'fallocate', { fd: 'f', mode: 'punch', offset: 0, length: 2 * PAGE });
    expect(lab.events('lab_mm:unmap_mapping_range').at(-1)).toMatchObject({ evenCows: 0, ptesCleared: 0 });
    expect(await lab.call('A', 'touch', { map: 'copy', page: 0 })).toEqual({ minorFaults: 0, value: 5 });

    const gem = new LabFixture(machineAsset('i915-2008'));
    await gem.call('A', 'spawn');
    await gem.call('A', 'open', { dev: 'i915' }, 'fd');
    await gem.call('A', 'gemfd.open', { fd: 'fd', size: PAGE }, 'file');
    await gem.call('A', 'mmap', { fd: 'file', length: PAGE, flags: 'shared,noreserve' }, 'gtt');
    await gem.call('A', 'touch', { map: 'gtt', page: 0, write: true });
    expect(gem.kernel.task(1).mm.nrPtes).toBe(1);
    await gem.call('A', 'i915.exec', { fd: 'fd', list: [{ file: 'file', read: 'render' }] });
    expect(gem.events('lab_mm:unmap_mapping_range').at(-1)).toMatchObject({ evenCows: 0, ptesCleared: 1 });
    expect(gem.kernel.task(1).mm.nrPtes).toBe(0);
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
    await own.call('A', 'memfd', { name: 'pages', flags: 'sealing' }, 'f');
    await own.call('A', 'ftruncate', { fd: 'f', size: PAGE });
    await own.call('A', 'fcntl', { fd: 'f', op: 'addSeals', seals: 'shrink' });
    expect(await own.call('A', 'udmabuf.create', { memfd: 'f', offset: 0, size: PAGE }, 'u')).toEqual(
      expect.any(Number),
    );
    await own.call('A', 'mmap', { fd: 'u', length: PAGE }, 'mu');
    const files = own.kernel.task(1).mm.vmas.map(({ file }) => file!);
    expect(files).toHaveLength(2);
    for (const { mapping, inode } of files) {
      expect(mapping).toBe(inode.data);
      expect(mapping.mmapTree.size).toBe(1);
    }
    expect(files[0]!.mapping).not.toBe(files[1]!.mapping);
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
  test('9.1 trap 6: to write is to wait for the class READ: a reader of the GPU holds up a writer, not a reader', async () => {
    const lab = await mapped();
    await lab.call('A', 'drm.primeExport', { fd: 'fd', bo: 'bo', flags: 'rdwr' }, 'x');
    await lab.call('A', 'gpu.submit', { fd: 'fd', list: ['bo'], durationNs: 1e6 });
    const begin = lab.kernel.trace.now;
    expect(lab.object('bo').resv.list()).toMatchObject([{ usage: USAGE_READ }]);
    await lab.call('A', 'dmabuf.sync', { fd: 'x', flags: 'start,read' });
    expect(lab.kernel.trace.now).toBeLessThan(begin + 1e6);
    await lab.call('A', 'dmabuf.sync', { fd: 'x', flags: 'start,write' });
    expect(lab.kernel.trace.now).toBeGreaterThanOrEqual(begin + 1e6 - 1e4);
  });

  test('9.1 trap 7: a scan sees only the gap around the node added last; TTM evicts by order of use without any', async () => {
    const mm = new DrmMm(0, 100);
    const nodes = ['A', 'B', 'C', 'D', 'E'].map(name => new DrmMmNode({ name }));
    for (const [i, node] of nodes.entries()) mm.reserve(node, i * 20, 20);
    const [a, b, , d] = nodes as [DrmMmNode, DrmMmNode, DrmMmNode, DrmMmNode];
    const scan = new DrmMmScan(mm, 30);
    expect([scan.add(d), scan.add(a), scan.add(b)]).toEqual([false, false, true]);
    expect(scan.finish()).toEqual(expect.arrayContaining([a, b]));
    expect([a, b, d].filter(node => scan.hitStart < node.end && node.start < scan.hitEnd)).toEqual([a, b]);

    // The same five in VRAM, through calls: D goes first although the hole comes to be where A and B were.
    const { wantMore } = await fiveInARow(['D', 'A', 'B']);
    expect(await wantMore()).toEqual(['D', 'A', 'B']);
  });

  test('9.1 trap 7: of two gaps that add up the scan does not know, and a hole that would do at once is not its business', () => {
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

  test('9.1 trap 11: a driver that authenticates in d_mmap gets EBADF in the fault: it goes on, or every fault shows zeros', async () => {
    const shows = async (ebadf: string): Promise<number | string> => {
      const bsd = await BsdFixture.start({}, { needsAuth: true, ebadf });
      await bsd.open('A', 'fd');
      expect(await bsd.map('A', 'fd', 'early', 1)).toBe('EINVAL');
      await bsd.ioctl('A', 'fd', 'auth');
      await bsd.map('A', 'fd', 'm', 1);
      const asked = bsd.core.mmapCallsWithoutFile;
      const byte = await bsd.load('A', 'm', 0);
      expect(bsd.core.mmapCallsWithoutFile).toBe(asked + 1);
      expect(devfsGetCdevpriv(bsd.core)).toBe('EBADF');
      bsd.end();
      return byte;
    };
    // At attach window 0 is filled with 16.
    expect(await shows('allow')).toBe(16);
    expect(await shows('refuse')).toBe(0);
  });

  test('9.1 trap 12: after the removal of a FreeBSD device a legacy fault gives zeros', async () => {
    const bsd = await BsdFixture.start({ era: 'F14' });
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 2);
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    expect(await bsd.load('A', 'm', 1)).toBe(0);
  });

  test('9.1 trap 14: GEM_CLOSE of a bad handle is EINVAL, everything else ENOENT; in 2008 that was EBADF', async () => {
    for (const [era, errno] of [
      ['linux-6.12', 'ENOENT'],
      ['gem-2008', 'EBADF'],
    ] as const) {
      const lab = await LabFixture.boot(labMachine({ era }));
      const bad = { fd: 'fd', handle: 99 };
      expect(await lab.call('A', 'drm.gemClose', bad)).toBe('EINVAL');
      expect(await lab.call('A', 'drm.gemFlink', bad)).toBe(errno);
      expect(await lab.call('A', 'drm.primeExport', bad)).toBe(errno);
    }
    const old = new LabFixture({ ...machineAsset('i915-2008'), era: 'gem-2008' });
    await old.call('A', 'spawn');
    await old.call('A', 'open', { dev: 'i915' }, 'fd');
    expect(await old.call('A', 'i915.mmapGtt', { fd: 'fd', handle: 99 })).toBe('EBADF');
  });

  test('9.1 trap 15: unbound entries of the Intel GTT are valid: a stray store vanishes in scratch, elsewhere it is a fault', async () => {
    const strayStore = async (unboundEntry: 'scratch' | 'invalid') => {
      const [host] = ringMachineKinds(undefined);
      const lab = await EngineFixture.start(host!, labMachine({ unboundEntry }));
      await lab.make('a', 1);
      const stray = 0x0300_0010;
      const end: Json = ['BATCH_END'];
      await lab.exec(['a'], [['STORE_DWORD', stray, 1], ['COPY', { bo: 'a' }, stray, 64], end]);
      const status = await lab.wait('job');
      return {
        status,
        faults: lab.events('lab_engine:gpu_fault').length,
        words: await lab.words('a', [0, 4]),
      };
    };
    expect(await strayStore('scratch')).toEqual({ status: 'done', faults: 0, words: [0, 0] });
    expect(await strayStore('invalid')).toMatchObject({ status: 'EIO', faults: 1 });

    const { kernel } = new LabFixture(machineAsset('i915-2008'));
    const texts = gartEntryTexts(kernel.description, GART_UNBOUND);
    expect(texts.find(({ format }) => format === 'gen6')!.says).toMatch(/^valid, /);
    const amdgpu = gartEntryTexts({ ...kernel.description, pteFormat: 'amdgpu' }, GART_UNBOUND);
    expect(amdgpu.find(({ format }) => format === 'amdgpu')!.says).toMatch(/^not valid, /);
  });

  test('9.1 trap 16: st_mode of a dma-buf has no type', async () => {
    const lab = await mapped();
    await lab.call('A', 'drm.primeExport', { fd: 'fd', bo: 'bo' }, 'x');
    const stat = (await lab.call('A', 'fstat', { fd: 'x' })) as { [name: string]: Json };
    expect(stat).toMatchObject({ type: 'none', perm: '0600' });
  });

  test("9.1 trap 18: keys differ: DRM's inode by pointer, device-dax's by number, dma-buf's by its own counter", async () => {
    const lab = await systems();
    // DRM: nobody can look it up; a device that comes back has another one.
    const before = deviceOf(lab, 'vgem').inode!;
    await lab.call('K', 'lab.unplug', { dev: 'vgem' });
    await lab.call('K', 'lab.plug', { dev: 'vgem' });
    const after = deviceOf(lab, 'vgem').inode!;
    expect(after.ino).not.toBe(before.ino);
    // device-dax: hashed under its number; a second node finds the same one, and so does a device that is bound again.
    const { fs } = lab.kernel.dax!;
    const dax = lab.kernel.dax!.device('dax0.0').daxDevice;
    await lab.call('A', 'mknod', { path: '/tmp/dax', like: '/dev/dax0.0' });
    for (const [path, name] of [
      ['/dev/dax0.0', 'one'],
      ['/tmp/dax', 'two'],
    ] as const) {
      await lab.call('A', 'open', { path }, name);
      await lab.call('A', 'mmap', { fd: name, length: PAGE }, `m_${name}`);
    }
    expect(dax.inode.mapping.mmapTree.size).toBe(2);
    const found = fs.find(daxHash(dax.devt), { devt: dax.devt, cdev: null });
    expect(found).toBe(dax);
    fs.put(found!);
    for (const driver of ['unbind', 'bind'])
      await lab.call('K', 'sysfs.write', {
        path: `/sys/bus/dax/drivers/device_dax/${driver}`,
        data: 'dax0.0',
      });
    expect(lab.kernel.dax!.device('dax0.0').daxDevice).toBe(dax);
    // dma-buf: a counter of its own, whatever other file systems hand out; a number that was used does not come back.
    const inoOf = async (as: string): Promise<number> => {
      await lab.call('A', 'heap.alloc', { len: PAGE }, as);
      const { ino } = [...lab.kernel.dmaBufs.buffers].at(-1)!;
      await lab.call('A', 'close', { fd: as });
      return ino;
    };
    const first = await inoOf('h1');
    await lab.call('A', 'memfd', { name: 'between' });
    expect(await inoOf('h2')).toBe(first + 1);
    expect(lab.kernel.check()).toEqual([]);
  });
});
