/**
 * Framebuffers and the one CRTC: what is shown is pinned where the display reads, what is shown no more only unpinned.
 *
 * Models     drm_framebuffer.c, drm_gem_framebuffer_helper.c, drm_plane.c: setcrtc, page_flip (Linux 6.12)
 * Invariants I1 a framebuffer holds one reference of its object and counts as a handle (era.framebufferHoldsHandle)
 *            I2 the object on the CRTC is pinned; the CRTC holds one reference of its framebuffer
 * Left out   modifiers, several planes, several CRTCs
 */
import { KernelError } from '../base/errno.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { CRTC_SHOW, DRM_VBLANK_EVENT_DELIVERED } from '../trace/events/drm.ts';
import type { DrmDevice } from './drm_device.ts';
import type { DrmFile } from './drm_file.ts';
import { createHandle, handleCountGet, handleCountPut, lookupHandle } from './gem_handle.ts';
import { type GemObject, getObject, putObject } from './gem_object.ts';

/** Largest width and height of a mode or framebuffer. */
export const MAX_MODE_SIZE = 8192;
/** Formats of the legacy call: bits per pixel and depth. */
const LEGACY_FORMATS: readonly (readonly [bpp: number, depth: number])[] = [
  [8, 8],
  [16, 15],
  [16, 16],
  [24, 24],
  [32, 24],
  [32, 30],
  [32, 32],
];

export class DrmFramebuffer {
  refcount = 1;
  /** Removed from the table; lives on while it is shown. */
  removed = false;

  constructor(
    readonly device: DrmDevice,
    readonly id: number,
    /** The file that made it, and may remove it. */
    readonly file: DrmFile,
    readonly object: GemObject,
    readonly width: number,
    readonly height: number,
    readonly pitch: number,
    readonly bpp: number,
  ) {}
}
snapshotClass(DrmFramebuffer, 'drm.DrmFramebuffer');

/** What the CRTC shows. */
export class DrmCrtc {
  constructor(
    public fb: DrmFramebuffer,
    readonly width: number,
    readonly height: number,
  ) {}
}
snapshotClass(DrmCrtc, 'drm.DrmCrtc');

/** @throws KernelError EINVAL bad size or format or too small an object; ENOENT unknown handle; ENOMEM */
export function addFramebuffer(
  file: DrmFile,
  handle: number,
  width: number,
  height: number,
  pitch: number,
  bpp: number,
  depth: number,
): DrmFramebuffer {
  const { device } = file;
  const refuse = (why: string): never => {
    throw new KernelError(
      'EINVAL',
      'addFB',
      `A framebuffer of ${width} x ${height}, pitch ${pitch}, ${bpp} bits: ${why}.`,
    );
  };
  if (!LEGACY_FORMATS.some(([b, d]) => b === bpp && d === depth)) refuse(`no format has depth ${depth}`);
  if (width < 1 || height < 1 || width > MAX_MODE_SIZE || height > MAX_MODE_SIZE)
    refuse(`sizes are 1 to ${MAX_MODE_SIZE}`);
  const cpp = bpp / 8;
  if (pitch < width * cpp) refuse('a line does not fit its pitch');
  const object = lookupHandle(file, handle, 'addFB');
  const needed = (height - 1) * pitch + width * cpp;
  if (object.sizeBytes < needed)
    refuse(`it needs ${needed} bytes, object ${object.id} has ${object.sizeBytes}`);
  const { faults } = device.core.mm;
  faults.slab('addFB', 'a framebuffer');
  faults.slab('addFB', 'its number');
  getObject(object);
  if (device.core.mm.era.framebufferHoldsHandle) handleCountGet(object);
  const id = device.framebuffers.reserve();
  const fb = new DrmFramebuffer(device, id, file, object, width, height, pitch, bpp);
  device.framebuffers.replace(id, fb);
  return fb;
}

