/** What a device's display shows, as the machine reads it through the GART; not part of the run. */
import { LAB_GPU_DRIVER } from '../drm/drivers/lab_gpu.ts';
import { scanOutOf } from '../drm/drivers/lab_gpu_display.ts';
import type { DrmDevice } from '../drm/drm_device.ts';
import type { Player } from '../session/player.ts';

/** Pixels of RGBA, one byte each, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** The picture of a device by name, or of the first one with a display in VRAM; null when there is none. */
export async function takePicture(player: Player, name?: string): Promise<Picture | null> {
  const { kernel, machine } = player;
  for (const [known, { device }] of kernel.devices) {
    const drm = device as DrmDevice;
    if (drm.driver !== LAB_GPU_DRIVER || (name !== undefined && known !== name)) continue;
    await player.barrier();
    const shown = scanOutOf(drm);
    return { width: shown.width, height: shown.height, pixels: await machine.scanOut(shown) };
  }
  return null;
}
