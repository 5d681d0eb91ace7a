/**
 * A driver of the new kind: objects with one VM object each, pages that it can find and take back.
 *
 * Models     drm_gem_mmap_single (dev/drm2/drm_gem.c), i915_gem_pager_fault, i915_gem_release_mmap (dev/drm2/i915, F9.3)
 * Offsets    bits 62 and 63 mark an object (10), bits 40 to 61 its index, the rest is the place in it
 * Aperture   an object must have a place in the aperture while the CPU reaches it; when there is none, the object used
 *            longest ago loses its place and its mappings
 * Left out   fences and tiling; that an entry leads to the aperture, whose table leads on to the object's page: entries here lead to the
 *            page, so that a stale one shows the old object and not the new owner of the place
 */
import { type Errno, KernelError } from '../../base/errno.ts';
import { snapshotClass, snapshotConstant } from '../../base/snapshot.ts';
import type { PageIndex, Pages, Pfn } from '../../base/units.ts';
import type { BsdCore } from '../bsd_core.ts';
import type { Cdev, CdevSwitch, DriverAnswer, IoctlData, MmapQuestion } from '../cdev.ts';
import {
  type CdevPagerOps,
  cdevPagerAllocate,
  cdevPagerFreePage,
  cdevPagerLookup,
  insertDevicePage,
  type PagerAnswer,
  type PagerRequest,
} from '../device_pager.ts';
import type { VmObject } from '../vm_object.ts';

/** Pages of one object's part of the offset space: bits 0 to 39. */
const OBJECT_PAGES = 2 ** 28;
/** Bit 63, as pages. */
const KEY_PAGES = 2 ** 51;
const MAX_INDEX = 0x3fffff;

/** Byte offset of an object for mmap. */
export function gemOffset(index: number): number {
  return (KEY_PAGES + index * OBJECT_PAGES) * 4096;
}

export class BsdGemObject {
  /** The driver's own hold and that of the VM object. */
  refs = 1;
  /** First page in the aperture, or -1. */
  place = -1;
  lastUse = 0;
  /** The next faults fail this way, so many times. */
  failWith: Errno | null = null;
  failTimes = 0;

  constructor(
    readonly core: BsdCore,
    readonly softc: GemSoftc,
    readonly index: number,
    readonly frames: readonly Pfn[],
  ) {}
}
snapshotClass(BsdGemObject, 'bsd.GemObject');

export class GemSoftc {
  /** Objects that the driver holds, by index. */
  readonly objects = new Map<number, BsdGemObject>();
  /** Objects with a place in the aperture, closed ones that are still mapped included. */
  readonly bound = new Set<BsdGemObject>();
  nextIndex = 1;
  clock = 0;
  evictions = 0;

  constructor(readonly aperturePages: Pages) {}
}
snapshotClass(GemSoftc, 'bsd.GemSoftc');

function unbind(object: BsdGemObject): void {
  object.place = -1;
  object.softc.bound.delete(object);
}

function putObject(object: BsdGemObject): void {
  object.refs--;
  if (object.refs > 0) return;
  unbind(object);
  for (const pfn of object.frames) object.core.context.frames.put(pfn);
}

/** Take every page of an object out of all page tables. Models i915_gem_release_mmap(). @returns entries cleared */
export function releaseMmap(object: BsdGemObject): Pages {
  const vmObject = cdevPagerLookup(object.core, object);
  if (vmObject === null) return 0;
  let cleared = 0;
  for (let page = 0; page < object.frames.length; page++) {
    if (vmObject.pages.has(page)) cleared += cdevPagerFreePage(vmObject, page);
  }
  return cleared;
}

/** Find room in the aperture; who was used longest ago goes. @returns false when the object is larger than the aperture */
function bind(softc: GemSoftc, object: BsdGemObject): boolean {
  object.lastUse = ++softc.clock;
  if (object.place >= 0) return true;
  const wanted = object.frames.length;
  for (;;) {
    const bound = [...softc.bound].sort((a, b) => a.place - b.place);
    let place = 0;
    for (const other of bound) {
      if (other.place - place >= wanted) break;
      place = other.place + other.frames.length;
    }
    if (place + wanted <= softc.aperturePages) {
      object.place = place;
      softc.bound.add(object);
      return true;
    }
    const victim = bound.sort((a, b) => a.lastUse - b.lastUse || a.index - b.index)[0];
    if (victim === undefined) return false;
    releaseMmap(victim);
    unbind(victim);
    softc.evictions++;
  }
}

