/**
 * What one lab_gpu has besides its memory manager: two engines, the GART, the objects made at boot, the jobs in flight.
 *
 * Models     no Linux driver; the parts that amdgpu and i915 have in common
 */
import { snapshotClass } from '../../base/snapshot.ts';
import { PAGE_SIZE, type Pages } from '../../base/units.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import type { DrmDevice } from '../drm_device.ts';
import { GpuEngine } from '../engine/gpu_engine.ts';
import type { GartSpace } from '../gtt/gart_space.ts';
import type { TtmBo } from '../ttm/ttm_bo.ts';

export class LabGpu {
  readonly copyEngine: GpuEngine;
  readonly ring: GpuEngine;
  /** Framebuffer, ring, status page; pinned as long as the device is bound. */
  readonly bootObjects: TtmBo[] = [];
  /** Fences of jobs by number, until they have signalled and somebody looked. */
  readonly jobs = new Map<number, DmaFence>();
  nextJobId = 1;

  constructor(
    readonly device: DrmDevice,
    readonly gart: GartSpace,
  ) {
    const { fences, plane } = device.core;
    this.copyEngine = new GpuEngine(fences, plane, fences.newContext(0, 0));
    this.ring = new GpuEngine(fences, plane, fences.newContext(1, 1));
  }

  /** Pages of VRAM, from its start, that the CPU reaches. */
  get visiblePages(): Pages {
    return this.device.description.visibleVramBytes / PAGE_SIZE;
  }
}
snapshotClass(LabGpu, 'drm.LabGpu');

/** The state of a lab_gpu device. */
export function labGpuOf(device: DrmDevice): LabGpu {
  return device.driverState as LabGpu;
}
