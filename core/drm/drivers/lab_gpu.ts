/**
 * The lab's own driver: objects with a domain and a name, boot objects pinned before any task exists, a budget for VRAM.
 *
 * Models     the common parts of amdgpu and i915: amdgpu_gem_create_ioctl, intel_init_ring_buffer (see dossier 2.8)
 * Jobs       lab_gpu_job.ts; moves and faults: lab_gpu_memory.ts
 */
import { KernelError } from '../../base/errno.ts';
import { snapshotConstant } from '../../base/snapshot.ts';
import { PAGE_SIZE, type Pages } from '../../base/units.ts';
import { counted } from '../../base/words.ts';
import { WouldBlock } from '../../base/would_block.ts';
import {
  EVICT_BEGIN,
  EVICT_CANDIDATE,
  EVICT_END,
  EVICT_REASONS,
  SET_BUDGET,
} from '../../trace/events/drm.ts';
import type { DrmDevice } from '../drm_device.ts';
import type { DrmDriver } from '../drm_driver.ts';
import type { DrmFile } from '../drm_file.ts';
import { waitForRing } from '../engine/ring_busy.ts';
import { RingEngine } from '../engine/ring_engine.ts';
import { crtcOff } from '../framebuffer.ts';
import { createMmapOffset, type GemObject, putObject } from '../gem_object.ts';
import { GartSpace } from '../gtt/gart_space.ts';
import { needObjectMemory, pinBo, reserveBo, TtmBo, unpinBo, unreserveBo } from '../ttm/ttm_bo.ts';
import { validateBo } from '../ttm/ttm_bo_validate.ts';
import { evictResource } from '../ttm/ttm_evict.ts';
import { finiTtm, initTtm } from '../ttm/ttm_init.ts';
import { PL_SYSTEM, PL_TT, PL_VRAM, placeIn, type TtmPlacement } from '../ttm/ttm_placement.ts';
import { latchBootPicture, latchFramebuffer, pinForDisplay } from './lab_gpu_display.ts';
import { labGpuFdinfo } from './lab_gpu_fdinfo.ts';
import { LAB_OBJECT_FUNCS, LAB_TTM_DRIVER } from './lab_gpu_memory.ts';
import { engineNumberOf, LabGpu, labGpuOf } from './lab_gpu_state.ts';

/** Domains a task can ask for. */
export const LAB_DOMAINS = ['vram', 'tt', 'system'] as const;
export type LabDomain = (typeof LAB_DOMAINS)[number];

/** Pages of the framebuffer made at boot: 640 x 480 pixels of 4 bytes. */
const FRAMEBUFFER_PAGES: Pages = 300;
/** Pages of the ring: 128 KiB. */
const RING_PAGES: Pages = 32;

const NOTHING_KEPT: ReadonlySet<TtmBo> = new Set();

export interface LabObjectOptions {
  /** Where it begins to exist; without bytes. */
  readonly domain: LabDomain;
  readonly name: string;
  /** Its VRAM must be reachable for the CPU. */
  readonly visible: boolean;
  /** LRU priority, 0 is evicted first. */
  readonly priority: number;
}

/** Where a job wants an object of a domain. */
function placementOf(device: DrmDevice, domain: LabDomain, visible: boolean): TtmPlacement {
  if (domain === 'tt') return [placeIn(PL_TT)];
  return [placeIn(PL_VRAM, 0, visible ? labGpuOf(device).visiblePages : 0)];
}

/**
 * A new object; the caller makes the handle.
 *
 * @throws KernelError EINVAL a domain the device does not have; ENOMEM no room in the domain; ENOSPC no mmap offset
 */
