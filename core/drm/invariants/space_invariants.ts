/** Ranges and tables: numbers 32 to 42 of chapter 8 of the dossier. */
import type { InvariantEntry } from '../../base/invariant_entry.ts';
import { GART_UNBOUND, pfnOfGartEntry } from '../../hw/gart_entry.ts';
import { REGION_RAM, regionOfPfn } from '../../hw/region.ts';
import { I915 } from '../drivers/i915_2008/i915_state.ts';
import { LabGpu } from '../drivers/lab_gpu_state.ts';
import type { DrmDevice } from '../drm_device.ts';
import type { GemObject } from '../gem_object.ts';
import { mirrorOf } from '../gtt/gart_space.ts';
import { DrmMm, DrmMmNode } from '../mm/drm_mm.ts';
import { checkDrmMm } from '../mm/drm_mm_check.ts';
import { DrmMmScan } from '../mm/drm_mm_scan.ts';
import { allBos, allObjects, type DrmSubject, drmEntry } from './subject.ts';

/** Every range allocator, with a name. */
function* allocators({ drm }: DrmSubject): Generator<[DrmMm, string]> {
  for (const device of drm.allDevices) {
    yield [device.offsets.mm, `Offsets of device ${device.index}`];
    for (const manager of device.ttm?.managers ?? [])
      if (manager?.mm) yield [manager.mm, `VRAM of device ${device.index}`];
    if (device.driverState instanceof LabGpu) yield [device.driverState.gart.mm, 'GART'];
    if (device.driverState instanceof I915) yield [device.driverState.gtt, 'GTT'];
  }
}

/** A copy of an allocator with nodes at the same places. */
function copyOf(mm: DrmMm): { copy: DrmMm; nodes: DrmMmNode[] } {
  const copy = new DrmMm(mm.start, mm.size);
  const nodes = mm.nodes().map(node => {
    const twin = new DrmMmNode();
    copy.reserve(twin, node.start, node.size);
    return twin;
  });
  return { copy, nodes };
}

function soundness(number: number, name: string): InvariantEntry<DrmSubject> {
  return drmEntry(number, name, 'state', subject => {
    const says: string[] = [];
    for (const [mm, what] of allocators(subject)) {
      for (const wrong of checkDrmMm(mm, what)) if (wrong.number === number) says.push(wrong.says);
    }
    return says;
  });
}

/** Run a scan for half of the range over a copy, offering nodes by descending size, and look at its answer. */
function scanCopy(
  subject: DrmSubject,
  look: (copy: DrmMm, offered: DrmMmNode[], scan: DrmMmScan, evict: DrmMmNode[], what: string) => string[],
): string[] {
  const says: string[] = [];
  for (const [mm, what] of allocators(subject)) {
    if (mm.nrNodes === 0 || mm.nrNodes > 512) continue;
    const { copy, nodes } = copyOf(mm);
    const used = nodes.reduce((sum, node) => sum + node.size, 0);
    const scan = new DrmMmScan(copy, Math.max(1, Math.floor(used / 2)));
    const offered: DrmMmNode[] = [];
    for (const node of nodes.sort((a, b) => b.size - a.size || a.start - b.start)) {
      offered.push(node);
      if (scan.add(node)) break;
    }
    says.push(...look(copy, offered, scan, scan.finish(), what));
  }
  return says;
}

/** Objects whose windows are looked up when all windows are in order; evenly spread. */
const LOOKUPS = 64;

/**
 * What is wrong with the windows of a device, or null: then they stand in the list that lookups search by start, disjoint, each
 * as long as its object and leading to it, and every object has its own there, so that a lookup of any page finds the right one.
 */
function wrongWindow(device: DrmDevice): string | null {
  let end = 0;
  let windows = 0;
  for (const node of device.offsets.mm.nodes()) {
    const object = node.owner as GemObject;
    if (node.start < end) return `The window at page ${node.start} overlaps what ends at ${end}.`;
    if (object.offset.node !== node)
      return `The window at page ${node.start} leads to object ${object.id}, whose window it is not.`;
    if (node.size !== object.nrPages)
      return `The window of object ${object.id} has ${node.size} pages, the object ${object.nrPages}.`;
    end = node.start + node.size;
    windows++;
  }
  let wanted = 0;
  for (const object of device.objects) if (object.offset.allocated) wanted++;
  return wanted === windows
    ? null
    : `${wanted} objects of device ${device.index} have windows; ${windows} are listed.`;
}

