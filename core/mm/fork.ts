/**
 * fork and exit of an address space.
 *
 * Models     dup_mmap (kernel/fork.c), copy_page_range (mm/memory.c), exit_mmap (mm/mmap.c), Linux 6.12
 * Order      the child's VMA is in its file's tree before its entries are copied, so a shoot-down in between finds it
 */
import { KernelError } from '../base/errno.ts';
import type { Pages } from '../base/units.ts';
import { putFile } from '../fs/open_file.ts';
import { DUP_MM, EXIT_MM } from '../trace/events/mm.ts';
import { forkAnonVma } from './anon_vma.ts';
import { isCowMapping } from './insert_pfn.ts';
import { completeDetached, detachRange } from './munmap.ts';
import { PG_ANON, PG_EXCLUSIVE } from './page_frame.ts';
import {
  isPteSwap,
  LEAF_PAGES,
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_WRITE,
  pfnOfPte,
  TASK_PAGES,
} from './page_table.ts';
import { ProcessMm } from './process_mm.ts';
import { failsLeaf } from './pte_alloc.ts';
import {
  VM_DONTCOPY,
  VM_LOCKED,
  VM_MIXEDMAP,
  VM_PFNMAP,
  VM_SHARED,
  VM_WIPEONFORK,
  type VmArea,
} from './vm_area.ts';
import { dupVma, insertVma, linkFile } from './vma_link.ts';
import { isSpecialEntry } from './zap.ts';

/** A fresh, empty address space. */
export function createMm(context: ProcessMm['context']): ProcessMm {
  return new ProcessMm(context.nextMmId++, context);
}

/**
 * A copy of an address space for a child. Entries of PFN mappings and of VMAs with private pages come along; private pages
 * become read-only on both sides. Shared memory is left to be faulted. Emits lab_mm:dup_mm.
 *
 * @throws KernelError ENOMEM; the child is gone then, entries of the parent may be read-only
 */
export function dupMm(parent: ProcessMm): ProcessMm {
  const { context } = parent;
  const child = createMm(context);
  let copied = 0;
  try {
    for (const vma of parent.vmas) if ((vma.flags & VM_DONTCOPY) === 0) copied += copyVma(child, vma);
  } catch (failure) {
    exitMm(child);
    throw failure;
  }
  context.lastFork = { parent, child, serial: context.pteSerial };
  context.trace.emit(DUP_MM, parent.id, child.id, child.vmas.length, copied);
  return child;
}

/** One VMA of the parent for the child. @returns entries copied; @throws KernelError ENOMEM, with what the child has so far */
function copyVma(child: ProcessMm, vma: VmArea): Pages {
  const { context } = child;
  const copy = dupVma(vma, child);
  copy.flags &= ~VM_LOCKED;
  const wiped = (vma.flags & VM_WIPEONFORK) !== 0;
  try {
    if (!wiped) forkAnonVma(copy, vma);
  } catch (failure) {
    if (copy.file !== null) putFile(copy.file);
    throw failure;
  }
  insertVma(copy);
  copy.ops?.open?.(copy);
  if (context.sabotage !== 'fork-misses-tree') linkFile(copy);
  return wiped ? 0 : copyPageRange(copy, vma);
}

/** Models copy_page_range(), vma_needs_copy(). @returns entries copied; @throws KernelError ENOMEM */
function copyPageRange(child: VmArea, parent: VmArea): Pages {
  if ((parent.flags & (VM_PFNMAP | VM_MIXEDMAP)) === 0 && parent.anonVma === null) return 0;
  const from = parent.mm.pageTable;
  const into = child.mm.pageTable;
  if (from.nrPtes === 0) return 0;
  const cow = isCowMapping(parent);
  const { context } = parent.mm;
  let copied = 0;
  for (let page: number = parent.start; page < parent.end; page++) {
    const leaf = from.leafOf(page);
    if (leaf === null || leaf.nrPtes === 0) {
      page |= LEAF_PAGES - 1;
      continue;
    }
    const slot = page & (LEAF_PAGES - 1);
    let word = leaf.words[slot]!;
    if (word === 0 || isPteSwap(word)) continue;
    if (failsLeaf(child.mm, page)) throw new KernelError('ENOMEM', 'fork', `No page table for page ${page}.`);
    const pfn = pfnOfPte(word);
    if (!isSpecialEntry(parent, pfn)) {
      context.frames.map(pfn);
      if (context.frames.hasFlag(pfn, PG_ANON)) {
        context.frames.clearFlag(pfn, PG_EXCLUSIVE);
        child.mm.rssAnon++;
      } else {
        child.mm.rssFile++;
      }
    }
    if (cow && (word & PTE_WRITE) !== 0 && context.sabotage !== 'fork-keeps-write') {
      word &= ~PTE_WRITE;
      leaf.words[slot] = word;
    }
    if ((parent.flags & VM_SHARED) !== 0) word &= ~PTE_DIRTY;
    into.install(page, word & ~PTE_ACCESSED, context.nextPteSerial());
    if (leaf.huge && slot === LEAF_PAGES - 1)
      into.leafOf(page)!.huge = into.leafOf(page)!.nrPtes === LEAF_PAGES;
    copied++;
  }
  return copied;
}

/** Unmap everything: the task ends or execs. Emits lab_mm:exit_mm. */
export function exitMm(mm: ProcessMm): void {
  if (mm.exited) return;
  mm.exited = true;
  mm.context.mms.delete(mm.id);
  const range = detachRange(mm, 0, TASK_PAGES, 'exit');
  const cleared = range === null ? 0 : completeDetached(mm, range);
  mm.context.trace.emit(EXIT_MM, mm.id, range === null ? 0 : range.vmas.length, cleared);
}
