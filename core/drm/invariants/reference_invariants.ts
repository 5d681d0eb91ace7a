/** References, handles, names, sharing, lifetimes: numbers 20 to 27 and 31 of chapter 8 of the dossier. */
import type { InvariantEntry } from '../../base/invariant_entry.ts';
import type { OpenFile } from '../../fs/open_file.ts';
import { I915 } from '../drivers/i915_2008/i915_state.ts';
import { LabGpu, labGpuOf } from '../drivers/lab_gpu_state.ts';
import { Qxl } from '../drivers/qxl_state.ts';
import type { DrmDevice } from '../drm_device.ts';
import type { GemObject } from '../gem_object.ts';
import {
  allObjects,
  type DrmSubject,
  drmEntry,
  fileReferences,
  forEachGemVma,
  framebuffersOf,
  gemBufs,
  liveObjects,
  ObjectCounts,
  resourcesOn,
} from './subject.ts';

/** Objects that the kernel itself holds, once for each reference. */
function bootObjectsOf(device: DrmDevice): readonly GemObject[] {
  if (device.driverState instanceof Qxl) return device.driverState.ownObjects;
  if (device.driverState instanceof I915) return device.driverState.heldObjects;
  return device.driverState instanceof LabGpu ? labGpuOf(device).bootObjects : [];
}

function tally<Key>(keys: Iterable<Key>): Map<Key, number> {
  const counted = new Map<Key, number>();
  for (const key of keys) counted.set(key, (counted.get(key) ?? 0) + 1);
  return counted;
}

function forEachHandle(device: DrmDevice, visit: (object: GemObject) => void): void {
  for (const file of device.files) file.handles.forEach(visit);
}

