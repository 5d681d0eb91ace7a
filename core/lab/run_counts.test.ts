/** Covers the counting rules on hand-made event sequences; the scenes cover them on real ones. */
import { expect, test } from 'vitest';
import {
  BO_MOVE,
  BO_UNMAP_VIRTUAL,
  BO_VM_FAULT_RESERVED,
  EVICT_BEGIN,
  EVICT_END,
  EVICT_VICTIM,
  GEM_OBJECT_INIT,
} from '../trace/events/drm.ts';
import { PAGE_FAULT_USER, UNMAP_MAPPING_RANGE, ZAP_VMA } from '../trace/events/mm.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { RunCounts } from './run_counts.ts';

const SYSTEM = 0;
const VRAM = 2;

/** Object 7 in VRAM, mapped by mms 1 and 2, is evicted for object 8. */
function evict(trace: TraceBuffer): void {
  trace.emit(EVICT_BEGIN, 8, 16, VRAM, 64, 0);
  trace.emit(EVICT_VICTIM, 7, 8, 16, SYSTEM);
  trace.emit(BO_UNMAP_VIRTUAL, 7);
  trace.emit(ZAP_VMA, 1, 10, 0, 16, 16);
  trace.emit(ZAP_VMA, 2, 11, 0, 16, 3);
  trace.emit(UNMAP_MAPPING_RANGE, 1, 0x100000, 16, 1, 19);
  trace.emit(BO_MOVE, 7, VRAM, SYSTEM, 16, 0);
  trace.emit(EVICT_END, 8, 1, 1, 0);
}

test('eviction: entries, tasks and bytes are counted once, also when read in pieces', () => {
  const trace = new TraceBuffer();
  const counts = new RunCounts();
  trace.emit(GEM_OBJECT_INIT, 7, 16);
  counts.read(trace);
  evict(trace);
  counts.read(trace);
  counts.read(trace);
  expect(counts.numbers).toEqual({
    evictions: 1,
    refaultsInPlace: 0,
    refaultsMoved: 0,
    validatesBack: 0,
    ptesCleared: 19,
    tasksHit: 2,
    bytesMoved: 65536,
    sigbus: 0,
    fileEntriesCleared: 0,
  });
  expect([...counts.objects]).toEqual([7]);
});

test('fault after a shoot-down: in place without a move, moved with one; a first fault is no refault', () => {
  const trace = new TraceBuffer();
  const counts = new RunCounts();
  const fault = (moves: boolean) => {
    trace.emit(BO_VM_FAULT_RESERVED, 7, 0, SYSTEM);
    if (moves) trace.emit(BO_MOVE, 7, SYSTEM, VRAM, 16, 0);
    trace.emit(PAGE_FAULT_USER, 1, 0, 1, 0, 16);
  };
  fault(false);
  evict(trace);
  fault(false);
  fault(true);
  counts.read(trace);
  expect(counts.numbers).toMatchObject({ refaultsInPlace: 1, refaultsMoved: 1, validatesBack: 1 });
});

test('validation of an evicted object: counted once, and not for an object that was never evicted', () => {
  const trace = new TraceBuffer();
  const counts = new RunCounts();
  trace.emit(BO_MOVE, 9, SYSTEM, VRAM, 1, 0);
  evict(trace);
  trace.emit(BO_MOVE, 7, SYSTEM, VRAM, 16, 0);
  trace.emit(BO_MOVE, 7, SYSTEM, VRAM, 16, 0);
  counts.read(trace);
  expect(counts.numbers.validatesBack).toBe(1);
});
