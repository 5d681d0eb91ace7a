/**
 * What the machine answered to doorbells: kept at barriers, looked at when virtual time has come to the request's end.
 *
 * Models     intel_engine_signal_breadcrumbs, i915_request_retire, gt/intel_execlists' error path (Linux 6.18)
 * Rule       taking an answer changes nothing that an event, a digest or a caller can see; only delivering does
 */

import { ERRNO } from '../../base/errno.ts';
import { type DmaFence, seqnoPassed } from '../../dma_buf/dma_fence.ts';
import type { CommandQueue } from '../../hw/command_queue.ts';
import {
  A_BYTES,
  A_COMMANDS,
  A_INTERRUPTS,
  A_SLICES,
  E_ACTHD,
  E_SEQNO,
  E_STATUS,
  STATUS_IDLE,
  STATUS_OFF,
} from '../../hw/ring/engine_state.ts';
import { ENGINE_STOP, REQUEST_COMPLETE, REQUEST_FAIL, USER_INTERRUPT } from '../../trace/events/engine.ts';
import { LabGpu } from '../drivers/lab_gpu_state.ts';
import type { DrmCore } from '../drm_core.ts';
import { reportFaults } from './engine_faults.ts';
import type { EngineRequest } from './engine_request.ts';
import { loseVram, resetEngine } from './engine_reset.ts';
import type { RingEngine } from './ring_engine.ts';

/** Engines of all devices. */
export function* enginesOf(core: DrmCore): Generator<RingEngine> {
  for (const { driverState } of core.allDevices) {
    if (driverState instanceof LabGpu && driverState.engine !== null) yield driverState.engine;
  }
}

/** A barrier is over: keep the answers of doorbells. */
export function takeEngineAnswers(core: DrmCore, queue: CommandQueue): void {
  for (const engine of enginesOf(core)) {
    for (const request of engine.requests) {
      if (request.answer === null && queue.isSettled(request.ticket))
        request.answer = queue.answer(request.ticket).slice();
    }
  }
}

/**
 * Look at the answer of the request whose fence is due.
 *
 * @returns false when it has not come
 */
export function deliverEngineAnswer(core: DrmCore, queue: CommandQueue, due: DmaFence): boolean {
  for (const engine of enginesOf(core)) {
    const request = engine.requests[0];
    if (request?.fence !== due) continue;
    if (request.answer === null) return false;
    const { trace } = engine.device;
    const task = trace.currentTask;
    trace.currentTask = 0;
    deliver(engine, queue, request, request.answer);
    trace.currentTask = task;
    return true;
  }
  // Its engine is gone.
  core.fences.release(due, 'ENODEV');
  return true;
}

function deliver(engine: RingEngine, queue: CommandQueue, request: EngineRequest, answer: Uint32Array): void {
  const { device, number } = engine;
  const { trace } = device;
  const { seqno } = request;
  const status = answer[E_STATUS]!;
  if (status === STATUS_OFF) {
    loseVram(device, engine);
    return;
  }
  const faulted = reportFaults(engine, queue, request, answer);
  const reached = seqnoPassed(answer[E_SEQNO]!, seqno);
  if (!reached || status !== STATUS_IDLE) {
    trace.emit(ENGINE_STOP, number, seqno, answer[E_ACTHD]!, status, answer[A_SLICES]!);
    resetEngine(engine, request);
    return;
  }
  trace.emit(REQUEST_COMPLETE, number, seqno, answer[A_COMMANDS]!, answer[A_BYTES]!, answer[A_SLICES]!);
  if (answer[A_INTERRUPTS]! > 0) trace.emit(USER_INTERRUPT, number, seqno, answer[A_INTERRUPTS]!);
  if (faulted) trace.emit(REQUEST_FAIL, number, seqno, ERRNO.EIO);
  engine.noteClient(request, false);
  engine.retire(request);
  device.core.fences.release(request.fence, faulted ? 'EIO' : null);
}
