/** A machine with every kind of object, mapped and touched, for tests that break something in it by hand. */
import { expect } from 'vitest';
import type { DrmDevice } from '../drm/drm_device.ts';
import type { DrmFile } from '../drm/drm_file.ts';
import type { ShmemObject } from '../drm/drm_gem_shmem.ts';
import type { TtmBo } from '../drm/ttm/ttm_bo.ts';
import type { Task } from '../kernel/task.ts';
import { ShootDown } from '../mm/unmap_mapping.ts';
import type { VmArea } from '../mm/vm_area.ts';
import { LabFixture, PAGE } from './lab_fixture.ts';
import { machineAsset } from './transcript_files.ts';

/** Type of a thing whose readonly fields a test overwrites. */
export type Open<T> = { -readonly [Key in keyof T]: T[Key] };

export class Scene extends LabFixture {
  get task(): Task {
    return this.kernel.task(1);
  }

  /** The mapping of this name, by the length that only it has. */
  vma(pages: number): VmArea {
    const found = this.task.mm.vmas.find(vma => vma.nrPages === pages);
    expect(found).toBeDefined();
    return found!;
  }

  word(vma: VmArea, page = 0): number {
    return this.task.mm.pageTable.get(vma.start + page);
  }

  update(vma: VmArea, word: number, page = 0): void {
    this.task.mm.pageTable.update(vma.start + page, word);
  }

  deviceNamed(name: string): DrmDevice {
    return this.kernel.devices.get(name)!.device as DrmDevice;
  }

  get file(): DrmFile {
    return [...this.device.files][0]!;
  }

  get bo(): TtmBo {
    return this.object('vram');
  }

  get tt(): TtmBo {
    return this.object('tt');
  }

  get shmem(): ShmemObject {
    return [...this.deviceNamed('vgem').objects][0] as ShmemObject;
  }

  /** An object that has ended. */
  async dead(): Promise<TtmBo> {
    await this.call('A', 'gpu.create', { fd: 'fd', size: PAGE, domain: 'vram', name: 'dead' }, 'dead');
    const dead = this.object('dead');
    await this.call('A', 'drm.gemClose', { fd: 'fd', bo: 'dead' });
    return dead;
  }

  shot(first: number, last: number, evenCows = true): ShootDown {
    const { context } = this.kernel;
    const shot = new ShootDown(this.vma(MEMFD).file!.mapping, first, last, evenCows, context.pteSerial, 1);
    shot.linkedAfter = 1;
    context.recentShootDowns.push(shot);
    return shot;
  }
}

/** Lengths of the mappings, which are also their names here. */
export const VRAM = 4;
export const TT = 5;
export const MEMFD = 6;
export const ANON = 7;
export const VGEM = 8;
export const HEAP = 9;

export async function scene(): Promise<Scene> {
  const it = new Scene(machineAsset('fuzz-systems'));
  const run = async (call: string, args: Parameters<LabFixture['call']>[2], as?: string) => {
    const ret = await it.call('A', call, args, as);
    expect(typeof ret, `${call} answers ${JSON.stringify(ret)}`).not.toBe('string');
  };
  await run('spawn', {});
  await run('open', { dev: 'lab_gpu' }, 'fd');
  for (const [domain, pages] of [
    ['vram', VRAM],
    ['tt', TT],
  ] as const) {
    const made = { fd: 'fd', size: pages * PAGE, domain, name: domain, visible: true };
    await run('gpu.create', made, domain);
    await run('mmap', { fd: 'fd', offsetOf: domain, length: pages * PAGE }, `m_${domain}`);
  }
  await run('gpu.submit', { fd: 'fd', list: ['vram', 'tt'] });
  await run('gpu.idle', { fd: 'fd' });
  for (const domain of ['vram', 'tt']) await run('touch', { map: `m_${domain}`, page: 0, write: true });
  await run('memfd', { name: 'm' }, 'm');
  await run('ftruncate', { fd: 'm', size: MEMFD * PAGE });
  await run('mmap', { fd: 'm', length: MEMFD * PAGE }, 'm_memfd');
  await run('mmap', { length: ANON * PAGE, flags: 'private,anon' }, 'm_anon');
  await run('open', { dev: 'vgem' }, 'vgem');
  await run('drm.createDumb', { fd: 'vgem', width: 1024, height: VGEM, bpp: 32 }, 's');
  await run('mmap', { fd: 'vgem', offsetOf: 's', length: VGEM * PAGE }, 'm_vgem');
  await run('heap.alloc', { len: HEAP * PAGE }, 'heap');
  await run('mmap', { fd: 'heap', length: HEAP * PAGE }, 'm_heap');
  for (const map of ['m_memfd', 'm_anon', 'm_vgem', 'm_heap'])
    for (const page of [0, 1]) await run('touch', { map, page, write: true });
  await run('drm.primeExport', { fd: 'fd', bo: 'vram', flags: 'rdwr' }, 'x');
  expect(it.kernel.check()).toEqual([]);
  return it;
}
