import { expect, test } from 'vitest';
import { LabFixture, PAGE } from '../../testing/lab_fixture.ts';
import { parseDrmFdinfo } from '../import/drm_fdinfo.ts';

test('fdinfo of a GPU file: its client and its bytes by memory, shared with whoever else has a handle; evicted bytes change region', async () => {
  const lab = await LabFixture.boot();
  for (const [name, pages] of [
    ['a', 256],
    ['b', 3],
  ] as const)
    await lab.call('A', 'gpu.create', { fd: 'fd', size: pages * PAGE, domain: 'vram', name }, name);
  await lab.call('A', 'gpu.idle', { fd: 'fd' });
  await lab.call('A', 'drm.primeExport', { fd: 'fd', bo: 'a', flags: 'rdwr' }, 'buf');
  const read = async () => {
    const fields = (await lab.call('A', 'fdinfo', { fd: 'fd' })) as Record<string, string>;
    return {
      fields,
      client: parseDrmFdinfo(
        Object.entries(fields)
          .map(pair => pair.join(': '))
          .join('\n'),
      ),
    };
  };
  const { fields, client } = await read();
  expect(fields).toMatchObject({
    'drm-driver': 'lab-gpu',
    'drm-total-vram': '1036 KiB',
    'drm-shared-vram': '1 MiB',
    'drm-resident-vram': '1036 KiB',
    'drm-total-gtt': '0',
  });
  expect(client?.regions.get('vram')).toMatchObject({ total: 259 * PAGE, shared: 256 * PAGE, active: 0 });
  await lab.call('A', 'gpu.evict', { fd: 'fd', bo: 'b' });
  await lab.call('A', 'gpu.idle', { fd: 'fd' });
  const after = await read();
  expect(after.fields['drm-total-vram']).toBe('1 MiB');
  expect(after.client!.regions.get('cpu')!.total! + after.client!.regions.get('gtt')!.total!).toBe(3 * PAGE);
});
