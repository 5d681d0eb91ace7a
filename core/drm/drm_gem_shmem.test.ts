/** Covers what the recordings of shmem objects do not show: who holds pages when, imports mapped by their importer, memory that runs out. */
import { beforeEach, describe, expect, test } from 'vitest';
import { parseMachineDescription } from '../hw/machine_description.ts';
import { LabFixture, PAGE } from '../testing/lab_fixture.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { ShmemObject } from './drm_gem_shmem.ts';

const description = machineAsset('transcripts-pc');

function objectsOf(lab: LabFixture): ShmemObject[] {
  const objects: ShmemObject[] = [];
  for (const device of lab.kernel.drm.allDevices) {
    for (const object of device.objects) if (object instanceof ShmemObject) objects.push(object);
  }
  return objects;
}

let lab: LabFixture;
beforeEach(async () => {
  lab = new LabFixture(description);
  await lab.call('A', 'spawn');
  await lab.call('A', 'open', { dev: 'vgem' }, 'fd');
  // Four pages.
  await lab.call('A', 'drm.createDumb', { fd: 'fd', width: 64, height: 64, bpp: 32 }, 'bo');
});

describe('pages of an object', () => {
  test('none before the first mmap, all of them then, held until the last munmap; the bytes stay in the file', async () => {
    const [object] = objectsOf(lab) as [ShmemObject];
    expect([object.pages, object.file!.inode.blocks]).toEqual([null, 0]);
    await lab.call('A', 'mmap', { fd: 'fd', offsetOf: 'bo', length: 2 * PAGE }, 'm1');
    await lab.call('A', 'mmap', { fd: 'fd', offsetOf: 'bo', length: 4 * PAGE }, 'm2');
    expect([object.pages!.length, object.pagesUseCount, object.file!.inode.blocks]).toEqual([4, 2, 32]);
    expect(object.file!.mapping.unevictable).toBe(true);
    await lab.call('A', 'touch', { map: 'm1', page: 1, write: true, value: 7 });
    expect(lab.kernel.check()).toEqual([]);
    await lab.call('A', 'munmap', { map: 'm1' });
    await lab.call('A', 'munmap', { map: 'm2' });
    expect([object.pages, object.pagesUseCount, object.file!.mapping.unevictable]).toEqual([null, 0, false]);
    await lab.call('A', 'mmap', { fd: 'fd', offsetOf: 'bo', length: 4 * PAGE }, 'm3');
    expect(await lab.call('A', 'touch', { map: 'm3', page: 1, write: false })).toEqual({
      minorFaults: 1,
      value: 7,
    });
    expect(lab.kernel.check()).toEqual([]);
  });

  test('the object outlives handle and file while it is mapped; with the mapping its frames go', async () => {
    const free = lab.kernel.context.frames.nrFree;
    await lab.call('A', 'mmap', { fd: 'fd', offsetOf: 'bo', length: 4 * PAGE }, 'm');
    await lab.call('A', 'drm.gemClose', { fd: 'fd', bo: 'bo' });
    await lab.call('A', 'close', { fd: 'fd' });
    expect(lab.kernel.context.frames.nrFree).toBe(free - 4);
    expect(lab.kernel.check()).toEqual([]);
    await lab.call('A', 'munmap', { map: 'm' });
    expect([lab.kernel.context.frames.nrFree, objectsOf(lab)]).toEqual([free, []]);
  });

  test('a mapping that lost its head counts pages from its new start', async () => {
    await lab.call('A', 'mmap', { fd: 'fd', offsetOf: 'bo', length: 4 * PAGE }, 'm');
    for (let page = 0; page < 4; page++)
      await lab.call('A', 'touch', { map: 'm', page, write: true, value: 10 + page });
    await lab.call('A', 'mmap', { fd: 'fd', offsetOf: 'bo', length: 4 * PAGE }, 'n');
    await lab.call('A', 'munmap', { map: 'n', first: 0, count: 1 });
    expect(await lab.call('A', 'touch', { map: 'n', page: 2, write: false })).toMatchObject({ value: 11 });
    expect(lab.kernel.check()).toEqual([]);
  });

  test('no memory for all pages: mmap is ENOMEM and the object has no pages', async () => {
    const small = new LabFixture(parseMachineDescription({ ...description, ramBytes: 32 * PAGE }, 'test'));
    await small.call('A', 'spawn');
    await small.call('A', 'open', { dev: 'vgem' }, 'fd');
    await small.call('A', 'drm.createDumb', { fd: 'fd', width: 1024, height: 40, bpp: 32 }, 'bo');
    expect(await small.call('A', 'mmap', { fd: 'fd', offsetOf: 'bo', length: PAGE }, 'm')).toBe('ENOMEM');
    const [object] = objectsOf(small) as [ShmemObject];
    expect([object.pages, object.pagesUseCount, object.refcount]).toEqual([null, 0, 1]);
    expect(small.kernel.check()).toEqual([]);
  });
});

