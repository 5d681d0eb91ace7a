/**
 * What a driver tells the memory manager: where victims go, how bytes move, what may not be evicted.
 *
 * Models     struct ttm_device_funcs (Linux 6.12)
 */

import type { VmFaultReason } from '../../mm/vm_fault.ts';
import type { TtmBo } from './ttm_bo.ts';
import type { OperationContext } from './ttm_device.ts';
import type { TtmPlace, TtmPlacement } from './ttm_placement.ts';
import type { TtmResource } from './ttm_resource.ts';

/** A module-level constant registered with snapshotConstant. */
export interface TtmDriver {
  readonly name: string;
  /** Where an object goes when it must leave the place it is in. */
  evictPlacement(bo: TtmBo): TtmPlacement;
  /**
   * Move the bytes and take the new resource (see ttm_bo_move.ts). User mappings are gone already, pages are populated.
   *
   * @param evict the object did not ask for this
   */
  move(bo: TtmBo, to: TtmResource, evict: boolean, ctx: OperationContext): void;
  /** Where the object has to go first, because it cannot go straight to the new resource (EMULTIHOP). @returns null for nowhere */
  hop?(bo: TtmBo, to: TtmResource): TtmPlace | null;
  /** A CPU fault on the object, reserved: make it reachable for the CPU. @returns null to go on, else the fault's answer */
  faultReservedNotify?(bo: TtmBo): VmFaultReason | null;
  /** The object's resource is about to be given up (a move or the end). */
  releaseNotify?(bo: TtmBo): void;
  /** Memory behind a mapped object that the CPU reaches: true for VRAM pages inside the aperture. */
  cpuVisible(bo: TtmBo): boolean;
}
