/**
 * anon_vma: which VMAs may hold copies of the same anonymous pages. It decides what may merge after a fork.
 *
 * Models     struct anon_vma, anon_vma_chain, mm/rmap.c (Linux 6.12)
 * Invariants I1 nrChains = chains of VMAs that contain this anon_vma
 *            I2 nrActive = VMAs whose own anon_vma this is
 * Left out   the interval trees below an anon_vma: nothing here walks from a page to its mappings
 */
import { snapshotClass } from '../base/snapshot.ts';
import type { VmArea } from './vm_area.ts';

export class AnonVma {
  /** anon_vmas made by fork below this one, and itself if it is a root. */
  nrChildren = 0;
  nrActive = 0;
  nrChains = 0;

  constructor(readonly parent: AnonVma | null) {}
}
snapshotClass(AnonVma, 'mm.AnonVma');

function chain(vma: VmArea, anon: AnonVma): void {
  vma.anonChain ??= [];
  vma.anonChain.push(anon);
  anon.nrChains++;
}

/** True when the VMA's chain has exactly one link: it was not cloned from a parent. Models list_is_singular(). */
export function isChainSingular(vma: VmArea): boolean {
  return vma.anonChain !== null && vma.anonChain.length === 1;
}

/**
 * Give the VMA an anon_vma before its first anonymous page: a neighbour's if the two could be one VMA, else a new one.
 * Models __anon_vma_prepare(), find_mergeable_anon_vma().
 */
export function prepareAnonVma(
  vma: VmArea,
  prev: VmArea | null,
  next: VmArea | null,
  compatMask: number,
): void {
  let anon: AnonVma | null = null;
  if (
    next !== null &&
    isCompatible(vma, next, compatMask) &&
    next.anonVma !== null &&
    isChainSingular(next)
  ) {
    anon = next.anonVma;
  } else if (
    prev !== null &&
    isCompatible(prev, vma, compatMask) &&
    prev.anonVma !== null &&
    isChainSingular(prev)
  ) {
    anon = prev.anonVma;
  }
  if (anon === null) {
    anon = new AnonVma(null);
    anon.nrChildren = 1;
  }
  vma.anonVma = anon;
  chain(vma, anon);
  anon.nrActive++;
}

/** Could `a`, directly below `b`, share an anon_vma with it? Protection may differ. Models anon_vma_compatible(). */
function isCompatible(a: VmArea, b: VmArea, compatMask: number): boolean {
  return (
    a.end === b.start &&
    a.file === b.file &&
    ((a.flags ^ b.flags) & ~compatMask) === 0 &&
    b.pgoff === a.pgoff + (b.start - a.start)
  );
}

/** True when adoptAnonVma() would need memory and there is none. */
export function failsAdoption(dst: VmArea, src: VmArea): boolean {
  if (src.anonVma === null || dst.anonVma !== null) return false;
  return dst.mm.context.faults.failSlab('the links to its anon_vmas');
}

/** Put `dst` on every chain that `src` is on. `dst.anonVma` must be set, or null for a fork. Models anon_vma_clone(). */
export function cloneAnonVmas(dst: VmArea, src: VmArea): void {
  if (src.anonChain === null) return;
  for (const anon of src.anonChain) {
    chain(dst, anon);
    // A fork takes over an anon_vma that no VMA uses as its own any more, instead of growing the hierarchy.
    if (dst.anonVma === null && src.anonVma !== null && anon.nrChildren < 2 && anon.nrActive === 0) {
      dst.anonVma = anon;
    }
  }
  if (dst.anonVma !== null) dst.anonVma.nrActive++;
}

/**
 * The child's VMA after a fork: on the parent's chains, with an anon_vma of its own. Models anon_vma_fork().
 *
 * @throws KernelError ENOMEM; the child is on no chain then
 */
export function forkAnonVma(child: VmArea, parent: VmArea): void {
  if (parent.anonVma === null) return;
  const { faults } = parent.mm.context;
  faults.slab('fork', 'the links to its anon_vmas');
  faults.slab('fork', 'an anon_vma');
  child.anonVma = null;
  child.anonChain = null;
  cloneAnonVmas(child, parent);
  if (child.anonVma !== null) return;
  const anon = new AnonVma(parent.anonVma);
  anon.nrActive = 1;
  parent.anonVma.nrChildren++;
  child.anonVma = anon;
  chain(child, anon);
}

/** Take the VMA off all its chains. Models unlink_anon_vmas(). */
export function unlinkAnonVmas(vma: VmArea): void {
  if (vma.anonChain !== null) {
    for (const anon of vma.anonChain) {
      anon.nrChains--;
      if (anon.nrChains === 0) {
        if (anon.parent !== null) anon.parent.nrChildren--;
        else anon.nrChildren--;
      }
    }
  }
  if (vma.anonVma !== null) vma.anonVma.nrActive--;
  vma.anonVma = null;
  vma.anonChain = null;
}

/** If `src` has an anon_vma and `dst` has none, `dst` gets it with its chains. Models dup_anon_vma(). */
export function adoptAnonVma(dst: VmArea, src: VmArea): void {
  if (src.anonVma === null || dst.anonVma !== null) return;
  dst.anonVma = src.anonVma;
  cloneAnonVmas(dst, src);
}
