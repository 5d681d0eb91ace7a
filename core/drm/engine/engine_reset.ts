/**
 * Reset: an engine that stopped begins anew. The guilty request ends with EIO, its commands are skipped; innocent ones behind it run
 * again, or end with ECANCELED when what they use is no longer where their commands expect it.
 *
 * Models     intel_gt_reset, __i915_request_reset, i915_request_skip (Linux 6.18); VRAM lost: amdgpu_device_gpu_recover (6.12)
 * Invariants I1 every request that was in flight is completed, cancelled or given again; none is lost
 *            I2 the generation rises with every loss of VRAM, and requests of older ones end with ECANCELED
 * Left out   resetting one engine of several by its own registers: a device has one
 */
import { ERRNO, type Errno } from '../../base/errno.ts';
import { pfnOf, REGION_VRAM } from '../../hw/region.ts';
import {
  ENGINE_RESET,
  ENGINE_WEDGED,
  REQUEST_FAIL,
  REQUEST_REPLAY,
  VRAM_LOST,
} from '../../trace/events/engine.ts';
import type { DrmDevice } from '../drm_device.ts';
import { TtmBo } from '../ttm/ttm_bo.ts';
import { PL_VRAM } from '../ttm/ttm_placement.ts';
import type { EngineRequest } from './engine_request.ts';
import type { RingEngine } from './ring_engine.ts';

/** Bytes of VRAM after a loss. */
const LOST_BYTE = 0xdb;

/** A request ends with an error; its commands become NOPs, so that its seqno still goes to the status page. */
function fail(engine: RingEngine, request: EngineRequest, errno: Errno): void {
  const { device, ring } = engine;
  ring.erase(request.start, request.breadcrumb);
  device.trace.emit(REQUEST_FAIL, engine.number, request.seqno, ERRNO[errno]);
  device.core.fences.release(request.fence, errno);
}

/** The engine stopped at a request: skip it, go on with the others. */
export function resetEngine(engine: RingEngine, guilty: EngineRequest): void {
  const { requests, ring, device } = engine;
  engine.resets++;
  engine.noteClient(guilty, true);
  const behind = requests.filter(request => request !== guilty);
  const cancelled = behind.filter(request => !request.isInPlace || request.generation !== engine.generation);
  const replayed = behind.length - cancelled.length;
  device.trace.emit(ENGINE_RESET, engine.number, guilty.seqno, replayed, cancelled.length, engine.resets);
  fail(engine, guilty, 'EIO');
  for (const request of cancelled) fail(engine, request, 'ECANCELED');
  engine.start(guilty.start);
  engine.run(guilty.end, []);
  engine.retire(guilty);
  for (const request of behind) {
    if (cancelled.includes(request)) continue;
    device.trace.emit(REQUEST_REPLAY, engine.number, request.seqno);
    engine.ringDoorbell(request);
  }
  const kept = requests.filter(request => !cancelled.includes(request));
  if (kept.length === 0) {
    // Seqnos of what was cancelled behind the last one that counts.
    if (cancelled.length > 0) engine.run(ring.emit, []);
    while (requests.length > 0) engine.retire(requests[0]!);
  }
}

/** Give every request in flight up. */
function cancelAll(engine: RingEngine, errno: Errno): number {
  const { requests } = engine;
  const count = requests.length;
  for (const request of requests) fail(engine, request, errno);
  while (requests.length > 0) engine.retire(requests[0]!);
  return count;
}

/** The engine is given up: requests end with EIO, new ones are refused. Models intel_gt_set_wedged(). */
export function wedgeEngine(engine: RingEngine): void {
  engine.wedged = true;
  engine.device.trace.emit(ENGINE_WEDGED, engine.number, engine.requests.length);
  cancelAll(engine, 'EIO');
}

/**
 * A full reset after which the contents of VRAM are not what they were: requests end with ECANCELED, the GART is written again, and
 * what lay in VRAM holds bytes that nobody wrote.
 */
export function loseVram(device: DrmDevice, engine: RingEngine): void {
  const { plane } = device.core;
  engine.generation++;
  engine.resets++;
  let objects = 0;
  let pages = 0;
  for (const object of device.objects) {
    if (!(object instanceof TtmBo) || object.resource?.memType !== PL_VRAM) continue;
    objects++;
    pages += object.nrPages;
    const { manager, start } = object.resource;
    plane.fillPages(pfnOf(REGION_VRAM, manager.vramBase + start), object.nrPages, LOST_BYTE);
  }
  device.trace.emit(VRAM_LOST, device.index, engine.generation, objects, pages);
  cancelAll(engine, 'ECANCELED');
  for (const bo of engine.gart.objects()) engine.gart.rewrite(bo);
  // The kernel's own objects are made again: an empty ring, a status page that knows the last seqno.
  plane.fillPages(engine.statusPage.pfnOfPage(0), 1, 0);
  plane.fillPages(engine.ring.bo.pfnOfPage(0), engine.ring.bo.nrPages, 0);
  engine.ring.restart();
  engine.start(0);
}
