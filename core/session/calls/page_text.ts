/** One letter per page, long runs shortened; runs of pages in device memory. */

import { PAGE_SIZE, type PageIndex, type Pages, type Pfn } from '../../base/units.ts';
import { deviceMemoryOf, firstPmemPfn, firstVramPage } from '../../hw/machine_description.ts';
import { pageOfPfn, REGION_VRAM, regionOfPfn } from '../../hw/region.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { lineOf, whereOf } from '../../mm/observe.ts';
import { isPtePresent, pfnOfPte } from '../../mm/page_table.ts';
import type { ProcessMm } from '../../mm/process_mm.ts';

/** Texts up to this length are written out. */
const WRITTEN_OUT = 128;

/** `...ww`, or `512d 512.` for long texts. */
export function runText(letters: string): string {
  if (letters.length <= WRITTEN_OUT) return letters;
  const runs: string[] = [];
  for (let first = 0; first < letters.length; ) {
    let end = first + 1;
    while (end < letters.length && letters[end] === letters[first]) end++;
    runs.push(`${end - first}${letters[first]}`);
    first = end;
  }
  return runs.join(' ');
}

/** Runs [page in the range, page in the device's memory, pages] of entries that lead to device memory. */
export function deviceRuns(
  kernel: Kernel,
  mm: ProcessMm,
  first: PageIndex,
  count: Pages,
): [number, number, number][] {
  const runs: [number, number, number][] = [];
  for (let i = 0; i < count; i++) {
    const word = mm.pageTable.get(first + i);
    const pfn = pfnOfPte(word);
    if (!isPtePresent(word)) continue;
    let page: number;
    if (regionOfPfn(pfn) === REGION_VRAM) page = placeInDevice(kernel, pageOfPfn(pfn)).page;
    else if (pfn >= mm.context.frames.nrPages) page = pageInPmem(kernel, pfn);
    else continue;
    const last = runs[runs.length - 1];
    if (last && last[0] + last[2] === i && last[1] + last[2] === page) last[2]++;
    else runs.push([i, page, 1]);
  }
  return runs;
}

/** Page within the piece of device-dax memory that a frame belongs to. */
function pageInPmem(kernel: Kernel, pfn: Pfn): number {
  const pieces = kernel.description.pmem ?? [];
  for (let i = pieces.length - 1; i >= 0; i--) {
    const first = firstPmemPfn(kernel.description, i);
    if (pfn >= first) return pfn - first;
  }
  return pfn;
}

/** Page within the memory of the device that owns this page of the VRAM region, and whether that is its second memory. */
function placeInDevice(kernel: Kernel, vramPage: number): { page: number; second: boolean } {
  const { devices } = kernel.description;
  for (let i = devices.length - 1; i >= 0; i--) {
    const device = devices[i]!;
    const page = vramPage - firstVramPage(kernel.description, i);
    const vramPages = device.vramBytes / PAGE_SIZE;
    if (page < 0 || page >= deviceMemoryOf(device) / PAGE_SIZE) continue;
    return page < vramPages ? { page, second: false } : { page: page - vramPages, second: true };
  }
  return { page: vramPage, second: false };
}

/** Where entries lead, page by page: as `whereOf`, with `s` for the second memory of a device. */
export function whereText(kernel: Kernel, mm: ProcessMm, first: PageIndex, count: Pages): string {
  const letter = (of: ProcessMm, page: PageIndex) => {
    const where = whereOf(of, page);
    if (where !== 'v') return where;
    const vramPage = pageOfPfn(pfnOfPte(of.pageTable.get(page)));
    return placeInDevice(kernel, vramPage).second ? 's' : 'v';
  };
  return runText(lineOf(mm, first, count, letter));
}
