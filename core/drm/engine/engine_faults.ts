/**
 * Faults that an engine reports: each becomes an event with its exact address and cause, and what the driver itself did wrong is put
 * right.
 *
 * Models     amdgpu_vm_handle_fault and gmc_v9_0_process_interrupt (Linux 6.12): a fault is logged, dropped accesses read 0
 * Causes     nothing is bound there (the commands are wrong); the entry is not what the binding says (it is written again); the entry
 *            is right, so the engine used an older translation (all are read anew)
 * Rule       a request with faults ends with EIO: what it read or wrote cannot be trusted
 */
import { PAGE_SIZE } from '../../base/units.ts';
import type { CommandQueue } from '../../hw/command_queue.ts';
import { faultRecords } from '../../hw/ring/engine_state.ts';
import {
  FAULT_CAUSES,
  type FaultCause,
  GART_REPAIR,
  GPU_FAULT,
  TLB_REPAIR,
} from '../../trace/events/engine.ts';
import type { EngineRequest } from './engine_request.ts';
import type { RingEngine } from './ring_engine.ts';

/** @returns true when there were faults */
export function reportFaults(
  engine: RingEngine,
  queue: CommandQueue,
  { seqno }: EngineRequest,
  answer: Uint32Array,
): boolean {
  const { gart, device, number } = engine;
  const { trace } = device;
  const records = faultRecords(answer);
  for (const { address, access } of records) {
    const entry = Math.floor(address / PAGE_SIZE);
    const bo = gart.objectAt(entry);
    const say = (cause: FaultCause) =>
      trace.emit(GPU_FAULT, number, seqno, address, access, FAULT_CAUSES.indexOf(cause));
    if (bo === null) {
      say('nothing is bound there');
      continue;
    }
    const was = queue.gart[entry]!;
    const is = gart.entryOf(bo, entry);
    if (was !== is) {
      say('bad entry');
      trace.emit(GART_REPAIR, bo.id, entry, was, is);
      gart.rewrite(bo);
    } else {
      say('stale translation');
      trace.emit(TLB_REPAIR, bo.id, entry);
      device.core.plane.gartFlush();
    }
  }
  return records.length > 0;
}
