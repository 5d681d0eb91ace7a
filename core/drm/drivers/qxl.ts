/**
 * A paravirtual display with two memories: surfaces are made in the surface heap, or else in VRAM, before anything is evicted.
 *
 * Models     drivers/gpu/drm/qxl/qxl_ttm.c, qxl_object.c, qxl_dumb.c, qxl_display.c, qxl_draw.c (Linux 6.12)
 * Rule       a dumb buffer stays in system memory even while it is shown: the display gets a copy in a surface of its own,
 *            drawn by commands whose memory lies in VRAM
 * Left out   what the display does with commands: it is done with them at once; hardware surface numbers, the cursor, releases
 *            that arrive late
 */
import { KernelError } from '../../base/errno.ts';
import { snapshotConstant } from '../../base/snapshot.ts';
import { PAGE_SIZE, type Pages, pagesUp } from '../../base/units.ts';
import type { VmArea } from '../../mm/vm_area.ts';
import { GEM_OBJECT_INIT } from '../../trace/events/drm.ts';
import type { DrmDevice } from '../drm_device.ts';
import type { DrmDriver } from '../drm_driver.ts';
import type { DrmFile } from '../drm_file.ts';
import { crtcOff, type DrmFramebuffer } from '../framebuffer.ts';
import { createMmapOffset, type GemObject, type GemObjectFuncs, putObject } from '../gem_object.ts';
import { needObjectMemory, pinBo, releaseBo, reserveBo, TtmBo, unpinBo, unreserveBo } from '../ttm/ttm_bo.ts';
import { moveMemcpy, moveNull } from '../ttm/ttm_bo_move.ts';
import { validateBo } from '../ttm/ttm_bo_validate.ts';
import { mmapBo } from '../ttm/ttm_bo_vm.ts';
import type { TtmDriver } from '../ttm/ttm_driver.ts';
import { finiTtm, initTtm } from '../ttm/ttm_init.ts';
import {
  PL_FLAG_TOPDOWN,
  PL_PRIV,
  PL_SYSTEM,
  PL_VRAM,
  placeIn,
  type TtmPlacement,
} from '../ttm/ttm_placement.ts';
import type { TtmResource } from '../ttm/ttm_resource.ts';
import { ResourceManager } from '../ttm/ttm_resource_manager.ts';
import { Qxl, qxlOf, RELEASES_PER_BO } from './qxl_state.ts';

/** Pages at the end of VRAM in which the display keeps its rings (struct qxl_ram_header). */
const RAM_HEADER_PAGES = 2;
/** Bytes in front of the pixels of a picture (struct qxl_data_chunk). */
const CHUNK_HEADER_BYTES = 36;

const SYSTEM_ONLY: TtmPlacement = snapshotConstant('drm.qxlSystemOnly', [placeIn(PL_SYSTEM)]);

/** Domains of the driver (QXL_GEM_DOMAIN_*). */
export type QxlDomain = 'cpu' | 'vram' | 'surface';

/** Models qxl_ttm_placement_from_domain(): objects of a page are taken from the top. */
function placementOf(domain: QxlDomain, nrPages: Pages): TtmPlacement {
  if (domain === 'cpu') return SYSTEM_ONLY;
  const flags = nrPages <= 1 ? PL_FLAG_TOPDOWN : 0;
  return domain === 'vram' ? [placeIn(PL_VRAM, flags)] : [placeIn(PL_PRIV, flags), placeIn(PL_VRAM, flags)];
}

export const QXL_OBJECT_FUNCS: GemObjectFuncs = snapshotConstant('drm.qxlObjectFuncs', {
  name: 'qxl_object',
  free: (object: GemObject) => releaseBo(object as TtmBo),
  mmap: (object: GemObject, vma: VmArea) => mmapBo(object as TtmBo, vma),
  pin: (object: GemObject) => pinQxl(object as TtmBo, 'shared'),
  unpin: (object: GemObject) => unpinQxl(object as TtmBo),
} satisfies GemObjectFuncs);

export const QXL_TTM_DRIVER: TtmDriver = snapshotConstant('drm.qxlTtmDriver', {
  name: 'qxl_mm',
  evictPlacement: () => SYSTEM_ONLY,
  // qxl_bo_move(): what lies nowhere yet reaches device memory only by way of system memory.
  hop: (bo: TtmBo, to: TtmResource) =>
    bo.resource === null && to.memType !== PL_SYSTEM ? SYSTEM_ONLY[0]! : null,
  move(bo: TtmBo, to: TtmResource): void {
    if (bo.resource === null) moveNull(bo, to);
    else moveMemcpy(bo, to);
  },
  cpuVisible: () => true,
} satisfies TtmDriver);

interface QxlObjectOptions {
  /** Keep it where it is, for this reason. */
  readonly pinnedFor?: string;
  /** The driver's own: tasks cannot map it, so it has no offset. */
  readonly kernel?: boolean;
}

