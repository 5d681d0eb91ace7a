/** What the checks of the graphics rooms look at, and walks that several of them need. */

import type { InvariantEntry, InvariantKind } from '../../base/invariant_entry.ts';
import type { DmaBuf } from '../../dma_buf/dma_buf.ts';
import type { FdTable } from '../../fs/fd_table.ts';
import type { OpenFile } from '../../fs/open_file.ts';
import type { CommandQueue } from '../../hw/command_queue.ts';
import type { ProcessMm } from '../../mm/process_mm.ts';
import type { VmArea } from '../../mm/vm_area.ts';
import type { DrmCore } from '../drm_core.ts';
import type { DrmDevice } from '../drm_device.ts';
import { SHMEM_VM_OPS, type ShmemObject } from '../drm_gem_shmem.ts';
import type { DrmFramebuffer } from '../framebuffer.ts';
import { GemObject } from '../gem_object.ts';
import { gemObjectOfBuf } from '../prime.ts';
import { TtmBo } from '../ttm/ttm_bo.ts';
import { TTM_BO_VM_OPS } from '../ttm/ttm_bo_vm.ts';

/** A kernel as far as these checks need it; kernel/kernel.ts is one. */
export interface DrmSubject {
  readonly drm: DrmCore;
  readonly queue: CommandQueue;
  readonly tasks: ReadonlyMap<number, DrmSubjectTask>;
  /** Set: checks that go object by object or mapping by mapping look at these only (kernel/check_step.ts). */
  readonly touched?: TouchedObjects;
}

/** What one step touched. */
export interface TouchedObjects {
  readonly objects: readonly GemObject[];
  /** Every mapping of these objects, and mappings of others that changed. */
  readonly vmas: readonly VmArea[];
}

export interface DrmSubjectTask {
  readonly mm: ProcessMm;
  readonly files: FdTable;
  readonly inbox: { files(): readonly OpenFile[] };
}

/** Eras in which a shoot-down misses mappings made through other nodes. */
export const SHOOT_DOWNS_MISS: readonly string[] = ['per-node'];

/** Make an entry about the graphics rooms. */
export function drmEntry(
  number: number,
  name: string,
  kind: InvariantKind,
  check: (subject: DrmSubject) => string[],
  breaksIn: readonly string[] = [],
): InvariantEntry<DrmSubject> {
  return { number, name, kind, rooms: ['drm'], eras: 'all', breaksIn, check };
}

// Arrays, not generators: checks walk ten thousand objects several times.

/** Every object of every device. */
export function allObjects({ drm, touched }: DrmSubject): readonly GemObject[] {
  if (touched) return touched.objects;
  const found: GemObject[] = [];
  for (const device of drm.allDevices) for (const object of device.objects) found.push(object);
  return found;
}

/** Every object with memory of its own. */
export function allBos({ drm, touched }: DrmSubject): readonly TtmBo[] {
  const found: TtmBo[] = [];
  if (touched) {
    for (const object of touched.objects) if (object instanceof TtmBo) found.push(object);
    return found;
  }
  for (const device of drm.allDevices) {
    if (device.ttm === null) continue;
    for (const object of device.objects) if (object instanceof TtmBo) found.push(object);
  }
  return found;
}

/** Every mapping with these operations. */
function vmasWith({ tasks, touched }: DrmSubject, ops: VmArea['ops']): readonly VmArea[] {
  const found: VmArea[] = [];
  if (touched) {
    for (const vma of touched.vmas) if (vma.ops === ops) found.push(vma);
    return found;
  }
  for (const { mm } of tasks.values()) for (const vma of mm.vmas) if (vma.ops === ops) found.push(vma);
  return found;
}

/** Call `visit` with every mapping of an object of any kind and the object. */
export function forEachGemVma(
  { tasks, touched }: DrmSubject,
  visit: (vma: VmArea, object: GemObject) => void,
): void {
  const look = (vma: VmArea) => {
    if (vma.privateData instanceof GemObject) visit(vma, vma.privateData);
  };
  if (touched) touched.vmas.forEach(look);
  else for (const { mm } of tasks.values()) mm.vmas.forEach(look);
}

/** Every mapping of an object with memory of its own. */
export function objectVmas(subject: DrmSubject): readonly VmArea[] {
  return vmasWith(subject, TTM_BO_VM_OPS);
}

/** The object that such a mapping shows. */
export function boOfVma(vma: VmArea): TtmBo {
  return vma.privateData as TtmBo;
}

/** How often each object occurs, by its id. */
export class ObjectCounts {
  private readonly counts: Int32Array;

  constructor({ drm }: DrmSubject) {
    this.counts = new Int32Array(drm.nextObjectId);
  }

  add({ id }: GemObject): void {
    this.counts[id]!++;
  }

  of({ id }: GemObject): number {
    return this.counts[id]!;
  }
}

/** Objects that devices have: an id outside has ended. */
export function liveObjects(subject: DrmSubject): ObjectCounts {
  const live = new ObjectCounts(subject);
  for (const device of subject.drm.allDevices) for (const object of device.objects) live.add(object);
  return live;
}

/** Every mapping of an object backed by shared memory, with the object. */
export function shmemVmas(subject: DrmSubject): [VmArea, ShmemObject][] {
  return vmasWith(subject, SHMEM_VM_OPS).map(vma => [vma, vma.privateData as ShmemObject]);
}

/** References of each file: descriptors, mappings, messages in flight. */
export function fileReferences({ tasks }: DrmSubject): Map<OpenFile, number> {
  const counted = new Map<OpenFile, number>();
  const count = (file: OpenFile) => counted.set(file, (counted.get(file) ?? 0) + 1);
  for (const task of tasks.values()) {
    for (const [, file] of task.files.entries()) count(file);
    for (const vma of task.mm.vmas) if (vma.file) count(vma.file);
    for (const file of task.inbox.files()) count(file);
  }
  return counted;
}

/** Framebuffers that exist: in the table, or removed but still shown. */
export function framebuffersOf(device: DrmDevice): DrmFramebuffer[] {
  const all = [...device.framebuffers.entries()].map(([, fb]) => fb);
  if (device.crtc?.fb.removed) all.push(device.crtc.fb);
  return all;
}

/** Shared buffers that stand for objects, those held by their entry alone included. */
export function gemBufs({ drm }: DrmSubject): [DmaBuf, GemObject][] {
  const found: [DmaBuf, GemObject][] = [];
  for (const buf of [...drm.dmaBufs.buffers, ...drm.dmaBufs.heldByEntry]) {
    const object = gemObjectOfBuf(buf);
    if (object !== null) found.push([buf, object]);
  }
  return found;
}