/** Look up the ends and the middle of an object's window. */
function lookUp(object: GemObject, says: string[]): void {
  const { offset, nrPages, device } = object;
  if (!offset.allocated) return;
  for (const page of [offset.start, offset.start + (nrPages >>> 1), offset.start + nrPages - 1]) {
    if (device.offsets.lookup(page, 1) !== object)
      says.push(`Page ${page} of the offset space does not lead to object ${object.id}.`);
  }
}

export const SPACE_INVARIANTS: readonly InvariantEntry<DrmSubject>[] = [
  soundness(32, 'No overlap'),
  soundness(33, 'Holes complement'),
  soundness(34, 'Index agreement'),

  drmEntry(35, 'Scan neutral', 'transition', subject =>
    scanCopy(subject, (copy, _offered, scan, evict, what) => {
      const says = checkDrmMm(copy, `${what} after a scan`).map(wrong => wrong.says);
      if (scan.hitStart < 0 && evict.length > 0)
        says.push(`${what}: a scan without a hit names ${evict.length} nodes.`);
      return says;
    }),
  ),

  drmEntry(36, 'Scan sound', 'transition', subject =>
    scanCopy(subject, (copy, _offered, scan, evict, what) => {
      if (scan.hitStart < 0) return [];
      for (const node of evict) copy.remove(node);
      const fits = copy.insert(new DrmMmNode(), scan.size, { mode: 'evict' });
      return fits
        ? []
        : [`${what}: after evicting ${evict.length} nodes ${scan.size} units still do not fit.`];
    }),
  ),

  drmEntry(37, 'Scan minimal', 'transition', subject =>
    scanCopy(subject, (_copy, offered, scan, evict, what) => {
      const says: string[] = [];
      for (const node of offered) {
        const overlaps = node.end > scan.hitStart && node.start < scan.hitEnd;
        if (evict.includes(node) !== (scan.hitStart >= 0 && overlaps)) {
          says.push(
            `${what}: the node at ${node.start} overlaps the hit: ${overlaps}, named: ${evict.includes(node)}.`,
          );
        }
      }
      return says;
    }),
  ),

  drmEntry(38, 'Alignment and range', 'state', subject => {
    const says: string[] = [];
    for (const bo of allBos(subject)) {
      const { resource } = bo;
      if (!resource?.node) continue;
      if (bo.alignPages > 1 && resource.start % bo.alignPages !== 0) {
        says.push(`Object ${bo.id} lies at page ${resource.start}, not a multiple of ${bo.alignPages}.`);
      }
      if (resource.start + resource.nrPages > resource.manager.sizePages)
        says.push(`Object ${bo.id} ends behind its memory.`);
    }
    return says;
  }),

  drmEntry(39, 'Offset windows', 'state', subject => {
    const says: string[] = [];
    let every = subject.touched !== undefined;
    if (!subject.touched) {
      for (const device of subject.drm.allDevices) {
        const wrong = wrongWindow(device);
        if (wrong === null) continue;
        says.push(wrong);
        every = true;
      }
    }
    const objects = allObjects(subject);
    const step = every ? 1 : Math.max(1, Math.floor(objects.length / LOOKUPS));
    for (let i = 0; i < objects.length; i += step) lookUp(objects[i]!, says);
    return says;
  }),

  soundness(40, 'Aperture conservation'),

  drmEntry(41, 'Unbound is scratch', 'state', subject => {
    const { gart } = subject.queue;
    const bound = new Uint8Array(gart.length);
    for (const bo of allBos(subject)) if (bo.gart) bound.fill(1, bo.gart.start, bo.gart.end);
    for (const { driverState } of subject.drm.allDevices) {
      if (driverState instanceof I915)
        for (const node of driverState.gtt.nodes()) bound.fill(1, node.start, node.end);
    }
    const says: string[] = [];
    for (let entry = 0; entry < gart.length && says.length < 10; entry++) {
      if (bound[entry] === 0 && gart[entry] !== GART_UNBOUND)
        says.push(`GART entry ${entry} is ${gart[entry]} and belongs to no object.`);
    }
    return says;
  }),

  drmEntry(42, 'Bound matches pages', 'state', subject => {
    const says: string[] = [];
    for (const bo of allBos(subject)) {
      if (!bo.gart) continue;
      for (let page = 0; page < bo.nrPages; page++) {
        const pfn = bo.pfnOfPage(page);
        const wanted = regionOfPfn(pfn) === REGION_RAM ? mirrorOf(pfn) : pfn;
        const found = pfnOfGartEntry(subject.drm.machine, subject.queue.gart[bo.gart.start + page]!);
        if (found === wanted) continue;
        says.push(
          `GART entry ${bo.gart.start + page} leads to frame ${found}; page ${page} of object ${bo.id} is ${wanted}.`,
        );
        break;
      }
    }
    return says;
  }),
];