const RETRIED: readonly (Errno | null)[] = ['EAGAIN', 'EIO', 'EINTR'];

export const GEM_PAGER_OPS: CdevPagerOps = snapshotConstant('bsd.gem_pager_ops', {
  name: 'i915_gem_pager',
  ctor: (_handle: object, _request: PagerRequest): 0 => 0,

  born(object: VmObject): void {
    (object.owner as BsdGemObject).refs++;
  },

  dtor(object: VmObject): void {
    putObject(object.owner as BsdGemObject);
  },

  fault(object: VmObject, page: PageIndex): PagerAnswer {
    const gem = object.owner as BsdGemObject;
    if (object.cdev.sw === null || page >= gem.frames.length) return 'ERROR';
    while (gem.failTimes > 0) {
      gem.failTimes--;
      // These mean: yield and try again, for ever.
      if (!RETRIED.includes(gem.failWith)) return 'ERROR';
    }
    if (!bind(gem.softc, gem)) return 'ERROR';
    insertDevicePage(object, page, gem.frames[page]!);
    return 'OK';
  },
});

function objectOf(cdev: Cdev, index: number): BsdGemObject | undefined {
  return (cdev.softc as GemSoftc).objects.get(index);
}

export const GEM_SWITCH: CdevSwitch = snapshotConstant('bsd.gem_cdevsw', {
  name: 'gem',

  dIoctl(cdev: Cdev, request: string, data: IoctlData): DriverAnswer {
    const softc = cdev.softc as GemSoftc;
    if (request === 'create') {
      const frames = cdev.core.context.frames.allocRun(data.value);
      if (frames === null) return 'ENOMEM';
      const object = new BsdGemObject(cdev.core, softc, softc.nextIndex++, frames);
      softc.objects.set(object.index, object);
      data.out = object.index;
      return 0;
    }
    const object = objectOf(cdev, data.value);
    if (object === undefined) return 'ENOENT';
    switch (request) {
      case 'close':
        // The driver's hold goes; mappings keep the object.
        softc.objects.delete(object.index);
        putObject(object);
        return 0;
      case 'release':
        data.out = releaseMmap(object);
        unbind(object);
        return 0;
      case 'failAgain':
        object.failWith = 'EAGAIN';
        object.failTimes = 3;
        return 0;
      case 'failOnce':
        object.failWith = 'ENOSPC';
        object.failTimes = 1;
        return 0;
      default:
        return 'ENOTTY';
    }
  },

  dMmapSingle(cdev: Cdev, question: MmapQuestion): DriverAnswer {
    const { core } = cdev;
    if (question.page < KEY_PAGES) return 'ENODEV';
    const inSpace = question.page - KEY_PAGES;
    const index = Math.floor(inSpace / OBJECT_PAGES);
    const object = index <= MAX_INDEX ? objectOf(cdev, index) : undefined;
    if (object === undefined) return 'ENODEV';
    const page = inSpace % OBJECT_PAGES;
    if (page + question.nrPages > object.frames.length) return 'EINVAL';
    const { nrPages, prot } = question;
    const file = core.fpop!;
    const found = cdevPagerAllocate(core, object, true, GEM_PAGER_OPS, { cdev, nrPages, page, prot }, file);
    if (typeof found === 'string') return 'EINVAL';
    question.object = found;
    question.page = page;
    return 0;
  },
});

/** The driver goes: it lets its objects go, mapped ones live on until their last mapping is gone. */
export function dropGemObjects(softc: GemSoftc): void {
  for (const object of softc.objects.values()) putObject(object);
  softc.objects.clear();
}

/** drm2 needs pages that know their mappings. @throws KernelError EOPNOTSUPP in eras without them */
export function requireManagedPager(core: BsdCore): void {
  if (core.era.managedPager) return;
  throw new KernelError('EOPNOTSUPP', 'bsd.load', `${core.era.name} has no managed device pager.`);
}
