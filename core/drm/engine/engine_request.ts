/**
 * A request: commands in the ring, the objects they use, the fence that signals when the status page says they are over.
 *
 * Models     struct i915_request, drivers/gpu/drm/i915/i915_request.c (Linux 6.18)
 */
import { snapshotClass } from '../../base/snapshot.ts';
import type { DmaFence } from '../../dma_buf/dma_fence.ts';
import type { Ticket } from '../../hw/data_plane.ts';
import type { DrmMmNode } from '../mm/drm_mm.ts';
import type { TtmBo } from '../ttm/ttm_bo.ts';
import type { TtmResource } from '../ttm/ttm_resource.ts';

/** An object as a request uses it: where it lay when the commands were written. */
export interface RequestUse {
  readonly bo: TtmBo;
  readonly write: boolean;
  readonly binding: DrmMmNode;
  readonly resource: TtmResource;
}

export class EngineRequest {
  /** The doorbell's answer; null until the machine has given it. */
  answer: Uint32Array | null = null;
  /** The doorbell. */
  ticket: Ticket = -1;

  constructor(
    readonly fence: DmaFence,
    /** Byte of the ring at which its commands begin. */
    readonly start: number,
    /** Where it writes its seqno to the status page. */
    readonly breadcrumb: number,
    /** Behind its last command. */
    readonly end: number,
    readonly uses: readonly RequestUse[],
    /** Open file that gave it; 0 the kernel. */
    readonly clientId: number,
    /** Contents of VRAM it was made for; older ones end with ECANCELED. */
    readonly generation: number,
  ) {}

  get seqno(): number {
    return this.fence.seqno;
  }

  /** True while everything it names lies where its commands expect it. */
  get isInPlace(): boolean {
    return this.uses.every(({ bo, binding, resource }) => bo.gart === binding && bo.resource === resource);
  }
}
snapshotClass(EngineRequest, 'drm.EngineRequest');
