/**
 * Jobs of lab_gpu: bring every object of the list where the GPU reads it, bind it, run, leave a fence on each.
 *
 * Models     amdgpu_cs_ioctl: parser_bos, sync, submit (Linux 6.12), with fills instead of commands
 * Residue    a job that is refused has run nothing, but objects may have moved and others may have been evicted
 */
import { KernelError } from '../../base/errno.ts';
import type { Nanoseconds, PageIndex, Pages, Pfn } from '../../base/units.ts';
import { WouldBlock } from '../../base/would_block.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import { USAGE_READ, USAGE_WRITE, usageToWaitFor } from '../../dma_buf/dma_resv.ts';
import { copyTimeNs } from '../../hw/machine_description.ts';
import { REGION_VRAM } from '../../hw/region.ts';
import { JOB_OBJECT, JOB_SUBMIT } from '../../trace/events/drm.ts';
import type { DrmDevice } from '../drm_device.ts';
import { waitForRing } from '../engine/ring_busy.ts';
import { mirrorOf } from '../gtt/gart_space.ts';
import { reserveBo, type TtmBo, unreserveBo } from '../ttm/ttm_bo.ts';
import { validateBo } from '../ttm/ttm_bo_validate.ts';
import type { OperationContext } from '../ttm/ttm_device.ts';
import { PL_TT, PL_VRAM, placeIn } from '../ttm/ttm_placement.ts';
import { type LabGpu, labGpuOf } from './lab_gpu_state.ts';

/** What a job writes: pages of one byte value, or words `seed * 2^32 + page` at the start of each page. */
export interface LabFill {
  readonly bo: TtmBo;
  readonly first: PageIndex;
  readonly count: Pages;
  readonly fill: { readonly value: number } | { readonly seed: number };
}

export interface LabJob {
  readonly id: number;
  readonly fence: DmaFence;
  /** Objects that had to be moved for it. */
  readonly moved: number;
}

/**
 * Submit a job.
 *
 * @param list      objects it uses; objects of fills are among them
 * @param duration  how long it runs; null: as long as its fills take
 * @throws KernelError EINVAL a fill outside its object or of an object that is not in the list; ENOMEM the list does not fit;
 *         ENOSPC the GART has no room
 * @throws WouldBlock when memory or entries come back with the end of work in flight
 */
export function submitJob(
  device: DrmDevice,
  list: readonly TtmBo[],
  fills: readonly LabFill[],
  duration: Nanoseconds | null,
): LabJob {
  const state = labGpuOf(device);
  const objects = new Set(list);
  for (const { bo, first, count } of fills) {
    if (!objects.has(bo))
      throw new KernelError('EINVAL', 'gpu.submit', `Object ${bo.id} is filled but not in the list.`);
    if (first < 0 || count < 0 || first + count > bo.nrPages) {
      throw new KernelError(
        'EINVAL',
        'gpu.submit',
        `Pages ${first} to ${first + count - 1} do not lie in object ${bo.id} of ${bo.nrPages}.`,
      );
    }
  }
  const { faults } = device.core.mm;
  for (const what of ['the job', 'its list of objects', 'its fence']) faults.slab('gpu.submit', what);
  const ctx = device.ttm!.newContext();
  for (const bo of objects) reserveBo(bo, ctx.ticket);
  try {
    const movedPages = placeObjects(state, objects, ctx);
    return run(state, objects, fills, duration, movedPages);
  } finally {
    for (const bo of objects) unreserveBo(bo);
  }
}

/** @returns the objects that moved */
function placeObjects(state: LabGpu, objects: ReadonlySet<TtmBo>, ctx: OperationContext): Set<TtmBo> {
  const moved = new Set<TtmBo>();
  for (const bo of objects) {
    const before = bo.resource;
    waitForRing(bo, 'gpu.submit');
    validateForJob(bo, ctx);
    if (bo.resource !== before) moved.add(bo);
  }
  for (const bo of objects) {
    if (!state.gart.bind(bo, objects)) {
      const idle = state.gart.nextIdle(objects);
      if (idle !== null) throw new WouldBlock(idle, 'gpu.submit');
      throw new KernelError(
        'ENOSPC',
        'gpu.submit',
        `The GART (${state.gart.nrEntries} entries) has no room for the ${bo.nrPages} pages of object ${bo.id}.`,
      );
    }
  }
  return moved;
}

