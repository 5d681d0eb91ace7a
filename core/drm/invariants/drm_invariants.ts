/**
 * The invariants of chapter 8 of the dossier that concern the graphics rooms, with their code. 49 (content conservation)
 * needs to see two moments and is checked by lab/object_watch.ts.
 */
import type { InvariantEntry } from '../../base/invariant_entry.ts';
import { DMA_BUF_INVARIANTS } from '../../dma_buf/invariants.ts';
import { I915_INVARIANTS } from '../drivers/i915_2008/invariants.ts';
import { ENGINE_INVARIANTS } from './engine_invariants.ts';
import { MAPPING_INVARIANTS } from './mapping_invariants.ts';
import { PLACEMENT_INVARIANTS } from './placement_invariants.ts';
import { REFERENCE_INVARIANTS } from './reference_invariants.ts';
import { SHMEM_INVARIANTS } from './shmem_invariants.ts';
import { SPACE_INVARIANTS } from './space_invariants.ts';
import type { DrmSubject } from './subject.ts';

/** Entries by number. */
export const DRM_INVARIANTS: readonly InvariantEntry<DrmSubject>[] = [
  ...MAPPING_INVARIANTS,
  ...REFERENCE_INVARIANTS,
  ...SPACE_INVARIANTS,
  ...PLACEMENT_INVARIANTS,
  ...SHMEM_INVARIANTS,
  ...I915_INVARIANTS,
  ...ENGINE_INVARIANTS,
  ...DMA_BUF_INVARIANTS.map(
    (entry): InvariantEntry<DrmSubject> => ({ ...entry, check: ({ drm }) => entry.check(drm) }),
  ),
];
