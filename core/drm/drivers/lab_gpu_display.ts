/**
 * What the display of lab_gpu reads: the shown picture and the cursor, both by GART address.
 *
 * Models     intel_display.c: primary plane and cursor registers (Linux 6.18)
 * Rule       the address of a picture is latched when it is shown: what becomes of the entries behind it is seen on the screen. Without
 *            a framebuffer of a task it is that of the console
 */
import { KernelError } from '../../base/errno.ts';
import { PAGE_SIZE } from '../../base/units.ts';
import { FORMAT_RGB565, FORMAT_XRGB8888 } from '../../hw/ring/commands.ts';
import type { ScanOut } from '../../hw/ring/scan_out.ts';
import { CURSOR } from '../../trace/events/engine.ts';
import { FONT_HEIGHT } from '../console/font_8x16.ts';
import type { DrmDevice } from '../drm_device.ts';
import type { DrmFramebuffer } from '../framebuffer.ts';
import type { TtmBo } from '../ttm/ttm_bo.ts';
import { evictResource } from '../ttm/ttm_evict.ts';
import { pinLabObject, unpinLabObject } from './lab_gpu.ts';
import { bootObject, labGpuOf } from './lab_gpu_state.ts';

/** Largest width and height of a cursor. */
const MAX_CURSOR = 256;

/** The picture of boot: 640 pixels wide, as many rows of text high as the object holds, at most 480 pixels. */
const BOOT_WIDTH = 640;
const BOOT_HEIGHT = 480;

/** A framebuffer is shown: latch where it is. Formats of 2 and 4 bytes a pixel only are known to the display. */
export function latchFramebuffer({ device, object, width, height, pitch, bpp }: DrmFramebuffer): void {
  const bo = object as TtmBo;
  labGpuOf(device).shown = {
    address: bo.gart!.start * PAGE_SIZE,
    pitch,
    format: bpp === 16 ? FORMAT_RGB565 : FORMAT_XRGB8888,
    width: device.crtc?.width ?? width,
    height: device.crtc?.height ?? height,
  };
}

/** What a person sees now. */
export function scanOutOf(device: DrmDevice): ScanOut {
  const state = labGpuOf(device);
  const { cursor } = state;
  const shown = (device.crtc !== null ? state.shown : null) ?? state.bootPicture;
  if (cursor === null) return shown;
  const { bo, width, height, x, y } = cursor;
  return { ...shown, cursor: { address: bo.gart!.start * PAGE_SIZE, pitch: width * 4, width, height, x, y } };
}

/** The picture that the framebuffer of boot is; the address is latched here. */
export function latchBootPicture(device: DrmDevice): void {
  const state = labGpuOf(device);
  const bo = bootObject(state, 'framebuffer');
  const pitch = BOOT_WIDTH * 4;
  const rows = Math.floor(Math.min(BOOT_HEIGHT, bo.sizeBytes / pitch) / FONT_HEIGHT);
  const height = Math.max(1, rows * FONT_HEIGHT);
  const address = bo.gart!.start * PAGE_SIZE;
  state.bootPicture = { address, pitch, format: FORMAT_XRGB8888, width: BOOT_WIDTH, height };
}

/**
 * Show a cursor, or none.
 *
 * @param bo a picture of XRGB8888 pixels with alpha in the top byte, its lines `width` pixels long
 * @throws KernelError EINVAL size or object; ENOMEM, ENOSPC no place to pin it
 */
export function setCursor(
  device: DrmDevice,
  bo: TtmBo | null,
  { width, height }: { width: number; height: number },
  { x, y }: { x: number; y: number },
): void {
  const state = labGpuOf(device);
  if (bo !== null) {
    if (
      width < 1 ||
      height < 1 ||
      width > MAX_CURSOR ||
      height > MAX_CURSOR ||
      width * height * 4 > bo.sizeBytes
    ) {
      throw new KernelError(
        'EINVAL',
        'cursor',
        `A cursor of ${width} x ${height} is not in object ${bo.id} of ${bo.sizeBytes} bytes, or larger than ${MAX_CURSOR}.`,
      );
    }
    pinForDisplay(bo, 'cursor');
  }
  const before = state.cursor;
  state.cursor = bo === null ? null : { bo, width, height, x, y };
  device.trace.emit(CURSOR, device.index, bo?.id ?? 0, x >>> 0, y >>> 0);
  if (before !== null && before.bo.pinCount > 0) unpinLabObject(before.bo);
}

/** Pin an object and let the display reach it. @throws KernelError ENOMEM no VRAM; ENOSPC no entries of the GART */
export function pinForDisplay(bo: TtmBo, why: string): void {
  pinLabObject(bo, why);
  if (labGpuOf(bo.device).gart.bind(bo, new Set())) return;
  unpinLabObject(bo);
  throw new KernelError('ENOSPC', 'pin', `The GART has no room for the ${bo.nrPages} pages of the picture.`);
}

/**
 * A defect on purpose: what is shown loses its pin and its place, and the display goes on reading where it was.
 *
 * @throws KernelError EBUSY it found no other place
 */
export function forceOutShown(device: DrmDevice): void {
  const bo = (device.crtc?.fb.object ?? bootObject(labGpuOf(device), 'framebuffer')) as TtmBo;
  while (bo.pinCount > 0) unpinLabObject(bo);
  bo.taskPins = 0;
  if (!evictResource(bo.resource!, null, bo.ttm.newContext()))
    throw new KernelError('EBUSY', 'forceOut', `Object ${bo.id} found no other place.`);
}
