/** Placement, order of use, pins, bytes: numbers 43 to 50, 54, 55 and 63 of chapter 8 of the dossier. */
import type { InvariantEntry } from '../../base/invariant_entry.ts';
import { pfnOf, REGION_VRAM } from '../../hw/region.ts';
import {
  BO_MOVE,
  BO_PIN,
  BO_UNMAP_VIRTUAL,
  BO_VM_FAULT_RESERVED,
  EVICT_CANDIDATE,
  EVICT_REASONS,
  EVICT_VICTIM,
  GEM_OBJECT_FREE,
} from '../../trace/events/drm.ts';
import { LabGpu, labGpuOf } from '../drivers/lab_gpu_state.ts';
import { TtmBo } from '../ttm/ttm_bo.ts';
import type { TtmDevice } from '../ttm/ttm_device.ts';
import type { TtmResource } from '../ttm/ttm_resource.ts';
import { allBos, allObjects, type DrmSubject, drmEntry, resourcesOn } from './subject.ts';

function* allTtms({ drm }: DrmSubject): Generator<TtmDevice> {
  for (const device of drm.allDevices) if (device.ttm) yield device.ttm;
}

/** The first page of an object that reads as what lay there before, or -1. */
function firstUndefinedPage(bo: TtmBo, contents: DrmSubject['queue']['contents']): number {
  const { resource, tt, nrPages } = bo;
  if (resource !== null && !resource.manager.useTt) {
    const base = pfnOf(REGION_VRAM, resource.manager.vramBase + resource.start);
    for (let page = 0; page < nrPages; page++) if (!contents.isDefined(base + page)) return page;
    return -1;
  }
  const pages = tt?.pages ?? tt?.slots ?? null;
  return pages === null ? -1 : pages.findIndex(pfn => !contents.isDefined(pfn));
}

const MOVE_FAILED = EVICT_REASONS.indexOf('move failed');
const IS_VICTIM = EVICT_REASONS.indexOf('victim');

