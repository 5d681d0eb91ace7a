/** The workloads do what their numbers are divided by. */
import { describe, expect, it } from 'vitest';
import { RecordingPlane } from '../testing/mm_fixture.ts';
import { PAGE_FAULT_USER, UNMAP_MAPPING_RANGE, VMA_CLOSE, VMA_OPEN } from '../trace/events/mm.ts';
import {
  faultAroundWorkload,
  firstWriteWorkload,
  mmapMunmapWorkload,
  mmWorkloads,
  shootDownWorkload,
  type TracedWorkload,
} from './bench_workloads.ts';
import { MAP_COUNT, PG_ANON, PG_DIRTY, ZERO_PFN } from './page_frame.ts';
import { PTE_DIRTY, PTE_PRESENT, PTE_SHIFT, PTE_WRITE } from './page_table.ts';

/** Events of one run, by type id; arguments of the last one. */
function runOnce(workload: TracedWorkload): { counts: Map<number, number>; last: readonly number[] } {
  workload.reset();
  const { trace } = workload;
  const first = trace.count;
  workload.run();
  const counts = new Map<number, number>();
  for (let i = Math.max(first, trace.firstIndex); i < trace.count; i++) {
    const { typeId } = trace.at(i);
    counts.set(typeId, (counts.get(typeId) ?? 0) + 1);
  }
  return { counts, last: trace.at(trace.count - 1).args };
}

describe('the memory workloads', () => {
  it('take one fault per first write, one per window of 16 for reads', () => {
    const writes = runOnce(firstWriteWorkload(new RecordingPlane(), 256));
    expect(writes.counts).toEqual(new Map([[PAGE_FAULT_USER.id, 256]]));
    const reads = runOnce(faultAroundWorkload(new RecordingPlane(), 256));
    expect(reads.counts).toEqual(new Map([[PAGE_FAULT_USER.id, 16]]));
    expect(reads.last[4]).toBe(16);
  });

  it('shoot down 65,536 entries at once', () => {
    const { counts, last } = runOnce(shootDownWorkload(new RecordingPlane()));
    expect(counts.get(UNMAP_MAPPING_RANGE.id)).toBe(1);
    expect(last[4]).toBe(65_536);
  });

  it('make and remove one VMA a round', () => {
    for (const equal of [false, true]) {
      const { counts } = runOnce(mmapMunmapWorkload(new RecordingPlane(), equal, 100));
      expect([counts.get(VMA_OPEN.id), counts.get(VMA_CLOSE.id)]).toEqual([100, 100]);
    }
  });

  it('can be run again after a reset', () => {
    for (const workload of mmWorkloads(new RecordingPlane())) {
      runOnce(workload);
      expect(runOnce(workload).counts.size).toBeGreaterThan(0);
    }
  });
});

describe('the loop that clears entries', () => {
  it('uses the values that these constants have', () => {
    const constants = [PTE_SHIFT, PTE_PRESENT | PTE_WRITE, PTE_WRITE, PTE_DIRTY, ZERO_PFN + 1];
    expect(constants).toEqual([4, 3, 2, 8, 2]);
    expect([PG_ANON, PG_DIRTY, MAP_COUNT]).toEqual([0x4000_0000, 0x2000_0000, 0xfff_ffff]);
  });
});
