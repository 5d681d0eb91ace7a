/** Checks of VMAs and of the trees that they hang in. Rules 1, 8, 10 and 11 of chapter 8 of the dossier. */
import { checkIntervalTree } from '../base/interval_tree_check.ts';
import type { AddressSpace } from '../fs/address_space.ts';
import type { MmContext } from './mm_context.ts';
import type { MmPass } from './mm_pass.ts';
import { TASK_PAGES } from './page_table.ts';
import { VM_SPECIAL, type VmArea } from './vm_area.ts';

/** VMAs of a task are ascending, disjoint and not empty. */
export function checkVmaOrder(context: MmContext): string[] {
  const says: string[] = [];
  for (const mm of context.mms.values()) {
    let end = 0;
    for (const vma of mm.vmas) {
      if (vma.start >= vma.end || vma.start < end || vma.end > TASK_PAGES || vma.mm !== mm) {
        says.push(
          `VMA ${vma.id} of mm ${mm.id} covers pages ${vma.start} to ${vma.end}; the one before ends at ${end}.`,
        );
      }
      end = vma.end;
    }
    if (mm.lastHit !== null && mm.vmas[mm.indexOfFirstEndingAfter(mm.lastHit.start)] !== mm.lastHit) {
      says.push(`mm ${mm.id} remembers VMA ${mm.lastHit.id}, which it does not have.`);
    }
  }
  return says;
}

/** VMAs of all tasks by the address_space of their file. */
function vmasByMapping(context: MmContext): Map<AddressSpace, VmArea[]> {
  const found = new Map<AddressSpace, VmArea[]>();
  for (const mapping of context.mappings) found.set(mapping, []);
  let last: AddressSpace | null = null;
  let list: VmArea[] = [];
  for (const mm of context.mms.values()) {
    for (const vma of mm.vmas) {
      if (vma.file === null) continue;
      const { mapping } = vma.file;
      if (mapping !== last) {
        list = found.get(mapping) ?? [];
        found.set(mapping, list);
        last = mapping;
      }
      list.push(vma);
    }
  }
  return found;
}

/**
 * Rule 8: a mapping's tree holds exactly the VMAs whose file has that mapping, under their present keys, and finds for a
 * window what a scan of all VMAs finds; i_mmap_writable counts those that may write.
 *
 * Windows    a tree that is in order and knows the last page of every subtree finds what a scan finds, whatever the window:
 *            that is checked of all of it; some windows are looked up as well
 */
export function checkTrees(context: MmContext, pass: MmPass): string[] {
  const says: string[] = [];
  for (const [mapping, vmas] of vmasByMapping(context)) {
    const { ranges, wrong } = pass.trees.get(mapping) ?? checkIntervalTree(mapping.mmapTree);
    if (wrong !== null) says.push(`The tree of mapping ${mapping.id} is not in order: ${wrong}`);
    let writers = 0;
    for (const vma of vmas) if (vma.isSharedMayWrite) writers++;
    if (wrong !== null || !areThese(ranges as VmArea[], mapping, pass) || ranges.length !== vmas.length) {
      sayWhichDiffer(mapping, ranges, vmas, says);
    }
    if (mapping.mmapWritable !== writers && !(mapping.mmapWritable === -1 && writers === 0)) {
      says.push(`Mapping ${mapping.id} counts ${mapping.mmapWritable} writers; ${writers} VMAs may write.`);
    }
    compareOverlaps(mapping, vmas, says);
  }
  return says;
}

/** Ranges of a tree in order are different ones: if all are VMAs of the mapping and as many as it has, they are all of them. */
function areThese(ranges: readonly VmArea[], mapping: AddressSpace, pass: MmPass): boolean {
  for (const vma of ranges) if (vma.file?.mapping !== mapping || !pass.isLive(vma)) return false;
  return true;
}

