/**
 * /proc/<pid>/smaps: what of a VMA is resident, shared, dirty.
 *
 * Models     smaps_account, fs/proc/task_mmu.c (Linux 6.12)
 * Units      bytes in the counts
 * Rule       special entries (VM_PFNMAP) and the zero page count nothing
 */
import { PAGE_SIZE } from '../../base/units.ts';
import { REGION_RAM, regionOfPfn } from '../../hw/region.ts';
import { PG_ANON, PG_DIRTY, ZERO_PFN } from '../../mm/page_frame.ts';
import { isPtePresent, PTE_DIRTY, pfnOfPte } from '../../mm/page_table.ts';
import { VM_LOCKED, VM_PFNMAP, type VmArea } from '../../mm/vm_area.ts';
import { mapsLine } from './maps.ts';
import { vmaFlags } from './vma_text.ts';

/** Counts of one VMA, in bytes. */
export interface SmapsCounts {
  Rss: number;
  Pss: number;
  Shared_Clean: number;
  Shared_Dirty: number;
  Private_Clean: number;
  Private_Dirty: number;
  Anonymous: number;
  Locked: number;
}

/** PSS_SHIFT: the proportional share is summed with 12 fractional bits, as the kernel does. */
const PSS_UNITS = 4096;

/** Count the entries of a VMA. */
export function countSmaps(vma: VmArea): SmapsCounts {
  const counts: SmapsCounts = {
    Rss: 0,
    Pss: 0,
    Shared_Clean: 0,
    Shared_Dirty: 0,
    Private_Clean: 0,
    Private_Dirty: 0,
    Anonymous: 0,
    Locked: 0,
  };
  if (vma.flags & VM_PFNMAP) return counts;
  const { pageTable, context } = vma.mm;
  const { frames } = context;
  const locked = (vma.flags & VM_LOCKED) !== 0;
  let share = 0;
  let lockedShare = 0;
  for (let page = vma.start; page < vma.end; page++) {
    const word = pageTable.get(page);
    if (!isPtePresent(word)) continue;
    const pfn = pfnOfPte(word);
    if (pfn === ZERO_PFN || regionOfPfn(pfn) !== REGION_RAM) continue;
    // Memory of device-dax: older kernels count it, as if nobody else mapped it.
    if (pfn >= frames.nrPages && !context.era.daxCountsInRss) continue;
    const mappings = frames.mapCount(pfn);
    const dirty = (word & PTE_DIRTY) !== 0 || frames.hasFlag(pfn, PG_DIRTY);
    counts.Rss += PAGE_SIZE;
    if (frames.hasFlag(pfn, PG_ANON)) counts.Anonymous += PAGE_SIZE;
    if (mappings >= 2) counts[dirty ? 'Shared_Dirty' : 'Shared_Clean'] += PAGE_SIZE;
    else counts[dirty ? 'Private_Dirty' : 'Private_Clean'] += PAGE_SIZE;
    const part = Math.floor((PAGE_SIZE * PSS_UNITS) / Math.max(1, mappings));
    share += part;
    if (locked) lockedShare += part;
  }
  counts.Pss = Math.floor(share / PSS_UNITS);
  counts.Locked = Math.floor(lockedShare / PSS_UNITS);
  return counts;
}

/** The whole text of one VMA. */
export function smapsText(vma: VmArea): string {
  const counts = countSmaps(vma);
  const kilobytes = (bytes: number) => `${String(Math.floor(bytes / 1024)).padStart(8)} kB`;
  const lines = [mapsLine(vma.mm, vma), `Size:           ${kilobytes(vma.nrPages * PAGE_SIZE)}`];
  for (const [name, bytes] of Object.entries(counts))
    lines.push(`${`${name}:`.padEnd(16)}${kilobytes(bytes)}`);
  lines.push(`VmFlags: ${vmaFlags(vma)} `);
  return `${lines.join('\n')}\n`;
}
