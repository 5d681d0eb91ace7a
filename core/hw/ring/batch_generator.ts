/**
 * Batches that a machine makes itself, in its own memory: on a GPU a compute shader writes them, so that the host never holds a
 * command of them. For tests and benchmarks; the same commands come out on every machine.
 *
 * Slot       SLOT_DWORDS dwords per command, the rest of a slot one NOP; the last slot of each batch is its BATCH_END
 * Units      GART byte addresses
 */
import { mixA, mixB } from '../content_hash.ts';
import * as C from './commands.ts';

export const SLOT_DWORDS = 8;
export const SLOT_BYTES = SLOT_DWORDS * 4;
/** Pitch of the rectangles that generated batches draw. */
export const GENERATED_PITCH = 256;

export interface BatchRequest {
  /** Where the first slot goes. */
  readonly address: number;
  /** Slots in all, batch ends included. */
  readonly slots: number;
  /** Slots of one batch; batch n begins at address + n * slotsPerBatch * SLOT_BYTES. */
  readonly slotsPerBatch: number;
  readonly seed: number;
  /** What the commands write; at least 16 KiB. */
  readonly target: number;
  readonly targetBytes: number;
}

/** The commands of one slot: SLOT_DWORDS words. */
export function generateSlot(request: BatchRequest, slot: number): number[] {
  const { slotsPerBatch, slots } = request;
  const isEnd = slot % slotsPerBatch === slotsPerBatch - 1 || slot === slots - 1;
  return padded(isEnd ? C.batchEnd() : generateCommand(request, slot));
}

function generateCommand({ seed, target, targetBytes }: BatchRequest, slot: number): number[] {
  const a = mixA(slot, seed) >>> 0;
  const b = mixB(slot, seed) >>> 0;
  const dwords = targetBytes / 4;
  switch (a & 15) {
    case 0: {
      const to = target + 4 * (b % (dwords - 64));
      const from = target + 4 * ((b >>> 7) % (dwords - 64));
      return C.copy(to, from, 4 * (1 + ((a >>> 4) & 63)));
    }
    case 1:
      return C.fill(target + 4 * (b % (dwords - 256)), 4 * (1 + ((a >>> 4) & 255)), b);
    case 2: {
      const surface = { address: target, pitch: GENERATED_PITCH, format: C.FORMAT_XRGB8888 };
      const at = { x: b & 31, y: (b >>> 5) & 31 };
      return C.drawRect(surface, at, 1 + ((a >>> 4) & 31), 1 + ((a >>> 9) & 7), b);
    }
    default:
      return C.storeDword(target + 4 * (b % dwords), a);
  }
}

function padded(words: number[]): number[] {
  const left = SLOT_DWORDS - words.length;
  if (left === 0) return words;
  return [...words, C.commandHeader(C.CMD_NOP, left), ...new Array<number>(left - 1).fill(0)];
}
