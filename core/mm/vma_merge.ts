/**
 * Merging VMAs: a new range with its neighbours, or a range whose flags change with its neighbours.
 *
 * Models     vma_merge_new_range, vma_merge_existing_range, vma_modify, commit_merge (mm/vma.c, Linux 6.12)
 * Rules      same file, consecutive file pages, equal flags but for VM_SOFTDIRTY, compatible anon_vmas;
 *            VM_SPECIAL never merges; a VMA whose operations have `close` is never the one that disappears
 */
import { KernelError } from '../base/errno.ts';
import type { PageIndex } from '../base/units.ts';
import { type OpenFile, putFile } from '../fs/open_file.ts';
import { VMA_CLOSE } from '../trace/events/mm.ts';
import { type AnonVma, adoptAnonVma, failsAdoption, isChainSingular, unlinkAnonVmas } from './anon_vma.ts';
import { VM_SOFTDIRTY, VM_SPECIAL, type VmArea } from './vm_area.ts';
import { detachVma, setVmaRange, unlinkFile } from './vma_link.ts';
import { splitVma } from './vma_split.ts';

/** The proposed range and what it would carry. */
interface Proposal {
  readonly start: PageIndex;
  readonly end: PageIndex;
  readonly pgoff: PageIndex;
  readonly flags: number;
  readonly file: OpenFile | null;
  readonly anonVma: AnonVma | null;
}

/** An anon_vma that a VMA lacks may come from the other side, but not into or out of a family that forked. */
function areAnonVmasMergeable(a: AnonVma | null, b: AnonVma | null, chained: VmArea | null): boolean {
  if ((a === null || b === null) && (chained === null || isChainSingular(chained))) return true;
  return a === b;
}

function hasSameAttributes(p: Proposal, neighbour: VmArea): boolean {
  return (
    ((neighbour.flags ^ p.flags) & ~VM_SOFTDIRTY) === 0 &&
    neighbour.file === p.file &&
    areAnonVmasMergeable(p.anonVma, neighbour.anonVma, neighbour)
  );
}

function canMergeLeft(p: Proposal, prev: VmArea | null): prev is VmArea {
  return (
    prev !== null &&
    prev.end === p.start &&
    hasSameAttributes(p, prev) &&
    prev.pgoff + (prev.end - prev.start) === p.pgoff
  );
}

function canMergeRight(p: Proposal, next: VmArea | null, prevIfMerging: VmArea | null): next is VmArea {
  if (next === null || p.end !== next.start || !hasSameAttributes(p, next)) return false;
  if (next.pgoff !== p.pgoff + (p.end - p.start)) return false;
  return prevIfMerging === null || areAnonVmasMergeable(prevIfMerging.anonVma, next.anonVma, null);
}

/** Only a VMA that counts nothing in a close hook may disappear. */
function canRemove(vma: VmArea): boolean {
  return vma.ops?.close === undefined;
}

/** `grown` takes over pages of `other`, whose entries may be older than it. */
function inheritAge(grown: VmArea, other: VmArea): void {
  if (((other.bornSerial - grown.bornSerial) | 0) < 0) grown.bornSerial = other.bornSerial;
}

/** A VMA was swallowed by another that has its anon_vma. */
function removeMerged(vma: VmArea): void {
  unlinkFile(vma);
  detachVma(vma);
  vma.mm.context.trace.emit(VMA_CLOSE, vma.mm.id, vma.id, vma.start, vma.end - vma.start, 0);
  if (vma.file !== null) putFile(vma.file);
  unlinkAnonVmas(vma);
}

/**
 * Try to cover an empty range by growing a neighbour; both neighbours become one if they fit.
 * @returns the VMA that now covers the range, or null if nothing merges
 */
