/** Checks of page caches and of fault events. Rules 18 and 31 of chapter 8 of the dossier. */
import { eventTypeByName } from '../trace/event.ts';
import { PAGE_FAULT_USER } from '../trace/events/mm.ts';
import type { MmContext } from './mm_context.ts';
import { LEAF_PAGES } from './page_table.ts';
import { ShmemPages } from './shmem.ts';
import { FAULT_AROUND_PAGES } from './vm_fault_handler.ts';

const MAX_SAYS = 8;
/** Events that rule 18 looks back at. */
const LOOK_BACK = 4096;

/** Rule 18: a fault installs at most 16 entries, or one 2 MiB entry. */
export function checkRecentFaults(context: MmContext): string[] {
  const says: string[] = [];
  const { trace } = context;
  // After unplug one page stands behind a whole VMA at once.
  const dummyPage = eventTypeByName('lab_ttm:bo_vm_dummy_page')?.id;
  let isDummy = false;
  for (let index = Math.max(trace.firstIndex, trace.count - LOOK_BACK); index < trace.count; index++) {
    const typeId = trace.typeIdAt(index);
    if (typeId === dummyPage) isDummy = true;
    if (typeId !== PAGE_FAULT_USER.id) continue;
    const standsBehindAll = isDummy;
    isDummy = false;
    const [mmId, page, , , inserted] = trace.at(index).args;
    if (inserted! <= FAULT_AROUND_PAGES || inserted === LEAF_PAGES || standsBehindAll) continue;
    says.push(`The fault at page ${page} of mm ${mmId} installed ${inserted} entries.`);
  }
  return says.slice(0, MAX_SAYS);
}

/** Rule 31, the part of page caches: what they hold is not free, and they count it right. */
export function checkCaches(context: MmContext): string[] {
  const says: string[] = [];
  for (const mapping of context.mappings) {
    if (!(mapping.pages instanceof ShmemPages)) continue;
    let count = 0;
    mapping.pages.forEachPage((pgoff, pfn) => {
      count++;
      if (context.frames.refCount(pfn) < 1 + context.frames.mapCount(pfn) && says.length < MAX_SAYS) {
        says.push(`Frame ${pfn} is page ${pgoff} of mapping ${mapping.id}, which holds no reference of it.`);
      }
    });
    if (count !== mapping.pages.nrPages) {
      says.push(`The cache of mapping ${mapping.id} counts ${mapping.pages.nrPages} pages; it has ${count}.`);
    }
  }
  return says;
}
