/** What the window is told of failures, as whole sentences. */
import type { DrainReport } from '../hw/machine.ts';

/** An error as a sentence. */
export function sentenceOf(error: unknown): string {
  const says = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(says) ? says : `${says}.`;
}

/** A device that was lost: what went with it, and what goes on. */
export function lossSentence(loss: NonNullable<DrainReport['loss']>): string {
  const lost = loss.lostAllocations.length;
  const gone =
    lost === 1 ? 'object lived only in VRAM and is lost' : 'objects lived only in VRAM and are lost';
  const next = loss.now === 'host' ? 'The host machine takes over.' : 'A new device goes on.';
  return `The GPU device was lost (${loss.message}). ${lost} ${gone}. ${next}`;
}
