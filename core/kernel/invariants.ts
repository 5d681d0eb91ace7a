/**
 * The invariants of chapter 8 of the dossier, in one list: each room exports its own entries with their code.
 * invariant_list.ts has all 70 numbers; those whose room is not there yet are marked in it with what they wait for.
 */
import { BSD_INVARIANTS } from '../bsd/invariants.ts';
import { DAX_INVARIANTS } from '../dax/invariants.ts';
import { DRM_INVARIANTS } from '../drm/invariants/drm_invariants.ts';
import { MM_INVARIANTS } from '../mm/invariants.ts';
import { KERNEL_INVARIANTS, type KernelInvariant } from './kernel_invariants.ts';

/** All entries of all rooms, by number. */
export function invariantEntries(): readonly KernelInvariant[] {
  const mm: KernelInvariant[] = MM_INVARIANTS.map(entry => ({
    ...entry,
    check: (kernel, pass) => entry.check(kernel.context, pass?.mm),
  }));
  const drm: KernelInvariant[] = DRM_INVARIANTS.map(entry => ({
    ...entry,
    check: (kernel, pass) => entry.check(pass ?? kernel),
  }));
  const dax: KernelInvariant[] = DAX_INVARIANTS.map(entry => ({
    ...entry,
    check: kernel => (kernel.dax ? entry.check(kernel.dax) : []),
  }));
  const bsd: KernelInvariant[] = BSD_INVARIANTS.map(entry => ({
    ...entry,
    check: kernel => (kernel.bsd ? entry.check(kernel.bsd) : []),
  }));
  return [...mm, ...dax, ...bsd, ...drm, ...KERNEL_INVARIANTS].sort(
    (a, b) => a.number - b.number || (a.name < b.name ? -1 : 1),
  );
}
