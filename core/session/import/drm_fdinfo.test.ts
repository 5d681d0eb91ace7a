/** Covers the keys of the documented format, old aliases, and that one client behind two descriptors counts once. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { distinctClients, parseDrmFdinfo } from './drm_fdinfo.ts';

const capture = (name: string) =>
  readFileSync(new URL(`../../../assets/captures/${name}.fdinfo.txt`, import.meta.url), 'utf8');

describe('fdinfo of a DRM client', () => {
  test('xe: sizes in KiB, MiB and without a unit become bytes, by region', () => {
    const client = parseDrmFdinfo(capture('xe-discrete'))!;
    expect(client).toMatchObject({ driver: 'xe', pdev: '0000:03:00.0', clientId: 3, name: '' });
    expect(client.regions.get('vram0')).toEqual({
      total: 23992 * 1024,
      shared: 16 * 1024 * 1024,
      active: 0,
      resident: 23992 * 1024,
    });
    expect(client.regions.get('gtt')!.resident).toBe(192 * 1024);
    expect([...client.regions.keys()]).toEqual(['system', 'gtt', 'vram0', 'stolen']);
  });

  test('every key: evicted, purgeable and active; a region with a hyphen; a capacity is no engine', () => {
    const client = parseDrmFdinfo(capture('integrated'))!;
    expect(client.name).toBe('compositor: main');
    expect(client.regions.get('system0')).toEqual({
      total: 6044 * 1024,
      shared: 0,
      active: 64 * 1024,
      resident: 6044 * 1024,
      evicted: 12 * 1024,
      purgeable: 1688 * 1024,
    });
    expect(client.regions.get('stolen-system0')!.total).toBe(8 * 1024 * 1024);
    expect([...client.engineNs]).toEqual([
      ['render', 346249],
      ['video', 0],
    ]);
    expect([...client.engineCapacity]).toEqual([['video', 2]]);
  });

  test('old keys: drm-memory is what is resident, a blank after the colon does no harm, amd- keys are passed over', () => {
    const { regions } = parseDrmFdinfo(capture('legacy-keys'))!;
    expect(regions.get('vram')).toEqual({ resident: 4096 * 1024, shared: 0 });
    expect(regions.get('gtt')).toEqual({ resident: 512 * 1024 });
    expect([...regions.keys()].sort((a, b) => (a < b ? -1 : 1))).toEqual(['cpu', 'gtt', 'vram']);
  });

  test('the common key wins over its old alias, in either order', () => {
    const lines = ['drm-memory-vram:\t1 KiB', 'drm-resident-vram:\t2 KiB'];
    for (const text of [lines, [...lines].reverse()])
      expect(parseDrmFdinfo(['drm-driver:\tx', ...text].join('\n'))!.regions.get('vram')!.resident).toBe(
        2048,
      );
  });

  test('a descriptor of something else is no client; a value that is no size is left out', () => {
    expect(parseDrmFdinfo('pos:\t0\nflags:\t02\nmnt_id:\t9\n')).toBeUndefined();
    expect(parseDrmFdinfo('drm-driver:\tx\ndrm-total-vram:\tmany\n')!.regions.size).toBe(0);
  });

  test('one client behind several descriptors counts once; clients without a number cannot be told apart', () => {
    const xe = parseDrmFdinfo(capture('xe-discrete'))!;
    const i915 = parseDrmFdinfo(capture('integrated'))!;
    const unnumbered = { ...i915, clientId: null };
    expect(distinctClients([xe, i915, xe, unnumbered, unnumbered])).toEqual([
      xe,
      i915,
      unnumbered,
      unnumbered,
    ]);
  });
});
