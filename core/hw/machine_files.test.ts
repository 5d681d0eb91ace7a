/** Covers the shipped machine descriptions and what is refused. Not yet: other eras. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { KernelError } from '../base/errno.ts';
import { PAGE_SIZE } from '../base/units.ts';
import {
  copyTimeNs,
  firstPmemPfn,
  firstVramPage,
  machineHash,
  parseMachineDescription,
  regionPages,
  vramBytesOf,
} from './machine_description.ts';
import { REGION_RAM, REGION_VRAM } from './region.ts';

const folder = fileURLToPath(new URL('../../assets/machines/', import.meta.url));
const files = readdirSync(folder).filter(name => name.endsWith('.json'));
const load = (name: string): Record<string, unknown> => JSON.parse(readFileSync(folder + name, 'utf8'));

describe('machine descriptions', () => {
  test.each(files)('%s: is accepted and named after its file', name => {
    expect(`${parseMachineDescription(load(name), name).name}.json`).toBe(name);
  });

  test('hash: the order of the keys does not matter, a value does', () => {
    const document = load('lab-64m.json');
    const backwards = Object.fromEntries(Object.entries(document).reverse());
    const hash = machineHash(parseMachineDescription(document, 'a'));
    expect(machineHash(parseMachineDescription(backwards, 'b'))).toBe(hash);
    expect(machineHash(parseMachineDescription({ ...document, ttBytes: 4096 }, 'c'))).not.toBe(hash);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each([
    ['ramBytes', 4097, /multiple of 4096/],
    ['ramBytes', undefined, /ramBytes/],
    ['vramHeapBytes', 4096, /needs 16384 heaps/],
    ['ttBytes', 2 ** 30, /larger than ramBytes/],
    ['unboundEntry', 'maybe', /unboundEntry/],
    ['surprise', 1, /surprise/],
  ])('field %s = %s: EINVAL that says so', (field, value, says) => {
    const document = { ...load('lab-64m.json'), [field]: value };
    const parse = () => parseMachineDescription(document, 'broken.json');
    expect(parse).toThrow(KernelError);
    expect(parse).toThrow(says);
    expect(parse).toThrow(/broken\.json/);
  });

  test('two devices: VRAM of the second begins where the first ends', () => {
    const pc = parseMachineDescription(load('transcripts-pc.json'), 'pc');
    expect(firstVramPage(pc, 1)).toBe(2048);
    // bochs 8 and 16 MiB; qxl 16 MiB and a surface heap of 8 MiB behind it.
    expect(vramBytesOf(pc)).toBe((8 + 16 + 16 + 8) * 1024 * 1024);
    expect(pc.ramBytes / PAGE_SIZE).toBe(524_288);
  });

  test('device-dax memory: behind system memory in the region of RAM, one piece after the other', () => {
    const pc = parseMachineDescription(load('transcripts-pc.json'), 'pc');
    expect(firstPmemPfn(pc, 0)).toBe(524_288);
    expect(firstPmemPfn(pc, 1)).toBe(524_288 + 15_872);
    expect(regionPages(pc)[REGION_RAM]).toBe(524_288 + 2 * 15_872);
  });

  test('machines without device-dax memory keep their hash', () => {
    const { pmem, ...others } = parseMachineDescription(load('transcripts-pc.json'), 'pc');
    expect(pmem).toHaveLength(2);
    expect(machineHash(parseMachineDescription(others, 'pc'))).toBe(
      machineHash({ ...others, pmem: undefined }),
    );
    expect(machineHash(others)).not.toBe(machineHash({ ...others, pmem }));
  });

  test('copyTimeNs: latency plus bytes over bandwidth, rounded up', () => {
    const lab = parseMachineDescription(load('lab-64m.json'), 'lab');
    expect(copyTimeNs(lab, REGION_RAM, REGION_VRAM, 3)).toBe(10_000 + 1024);
  });
});
