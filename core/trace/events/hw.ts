/**
 * Events of the modelled machine, emitted by whoever drains the queue, from the answers of the machine: the same on every
 * machine. Not for GPU counters (submits, maps): those differ between machines and are read from the ledger.
 */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './drm.ts';

/** A batch was executed and its tickets are settled. */
export const LAB_HW_BARRIER = declareEvent('lab_hw:barrier', ['commands', 'movedPages', 'tickets']);

/** A request of the copy engine or a ring is complete: the answer to mark(). */
export const LAB_HW_MARK = declareEvent('lab_hw:mark', ['seqno', 'commands', 'movedPages', 'faults']);

/** A content hash was answered; `verified` says whether it is the hash of the recipe. */
export const LAB_HW_HASH = declareEvent('lab_hw:hash', ['object', 'lane0', 'lane1', 'faults', 'verified'], {
  verified: ['no', 'yes'],
});

/** The GPUDevice was lost; what lived only in VRAM is gone. An input of the record. */
export const LAB_HW_DEVICE_LOST = declareEvent(
  'lab_hw:device_lost',
  ['lostAllocations', 'lostPages', 'failedMoves', 'now'],
  {
    now: ['webgpu', 'host'],
  },
);