export const PLACEMENT_INVARIANTS: readonly InvariantEntry<DrmSubject>[] = [
  drmEntry(43, 'One place', 'state', subject => {
    const says: string[] = [];
    for (const bo of allBos(subject)) {
      const { resource } = bo;
      if (resource === null) {
        says.push(`Object ${bo.id} lies nowhere.`);
        continue;
      }
      // Of two objects in the same memory one is not its owner.
      if (resource.bo === bo) continue;
      says.push(
        resource.bo?.resource === resource
          ? `Objects ${resource.bo.id} and ${bo.id} lie in the same memory.`
          : `The memory of object ${bo.id} belongs to object ${resource.bo?.id ?? 'none'}.`,
      );
    }
    return says;
  }),

  drmEntry(44, 'LRU exact', 'state', subject => {
    const says: string[] = [];
    for (const bo of allBos(subject)) {
      const { resource, ttm } = bo;
      if (!resource) continue;
      const evictable = bo.pinCount === 0 && !bo.tt?.swapped;
      const list = evictable ? resource.manager.lru[resource.priority]! : ttm.unevictable;
      if (resource.lru.list !== list)
        says.push(`Object ${bo.id} (pins ${bo.pinCount}) is not on the list where it belongs.`);
    }
    for (const ttm of allTtms(subject)) {
      for (const manager of ttm.managers) {
        for (const list of manager?.lru ?? []) {
          for (const resource of resourcesOn(subject, list)) {
            const known = resource.bo ? resource.bo.resource === resource : ttm.ghosts.has(resource.ghost!);
            if (!known)
              says.push(
                `A list holds memory that object ${resource.bo?.id ?? resource.ghost?.objectId} has left.`,
              );
          }
        }
      }
      for (const resource of resourcesOn(subject, ttm.unevictable)) {
        if (resource.bo?.resource !== resource) says.push('The unevictable list holds memory of nobody.');
      }
    }
    return says;
  }),

  drmEntry(45, 'LRU order', 'state', subject => {
    const says: string[] = [];
    for (const ttm of allTtms(subject)) {
      for (const list of ttm.managers.flatMap(manager => manager?.lru ?? [])) {
        let before = 0;
        for (const resource of resourcesOn(subject, list)) {
          if (resource.bo === null || resource.bo.bulk) continue;
          if (resource.lastUse < before) {
            says.push(
              `Object ${resource.bo.id} was used at ${resource.lastUse} ns and stands behind one used at ${before} ns.`,
            );
          }
          before = resource.lastUse;
        }
      }
    }
    return says;
  }),

  drmEntry(46, 'Bytes conserved', 'state', subject => {
    const says: string[] = [];
    for (const ttm of allTtms(subject)) {
      const used = ttm.managers.map(() => 0);
      let populated = 0;
      const count = (resource: TtmResource | null, pages: number) => {
        if (resource) used[resource.memType]! += resource.nrPages;
        populated += pages;
      };
      for (const object of ttm.device.objects) {
        if (object instanceof TtmBo) count(object.resource, object.tt?.pages?.length ?? 0);
      }
      for (const ghost of ttm.ghosts) count(ghost.resource, ghost.tt?.pages?.length ?? 0);
      for (const manager of ttm.managers) {
        if (!manager) continue;
        const sum = used[manager.memType]!;
        if (manager.usedPages !== sum)
          says.push(`Memory ${manager.memType} counts ${manager.usedPages} pages; ${sum} were found.`);
        if (sum > manager.sizePages)
          says.push(`Memory ${manager.memType} of ${manager.sizePages} pages holds ${sum}.`);
      }
      if (ttm.populatedPages !== populated)
        says.push(`${ttm.populatedPages} pages count as populated; ${populated} were found.`);
    }
    return says;
  }),

  drmEntry(47, 'Pinned never moves', 'trace', subject => {
    const says: string[] = [];
    const pinned = new Set<number>();
    subject.drm.mm.trace.forEachOf([BO_PIN, GEM_OBJECT_FREE, BO_MOVE], ({ typeId, args, index }) => {
      if (typeId === BO_PIN.id) {
        if (args[1]! > 0) pinned.add(args[0]!);
        else pinned.delete(args[0]!);
      } else if (typeId === GEM_OBJECT_FREE.id) pinned.delete(args[0]!);
      else if (typeId === BO_MOVE.id && pinned.has(args[0]!))
        says.push(`Object ${args[0]} moved while pinned (event ${index}).`);
    });
    return says;
  }),

  drmEntry(48, 'Pin balance', 'state', subject => {
    const says: string[] = [];
    for (const bo of allBos(subject)) {
      if (bo.pinCount < 0) says.push(`Object ${bo.id} has pin count ${bo.pinCount}.`);
      if (bo.pinCount > 0 && bo.resource === null) says.push(`Object ${bo.id} is pinned nowhere.`);
    }
    for (const device of subject.drm.allDevices) {
      const shown = device.crtc?.fb.object;
      if (shown instanceof TtmBo && shown.pinCount === 0)
        says.push(`Object ${shown.id} is shown and not pinned.`);
      if (!(device.driverState instanceof LabGpu)) continue;
      for (const bo of labGpuOf(device).bootObjects)
        if (bo.pinCount === 0) says.push(`The ${bo.label} is not pinned.`);
    }
    return says;
  }),

  drmEntry(50, 'Zero first', 'state', subject => {
    const says: string[] = [];
    for (const bo of allBos(subject)) {
      if (bo.device.unplugged) continue;
      const page = firstUndefinedPage(bo, subject.queue.contents);
      if (page >= 0) says.push(`Page ${page} of object ${bo.id} holds what nobody wrote.`);
    }
    return says;
  }),

  drmEntry(54, 'Zap before move', 'trace', subject => {
    const says: string[] = [];
    const mapped = new Set<number>();
    subject.drm.mm.trace.forEachOf(
      [BO_VM_FAULT_RESERVED, BO_UNMAP_VIRTUAL, BO_MOVE],
      ({ typeId, args, index }) => {
        if (typeId === BO_VM_FAULT_RESERVED.id) mapped.add(args[0]!);
        else if (typeId === BO_UNMAP_VIRTUAL.id) mapped.delete(args[0]!);
        else if (typeId === BO_MOVE.id && mapped.has(args[0]!)) {
          says.push(`Object ${args[0]} moved without a shoot-down since its last fault (event ${index}).`);
        }
      },
    );
    return says;
  }),

  drmEntry(55, 'Failed move', 'trace', subject => {
    const says: string[] = [];
    let victim = 0;
    let moved = false;
    subject.drm.mm.trace.forEachOf([EVICT_VICTIM, BO_MOVE, EVICT_CANDIDATE], ({ typeId, args, index }) => {
      // An attempt begins when the walk takes a candidate, and says where it goes once there is a place.
      if (typeId === EVICT_VICTIM.id || (typeId === EVICT_CANDIDATE.id && args[2] === IS_VICTIM)) {
        victim = args[0]!;
        moved = false;
      } else if (typeId === BO_MOVE.id && args[0] === victim) moved = true;
      else if (typeId === EVICT_CANDIDATE.id && args[2] === MOVE_FAILED && args[0] === victim && moved) {
        says.push(`The move of object ${victim} failed after it had begun (event ${index}).`);
      }
    });
    return says;
  }),

  drmEntry(63, 'Reservation rules', 'state', subject => {
    const says: string[] = [];
    for (const object of allObjects(subject)) {
      const { resv } = object;
      if (resv.heldBy !== 0)
        says.push(`The reservation of object ${object.id} is still held by ticket ${resv.heldBy}.`);
      // Two fences of one timeline in one class can stand side by side: dma_resv_add_fence() takes the first slot whose fence has
      // signalled, and looks no further.
    }
    return says;
  }),
];