/** A new object where its domain says. Models qxl_bo_create(). @throws KernelError ENOSPC no offset, ENOMEM no room */
export function createQxlObject(
  device: DrmDevice,
  nrPages: Pages,
  domain: QxlDomain,
  { pinnedFor, kernel = false }: QxlObjectOptions = {},
): TtmBo {
  const ttm = device.ttm!;
  needObjectMemory(device);
  const bo = new TtmBo(ttm, nrPages, QXL_OBJECT_FUNCS, placementOf(domain, nrPages), 0, kernel);
  try {
    if (kernel) device.trace.emit(GEM_OBJECT_INIT, bo.id, nrPages, device.index, 0, 1);
    else createMmapOffset(bo);
    const ctx = ttm.newContext();
    reserveBo(bo, ctx.ticket);
    try {
      validateBo(bo, bo.placement, ctx);
      if (pinnedFor !== undefined) pinBo(bo, pinnedFor);
    } finally {
      unreserveBo(bo);
    }
  } catch (failure) {
    putObject(bo);
    throw failure;
  }
  return bo;
}

function pinQxl(bo: TtmBo, why: string): void {
  const ctx = bo.ttm.newContext();
  reserveBo(bo, ctx.ticket);
  try {
    if (bo.pinCount === 0) validateBo(bo, bo.placement, ctx);
    pinBo(bo, why);
  } finally {
    unreserveBo(bo);
  }
}

function unpinQxl(bo: TtmBo): void {
  reserveBo(bo, bo.ttm.newContext().ticket);
  unpinBo(bo);
  unreserveBo(bo);
}

/** The driver lets go of an object of its own. */
function dropOwn(bo: TtmBo | null): void {
  if (bo === null) return;
  unpinQxl(bo);
  putObject(bo);
}

function isDumb(bo: TtmBo): boolean {
  return bo.placement === SYSTEM_ONLY;
}

/** Before a picture is shown: a dumb buffer gets its stand-in. Models qxl_plane_prepare_fb(). */
function prepareFb(bo: TtmBo): void {
  const state = qxlOf(bo.device);
  if (isDumb(bo) && state.dumbShadow?.nrPages !== bo.nrPages) {
    dropOwn(state.dumbShadow);
    state.dumbShadow = null;
    const options = { pinnedFor: 'stands in for dumb buffers', kernel: true };
    state.dumbShadow = createQxlObject(bo.device, bo.nrPages, 'surface', options);
  }
  pinQxl(bo, 'scan-out');
}

/** Memory for one more command. Models qxl_alloc_release_reserved(). */
function takeRelease(device: DrmDevice): void {
  const state = qxlOf(device);
  if (state.releases !== null && state.nrReleases === RELEASES_PER_BO) {
    dropOwn(state.releases);
    state.releases = null;
  }
  if (state.releases === null) {
    state.releases = createQxlObject(device, 1, 'vram', { pinnedFor: 'drawing commands' });
    state.nrReleases = 0;
  }
  state.nrReleases++;
}

/** Hand a whole picture over: a command, its clip rectangles, a picture header, the pixels. Models qxl_draw_dirty_fb(). */
function drawFb(fb: DrmFramebuffer): void {
  const { device } = fb;
  const parts: TtmBo[] = [];
  try {
    takeRelease(device);
    for (const nrPages of [1, 1, pagesUp(CHUNK_HEADER_BYTES + fb.pitch * fb.height)])
      parts.push(createQxlObject(device, nrPages, 'vram'));
  } catch (refusal) {
    // Drawing has nobody to report to: the display keeps showing what it showed.
    if (!(refusal instanceof KernelError)) throw refusal;
  }
  for (const part of parts) putObject(part);
}

export const QXL_DRIVER: DrmDriver = snapshotConstant('drm.driver.qxl', {
  name: 'qxl',
  prime: () => true,

  probe(device: DrmDevice): void {
    const { core, description } = device;
    const ttm = initTtm(device, QXL_TTM_DRIVER, 0);
    ttm.manager(PL_VRAM).budgetPages -= RAM_HEADER_PAGES;
    const surfacePages = description.surfaceBytes! / PAGE_SIZE;
    const surfaceBase = device.vramBase + description.vramBytes / PAGE_SIZE;
    ttm.managers[PL_PRIV] = new ResourceManager(PL_PRIV, surfacePages, false, true, core, surfaceBase);
    const state = new Qxl();
    device.driverState = state;
    state.monitors = createQxlObject(device, 1, 'vram', { pinnedFor: 'list of heads' });
  },

  unplug(device: DrmDevice): void {
    crtcOff(device);
    const state = device.driverState as Qxl | null;
    for (const bo of state?.ownObjects ?? []) dropOwn(bo);
    device.driverState = null;
  },

  release: (device: DrmDevice) => finiTtm(device),
  createDumb: (file: DrmFile, nrPages: number) => createQxlObject(file.device, nrPages, 'cpu'),

  dumbPitch(width: number, _bytesPerPixel: number, bitsPerPixel: number): number {
    if (bitsPerPixel !== 16 && bitsPerPixel !== 32)
      throw new KernelError('EINVAL', 'createDumb', `The display shows 16 or 32 bits, not ${bitsPerPixel}.`);
    return width * (bitsPerPixel / 8);
  },

  importPages(device: DrmDevice): GemObject {
    // qxl_gem_prime_import_sg_table() is not implemented.
    throw new KernelError('ENOSYS', 'primeImport', `${device.description.name} imports no foreign memory.`);
  },

  pinForScanout: (object: GemObject) => prepareFb(object as TtmBo),
  draw: (fb: DrmFramebuffer) => drawFb(fb),
  unpin: (object: GemObject) => unpinQxl(object as TtmBo),
} satisfies DrmDriver);
