/**
 * Covers what the recordings of DRM calls do not show: a kernel of another era, a full descriptor table, a caller without
 * rights. The recordings themselves are played by lab/transcript.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_DESCRIPTORS } from '../../fs/fd_table.ts';
import { LINUX_6_1 } from '../../fs/kernel_era.ts';
import { LabFixture, labMachine, PAGE } from '../../testing/lab_fixture.ts';

/** The transcripts' kind of device, on a small machine. */
async function bochs(): Promise<LabFixture> {
  const lab = new LabFixture(labMachine({}, { driver: 'bochs', name: 'bochs' }));
  await lab.call('A', 'spawn');
  await lab.call('A', 'open', { dev: 'bochs' }, 'fd');
  return lab;
}

let lab: LabFixture;
beforeEach(async () => {
  lab = await bochs();
});
const dumb = (as: string) =>
  lab.call('A', 'drm.createDumb', { fd: 'fd', width: 1024, height: 480, bpp: 32 }, as);

describe('linux 6.1', () => {
  test('no zap at the first placement, no PRIME, a framebuffer is no handle', async () => {
    lab.kernel.context.era = LINUX_6_1;
    const from = lab.kernel.trace.count;
    await dumb('bo');
    expect(lab.events('lab_ttm:bo_unmap_virtual', from)).toEqual([]);
    expect(await lab.call('A', 'drm.primeExport', { fd: 'fd', bo: 'bo' }, 'x')).toBe('ENOSYS');
    expect(await lab.call('A', 'drm.getCap', { fd: 'fd', cap: 'prime' })).toBe(0);
    expect(await lab.call('A', 'drm.gemFlink', { fd: 'fd', bo: 'bo' })).toEqual({ name: 1 });
    await lab.call('A', 'drm.addFB', { fd: 'fd', bo: 'bo', width: 1024, height: 480 }, 'fb');
    await lab.call('A', 'drm.gemClose', { fd: 'fd', bo: 'bo' });
    expect(await lab.call('A', 'drm.gemOpen', { fd: 'fd', nameOf: 'bo' })).toBe('ENOENT');
    expect(lab.kernel.check()).toEqual([]);
    const later = lab.kernel.trace.count;
    await lab.call('A', 'drm.setCrtc', { fd: 'fd', fb: 'fb', mode: '640x480' });
    expect(lab.events('lab_ttm:bo_unmap_virtual', later)).toHaveLength(1);
  });

  test('6.12: the name survives the last handle while a framebuffer exists', async () => {
    await dumb('bo');
    await lab.call('A', 'drm.gemFlink', { fd: 'fd', bo: 'bo' });
    await lab.call('A', 'drm.addFB', { fd: 'fd', bo: 'bo', width: 1024, height: 480 }, 'fb');
    await lab.call('A', 'drm.gemClose', { fd: 'fd', bo: 'bo' });
    expect(await lab.call('A', 'drm.gemOpen', { fd: 'fd', nameOf: 'bo' })).toMatchObject({ handle: 1 });
    expect(lab.kernel.check()).toEqual([]);
  });
});

describe('refusals that leave nothing', () => {
  test('export with a full descriptor table: EMFILE, and no buffer came to be', async () => {
    await dumb('bo');
    const { files } = lab.kernel.task(1);
    while ([...files.entries()].length < MAX_DESCRIPTORS) files.dup(0);
    expect(await lab.call('A', 'drm.primeExport', { fd: 'fd', bo: 'bo' }, 'x')).toBe('EMFILE');
    expect(lab.kernel.dmaBufs.buffers).toEqual([]);
    expect(lab.kernel.check()).toEqual([]);
  });

  test('getFB by a task that is neither master nor root: no handle', async () => {
    await dumb('bo');
    await lab.call('A', 'drm.addFB', { fd: 'fd', bo: 'bo', width: 1024, height: 480 }, 'fb');
    await lab.call('B', 'spawn');
    await lab.call('B', 'setuid', { uid: 1000 });
    await lab.call('A', 'mknod', { path: '/tmp/n', likeDev: 'bochs' });
    await lab.call('B', 'open', { path: '/tmp/n' }, 'fdB');
    const answer = await lab.call('B', 'drm.getFB', { fd: 'fdB', fb: 'fb' });
    expect(answer).toEqual({ handle: 0, width: 1024, height: 480, pitch: 4 * 1024 });
    expect(lab.kernel.check()).toEqual([]);
  });

  test('lab calls on another driver: EINVAL; on a memfd: ENOTTY', async () => {
    expect(await lab.call('A', 'gpu.create', { fd: 'fd', size: PAGE })).toBe('EINVAL');
    await lab.call('A', 'memfd', { name: 'x' }, 'm');
    expect(await lab.call('A', 'gpu.create', { fd: 'm', size: PAGE })).toBe('ENOTTY');
  });
});
