/**
 * How many bytes of GPU memory must be alive, by purpose, computed from the machine description, the live VRAM
 * allocations of the model and the state of the staging pool; never from the ledger.
 */
import { type Bytes, PAGE_SIZE } from '../base/units.ts';
import type { VramAllocation } from './command_queue.ts';
import { type BytesByPurpose, noBytes, PURPOSES } from './ledger.ts';
import { type MachineDescription, vramBytesOf } from './machine_description.ts';

/** `paged`: VRAM is at most four large heap buffers; `dedicated`: one buffer per allocation. */
export const VRAM_LAYOUTS = ['paged', 'dedicated'] as const;
export type VramLayout = (typeof VRAM_LAYOUTS)[number];

/** Sizes of the buffers a staging pool holds, in bytes. */
export interface StagingState {
  readonly bufferBytes: readonly Bytes[];
}

/** Job lists, patches and parameters of one submit. */
export const ENGINE_BYTES = 1024 * 1024;
/** Results of the hashes of one batch. */
export const QUERY_BYTES = 256 * 1024;

/** Words of the command streamer's state: engines, one run, and a word per page of the GART space for faults. */
export const STREAMER_STATE_WORDS = 512 + 2 ** 20;
/** Arguments of its indirect dispatches and the piece of work they do. */
export const STREAMER_WORK_BYTES = 288;

/** Bytes of the command streamer: paged layout only. */
export function streamerBytes(machine: MachineDescription, layout: VramLayout): Bytes {
  if (layout !== 'paged' || machine.gartEntries === 0) return 0;
  return STREAMER_STATE_WORDS * 4 + STREAMER_WORK_BYTES;
}

/** Bytes of the GART table; behind it lies what the streamer's TLB holds of it. */
export function gartTableBytes(machine: MachineDescription): Bytes {
  return machine.gartEntries * 4 * (machine.tlb ? 2 : 1);
}

/** Sizes of the heap buffers of the paged layout; the last one may be shorter. */
export function vramHeapSizes(machine: MachineDescription): Bytes[] {
  const sizes: Bytes[] = [];
  for (let left = vramBytesOf(machine); left > 0; left -= machine.vramHeapBytes) {
    sizes.push(Math.min(left, machine.vramHeapBytes));
  }
  return sizes;
}

/** Bytes that must be alive, by purpose. */
export function expectedBytes(
  machine: MachineDescription,
  layout: VramLayout,
  allocations: Iterable<VramAllocation>,
  staging: StagingState,
): BytesByPurpose {
  const expected = noBytes();
  expected.heap = machine.ttBytes;
  if (layout === 'paged') expected.heap += vramBytesOf(machine);
  else for (const allocation of allocations) expected.dedicated += allocation.nrPages * PAGE_SIZE;
  for (const bytes of staging.bufferBytes) expected.staging += bytes;
  expected.gart = gartTableBytes(machine);
  expected.engine = ENGINE_BYTES + streamerBytes(machine, layout);
  expected.query = QUERY_BYTES;
  return expected;
}

/**
 * Compare the ledger with what the model expects.
 *
 * @returns a sentence per purpose that differs; empty when all agree
 */
export function compareBytes(live: BytesByPurpose, expected: BytesByPurpose): string[] {
  const differences: string[] = [];
  for (const purpose of PURPOSES) {
    if (live[purpose] !== expected[purpose]) {
      differences.push(
        `GPU memory of purpose ${purpose}: ${live[purpose]} bytes are alive, the model expects ${expected[purpose]}.`,
      );
    }
  }
  return differences;
}