export function mergeNewRange(p: Proposal, prev: VmArea | null, next: VmArea | null): VmArea | null {
  if ((p.flags & VM_SPECIAL) !== 0 || (prev === null && next === null)) return null;
  const left = canMergeLeft(p, prev) ? prev : null;
  const right = canMergeRight(p, next, left) ? next : null;
  if (left !== null) {
    if (right !== null && canRemove(right)) {
      const { end } = right;
      if (failsAdoption(left, right)) return null;
      adoptAnonVma(left, right);
      inheritAge(left, right);
      removeMerged(right);
      setVmaRange(left, left.start, end, left.pgoff);
    } else {
      setVmaRange(left, left.start, p.end, left.pgoff);
    }
    return left;
  }
  if (right === null) return null;
  setVmaRange(right, p.start, right.end, right.pgoff - (p.end - p.start));
  return right;
}

/** @throws KernelError ENOMEM when `dst` cannot get the anon_vma of `src` */
function needAdoption(dst: VmArea, src: VmArea, op: string): void {
  if (failsAdoption(dst, src))
    throw new KernelError('ENOMEM', op, 'No memory for the links to its anon_vmas.');
}

/**
 * Try to merge [start, end) of `vma`, which is to get `flags`, with its neighbours.
 *
 * @returns the merged VMA or null
 * @throws KernelError ENOMEM; nothing is changed then
 */
function mergeExistingRange(
  vma: VmArea,
  start: PageIndex,
  end: PageIndex,
  flags: number,
  op: string,
): VmArea | null {
  const leftSide = start === vma.start;
  const rightSide = end === vma.end;
  if ((flags & VM_SPECIAL) !== 0 || (!leftSide && !rightSide)) return null;
  const { prev, next } = vma.mm.neighbours(vma);
  const proposal: Proposal = {
    start,
    end,
    pgoff: vma.pgoff + (start - vma.start),
    flags,
    file: vma.file,
    anonVma: vma.anonVma,
  };
  const left = leftSide && canMergeLeft(proposal, prev) ? prev : null;
  let right = rightSide && canMergeRight(proposal, next, left) ? next : null;
  if (left === null && right === null) return null;
  const whole = leftSide && rightSide;
  if (whole && !canRemove(vma)) return null;
  if (left !== null && right !== null && !canRemove(right)) right = null;
  if (left !== null && right !== null) {
    const newEnd = right.end;
    needAdoption(left, right.anonVma !== null ? right : vma, op);
    adoptAnonVma(left, right.anonVma !== null ? right : vma);
    inheritAge(left, vma);
    inheritAge(left, right);
    removeMerged(vma);
    removeMerged(right);
    setVmaRange(left, left.start, newEnd, left.pgoff);
    return left;
  }
  if (left !== null) {
    needAdoption(left, vma, op);
    adoptAnonVma(left, vma);
    inheritAge(left, vma);
    if (whole) removeMerged(vma);
    else setVmaRange(vma, end, vma.end, vma.pgoff + (end - vma.start));
    setVmaRange(left, left.start, end, left.pgoff);
    return left;
  }
  const grown = right!;
  needAdoption(grown, vma, op);
  adoptAnonVma(grown, vma);
  inheritAge(grown, vma);
  if (whole) removeMerged(vma);
  else setVmaRange(vma, vma.start, start, vma.pgoff);
  setVmaRange(grown, start, grown.end, grown.pgoff - (end - start));
  return grown;
}

/**
 * Make [start, end) of `vma` a VMA of its own that may get `flags`: merged with neighbours that have them, else split off.
 * The caller sets the flags on the result.
 *
 * @returns the VMA that covers the range now, which may be larger
 * @throws KernelError ENOMEM or EINVAL from the split; pieces split off before stay
 */
export function modifyVma(vma: VmArea, start: PageIndex, end: PageIndex, flags: number, op: string): VmArea {
  const merged = mergeExistingRange(vma, start, end, flags, op);
  if (merged !== null) return merged;
  if (vma.start < start) splitVma(vma, start, true, op);
  if (vma.end > end) splitVma(vma, end, false, op);
  return vma;
}
