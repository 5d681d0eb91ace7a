/** What the dossier leaves open (9.3) and the model had to settle, pinned down; docs/disagreements.md says what was chosen. */
import { expect, test } from 'vitest';
import { KERNEL_ERAS } from '../../kernel/kernel_era.ts';
import type { Json } from '../../session/input.ts';
import { LabFixture, PAGE } from '../../testing/lab_fixture.ts';
import { machineAsset } from '../../testing/transcript_files.ts';

type Touched = { [name: string]: Json };

test('9.3 a CPU mapping of a purged i915 object: SIGBUS through the GTT, fresh zeros through the shmem file', async () => {
  const lab = new LabFixture(machineAsset('i915-2008'));
  const call = (name: string, args: { [name: string]: Json }, as?: string) => lab.call('A', name, args, as);
  await call('spawn', {});
  await call('open', { dev: 'i915' }, 'fd');
  await call('i915.create', { fd: 'fd', size: PAGE }, 'bo');
  await call('i915.pwrite', { fd: 'fd', bo: 'bo', offset: 0, length: PAGE, value: 3 });
  await call('i915.mmapGtt', { fd: 'fd', bo: 'bo' });
  await call('mmap', { fd: 'fd', offsetOf: 'bo', length: PAGE }, 'gtt');
  await call('i915.mmap', { fd: 'fd', bo: 'bo' }, 'cpu');
  await call('i915.setDomain', { fd: 'fd', bo: 'bo', read: 'gtt' });
  expect(await call('touch', { map: 'gtt', page: 0 })).toMatchObject({ value: 3 });
  expect(await call('touch', { map: 'cpu', page: 0 })).toMatchObject({ value: 3 });
  await call('i915.madvise', { fd: 'fd', bo: 'bo', advice: 1 });
  await call('i915.evict', { fd: 'fd', bo: 'bo' });
  expect(await call('i915.madvise', { fd: 'fd', bo: 'bo', advice: 0 })).toEqual({ retained: 0 });
  expect(await call('touch', { map: 'gtt', page: 0 })).toMatchObject({ signal: 'SIGBUS' });
  expect(await call('touch', { map: 'cpu', page: 0 })).toMatchObject({ value: 0 });
  expect(lab.kernel.check()).toEqual([]);
});

test('9.3 mappings of device-dax work again when the device is bound again, with the bytes that were there', async () => {
  const lab = new LabFixture(machineAsset('transcripts-pc'));
  await lab.call('A', 'spawn');
  await lab.call('A', 'open', { path: '/dev/dax0.0' }, 'fd');
  await lab.call('A', 'mmap', { fd: 'fd', length: PAGE }, 'm');
  await lab.call('A', 'touch', { map: 'm', page: 0, write: true, value: 9 });
  const driver = (verb: string) =>
    lab.call('K', 'sysfs.write', { path: `/sys/bus/dax/drivers/device_dax/${verb}`, data: 'dax0.0' });
  expect(await driver('unbind')).toBe(0);
  const touch = async () => (await lab.call('A', 'touch', { map: 'm', page: 0 })) as Touched;
  expect(await touch()).toMatchObject({ signal: 'SIGBUS' });
  expect(await driver('bind')).toBe(0);
  expect(await touch()).toMatchObject({ minorFaults: 1, value: 9 });
});

test('9.3 a private mapping of an i915 object meets no shoot-down: there is none', async () => {
  const lab = new LabFixture(machineAsset('i915-2008'));
  await lab.call('A', 'spawn');
  await lab.call('A', 'open', { dev: 'i915' }, 'fd');
  await lab.call('A', 'i915.create', { fd: 'fd', size: PAGE }, 'bo');
  await lab.call('A', 'i915.mmapGtt', { fd: 'fd', bo: 'bo' });
  const args = { fd: 'fd', offsetOf: 'bo', length: PAGE, prot: 'rw', flags: 'private' };
  expect(await lab.call('A', 'mmap', args)).toBe('EINVAL');
  expect(lab.kernel.task(1).mm.vmas).toEqual([]);
});

test('9.3 no era claims a release for the first inode of a shared buffer or of a DRM device: eras are named by what they do', () => {
  const designs = new Set(KERNEL_ERAS.map(({ dmaBufInodes }) => dmaBufInodes));
  expect([...designs].sort()).toEqual(['first-merged', 'per-buffer', 'rfc', 'singleton', 'singleton-fdinfo']);
  const mappings = new Set(KERNEL_ERAS.map(({ deviceMapping }) => deviceMapping));
  expect([...mappings].sort()).toEqual(['first-open', 'first-open-ihold', 'per-device', 'per-node']);
  for (const { name } of KERNEL_ERAS) expect(name).not.toMatch(/\b(5\.3|3\.15)\b/);
});
