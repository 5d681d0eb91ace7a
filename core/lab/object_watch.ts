/**
 * Content conservation (invariant 49 of the dossier): what a move, an eviction, a swap or a fault leaves of an object is what it
 * held before. Compares recipes, not bytes, so it costs no answer of the machine and runs after every input.
 *
 * Not for    inputs that write into objects: after those the new recipe is taken as it is
 */
import { objectPages, type TtmBo } from '../drm/ttm/ttm_bo.ts';
import { hashText } from '../hw/content_hash.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Input, Json } from '../session/input.ts';
import type { NameTable } from '../session/name_table.ts';
import { allObjects, objectName } from './verify_objects.ts';

/** Calls that store bytes into objects. */
const WRITERS: ReadonlySet<string> = new Set(['stamp', 'touch', 'touchRange']);

/** Ids of the objects that a job writes; null when any object may have been written. */
function writtenObjects({ call, args }: Input, names: NameTable): ReadonlySet<number> | null {
  if (WRITERS.has(call) && args.write !== false) return null;
  const written = new Set<number>();
  const fills = call === 'gpu.submit' && Array.isArray(args.fills) ? args.fills : [];
  for (const fill of fills as readonly { readonly bo: Json }[]) {
    const thing = typeof fill.bo === 'string' ? names.get(fill.bo) : undefined;
    if (thing?.kind !== 'bo') return null;
    written.add(thing.objectId);
  }
  return written;
}

export class ObjectWatch {
  /** Hash of the recipe by object id. */
  private readonly seen = new Map<number, string>();

  /** @returns one sentence per object that changed although nobody wrote to it */
  after(kernel: Kernel, names: NameTable, input: Input): string[] {
    const says: string[] = [];
    const written = writtenObjects(input, names);
    for (const bo of allObjects(kernel)) {
      const hash = recipeHash(kernel, bo);
      const before = this.seen.get(bo.id);
      if (written?.has(bo.id) === false && before !== undefined && hash !== before) {
        says.push(`49 Content conservation: ${objectName(bo)} held ${before} before and holds ${hash} now.`);
      }
      this.seen.set(bo.id, hash);
    }
    return says;
  }
}

/** Hash of what an object holds; of zeros when no byte of it exists yet. */
function recipeHash(kernel: Kernel, bo: TtmBo): string {
  const { contents } = kernel.queue;
  const pages = objectPages(bo);
  // Frame 1 is the shared page of zeros (mm/page_frame.ts).
  return hashText(...contents.hashOf(pages ?? new Array<number>(bo.nrPages).fill(1)));
}
