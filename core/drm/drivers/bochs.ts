/**
 * The display of an emulated PC: objects start in system RAM, move to video memory when they are shown, by memcpy.
 *
 * Models     drivers/gpu/drm/tiny/bochs.c, drivers/gpu/drm/drm_gem_vram_helper.c (Linux 6.12)
 * Rule       mapping or touching an object never moves it; showing pins it in VRAM, hiding only unpins it
 */
import { snapshotConstant } from '../../base/snapshot.ts';
import { PAGE_SIZE } from '../../base/units.ts';
import { unmapMappingRange } from '../../mm/unmap_mapping.ts';
import type { VmArea } from '../../mm/vm_area.ts';
import type { DrmDevice } from '../drm_device.ts';
import type { DrmDriver } from '../drm_driver.ts';
import type { DrmFile } from '../drm_file.ts';
import { crtcOff } from '../framebuffer.ts';
import { createMmapOffset, type GemObject, type GemObjectFuncs, putObject } from '../gem_object.ts';
import { needObjectMemory, pinBo, releaseBo, reserveBo, TtmBo, unpinBo, unreserveBo } from '../ttm/ttm_bo.ts';
import { moveMemcpy, moveNull } from '../ttm/ttm_bo_move.ts';
import { validateBo } from '../ttm/ttm_bo_validate.ts';
import { mmapBo } from '../ttm/ttm_bo_vm.ts';
import type { TtmDriver } from '../ttm/ttm_driver.ts';
import { finiTtm, initTtm } from '../ttm/ttm_init.ts';
import { PL_SYSTEM, PL_VRAM, placeIn, type TtmPlacement } from '../ttm/ttm_placement.ts';
import type { TtmResource } from '../ttm/ttm_resource.ts';

const SYSTEM_ONLY: TtmPlacement = [placeIn(PL_SYSTEM)];
const VRAM_ONLY: TtmPlacement = [placeIn(PL_VRAM)];

/** Objects of the VRAM helper. */
export const VRAM_OBJECT_FUNCS: GemObjectFuncs = snapshotConstant('drm.vramObjectFuncs', {
  name: 'drm_gem_vram',
  free: (object: GemObject) => releaseBo(object as TtmBo),
  mmap: (object: GemObject, vma: VmArea) => mmapBo(object as TtmBo, vma),
} satisfies GemObjectFuncs);

export const VRAM_TTM_DRIVER: TtmDriver = snapshotConstant('drm.vramTtmDriver', {
  name: 'drm_vram_mm',
  evictPlacement: () => SYSTEM_ONLY,
  move(bo: TtmBo, to: TtmResource): void {
    if (bo.resource === null) moveNull(bo, to);
    else moveMemcpy(bo, to);
  },
  cpuVisible: () => true,
} satisfies TtmDriver);

/** A new object, in system memory. @throws KernelError ENOSPC no offset, ENOMEM; nothing is left then */
export function createVramObject(device: DrmDevice, nrPages: number): TtmBo {
  const ttm = device.ttm!;
  needObjectMemory(device);
  const bo = new TtmBo(ttm, nrPages, VRAM_OBJECT_FUNCS, SYSTEM_ONLY);
  try {
    createMmapOffset(bo);
    const ctx = ttm.newContext();
    reserveBo(bo, ctx.ticket);
    try {
      validateBo(bo, bo.placement, ctx);
    } finally {
      unreserveBo(bo);
    }
  } catch (refusal) {
    putObject(bo);
    throw refusal;
  }
  return bo;
}

/** Bring an object to VRAM and keep it there. @throws KernelError ENOMEM; others may have been evicted then */
export function pinInVram(bo: TtmBo, why: string): void {
  const ctx = bo.ttm.newContext();
  reserveBo(bo, ctx.ticket);
  try {
    if (bo.pinCount === 0) {
      bo.placement = VRAM_ONLY;
      validateBo(bo, bo.placement, ctx);
    }
    pinBo(bo, why);
  } finally {
    unreserveBo(bo);
  }
}

/** Undo one pinInVram(). */
export function unpinObject(bo: TtmBo): void {
  reserveBo(bo, bo.ttm.newContext().ticket);
  unpinBo(bo);
  unreserveBo(bo);
}

export const BOCHS_DRIVER: DrmDriver = snapshotConstant('drm.driver.bochs', {
  name: 'bochs-drm',

  prime: (device: DrmDevice) => device.core.mm.era.bochsPrime,

  probe(device: DrmDevice): void {
    // Claiming the two PCI regions takes mappings of physical memory away (revoke_iomem); registers first.
    const { core, description } = device;
    for (const region of [
      { address: description.registerAddress, bytes: PAGE_SIZE },
      { address: description.vramAddress, bytes: description.vramBytes },
    ]) {
      if (region.address !== undefined)
        unmapMappingRange(core.mm, core.iomem, region.address, region.bytes, true);
    }
    initTtm(device, VRAM_TTM_DRIVER, 0);
  },

  unplug: (device: DrmDevice) => crtcOff(device),
  release: (device: DrmDevice) => finiTtm(device),
  createDumb: (file: DrmFile, nrPages: number) => createVramObject(file.device, nrPages),
  dumbPitch: (width: number, bytesPerPixel: number) => width * bytesPerPixel,
  pinForScanout: (object: GemObject) => pinInVram(object as TtmBo, 'scan-out'),
  unpin: (object: GemObject) => unpinObject(object as TtmBo),
} satisfies DrmDriver);
