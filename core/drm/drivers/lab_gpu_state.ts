/**
 * What one lab_gpu has besides its memory manager: two engines, the GART, the objects made at boot, the jobs in flight.
 *
 * Models     no Linux driver; the parts that amdgpu and i915 have in common
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import { PAGE_SIZE, type Pages } from '../../base/units.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import type { ScanOut } from '../../hw/ring/scan_out.ts';
import type { FramebufferConsole } from '../console/framebuffer_console.ts';
import type { DrmDevice } from '../drm_device.ts';
import { GpuEngine } from '../engine/gpu_engine.ts';
import type { RingEngine } from '../engine/ring_engine.ts';
import type { GartSpace } from '../gtt/gart_space.ts';
import type { TtmBo } from '../ttm/ttm_bo.ts';

/** A small XRGB8888 picture over the display; pixels whose top byte is 0 are not shown. */
export interface Cursor {
  readonly bo: TtmBo;
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
}

export class LabGpu {
  readonly copyEngine: GpuEngine;
  readonly ring: GpuEngine;
  /** Framebuffer, ring, status page; pinned as long as the device is bound. */
  readonly bootObjects: TtmBo[] = [];
  /** Fences of jobs by number, until they have signalled and somebody looked. */
  readonly jobs = new Map<number, DmaFence>();
  nextJobId = 1;
  /** The engine that executes the ring; null until the ring exists. */
  engine: RingEngine | null = null;
  /** What the kernel's console draws on; null until it is started. */
  console: FramebufferConsole | null = null;
  /** What lies over the picture; null: nothing. */
  cursor: Cursor | null = null;
  /** The picture of the CRTC, and that of the console, as the display's registers hold them. */
  shown: ScanOut | null = null;
  bootPicture: ScanOut = { address: 0, pitch: 0, format: 0, width: 0, height: 0 };

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

/** Number of a lab_gpu's engine among those of the machine; a device that comes back has the number it had. */
export function engineNumberOf({ devices }: MachineDescription, deviceIndex: number): number {
  return devices.slice(0, deviceIndex).filter(({ driver }) => driver === 'lab_gpu').length;
}

/** An object that the kernel made at boot, by name. */
export function bootObject(state: LabGpu, name: string): TtmBo {
  const bo = state.bootObjects.find(({ label }) => label === name);
  invariant(bo, () => `The device has no ${name}.`);
  return bo;
}

/** The state of a lab_gpu device. */
export function labGpuOf(device: DrmDevice): LabGpu {
  return device.driverState as LabGpu;
}