export const REFERENCE_INVARIANTS: readonly InvariantEntry<DrmSubject>[] = [
  drmEntry(20, 'Object count', 'state', subject => {
    const says: string[] = [];
    const vmas = new ObjectCounts(subject);
    forEachGemVma(subject, (_vma, object) => vmas.add(object));
    const exported = tally(gemBufs(subject).map(([, object]) => object));
    for (const device of subject.drm.allDevices) {
      const shown = tally(framebuffersOf(device).map(fb => fb.object));
      const kept = tally(bootObjectsOf(device));
      for (const object of device.objects) {
        const of = (counts: Map<GemObject, number>) => (counts.size === 0 ? 0 : (counts.get(object) ?? 0));
        const handles = object.handleCount > 0 ? 1 : 0;
        const sum = handles + vmas.of(object) + of(exported) + of(shown) + of(kept);
        if (object.refcount === sum) continue;
        says.push(
          `Object ${object.id} counts ${object.refcount} references; found: handles ${handles}, VMAs ${vmas.of(object)}, shared buffers ${of(exported)}, framebuffers ${of(shown)}, kernel ${of(kept)}.`,
        );
      }
    }
    return says;
  }),

  drmEntry(21, 'Handle count', 'state', subject => {
    const says: string[] = [];
    for (const device of subject.drm.allDevices) {
      const found = new ObjectCounts(subject);
      forEachHandle(device, object => found.add(object));
      if (subject.drm.mm.era.framebufferHoldsHandle)
        for (const fb of framebuffersOf(device)) found.add(fb.object);
      for (const object of device.objects) {
        const sum = found.of(object);
        if (object.handleCount !== sum)
          says.push(`Object ${object.id} counts ${object.handleCount} handles; ${sum} were found.`);
      }
    }
    return says;
  }),

  drmEntry(22, 'Name', 'state', subject => {
    const says: string[] = [];
    for (const object of allObjects(subject)) {
      if (object.name === 0) continue;
      if (object.handleCount === 0)
        says.push(`Object ${object.id} has the name ${object.name} and no handle.`);
      const named = object.device.names.get(object.name);
      if (named !== object)
        says.push(`The name ${object.name} of object ${object.id} stands for object ${named?.id ?? 'none'}.`);
    }
    for (const device of subject.drm.allDevices) {
      for (const [name, object] of device.names.entries()) {
        if (object.name !== name)
          says.push(`The name ${name} stands for object ${object.id}, which calls itself ${object.name}.`);
      }
    }
    return says;
  }),

  drmEntry(23, 'Handle uniqueness', 'state', subject => {
    const says: string[] = [];
    for (const device of subject.drm.allDevices) {
      for (const file of device.files) {
        if (file.handles.get(0) !== null) says.push(`File ${file.clientId} has a handle 0.`);
        file.handles.forEach((object, handle) => {
          if (object.device !== device)
            says.push(`Handle ${handle} of file ${file.clientId} is an object of another device.`);
        });
      }
    }
    return says;
  }),

  drmEntry(24, 'PRIME round trip', 'state', subject => {
    const says: string[] = [];
    const inos = new Set<number>();
    const exported = new Set<GemObject>();
    for (const [buf, object] of gemBufs(subject)) {
      if (inos.has(buf.ino) && subject.drm.dmaBufs.inodes.inodePerBuffer)
        says.push(`Two live buffers have inode ${buf.ino}.`);
      inos.add(buf.ino);
      if (exported.has(object) && object.dmaBuf === buf) says.push(`Object ${object.id} is shared twice.`);
      exported.add(object);
    }
    for (const object of allObjects(subject)) {
      if (object.dmaBuf && object.dmaBuf.priv !== object && object.importAttach?.buf !== object.dmaBuf)
        says.push(`Object ${object.id} holds the buffer of another object.`);
      if (object.dmaBuf && object.handleCount === 0)
        says.push(`Object ${object.id} holds its buffer without a handle.`);
    }
    for (const device of subject.drm.allDevices) {
      for (const file of device.files) {
        for (const [handle, buf] of file.primeByHandle) {
          const object = file.handles.get(handle);
          if (object !== buf.priv && object?.importAttach?.buf !== buf) {
            says.push(`Handle ${handle} of file ${file.clientId} is not the object of buffer ${buf.ino}.`);
          }
        }
      }
    }
    return says;
  }),

  drmEntry(25, 'No resurrection', 'state', subject => {
    const says: string[] = [];
    const live = liveObjects(subject);
    const look = (object: GemObject) => {
      if (object.refcount >= 1 && live.of(object) > 0) return;
      says.push(`Object ${object.id} is reachable with ${object.refcount} references.`);
    };
    for (const device of subject.drm.allDevices) {
      forEachHandle(device, look);
      device.names.forEach(look);
      for (const { owner } of device.offsets.mm.nodes()) look(owner as GemObject);
      for (const { object } of framebuffersOf(device)) look(object);
    }
    return says;
  }),

  drmEntry(26, 'File count of shared buffers', 'state', subject => {
    const says: string[] = [];
    const outside = fileReferences(subject);
    const inside = new Map<OpenFile, number>();
    const count = (file: OpenFile) => inside.set(file, (inside.get(file) ?? 0) + 1);
    for (const object of allObjects(subject)) {
      if (object.dmaBuf) count(object.dmaBuf.file);
      if (object.importAttach) count(object.importAttach.buf.file);
    }
    for (const device of subject.drm.allDevices) {
      for (const file of device.files) for (const buf of file.primeByHandle.values()) count(buf.file);
    }
    for (const { file, ino } of subject.drm.dmaBufs.buffers) {
      const sum = (outside.get(file) ?? 0) + (inside.get(file) ?? 0);
      if (file.count !== sum)
        says.push(`The file of buffer ${ino} counts ${file.count} references; ${sum} were found.`);
    }
    return says;
  }),

  drmEntry(27, 'Device lifetime', 'state', subject => {
    const says: string[] = [];
    for (const device of subject.drm.allDevices) {
      const bound = device.unplugged ? 0 : 1;
      const sum = bound + device.files.size + device.objects.size;
      if (device.refs !== sum)
        says.push(`Device ${device.index} counts ${device.refs} references; ${sum} were found.`);
      if (device.inode !== null && device.inode.count < 1)
        says.push(`The inode of device ${device.index} is gone before the device.`);
    }
    return says;
  }),

  drmEntry(31, 'Destroy order', 'state', subject => {
    const says: string[] = [];
    const live = liveObjects(subject);
    forEachGemVma(subject, (vma, object) => {
      if (live.of(object) === 0) says.push(`VMA ${vma.id} shows object ${object.id}, which has ended.`);
    });
    for (const device of subject.drm.allDevices) {
      for (const manager of device.ttm?.managers ?? []) {
        for (const list of manager?.lru ?? []) {
          for (const { bo } of resourcesOn(subject, list)) {
            if (bo !== null && live.of(bo) === 0)
              says.push(`A list of device ${device.index} holds memory of object ${bo.id}, which has ended.`);
          }
        }
      }
    }
    return says;
  }),
];