/** The framebuffer of a number. @throws KernelError ENOENT */
export function lookupFramebuffer(device: DrmDevice, id: number, op: string): DrmFramebuffer {
  const fb = device.framebuffers.get(id);
  if (fb === null) throw new KernelError('ENOENT', op, `The device has no framebuffer ${id}.`);
  return fb;
}

/** Only the file that made it may remove it; if it is shown, the CRTC goes dark. @throws KernelError ENOENT */
export function removeFramebuffer(file: DrmFile, id: number): void {
  const fb = lookupFramebuffer(file.device, id, 'rmFB');
  if (fb.file !== file)
    throw new KernelError('ENOENT', 'rmFB', `Framebuffer ${id} was made by another file.`);
  dropFromTable(fb);
}

function dropFromTable(fb: DrmFramebuffer): void {
  const { device } = fb;
  fb.removed = true;
  if (device.crtc?.fb === fb) crtcOff(device);
  device.framebuffers.free(fb.id);
  putFramebuffer(fb);
}

/** The file is closed: its framebuffers go. Models drm_fb_release(). */
export function releaseFramebuffersOf(file: DrmFile): void {
  for (const [, fb] of [...file.device.framebuffers.entries()]) if (fb.file === file) dropFromTable(fb);
}

function putFramebuffer(fb: DrmFramebuffer): void {
  if (--fb.refcount > 0) return;
  const { object } = fb;
  if (fb.device.core.mm.era.framebufferHoldsHandle) handleCountPut(object);
  putObject(object);
}

/**
 * A framebuffer and a new handle of its object; the handle is 0 for callers that are neither master nor root.
 *
 * @throws KernelError ENOENT
 */
export function getFramebuffer(
  file: DrmFile,
  id: number,
  mayHaveHandle: boolean,
): { fb: DrmFramebuffer; handle: number } {
  const fb = lookupFramebuffer(file.device, id, 'getFB');
  return { fb, handle: mayHaveHandle ? createHandle(file, fb.object) : 0 };
}

/**
 * Show a framebuffer from (x, y) on in a mode: pin it, then unpin what was shown.
 *
 * @throws KernelError ENOSPC the framebuffer does not cover the mode; ENOMEM no place for the pin (others may have been evicted)
 */
export function setCrtc(
  device: DrmDevice,
  fb: DrmFramebuffer,
  width: number,
  height: number,
  x = 0,
  y = 0,
): void {
  if (x + width > fb.width || y + height > fb.height) {
    throw new KernelError(
      'ENOSPC',
      'setCrtc',
      `${width} x ${height} from (${x}, ${y}) does not lie in ${fb.width} x ${fb.height}.`,
    );
  }
  device.core.mm.faults.slab('setCrtc', 'the new state of the display');
  device.driver.pinForScanout?.(fb.object);
  fb.refcount++;
  const before = device.crtc;
  device.crtc = new DrmCrtc(fb, width, height);
  device.trace.emit(CRTC_SHOW, device.index, fb.object.id, fb.id);
  device.driver.draw?.(fb);
  if (before !== null) hide(before);
}

/** Show another framebuffer in the same mode. @throws KernelError EBUSY nothing is shown; ENOSPC; ENOMEM */
export function pageFlip(device: DrmDevice, fb: DrmFramebuffer): void {
  const { crtc } = device;
  if (crtc === null) throw new KernelError('EBUSY', 'pageFlip', 'The CRTC shows nothing.');
  device.core.mm.faults.slab('pageFlip', 'its event');
  setCrtc(device, fb, crtc.width, crtc.height);
  device.trace.emit(DRM_VBLANK_EVENT_DELIVERED, 0, 0, ++device.nrFlips);
}

/** Show nothing. */
export function crtcOff(device: DrmDevice): void {
  const { crtc } = device;
  if (crtc === null) return;
  device.crtc = null;
  device.trace.emit(CRTC_SHOW, device.index, 0, 0);
  hide(crtc);
}

function hide(crtc: DrmCrtc): void {
  crtc.fb.device.driver.unpin?.(crtc.fb.object);
  putFramebuffer(crtc.fb);
}