describe('buffers of others', () => {
  beforeEach(async () => {
    await lab.call('A', 'heap.alloc', { len: 4 * PAGE }, 'heap');
    await lab.call('A', 'drm.primeImport', { fd: 'fd', dmabuf: 'heap' }, 'imported');
  });

  test('mmap of the import on the device is a mapping of the buffer itself', async () => {
    await lab.call('A', 'mmap', { fd: 'fd', offsetOf: 'imported', length: 3 * PAGE, slot: 3 }, 'm');
    expect(await lab.call('A', 'vmas', { map: 'm' })).toEqual([[0, 3, 'rw-s', 0, '/dmabuf:']]);
    expect(await lab.call('A', 'touch', { map: 'm', page: 2, write: true, value: 9 })).toEqual({
      minorFaults: 0,
      value: 9,
    });
    await lab.call('A', 'mmap', { fd: 'heap', length: 4 * PAGE, slot: 4 }, 'direct');
    expect(await lab.call('A', 'touch', { map: 'direct', page: 2, write: false })).toMatchObject({
      value: 9,
    });
    expect(lab.kernel.check()).toEqual([]);
  });

  test('the import shares the reservation, and lets go of the buffer with its last handle', async () => {
    const [buf] = lab.kernel.dmaBufs.buffers;
    const imported = objectsOf(lab).find(object => object.importAttach !== null)!;
    expect(imported.resv).toBe(buf!.resv);
    expect([buf!.file.count, buf!.attachments.length]).toEqual([4, 1]);
    await lab.call('A', 'drm.gemClose', { fd: 'fd', bo: 'imported' });
    expect([buf!.file.count, buf!.attachments.length]).toEqual([1, 0]);
    expect(lab.kernel.check()).toEqual([]);
  });

  test('a shmem object that another device uses is pinned as long', async () => {
    const two = parseMachineDescription(
      { ...description, devices: [...description.devices, { ...vgemOf(), name: 'vgem#2', minor: 9 }] },
      'test',
    );
    lab = new LabFixture(two);
    await lab.call('A', 'spawn');
    await lab.call('A', 'open', { dev: 'vgem' }, 'fd');
    await lab.call('A', 'open', { dev: 'vgem#2' }, 'fd2');
    await lab.call('A', 'drm.createDumb', { fd: 'fd', width: 64, height: 64, bpp: 32 }, 'bo');
    await lab.call('A', 'drm.primeExport', { fd: 'fd', bo: 'bo', flags: 'rdwr' }, 'db');
    const [object] = objectsOf(lab) as [ShmemObject];
    expect(await lab.call('A', 'drm.primeImport', { fd: 'fd2', dmabuf: 'db' }, 'i')).toEqual({ handle: 1 });
    expect([object.pagesPinCount, object.pagesUseCount]).toEqual([1, 1]);
    expect(lab.kernel.check()).toEqual([]);
    await lab.call('A', 'drm.gemClose', { fd: 'fd2', bo: 'i' });
    expect([object.pagesPinCount, object.pagesUseCount, object.pages]).toEqual([0, 0, null]);
    expect(lab.kernel.check()).toEqual([]);
  });

  test('bochs takes no foreign buffer: EINVAL, and nobody is attached', async () => {
    await lab.call('A', 'open', { dev: 'bochs' }, 'bochs');
    expect(await lab.call('A', 'drm.primeImport', { fd: 'bochs', dmabuf: 'heap' }, 'x')).toBe('EINVAL');
    expect(lab.kernel.dmaBufs.buffers[0]!.attachments).toHaveLength(1);
  });
});

