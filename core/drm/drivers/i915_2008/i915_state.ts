/**
 * What one i915 of 2008 has: the GTT, the three lists, requests in flight, the objects made at module init, boot messages.
 *
 * Models     struct drm_i915_private, drivers/gpu/drm/i915/i915_drv.h (Linux 2.6.28)
 * Invariants I1 `requests` are in the order of their seqnos; completed ones leave from the front
 *            I2 an object is on exactly the list that its `list` names
 * Left out   GTT beyond the aperture, fence registers (tiling), suspended state between LEAVEVT and ENTERVT
 */
import { invariant } from '../../../base/invariant.ts';
import { snapshotClass } from '../../../base/snapshot.ts';
import type { DmaFence } from '../../../dma_buf/dma_fence.ts';
import type { OpenFile } from '../../../fs/open_file.ts';
import { I915_OBJECT_LIST } from '../../../trace/events/i915.ts';
import type { DrmDevice } from '../../drm_device.ts';
import { GpuEngine } from '../../engine/gpu_engine.ts';
import { DrmMm } from '../../mm/drm_mm.ts';
import { type I915Object, LISTS, type ListName } from './i915_object.ts';

/** One request: a batch, or a flush alone. */
export interface I915Request {
  readonly seqno: number;
  readonly fence: DmaFence;
  /** Domains that it flushes. */
  readonly flushDomains: number;
}

export class I915 {
  readonly gtt: DrmMm;
  readonly ring: GpuEngine;
  /** By seqno. */
  readonly active = new Set<I915Object>();
  readonly flushing = new Set<I915Object>();
  /** Least recently used first; the next victim is the first. */
  readonly inactive = new Set<I915Object>();
  readonly requests: I915Request[] = [];
  completedSeqno = 0;
  /** Made at module init, pinned until exit: status page, ring, framebuffer. */
  readonly bootObjects: I915Object[] = [];
  /** Lines drawn into the framebuffer since init. */
  readonly bootLines: string[] = [];
  /** Files of the shmem drivers, which hold one reference of their object each. */
  readonly shmemFiles = new Map<OpenFile, I915Object>();
  /** Paths of its files in /proc and debugfs. */
  readonly textFiles: string[] = [];

  constructor(
    readonly device: DrmDevice,
    readonly nrEntries: number,
  ) {
    const { fences, plane } = device.core;
    this.gtt = new DrmMm(0, nrEntries);
    this.ring = new GpuEngine(fences, plane, fences.newContext(3, 1));
  }

  /** The objects that the kernel itself holds, once for each reference. */
  get heldObjects(): I915Object[] {
    return [...this.bootObjects, ...this.active, ...this.flushing, ...this.shmemFiles.values()];
  }

  /**
   * Put an object on another list, at its tail.
   *
   * @param atHead at the head instead: it is the next victim
   */
  moveTo(object: I915Object, list: ListName, atHead = false): void {
    this.setOf(object.list)?.delete(object);
    if (object.list !== list) this.device.trace.emit(I915_OBJECT_LIST, object.id, LISTS.indexOf(list));
    object.list = list;
    const set = this.setOf(list);
    if (set === null) return;
    const others = atHead ? [...set] : [];
    if (atHead) set.clear();
    set.add(object);
    for (const other of others) set.add(other);
  }

  private setOf(list: ListName): Set<I915Object> | null {
    if (list === 'active') return this.active;
    if (list === 'flushing') return this.flushing;
    return list === 'inactive' ? this.inactive : null;
  }
}
snapshotClass(I915, 'drm.I915');

/** The state of an i915 of 2008. */
export function i915Of(device: DrmDevice): I915 {
  invariant(device.driverState instanceof I915, () => `${device.description.name} is no i915 of 2008.`);
  return device.driverState;
}
