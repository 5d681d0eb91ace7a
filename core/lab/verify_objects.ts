/**
 * Compares the bytes of every buffer object with what they must be: read where they lie, and by the GPU through the GART where
 * the object is bound.
 *
 * Expected   the hash of the recipe of the object's pages; that the recipe is that of the bytes last written is the business of
 *            object_watch.ts, which sees to it that moves change nothing
 */
import { PAGE_SIZE } from '../base/units.ts';
import { objectPages, type TtmBo } from '../drm/ttm/ttm_bo.ts';
import { PL_VRAM, PLACEMENT_NAMES } from '../drm/ttm/ttm_placement.ts';
import { contentHashOfText, hashText } from '../hw/content_hash.ts';
import type { Ticket } from '../hw/data_plane.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { shownObjects } from '../session/object_places.ts';
import type { Player } from '../session/player.ts';

export interface ObjectsVerified {
  /** Live objects. */
  readonly objects: number;
  /** Objects whose bytes are right in every way they were read. */
  readonly verified: number;
  /** One sentence per wrong object. */
  readonly wrong: readonly string[];
  /** Over ids, sizes and hashes of all objects, as the machine read them. */
  readonly digest: string;
}

/** What people call an object. */
export function objectName(bo: TtmBo): string {
  const where = bo.tt?.swapped ? 'SWAP' : bo.resource ? PLACEMENT_NAMES[bo.resource.memType] : 'nowhere';
  return `Object ${bo.id}${bo.label ? ` (${bo.label})` : ''} in ${where}`;
}

/** Bytes of objects that lie in VRAM. */
export function residentBytes(kernel: Kernel): number {
  let pages = 0;
  for (const bo of shownObjects(kernel)) if (bo.resource && !bo.resource.manager.useTt) pages += bo.nrPages;
  return pages * PAGE_SIZE;
}

/** Objects that the machine is asked about at a time where others wait, and pages that the processor hashes then. */
const PART = { objects: 512, pages: 1536 } as const;
const WHOLE = { objects: Number.POSITIVE_INFINITY, pages: Number.POSITIVE_INFINITY } as const;
/** A GPU hashes so many pages while nobody waits for the processor. */
const GPU_PAGES = 8;

/** Ask the machine about every object. Not part of the run: nothing of it is in the digest. */
export async function verifyObjects(player: Player): Promise<ObjectsVerified> {
  return (await verifyInParts(player, WHOLE, async () => true))!;
}

/**
 * The same in parts, for who is waited for.
 *
 * @param between asked between two parts; false: somebody wants something else
 * @returns null when it was ended
 */
export function verifyPatiently(
  player: Player,
  between: () => Promise<boolean>,
): Promise<ObjectsVerified | null> {
  return verifyInParts(player, PART, between);
}

async function verifyInParts(
  player: Player,
  part: { readonly objects: number; readonly pages: number },
  between: () => Promise<boolean>,
): Promise<ObjectsVerified | null> {
  await player.barrier();
  const all = shownObjects(player.kernel);
  const wrong: string[] = [];
  let verified = 0;
  let text = '';
  const onGpu = player.machine.kind === 'webgpu';
  for (let first = 0, end = 0; first < all.length; first = end) {
    if (first > 0 && !(await between())) return null;
    let pages = 0;
    do {
      const { nrPages, resource } = all[end++]!;
      pages += onGpu && resource?.manager.useTt === false ? nrPages / GPU_PAGES : nrPages;
    } while (end < all.length && end - first < part.objects && pages < part.pages);
    const some = all.slice(first, end);
    const { read, bad } = await ask(player, some);
    for (const sentences of bad.values()) wrong.push(...sentences);
    verified += some.length - bad.size;
    text += `${first > 0 ? '\n' : ''}${some.map(({ id, nrPages }, i) => `${id}:${nrPages}:${read[i]}`).join('\n')}`;
  }
  return { objects: all.length, verified, wrong, digest: contentHashOfText(text) };
}

/** @returns the hash of each as it was read, and by index what is wrong */
async function ask(player: Player, some: readonly TtmBo[]) {
  const { queue } = player.kernel;
  const objects = some.map(bo => {
    const pages = objectPages(bo);
    const wanted = pages ? hashText(...queue.contents.hashOf(pages)) : null;
    // Bound system pages are not coherent: the GPU's copy is as of the last flush, so only VRAM is compared through the GART.
    const gart = bo.resource?.memType === PL_VRAM ? bo.gart : null;
    return { bo, pages, wanted, gart };
  });
  const asked: { index: number; how: 'directly' | 'through the GART' }[] = [];
  const answers = await player.askOutside(() => {
    const tickets: Ticket[] = [];
    objects.forEach(({ pages, gart, bo }, index) => {
      if (!pages) return;
      tickets.push(queue.hashPages(pages));
      asked.push({ index, how: 'directly' });
      if (!gart) return;
      tickets.push(queue.hashGart(gart.start, bo.nrPages));
      asked.push({ index, how: 'through the GART' });
    });
    return tickets;
  });
  const bad = new Map<number, string[]>();
  const read = objects.map(() => '-');
  asked.forEach(({ index, how }, i) => {
    const { bo, wanted } = objects[index]!;
    const [lane0, lane1, faults = 0] = answers[i]!;
    const found = hashText(lane0!, lane1!);
    if (how === 'directly') read[index] = found;
    if (found === wanted && faults === 0) return;
    const unbound = faults > 0 ? ` with ${faults} faults on unbound entries` : '';
    const says = `${objectName(bo)} has hash ${found}${unbound} when read ${how}; what was written has ${wanted}.`;
    bad.set(index, [...(bad.get(index) ?? []), says]);
  });
  return { read, bad };
}
