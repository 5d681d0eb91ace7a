/**
 * Eviction policies: in which order the resources of a manager are offered as victims.
 *
 * Not for    whether a candidate may go: ttm_evict.ts decides that, and says why not, for every policy alike
 */
import type { TtmResource } from './ttm_resource.ts';
import type { ResourceManager } from './ttm_resource_manager.ts';

/** One walk; lives only while an allocation looks for room. */
export interface EvictionWalk {
  /** The next candidate, or null when none is left. What was offered before may be gone meanwhile. */
  next(): TtmResource | null;
  /** The walk is over; must be called. */
  end(): void;
}

/** A module-level constant registered with snapshotConstant. */
export interface EvictionPolicy {
  readonly name: string;
  /** Index in POLICY_WORDS. */
  readonly number: number;
  /**
   * Begin a walk.
   *
   * @param nrPages what is wanted
   */
  begin(manager: ResourceManager, nrPages: number): EvictionWalk;
}
