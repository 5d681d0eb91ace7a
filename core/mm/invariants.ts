/** Placeholder order of entries; see the checks below. */
import type { InvariantEntry } from '../base/invariant_entry.ts';
import type { MmContext } from './mm_context.ts';

export const MM_INVARIANTS: readonly InvariantEntry<MmContext>[] = [];
