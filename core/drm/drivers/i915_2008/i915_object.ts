/**
 * Objects of the GEM of 2008: shmem pages, a place in the GTT, the domains in which they were last used, the list they are on.
 *
 * Models     struct drm_i915_gem_object, drivers/gpu/drm/i915/i915_drv.h (Linux 2.6.28); chapter 2 of the dossier
 * Two copies a page of RAM is what the CPU sees through its caches; the mirror frame of that page is what memory holds, which the GTT and the
 *            GPU see. While an object is bound both exist, and only flushes carry bytes between them
 * Invariants I1 gtt !== null exactly when pages are held for it (bound)
 *            I2 writeDomain is at most one bit; GPU domains only while bound
 *            I3 on `active` and `flushing` it holds one reference of itself; pinned and idle or unbound: on no list
 */
import { snapshotClass } from '../../../base/snapshot.ts';
import type { Pages, Pfn } from '../../../base/units.ts';
import type { OpenFile } from '../../../fs/open_file.ts';
import { pageOfPfn, pfnOf, REGION_MIRROR } from '../../../hw/region.ts';
import type { DrmDevice } from '../../drm_device.ts';
import { GemObject, type GemObjectFuncs } from '../../gem_object.ts';
import type { DrmMmNode } from '../../mm/drm_mm.ts';

/** Cache domains; the bits of I915_GEM_DOMAIN_*. */
export const DOMAIN_CPU = 0x01;
export const DOMAIN_RENDER = 0x02;
export const DOMAIN_SAMPLER = 0x04;
export const DOMAIN_COMMAND = 0x08;
export const DOMAIN_INSTRUCTION = 0x10;
export const DOMAIN_VERTEX = 0x20;
export const DOMAIN_GTT = 0x40;
export const GPU_DOMAINS = 0x3e;

/** Domains by name, as calls and files write them. */
export const DOMAIN_BITS: { readonly [name: string]: number } = {
  cpu: DOMAIN_CPU,
  render: DOMAIN_RENDER,
  sampler: DOMAIN_SAMPLER,
  command: DOMAIN_COMMAND,
  instruction: DOMAIN_INSTRUCTION,
  vertex: DOMAIN_VERTEX,
  gtt: DOMAIN_GTT,
};

/** `cpu gtt`; `none` for no bit. */
export function domainWords(mask: number): string {
  const words = Object.keys(DOMAIN_BITS).filter(name => (mask & DOMAIN_BITS[name]!) !== 0);
  return words.length > 0 ? words.join(' ') : 'none';
}

/** Lists by the numbers of the event; `none`: pinned and idle, or unbound. */
export const LISTS = ['none', 'active', 'flushing', 'inactive'] as const;
export type ListName = (typeof LISTS)[number];

/** MADV values; PURGED is final. */
export const MADV_WILLNEED = 0;
export const MADV_DONTNEED = 1;
export const MADV_PURGED = 2;

/** A write of the GPU that is still in its cache. */
export interface CachedGpuWrite {
  readonly first: number;
  readonly count: Pages;
  readonly value: number;
}

export class I915Object extends GemObject {
  /** Its backing file in shared memory; null only before creation is over and after free. */
  file: OpenFile | null = null;
  /** Its frames while they are held: bound, or pages pinned by huge backing. */
  pages: readonly Pfn[] | null = null;
  /** Its place in the GTT; null when unbound. */
  gtt: DrmMmNode | null = null;
  /** New pages of zeros may sit in the caches of the CPU. */
  readDomains = DOMAIN_CPU;
  writeDomain = DOMAIN_CPU;
  pinCount = 0;
  pinnedFor = '';
  list: ListName = 'none';
  /** Request that used it last; 0 on other lists than active. */
  lastSeqno = 0;
  madv = MADV_WILLNEED;
  /** One byte a page: 1 = this page was flushed for partial CPU reads; null = by whole objects only. */
  pageCpuValid: Uint8Array | null = null;
  /** What the GPU wrote and nobody flushed yet. */
  gpuWrites: CachedGpuWrite[] = [];
  /** Backed by one 2 MiB page a unit instead of single pages; never swapped. */
  huge = false;
  /** Faults of its files decide its domain (gem_shmem_driver.ts). */
  domainsByFault = false;

  constructor(device: DrmDevice, nrPages: Pages, funcs: GemObjectFuncs, kernelOwned = false) {
    super(device, nrPages, funcs, kernelOwned);
  }

  /** Used by a request, or dirty in the GPU's cache. */
  get active(): boolean {
    return this.list === 'active' || this.list === 'flushing';
  }

  /** Frames through which the GTT shows it. */
  mirrorFrames(first = 0, count = this.nrPages): Pfn[] {
    const frames: Pfn[] = [];
    for (let page = first; page < first + count; page++) frames.push(apertureFrame(this.pages![page]!));
    return frames;
  }
}
snapshotClass(I915Object, 'drm.I915Object');

/** The frame that an aperture address leads to, for a page of RAM that is bound. */
export function apertureFrame(pfn: Pfn): Pfn {
  return pfnOf(REGION_MIRROR, pageOfPfn(pfn));
}
