/**
 * Compares every byte that the machine holds with the recipes of the model, region by region, and the GART table entry by entry.
 *
 * Not for    objects: what an object must contain is verify_objects.ts
 */
import type { Pfn } from '../base/units.ts';
import { hashText } from '../hw/content_hash.ts';
import {
  REGION_MIRROR,
  REGION_RAM,
  REGION_SWAP,
  REGION_VRAM,
  REGION_WORDS,
  type Region,
} from '../hw/region.ts';
import type { Player } from '../session/player.ts';

/** Frames hashed as one; a difference names the piece. */
const PIECE_PAGES = 1024;

/** @returns one sentence per difference; empty when all bytes and entries are as they must be */
export async function verifyFrames(player: Player): Promise<string[]> {
  await player.barrier();
  const { queue } = player.kernel;
  const pieces: { region: Region; frames: Pfn[] }[] = [];
  for (const region of [REGION_RAM, REGION_VRAM, REGION_MIRROR, REGION_SWAP] as const) {
    let frames: Pfn[] = [];
    queue.contents.forEachWritten(region, pfn => {
      if (!queue.contents.isDefined(pfn)) return;
      if (frames.length === 0 || frames.length === PIECE_PAGES) {
        frames = [];
        pieces.push({ region, frames });
      }
      frames.push(pfn);
    });
  }
  const wanted = pieces.map(piece => queue.contents.hashOf(piece.frames));
  const answers = await player.askOutside(() => pieces.map(piece => queue.hashPages(piece.frames)));
  const wrong: string[] = [];
  pieces.forEach(({ region, frames }, i) => {
    const found = hashText(answers[i]![0]!, answers[i]![1]!);
    const expected = hashText(...wanted[i]!);
    if (found !== expected) {
      wrong.push(
        `${frames.length} written pages of ${REGION_WORDS[region]} have hash ${found} on the machine, their recipes ${expected}.`,
      );
    }
  });
  wrong.push(...(await player.machine.verifyGart(queue)));
  return wrong;
}
