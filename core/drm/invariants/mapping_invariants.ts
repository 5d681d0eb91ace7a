/** Mappings and entries of objects: numbers 2, 3, 9, 17, 18, 19, 52, 64 of chapter 8 of the dossier. */
import type { InvariantEntry } from '../../base/invariant_entry.ts';
import type { Pfn } from '../../base/units.ts';
import { USAGE_KERNEL } from '../../dma_buf/dma_resv.ts';
import { frameText, pfnOf, REGION_VRAM, regionOfPfn } from '../../hw/region.ts';
import { isPtePresent, LEAF_PAGES, PTE_WRITE, pfnOfPte } from '../../mm/page_table.ts';
import { VM_WRITE, type VmArea } from '../../mm/vm_area.ts';
import { type DrmFile, drmFileOf } from '../drm_file.ts';
import type { TtmBo } from '../ttm/ttm_bo.ts';
import { TTM_BO_VM_OPS } from '../ttm/ttm_bo_vm.ts';
import type { TtmResource } from '../ttm/ttm_resource.ts';
import {
  allBos,
  boOfVma,
  type DrmSubject,
  drmEntry,
  fileReferences,
  gemBufs,
  ObjectCounts,
  objectVmas,
  SHOOT_DOWNS_MISS,
} from './subject.ts';

/** Page of the object that the first page of a mapping shows. */
function firstObjectPage(vma: VmArea, bo: TtmBo): number {
  return vma.pgoff - bo.offset.start;
}

/** Visit the entries of a mapping: page of the object, entry word. */
function forEachEntry(vma: VmArea, bo: TtmBo, visit: (objectPage: number, word: number) => void): void {
  const shift = firstObjectPage(vma, bo) - vma.start;
  for (let page = vma.start; page < vma.end; page++) {
    const word = vma.mm.pageTable.get(page);
    if (isPtePresent(word)) visit(page + shift, word);
  }
}

/** Where an object lies, without a list of its pages: from `base` on, or in `pages`; nowhere with neither. */
interface Lies {
  readonly base: Pfn;
  readonly pages: readonly Pfn[] | null;
}

const NOWHERE: Lies = { base: -1, pages: null };

function whereLies({ resource, tt, device }: TtmBo): Lies {
  if (tt?.swapped || device.unplugged) return NOWHERE;
  if (resource !== null && !resource.manager.useTt)
    return { base: pfnOf(REGION_VRAM, resource.manager.vramBase + resource.start), pages: null };
  return tt?.pages == null ? NOWHERE : { base: -1, pages: tt.pages };
}

/** The frame behind a page of an object; undefined for none. */
function frameOf({ base, pages }: Lies, page: number, nrPages: number): Pfn | undefined {
  if (page < 0 || page >= nrPages) return undefined;
  return base >= 0 ? base + page : pages?.[page];
}

/** Number 2 for one mapping. @returns a sentence, or null */
export function staleEntries(vma: VmArea, bo: TtmBo): string | null {
  const { device, nrPages } = bo;
  const { pageTable } = vma.mm;
  const lies = whereLies(bo);
  const shift = firstObjectPage(vma, bo) - vma.start;
  let wrong = 0;
  let first = 0;
  for (let page = vma.start; page < vma.end; ) {
    const leaf = pageTable.leafOf(page);
    const behind = Math.min(vma.end, (page | (LEAF_PAGES - 1)) + 1);
    if (leaf === null || leaf.nrPtes === 0) {
      page = behind;
      continue;
    }
    const { words } = leaf;
    for (; page < behind; page++) {
      const word = words[page & (LEAF_PAGES - 1)]!;
      if (!isPtePresent(word)) continue;
      const pfn = pfnOfPte(word);
      if (device.unplugged ? device.dummyPages.includes(pfn) : frameOf(lies, page + shift, nrPages) === pfn)
        continue;
      if (wrong++ === 0) first = page;
    }
  }
  if (wrong === 0) return null;
  const leads = frameText(pfnOfPte(pageTable.get(first)));
  const where = frameOf(lies, first + shift, nrPages);
  return (
    `${wrong} entries for object ${bo.id} in VMA ${vma.id} of mm ${vma.mm.id} are stale: the entry for page ${first + shift} ` +
    `leads to ${leads}; the page lies in ${where === undefined ? 'no frame' : frameText(where)}.`
  );
}

function countEntries(vma: VmArea): number {
  let entries = 0;
  for (let page = vma.start; page < vma.end; page++) if (isPtePresent(vma.mm.pageTable.get(page))) entries++;
  return entries;
}

/** True when a VRAM frame belongs to this resource. */
function frameLiesIn({ manager, start, nrPages }: TtmResource, pfn: Pfn): boolean {
  const page = pfn - pfnOf(REGION_VRAM, manager.vramBase + start);
  return !manager.useTt && page >= 0 && page < nrPages;
}

/** The object that a VRAM frame belongs to now. */
function ownerOf(subject: DrmSubject, pfn: Pfn): TtmBo | null {
  for (const bo of allBos(subject)) if (bo.resource !== null && frameLiesIn(bo.resource, pfn)) return bo;
  return null;
}