/** Preferred place first; what VRAM cannot hold is read from bound system pages. */
function validateForJob(bo: TtmBo, ctx: OperationContext): void {
  try {
    validateBo(bo, bo.placement, ctx);
  } catch (refusal) {
    const canFallBack =
      refusal instanceof KernelError && refusal.errno === 'ENOMEM' && bo.ttm.managers[PL_TT] !== null;
    if (!canFallBack) throw refusal;
    validateBo(bo, [placeIn(PL_TT)], ctx);
  }
}

function run(
  state: LabGpu,
  objects: ReadonlySet<TtmBo>,
  fills: readonly LabFill[],
  duration: Nanoseconds | null,
  moved: ReadonlySet<TtmBo>,
): LabJob {
  const { device } = state;
  const { core, trace } = device;
  const written = new Set(fills.map(fill => fill.bo));
  const after: DmaFence[] = [];
  for (const bo of objects) bo.resv.reserveFences(1, core.mm.faults);
  for (const bo of objects) {
    const wait = bo.resv.lastUnsignaled(usageToWaitFor(written.has(bo)));
    if (wait !== null) after.push(wait);
    state.gart.flushToGpu(bo);
  }
  let filled: Pages = 0;
  for (const fill of fills) {
    filled += fill.count;
    runFill(fill);
  }
  for (const bo of written) state.gart.flushToCpu(bo);
  const takes = duration ?? copyTimeNs(core.machine, REGION_VRAM, REGION_VRAM, filled);
  const fence = state.ring.submit(takes, after);
  const id = state.nextJobId++;
  forgetSignalled(state);
  state.jobs.set(id, fence);
  trace.emit(JOB_SUBMIT, id, fence.seqno, objects.size, fills.length, Math.min(0xffffffff, takes));
  for (const bo of objects) {
    bo.resv.addFence(trace, fence, written.has(bo) ? USAGE_WRITE : USAGE_READ);
    trace.emit(JOB_OBJECT, id, bo.id, bo.gart!.start, bo.resource!.memType, moved.has(bo) ? 1 : 0);
  }
  return { id, fence, moved: moved.size };
}

/** The writes of a fill, as the GPU makes them: VRAM where it is, system pages through their mirror. */
function runFill({ bo, first, count, fill }: LabFill): void {
  const { plane } = bo.device.core;
  const seen = (page: PageIndex): Pfn =>
    bo.resource!.memType === PL_VRAM ? bo.pfnOfPage(page) : mirrorOf(bo.pfnOfPage(page));
  if ('seed' in fill) {
    for (let page = first; page < first + count; page++) plane.storeWord(seen(page), fill.seed, page);
    return;
  }
  for (let page = first; page < first + count; ) {
    const from = seen(page);
    let run = 1;
    while (page + run < first + count && seen(page + run) === from + run) run++;
    plane.fillPages(from, run, fill.value);
    page += run;
  }
}

function forgetSignalled(state: LabGpu): void {
  if (state.jobs.size < 1024) return;
  for (const [id, fence] of state.jobs) if (fence.signalled) state.jobs.delete(id);
}

/** The fence of a job that has not signalled, or null when it is over. @throws KernelError EINVAL no such job */
export function pendingJob(device: DrmDevice, id: number): DmaFence | null {
  const state = labGpuOf(device);
  if (id < 1 || id >= state.nextJobId) throw new KernelError('EINVAL', 'gpu.wait', `There was no job ${id}.`);
  const fence = state.jobs.get(id);
  return fence === undefined || fence.signalled ? null : fence;
}