export function createLabObject(
  device: DrmDevice,
  nrPages: Pages,
  options: LabObjectOptions,
  boot = false,
): TtmBo {
  const ttm = device.ttm!;
  const { domain, name, visible, priority } = options;
  if (domain === 'tt' && ttm.managers[PL_TT] === null) {
    throw new KernelError('EINVAL', 'gpu.create', `The device ${device.description.name} has no TT memory.`);
  }
  needObjectMemory(device);
  const bo = new TtmBo(ttm, nrPages, LAB_OBJECT_FUNCS, placementOf(device, domain, visible), priority, boot);
  bo.label = name;
  try {
    createMmapOffset(bo);
    const ctx = ttm.newContext();
    reserveBo(bo, ctx.ticket);
    try {
      validateBo(bo, domain === 'system' ? [placeIn(PL_SYSTEM)] : bo.placement, ctx);
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
export function pinLabObject(bo: TtmBo, why: string): void {
  const ctx = bo.ttm.newContext();
  reserveBo(bo, ctx.ticket);
  try {
    if (bo.pinCount === 0) waitForRing(bo, 'pin');
    if (bo.pinCount === 0) validateBo(bo, placementOf(bo.device, 'vram', true), ctx);
    else if (bo.resource!.memType !== PL_VRAM) {
      throw new KernelError('EINVAL', 'pin', `Object ${bo.id} is pinned elsewhere (${bo.pinnedFor}).`);
    }
    pinBo(bo, why);
  } finally {
    unreserveBo(bo);
  }
}

/** Undo one pinLabObject(). */
export function unpinLabObject(bo: TtmBo): void {
  reserveBo(bo, bo.ttm.newContext().ticket);
  unpinBo(bo);
  unreserveBo(bo);
}

function makeBootObject(device: DrmDevice, name: string, why: string, nrPages: Pages): void {
  const state = labGpuOf(device);
  const bo = createLabObject(device, nrPages, { domain: 'system', name, visible: true, priority: 0 }, true);
  state.bootObjects.push(bo);
  pinLabObject(bo, why);
  if (!state.gart.bind(bo, NOTHING_KEPT)) {
    throw new KernelError('ENOMEM', 'probe', `The GART has no room for ${nrPages} entries of the ${name}.`);
  }
}

export const LAB_GPU_DRIVER: DrmDriver = snapshotConstant('drm.driver.lab_gpu', {
  name: 'lab-gpu',
  prime: () => true,
  showFdinfo: labGpuFdinfo,

  probe(device: DrmDevice): void {
    const { machine } = device.core;
    initTtm(device, LAB_TTM_DRIVER, machine.ttBytes / PAGE_SIZE);
    device.driverState = new LabGpu(device, new GartSpace(device.core, machine.gartEntries));
    const visible = labGpuOf(device).visiblePages;
    makeBootObject(device, 'status page', 'status page', 1);
    makeBootObject(device, 'ring', 'ring', Math.max(1, Math.min(RING_PAGES, Math.floor(visible / 64))));
    makeBootObject(
      device,
      'framebuffer',
      'scan-out',
      Math.max(1, Math.min(FRAMEBUFFER_PAGES, Math.floor(visible / 8))),
    );
    const state = labGpuOf(device);
    const [statusPage, ring] = state.bootObjects;
    const number = engineNumberOf(machine, device.index);
    state.engine = new RingEngine(device, number, state.gart, statusPage!, ring!);
    latchBootPicture(device);
  },

  /** Work in flight never ends on hardware that is gone: its fences signal now, with an error. */
  unplug(device: DrmDevice): void {
    crtcOff(device);
    const state = device.driverState as LabGpu | null;
    if (state === null) return;
    for (const engine of [state.copyEngine, state.ring])
      device.core.fences.forceSignal(engine.context, 'ENODEV');
    if (state.engine?.started) {
      device.core.fences.forceSignal(state.engine.timelineOf(), 'ENODEV');
      state.engine.abandon();
    }
    if (state.cursor !== null && state.cursor.bo.pinCount > 0) unpinLabObject(state.cursor.bo);
    state.cursor = null;
    state.console = null;
    for (const bo of state.bootObjects.splice(0)) {
      if (bo.pinCount > 0) unpinLabObject(bo);
      putObject(bo);
    }
    for (const bo of [...state.gart.objects()]) state.gart.unbind(bo);
  },

  release: (device: DrmDevice) => finiTtm(device),

  createDumb(file: DrmFile, nrPages: Pages): GemObject {
    return createLabObject(file.device, nrPages, { domain: 'system', name: '', visible: true, priority: 0 });
  },

  dumbPitch: (width: number, bytesPerPixel: number) => width * bytesPerPixel,
  pinForScanout: (object: GemObject) => pinForDisplay(object as TtmBo, 'scan-out'),
  draw: latchFramebuffer,
  unpin: (object: GemObject) => unpinLabObject(object as TtmBo),
} satisfies DrmDriver);

/**
 * Change how much of VRAM may be used, from its start; what lies behind leaves, least recently used first.
 *
 * @throws KernelError EINVAL more than there is; ENOSPC pinned objects lie behind; ENOMEM not everything found another place.
 *         The budget is as it was then, but victims stay evicted
 * @throws WouldBlock when what lies behind, or the pages it goes to, are free with the end of work in flight; the same holds
 */
export function setVramBudget(device: DrmDevice, pages: Pages): void {
  const ttm = device.ttm!;
  const manager = ttm.manager(PL_VRAM);
  const { trace } = device;
  if (pages < 1 || pages > manager.sizePages) {
    throw new KernelError(
      'EINVAL',
      'setBudget',
      `The budget is 1 to ${manager.sizePages} pages (asked: ${pages}).`,
    );
  }
  for (const resource of ttm.unevictable.resources()) {
    if (resource.manager !== manager || resource.bo === null || resource.node!.end <= pages) continue;
    throw new KernelError(
      'ENOSPC',
      'setBudget',
      `Object ${resource.bo.id} is pinned (${resource.bo.pinnedFor}) up to page ${resource.node!.end}, behind a budget of ${pages}.`,
    );
  }
  const ghost = manager
    .inLruOrder()
    .find(resource => resource.bo === null && resource.node!.end > pages)?.ghost;
  if (ghost?.lastFence) throw new WouldBlock(ghost.lastFence, 'setBudget');
  for (const { bo, node } of manager.inLruOrder())
    if (bo !== null && node!.end > pages) waitForRing(bo, 'setBudget');
  const before = manager.budgetPages;
  manager.budgetPages = pages;
  trace.emit(SET_BUDGET, device.index, pages);
  const behind = manager.inLruOrder().filter(resource => resource.node!.end > pages);
  if (behind.length === 0) return;
  const ctx = ttm.newContext();
  trace.emit(
    EVICT_BEGIN,
    0,
    behind.reduce((sum, r) => sum + r.nrPages, 0),
    PL_VRAM,
    pages,
    ttm.policy.number,
  );
  let evicted = 0;
  try {
    for (const candidate of manager.inLruOrder()) {
      const goes = candidate.node!.end > pages;
      const reason = EVICT_REASONS.indexOf(goes ? 'victim' : 'wrong range');
      const ageUs = Math.min(0xffffffff, Math.floor((trace.now - candidate.lastUse) / 1000));
      trace.emit(
        EVICT_CANDIDATE,
        candidate.bo?.id ?? candidate.ghost!.objectId,
        0,
        reason,
        candidate.nrPages,
        ageUs,
      );
      if (goes && evictResource(candidate, null, ctx)) evicted++;
    }
  } finally {
    trace.emit(EVICT_END, 0, evicted === behind.length ? 1 : 0, evicted, 0);
    if (evicted < behind.length) {
      manager.budgetPages = before;
      trace.emit(SET_BUDGET, device.index, before);
    }
  }
  if (evicted === behind.length) return;
  throw new KernelError(
    'ENOMEM',
    'setBudget',
    `${counted(behind.length - evicted, 'object')} found no other place than VRAM.`,
  );
}