function sayWhichDiffer(
  mapping: AddressSpace,
  ranges: readonly object[],
  vmas: readonly VmArea[],
  says: string[],
): void {
  const inTree = new Set(ranges);
  for (const vma of vmas) {
    if (mapping.mmapTree.has(vma)) continue;
    says.push(
      inTree.has(vma)
        ? `VMA ${vma.id} is in the tree of mapping ${mapping.id} under another key.`
        : `VMA ${vma.id} of mm ${vma.mm.id} is not in the tree of mapping ${mapping.id}.`,
    );
  }
  if (ranges.length !== vmas.length) {
    says.push(`The tree of mapping ${mapping.id} has ${ranges.length} ranges; ${vmas.length} VMAs map it.`);
  }
}

/** At most this many windows of a mapping are looked up, and fewer when each takes a long scan; the rest is sampled evenly. */
const WINDOWS = 32;
const SCANNED = 65_536;

function compareOverlaps(mapping: AddressSpace, vmas: readonly VmArea[], says: string[]): void {
  const windows = Math.min(WINDOWS, Math.max(4, Math.floor(SCANNED / vmas.length)));
  const step = Math.max(1, Math.floor(vmas.length / windows));
  for (let i = 0; i < vmas.length; i += step) {
    const { pgoff } = vmas[i]!;
    const last = pgoff + vmas[i]!.nrPages - 1;
    const found: number[] = [];
    mapping.mmapTree.forEachOverlap(pgoff, last, (range, into) => void into.push(range.id), found);
    const expected: VmArea[] = [];
    for (const vma of vmas) if (vma.pgoff <= last && vma.pgoff + vma.nrPages - 1 >= pgoff) expected.push(vma);
    expected.sort((a, b) => a.pgoff - b.pgoff || a.nrPages - b.nrPages || a.id - b.id);
    const ids = expected.map(({ id }) => id);
    if (found.join() !== ids.join()) {
      says.push(
        `Pages ${pgoff} to ${last} of mapping ${mapping.id} find VMAs ${found}; a scan finds ${ids}.`,
      );
    }
  }
}

/** What is wrong with one VMA as to rules 10 and 11, or null. */
function grown(vma: VmArea): string | null {
  if ((vma.flags & VM_SPECIAL) === 0 || vma.nrPages <= vma.bornPages) return null;
  return `VMA ${vma.id} is special and has grown from ${vma.bornPages} to ${vma.nrPages} pages.`;
}

function shifted(vma: VmArea): string | null {
  if (vma.pgoff - vma.start === vma.pageDelta) return null;
  return `VMA ${vma.id} shows file page ${vma.pgoff} at page ${vma.start}; when it was made that was ${vma.start + vma.pageDelta}.`;
}

function everyVma({ mms }: MmContext, check: (vma: VmArea) => string | null): string[] {
  const says: string[] = [];
  for (const mm of mms.values()) {
    for (const vma of mm.vmas) {
      const wrong = check(vma);
      if (wrong !== null) says.push(wrong);
    }
  }
  return says;
}

/** Rule 10: a special VMA never takes in another, so it never covers more pages than when it was made. */
export function checkNoMerge(context: MmContext): string[] {
  return everyVma(context, grown);
}

/** Rule 11: splits and merges keep the file page of every page of a mapping. */
export function checkSplitArithmetic(context: MmContext): string[] {
  return everyVma(context, shifted);
}

/** Rules 1 (its place among its neighbours), 8 (it hangs in its tree), 10 and 11 for one VMA. @returns with number and name */
export function checkVma(vma: VmArea): string[] {
  const says: string[] = [];
  const { mm, file } = vma;
  const index = mm.indexOfFirstEndingAfter(vma.start);
  const before = mm.vmas[index - 1];
  if (mm.vmas[index] !== vma || vma.start >= vma.end || (before !== undefined && before.end > vma.start)) {
    says.push(`1 PTE-in-VMA: VMA ${vma.id} of mm ${mm.id} is out of order at page ${vma.start}.`);
  }
  if (file !== null && !file.mapping.mmapTree.has(vma)) {
    says.push(
      `8 Tree = VMAs: VMA ${vma.id} of mm ${mm.id} is not in the tree of mapping ${file.mapping.id}.`,
    );
  }
  const wrong10 = grown(vma);
  if (wrong10 !== null) says.push(`10 No merge: ${wrong10}`);
  const wrong11 = shifted(vma);
  if (wrong11 !== null) says.push(`11 Split arithmetic: ${wrong11}`);
  return says;
}
