import { beforeEach, describe, expect, test } from 'vitest';
import { bootKernel, shutdownKernel } from '../../kernel/boot.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import type { DrmDevice } from '../drm_device.ts';
import { putObject } from '../gem_object.ts';
import { objectPages, type TtmBo } from '../ttm/ttm_bo.ts';
import { PL_PRIV, PL_SYSTEM, PL_VRAM } from '../ttm/ttm_placement.ts';
import { createQxlObject } from './qxl.ts';
import { qxlOf } from './qxl_state.ts';

const SURFACE_PAGES = 2048;
let kernel: Kernel;
let device: DrmDevice;

beforeEach(() => {
  kernel = bootKernel(machineAsset('transcripts-pc'));
  device = kernel.devices.get('qxl')!.device as DrmDevice;
});

const surface = (nrPages: number) => createQxlObject(device, nrPages, 'surface');
const placeOf = (bo: TtmBo) => [bo.resource!.memType, bo.resource!.start];

describe('qxl', () => {
  test('the list of heads is pinned at the top of VRAM, below the rings', () => {
    expect(placeOf(qxlOf(device).monitors!)).toEqual([PL_VRAM, 4096 - 2 - 1]);
    expect(device.objects.size).toBe(1);
  });

  test('surfaces fill the surface heap, then VRAM; nothing is evicted before both are full', () => {
    const [a, b, c] = [surface(SURFACE_PAGES), surface(2000), surface(2000)];
    expect([a, b, c].map(placeOf)).toEqual([
      [PL_PRIV, 0],
      [PL_VRAM, 0],
      [PL_VRAM, 2000],
    ]);
    const d = surface(SURFACE_PAGES);
    expect([a, b, c, d].map(bo => bo.resource!.memType)).toEqual([PL_SYSTEM, PL_VRAM, PL_VRAM, PL_PRIV]);
    for (const bo of [a, b, c, d]) putObject(bo);
    expect(kernel.check()).toEqual([]);
    expect(device.objects.size).toBe(1);
  });

  test('the two memories share no page', () => {
    const first = objectPages(surface(SURFACE_PAGES))!;
    const second = objectPages(surface(4093))!;
    expect(new Set([...first, ...second]).size).toBe(SURFACE_PAGES + 4093);
  });

  test('unbinding lets go of its own objects, and shutdown finds nothing left', () => {
    kernel.sysfs.write('/sys/bus/pci/drivers/qxl/unbind', '0000:00:06.0');
    expect(device.objects.size).toBe(0);
    kernel.sysfs.write('/sys/bus/pci/drivers/qxl/bind', '0000:00:06.0');
    expect(kernel.check()).toEqual([]);
    shutdownKernel(kernel);
    expect(kernel.booted).toEqual([]);
  });
});