describe('devices', () => {
  test('virtio_gpu leaves and comes back: its nodes too, mappings live on', async () => {
    await lab.call('A', 'open', { dev: 'virtio_gpu' }, 'v');
    await lab.call('A', 'drm.createDumb', { fd: 'v', width: 64, height: 64, bpp: 32 }, 'vbo');
    await lab.call('A', 'mmap', { fd: 'v', offsetOf: 'vbo', length: 4 * PAGE }, 'm');
    await lab.call('A', 'touch', { map: 'm', page: 0, write: true, value: 5 });
    const driver = '/sys/bus/virtio/drivers/virtio_gpu';
    expect(await lab.call('K', 'sysfs.write', { path: `${driver}/unbind`, data: 'virtio0' })).toBe(0);
    expect(await lab.call('K', 'exists', { path: '/dev/dri/renderD129' })).toBe(false);
    expect(await lab.call('A', 'ptes', { map: 'm' })).toEqual({ where: '....', perm: '....' });
    expect(await lab.call('A', 'touch', { map: 'm', page: 0, write: false })).toEqual({
      minorFaults: 1,
      value: 5,
    });
    expect(await lab.call('A', 'drm.createDumb', { fd: 'v', width: 1, height: 1, bpp: 32 })).toBe('ENODEV');
    expect(await lab.call('K', 'sysfs.write', { path: `${driver}/bind`, data: 'virtio0' })).toBe(0);
    expect(await lab.call('A', 'open', { dev: 'virtio_gpu:render' }, 'r')).toBe(0);
    expect(lab.kernel.check()).toEqual([]);
  });

  test('a picture of virtio_gpu is shown without a pin; vgem has no picture', async () => {
    await lab.call('A', 'open', { dev: 'virtio_gpu' }, 'v');
    await lab.call('A', 'drm.createDumb', { fd: 'v', width: 640, height: 480, bpp: 32 }, 'vbo');
    await lab.call('A', 'drm.addFB', { fd: 'v', bo: 'vbo', width: 640, height: 480 }, 'fb');
    expect(await lab.call('A', 'drm.setCrtc', { fd: 'v', fb: 'fb', mode: '640x480' })).toBe(0);
    await lab.call('A', 'drm.destroyDumb', { fd: 'v', bo: 'vbo' });
    expect(lab.kernel.check()).toEqual([]);
    expect(await lab.call('A', 'drm.crtcOff', { fd: 'fd' })).toBe('EOPNOTSUPP');
    expect(await lab.call('A', 'drm.setCrtc', { fd: -1, fb: 'fb', mode: '640x480' })).toBe('EBADF');
  });

  test('a description with VRAM for vgem, or none for bochs, is refused', () => {
    const devices = description.devices.map(device => ({ ...device, vramBytes: 0, visibleVramBytes: 0 }));
    expect(() => parseMachineDescription({ ...description, devices }, 'test')).toThrow(/bochs.*0 bytes/);
    const vgem = { ...vgemOf(), vramBytes: PAGE };
    expect(() => parseMachineDescription({ ...description, devices: [vgem] }, 'test')).toThrow(/vgem/);
  });
});

function vgemOf() {
  return description.devices.find(device => device.name === 'vgem')!;
}