export const MAPPING_INVARIANTS: readonly InvariantEntry<DrmSubject>[] = [
  drmEntry(
    2,
    'PTE-owner',
    'state',
    subject => {
      const says: string[] = [];
      for (const vma of objectVmas(subject)) {
        const stale = staleEntries(vma, boOfVma(vma));
        if (stale !== null) says.push(stale);
      }
      return says;
    },
    SHOOT_DOWNS_MISS,
  ),

  drmEntry(
    3,
    'No-stale',
    'state',
    subject => {
      const says: string[] = [];
      for (const { mm } of subject.tasks.values()) {
        const reported = new Set<string>();
        const { vmas } = mm;
        let index = 0;
        const look = (page: number, pfn: Pfn) => {
          while (index < vmas.length && vmas[index]!.end <= page) index++;
          const vma = vmas[index];
          if (vma === undefined || vma.start > page || vma.ops !== TTM_BO_VM_OPS) {
            says.push(
              `Page ${page} of mm ${mm.id} maps ${frameText(pfn)}, but no mapping of an object is there.`,
            );
            return;
          }
          const bo = vma.privateData as TtmBo;
          if (bo.device.unplugged || (bo.resource !== null && frameLiesIn(bo.resource, pfn))) return;
          const owner = ownerOf(subject, pfn);
          const whose = owner === null ? 'nobody' : `object ${owner.id}`;
          // One sentence for a mapping and a stranger: the first page tells the story.
          const pair = `${vma.id} ${whose}`;
          if (reported.has(pair)) return;
          reported.add(pair);
          says.push(
            `VMA ${vma.id} of mm ${mm.id} shows object ${bo.id}, but its page ${page} maps ${frameText(pfn)}, which belongs to ${whose}.`,
          );
        };
        mm.pageTable.forEachLeaf(({ words }, base, from, to) => {
          for (let slot = from; slot < to; slot++) {
            const word = words[slot]!;
            if (isPtePresent(word) && regionOfPfn(pfnOfPte(word)) === REGION_VRAM)
              look(base + slot, pfnOfPte(word));
          }
        });
      }
      return says;
    },
    SHOOT_DOWNS_MISS,
  ),

  drmEntry(
    9,
    'One mapping',
    'state',
    subject => {
      const says: string[] = [];
      for (const file of fileReferences(subject).keys()) {
        const drm = drmFileOf(file);
        if (drm && file.mapping !== drm.device.mapping) {
          says.push(
            `File ${file.id} of device ${drm.device.index} links its mappings in address space ${file.mapping.id}.`,
          );
        }
      }
      for (const [buf, object] of gemBufs(subject)) {
        if (buf.file.mapping !== object.device.mapping) {
          says.push(
            `Buffer ${buf.ino} of object ${object.id} links its mappings in address space ${buf.file.mapping.id}.`,
          );
        }
      }
      return says;
    },
    SHOOT_DOWNS_MISS,
  ),

  drmEntry(17, 'Permission', 'state', subject => {
    const says: string[] = [];
    for (const { files, objects } of subject.drm.allDevices) {
      for (const object of objects) {
        for (const file of object.offset.files.keys()) {
          if (!files.has(file as DrmFile)) says.push(`A closed file may still map object ${object.id}.`);
        }
      }
      for (const file of files) {
        const handles = new ObjectCounts(subject);
        file.handles.forEach(object => void handles.add(object));
        for (const object of objects) {
          const allowed = object.offset.files.get(file) ?? 0;
          const count = handles.of(object);
          if (allowed === count) continue;
          says.push(
            `File ${file.clientId} may map object ${object.id} ${allowed} times over and has ${count} handles of it.`,
          );
        }
      }
    }
    return says;
  }),

  drmEntry(18, 'Prefault bound', 'state', subject => {
    const says: string[] = [];
    for (const vma of objectVmas(subject)) {
      const bo = boOfVma(vma);
      if (bo.device.unplugged) continue;
      const first = firstObjectPage(vma, bo);
      if (first >= 0 && first + vma.nrPages <= bo.nrPages) continue;
      forEachEntry(vma, bo, page => {
        if (page < 0 || page >= bo.nrPages)
          says.push(`VMA ${vma.id} has an entry for page ${page} of object ${bo.id} of ${bo.nrPages}.`);
      });
    }
    return says;
  }),

  drmEntry(19, 'Writable', 'state', subject => {
    const says: string[] = [];
    for (const vma of objectVmas(subject)) {
      if (vma.flags & VM_WRITE) continue;
      const bo = boOfVma(vma);
      forEachEntry(vma, bo, (page, word) => {
        if (word & PTE_WRITE)
          says.push(
            `VMA ${vma.id} may not be written, but its entry for page ${page} of object ${bo.id} can.`,
          );
      });
    }
    return says;
  }),

  drmEntry(
    52,
    'Swapped has no PTE',
    'state',
    subject => {
      const says: string[] = [];
      for (const vma of objectVmas(subject)) {
        const bo = boOfVma(vma);
        if (!bo.tt?.swapped || bo.device.unplugged) continue;
        const entries = countEntries(vma);
        if (entries > 0)
          says.push(`Object ${bo.id} is swapped out and has ${entries} entries in VMA ${vma.id}.`);
        if (bo.tt.populated) says.push(`Object ${bo.id} has pages and swap slots.`);
      }
      return says;
    },
    SHOOT_DOWNS_MISS,
  ),

  drmEntry(
    64,
    'Kernel fence first',
    'state',
    subject => {
      const says: string[] = [];
      for (const vma of objectVmas(subject)) {
        const bo = boOfVma(vma);
        const moving = bo.resv.lastUnsignaled(USAGE_KERNEL);
        if (moving === null || bo.device.unplugged) continue;
        const entries = countEntries(vma);
        if (entries > 0) {
          says.push(
            `Object ${bo.id} is moved until fence ${moving.context.id}:${moving.seqno} signals and has ${entries} entries in VMA ${vma.id}.`,
          );
        }
      }
      return says;
    },
    SHOOT_DOWNS_MISS,
  ),
];
