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
import type { LruList } from '../ttm/ttm_lru.ts';
import type { TtmResource } from '../ttm/ttm_resource.ts';

/** A kernel as far as these checks need it; kernel/kernel.ts is one. */
export interface DrmSubject {
  readonly drm: DrmCore;
  readonly queue: CommandQueue;
  readonly tasks: ReadonlyMap<number, DrmSubjectTask>;
  /** Set: checks that go object by object or mapping by mapping look at these only (kernel/check_step.ts). */
  readonly touched?: TouchedObjects;
  /** Set during one check of everything: what the entries have walked so far. */
  readonly lists?: SubjectLists;
}

/** Lists that many entries walk, made once for all of them; only true as long as nothing changes. */
export class SubjectLists {
  objects: readonly GemObject[] | null = null;
  bos: readonly TtmBo[] | null = null;
  live: ObjectCounts | null = null;
  gemVmas: readonly VmArea[] | null = null;
  gemBufs: readonly [DmaBuf, GemObject][] | null = null;
  fileReferences: ReadonlyMap<OpenFile, number> | null = null;
  readonly listed = new Map<LruList, readonly TtmResource[]>();
  readonly vmasWith = new Map<VmArea['ops'], readonly VmArea[]>();
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
export function allObjects({ drm, touched, lists }: DrmSubject): readonly GemObject[] {
  if (touched) return touched.objects;
  if (lists?.objects) return lists.objects;
  const found: GemObject[] = [];
  for (const device of drm.allDevices) for (const object of device.objects) found.push(object);
  if (lists) lists.objects = found;
  return found;
}

/** Every object with memory of its own. */
export function allBos(subject: DrmSubject): readonly TtmBo[] {
  const { lists } = subject;
  if (lists?.bos) return lists.bos;
  const found: TtmBo[] = [];
  for (const object of allObjects(subject)) if (object instanceof TtmBo) found.push(object);
  if (lists) lists.bos = found;
  return found;
}

/** Every mapping of an object of any kind. */
function gemVmas({ tasks, touched, lists }: DrmSubject): readonly VmArea[] {
  if (lists?.gemVmas) return lists.gemVmas;
  const found: VmArea[] = [];
  const look = (vma: VmArea) => {
    if (vma.privateData instanceof GemObject) found.push(vma);
  };
  if (touched) touched.vmas.forEach(look);
  else for (const { mm } of tasks.values()) mm.vmas.forEach(look);
  if (lists) lists.gemVmas = found;
  return found;
}

/** Every mapping with these operations. */
function vmasWith(subject: DrmSubject, ops: VmArea['ops']): readonly VmArea[] {
  const { lists } = subject;
  const known = lists?.vmasWith.get(ops);
  if (known !== undefined) return known;
  const found: VmArea[] = [];
  for (const vma of gemVmas(subject)) if (vma.ops === ops) found.push(vma);
  lists?.vmasWith.set(ops, found);
  return found;
}

/** Call `visit` with every mapping of an object of any kind and the object. */
export function forEachGemVma(subject: DrmSubject, visit: (vma: VmArea, object: GemObject) => void): void {
  for (const vma of gemVmas(subject)) visit(vma, vma.privateData as GemObject);
}

/** Every mapping of an object with memory of its own. */
export function objectVmas(subject: DrmSubject): readonly VmArea[] {
  return vmasWith(subject, TTM_BO_VM_OPS);
}

/** Resources on a list, oldest first. */
export function resourcesOn({ lists }: DrmSubject, list: LruList): readonly TtmResource[] {
  const known = lists?.listed.get(list);
  if (known !== undefined) return known;
  const found = list.resources();
  lists?.listed.set(list, found);
  return found;
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
  const { lists } = subject;
  if (lists?.live) return lists.live;
  const live = new ObjectCounts(subject);
  for (const device of subject.drm.allDevices) for (const object of device.objects) live.add(object);
  if (lists) lists.live = live;
  return live;
}

/** Every mapping of an object backed by shared memory, with the object. */
export function shmemVmas(subject: DrmSubject): [VmArea, ShmemObject][] {
  return vmasWith(subject, SHMEM_VM_OPS).map(vma => [vma, vma.privateData as ShmemObject]);
}

/** References of each file: descriptors, mappings, messages in flight. */
export function fileReferences({ tasks, lists }: DrmSubject): ReadonlyMap<OpenFile, number> {
  if (lists?.fileReferences) return lists.fileReferences;
  const counted = new Map<OpenFile, number>();
  // Neighbours often have the same file: one lookup for a run of them.
  let last: OpenFile | null = null;
  let run = 0;
  const count = (file: OpenFile | null) => {
    if (file === last) {
      run++;
      return;
    }
    if (last !== null) counted.set(last, (counted.get(last) ?? 0) + run);
    last = file;
    run = 1;
  };
  for (const task of tasks.values()) {
    for (const [, file] of task.files.entries()) count(file);
    for (const vma of task.mm.vmas) if (vma.file) count(vma.file);
    for (const file of task.inbox.files()) count(file);
  }
  count(null);
  if (lists) lists.fileReferences = counted;
  return counted;
}

/** Framebuffers that exist: in the table, or removed but still shown. */
export function framebuffersOf(device: DrmDevice): DrmFramebuffer[] {
  const all = [...device.framebuffers.entries()].map(([, fb]) => fb);
  if (device.crtc?.fb.removed) all.push(device.crtc.fb);
  return all;
}

/** Shared buffers that stand for objects, those held by their entry alone included. */
export function gemBufs({ drm, lists }: DrmSubject): readonly [DmaBuf, GemObject][] {
  if (lists?.gemBufs) return lists.gemBufs;
  const found: [DmaBuf, GemObject][] = [];
  for (const buf of [...drm.dmaBufs.buffers, ...drm.dmaBufs.heldByEntry]) {
    const object = gemObjectOfBuf(buf);
    if (object !== null) found.push([buf, object]);
  }
  if (lists) lists.gemBufs = found;
  return found;
}
