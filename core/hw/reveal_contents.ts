/**
 * Bytes that only the machine knows (a ring's commands wrote them) become part of the recipes: right before a snapshot, which
 * must hold the bytes of every page.
 */
import { PAGE_SIZE, type Pfn } from '../base/units.ts';
import type { CommandQueue } from './command_queue.ts';
import type { Machine } from './machine.ts';
import type { ContentId } from './page_contents.ts';
import { REGION_MIRROR, REGION_RAM, REGION_SWAP, REGION_VRAM, type Region } from './region.ts';

const REGIONS: readonly Region[] = [REGION_RAM, REGION_VRAM, REGION_MIRROR, REGION_SWAP];

/** Pages asked for at once. */
const PAGES = 4096;

/**
 * Ask the machine for every page whose bytes nobody else has; right after a barrier.
 *
 * @throws ModelBug when the bytes of a page do not have the hash that the machine answered when they were made
 */
export async function revealContents(queue: CommandQueue, machine: Machine): Promise<void> {
  const { contents } = queue;
  const frames = new Map<ContentId, Pfn>();
  for (const region of REGIONS) {
    contents.forEachWritten(region, (pfn, id) => {
      if (contents.isOpaque(id)) frames.set(id, pfn);
    });
  }
  const wanted = [...frames];
  for (let first = 0; first < wanted.length; first += PAGES) {
    const piece = wanted.slice(first, first + PAGES);
    const bytes = await machine.readPages(piece.map(([, pfn]) => pfn));
    piece.forEach(([id], i) => {
      contents.reveal(id, bytes.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE));
    });
  }
}
