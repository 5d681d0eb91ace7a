import { expect, test } from 'vitest';
import { LabFixture, PAGE } from '../testing/lab_fixture.ts';
import { verifyObjects, verifyPatiently } from './verify_objects.ts';

test('in parts: the same answer; a part ends with many objects and with many pages, one large object is a part', async () => {
  const lab = await LabFixture.boot();
  await lab.fill(['a', 'b', 'c', 'd', 'e', 'f'], 512);
  await lab.call('A', 'gpu.create', { fd: 'fd', size: 2048 * PAGE, domain: 'system' }, 'large');
  const whole = await verifyObjects(lab.player);
  let parts = 1;
  const patient = await verifyPatiently(lab.player, async () => ++parts > 0);
  expect(patient).toEqual(whole);
  expect(whole.wrong).toEqual([]);
  // The kernel's own objects come first: 1536 pages are reached twice before the large one.
  expect(parts).toBeGreaterThanOrEqual(3);
  for (let i = 0; i < 1100; i++)
    await lab.call('A', 'gpu.create', { fd: 'fd', size: PAGE, domain: 'system' });
  const before = parts;
  parts = 1;
  await verifyPatiently(lab.player, async () => ++parts > 0);
  expect(parts).toBeGreaterThanOrEqual(before + 2);
  expect(await verifyPatiently(lab.player, async () => false)).toBeNull();
});
