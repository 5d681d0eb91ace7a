/**
 * A long trace of the shape that scenes have, made by arithmetic: for tests of the timeline and for its figures.
 *
 * One round is a call that evicts, a copy and a job behind their fences, and eight faults
 */
import { DMA_FENCE_EMIT, DMA_FENCE_SIGNALED } from '../../trace/events/dma_buf.ts';
import {
  BO_MOVE,
  BO_MOVE_FENCE,
  BO_UNMAP_VIRTUAL,
  EVICT_BEGIN,
  EVICT_END,
  EVICT_VICTIM,
  JOB_SUBMIT,
} from '../../trace/events/drm.ts';
import { SYS_ENTER, SYS_EXIT } from '../../trace/events/kernel.ts';
import { PAGE_FAULT_USER, UNMAP_MAPPING_RANGE } from '../../trace/events/mm.ts';
import { TraceBuffer } from '../../trace/trace_buffer.ts';

/** Events of a round. */
export const ROUND_EVENTS = 22;
/** Faults of a round. */
export const ROUND_FAULTS = 8;
/** Virtual time of a round. */
export const ROUND_NS = 20_000;
/** Pages that a round moves. */
export const ROUND_PAGES = 256;

/** @param rounds what follows each other */
export function generateTrace(rounds: number): TraceBuffer {
  const trace = new TraceBuffer(rounds * ROUND_EVENTS + 65_536);
  for (let round = 0; round < rounds; round++) {
    const start = round * ROUND_NS;
    const seqno = round + 1;
    const object = 1 + (round % 64);
    trace.now = start;
    trace.currentTask = 1 + (round % 4);
    trace.emit(SYS_ENTER, 16);
    trace.emit(EVICT_BEGIN, 100, ROUND_PAGES, 2, 4096, 0);
    trace.emit(EVICT_VICTIM, object, 100, ROUND_PAGES, 0);
    trace.emit(BO_UNMAP_VIRTUAL, object);
    trace.emit(UNMAP_MAPPING_RANGE, 7, 0, ROUND_PAGES, 1, 16);
    trace.emit(BO_MOVE, object, 2, 0, ROUND_PAGES, 0);
    trace.emit(DMA_FENCE_EMIT, 0, 0, 1, seqno);
    trace.emit(BO_MOVE_FENCE, object, 1, seqno, 8_000);
    trace.emit(EVICT_END, 100, 1, 1, 0);
    trace.emit(DMA_FENCE_EMIT, 1, 1, 2, seqno);
    trace.emit(JOB_SUBMIT, seqno, seqno, 1, 1, 4_000);
    trace.emit(SYS_EXIT, 16, 0);
    for (let fault = 0; fault < ROUND_FAULTS; fault++) {
      trace.now = start + 500 * (fault + 1);
      trace.emit(PAGE_FAULT_USER, 1, 1000 + fault, 1, 0, 16);
    }
    trace.currentTask = 0;
    trace.now = start + 10_000;
    trace.emit(DMA_FENCE_SIGNALED, 0, 0, 1, seqno);
    trace.now = start + 14_000;
    trace.emit(DMA_FENCE_SIGNALED, 1, 1, 2, seqno);
  }
  return trace;
}
