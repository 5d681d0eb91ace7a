/**
 * How lab_gpu moves objects: by its copy engine, behind fences; where victims go; what the CPU can reach.
 *
 * Models     amdgpu_bo_move, amdgpu_evict_flags, amdgpu_bo_fault_reserved_notify, drivers/gpu/drm/amd/amdgpu (Linux 6.12)
 * Rule       an object in system pages stays there when the CPU touches it; one in VRAM that the CPU cannot see is moved to
 *            where it can: visible VRAM if there is room, else system pages
 */
import { KernelError } from '../../base/errno.ts';
import { snapshotConstant } from '../../base/snapshot.ts';
import type { Nanoseconds, Pages } from '../../base/units.ts';
import { USAGE_KERNEL } from '../../dma_buf/dma_resv.ts';
import type { CopyReason } from '../../hw/data_plane.ts';
import { copyTimeNs } from '../../hw/machine_description.ts';
import { REGION_RAM, REGION_VRAM, type Region } from '../../hw/region.ts';
import type { VmArea } from '../../mm/vm_area.ts';
import type { VmFaultReason } from '../../mm/vm_fault.ts';
import { BO_MOVE_FENCE } from '../../trace/events/drm.ts';
import { waitForRing } from '../engine/ring_busy.ts';
import type { GemObject, GemObjectFuncs } from '../gem_object.ts';
import { moveToLruTail, pendingFences, releaseBo, type TtmBo } from '../ttm/ttm_bo.ts';
import { clearVram, moveAccelCleanup, moveNull, vramFrames } from '../ttm/ttm_bo_move.ts';
import { validateBo } from '../ttm/ttm_bo_validate.ts';
import { mmapBo } from '../ttm/ttm_bo_vm.ts';
import type { TtmDriver } from '../ttm/ttm_driver.ts';
import {
  PL_FLAG_DESIRED,
  PL_SYSTEM,
  PL_TT,
  PL_VRAM,
  placeIn,
  type TtmPlacement,
} from '../ttm/ttm_placement.ts';
import type { TtmResource } from '../ttm/ttm_resource.ts';
import { labGpuOf } from './lab_gpu_state.ts';

const TO_SYSTEM: TtmPlacement = [placeIn(PL_SYSTEM)];
const TO_TT: TtmPlacement = [placeIn(PL_TT), placeIn(PL_SYSTEM)];

/** Objects of lab_gpu. */
export const LAB_OBJECT_FUNCS: GemObjectFuncs = snapshotConstant('drm.labObjectFuncs', {
  name: 'lab_gpu',
  free: (object: GemObject) => releaseBo(object as TtmBo),
  mmap: (object: GemObject, vma: VmArea) => mmapBo(object as TtmBo, vma),
} satisfies GemObjectFuncs);

function regionOf(resource: TtmResource): Region {
  return resource.memType === PL_VRAM ? REGION_VRAM : REGION_RAM;
}

/** Hand a queued copy to the engine and say so. */
function submitMove(bo: TtmBo, from: Region, to: Region) {
  const { device, nrPages } = bo;
  const duration: Nanoseconds = copyTimeNs(device.core.machine, from, to, nrPages);
  const fence = labGpuOf(device).copyEngine.submit(duration, pendingFences(bo));
  device.trace.emit(BO_MOVE_FENCE, bo.id, fence.context.id, fence.seqno, duration);
  return fence;
}

/** Fresh VRAM is cleared by the engine before anybody sees it. */
function moveFromNothing(bo: TtmBo, to: TtmResource): void {
  const { device } = bo;
  const from = bo.resource;
  clearVram(bo, to);
  const fence = submitMove(bo, REGION_VRAM, REGION_VRAM);
  bo.resv.addFence(device.trace, fence, USAGE_KERNEL);
  if (from !== null) {
    bo.bulk?.remove(from);
    from.manager.free(from);
    bo.tt = null;
  }
  bo.resource = to;
  moveToLruTail(to);
}

function isCpuVisible(bo: TtmBo): boolean {
  const { resource } = bo;
  if (resource === null || resource.memType !== PL_VRAM) return true;
  return resource.start + resource.nrPages <= labGpuOf(bo.device).visiblePages;
}

export const LAB_TTM_DRIVER: TtmDriver = snapshotConstant('drm.labTtmDriver', {
  name: 'lab_gpu',

  evictPlacement(bo: TtmBo): TtmPlacement {
    const { device, resource } = bo;
    waitForRing(bo, 'ttm_bo_evict');
    return resource!.memType === PL_VRAM && device.description.evictTo === 'tt' ? TO_TT : TO_SYSTEM;
  },

  move(bo: TtmBo, to: TtmResource, evict: boolean): void {
    const from = bo.resource;
    const { plane } = bo.device.core;
    const intoVram = to.memType === PL_VRAM;
    const outOfVram = from !== null && from.memType === PL_VRAM;
    if (!intoVram && !outOfVram) {
      moveNull(bo, to);
      return;
    }
    if (from === null || (!outOfVram && !bo.tt!.populated)) {
      moveFromNothing(bo, to);
      return;
    }
    const source = outOfVram ? vramFrames(from) : bo.tt!.pages!;
    const target = intoVram ? vramFrames(to) : bo.tt!.pages!;
    const why: CopyReason = evict ? 'evict' : 'validate';
    if (evict && bo.device.core.mm.sabotage === 'evict-forgets-copy') plane.fillPages(target[0]!, 1, 0);
    else plane.copyPages(source, target, why);
    moveAccelCleanup(bo, to, evict, submitMove(bo, regionOf(from), regionOf(to)));
  },

  /** Entries of the GART must not outlive the place they lead to. */
  releaseNotify(bo: TtmBo): void {
    labGpuOf(bo.device).gart.unbind(bo);
  },

  cpuVisible: isCpuVisible,

  faultReservedNotify(bo: TtmBo): VmFaultReason | null {
    if (isCpuVisible(bo)) return null;
    if (bo.pinCount > 0) return 'SIGBUS';
    waitForRing(bo, 'page fault');
    const visible: Pages = labGpuOf(bo.device).visiblePages;
    const placement: TtmPlacement = [placeIn(PL_VRAM, PL_FLAG_DESIRED, visible), ...TO_TT];
    try {
      validateBo(bo, placement, bo.ttm.newContext());
    } catch (refusal) {
      if (refusal instanceof KernelError) return 'SIGBUS';
      throw refusal;
    }
    return null;
  },
} satisfies TtmDriver);
