/** Rows of the tasks with their descriptors and mappings, and who holds which object. */
import { DmaBuf } from '../dma_buf/dma_buf.ts';
import { drmFileOf } from '../drm/drm_file.ts';
import { TtmBo } from '../drm/ttm/ttm_bo.ts';
import { filePath } from '../fs/open_file.ts';
import { REGION_SWAP, REGION_VRAM, regionOfPfn } from '../hw/region.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { vmaName, vmaPermissions } from '../kernel/proc/vma_text.ts';
import type { Task } from '../kernel/task.ts';
import type { FdView, HolderView, Placement, TaskView, VmaView } from '../public/view_types.ts';
import { objectOfVma, placementOf, presentPtesOf } from '../session/object_places.ts';

/** Rows of one task that a view carries at most. */
const MOST_FDS = 64;
const MOST_VMAS = 256;

/** Where present entries lead: VRAM by their frames; system pages by where the object says they belong. */
function leadsTo(firstPfn: number | null, object: object | null): Placement | null {
  if (firstPfn === null) return null;
  const region = regionOfPfn(firstPfn);
  if (region === REGION_VRAM) return 'VRAM';
  if (region === REGION_SWAP) return 'SWAP';
  return object instanceof TtmBo && placementOf(object) === 'TT' ? 'TT' : 'SYSTEM';
}

/** Adds to a list in a map. */
function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

export interface TaskRows {
  readonly tasks: readonly TaskView[];
  /** By object id. */
  readonly holders: ReadonlyMap<number, readonly HolderView[]>;
}

function fdRows(task: Task, holders: Map<number, HolderView[]>): FdView[] {
  const fds: FdView[] = [];
  const holder = (how: string): HolderView => ({ task: task.name, pid: task.pid, how, presentPtes: 0 });
  for (const [fd, file] of task.files.entries()) {
    if (fds.length < MOST_FDS) fds.push({ fd, path: filePath(file) });
    const drm = drmFileOf(file);
    if (drm)
      for (const [handle, object] of drm.handles.entries())
        push(holders, object.id, holder(`handle ${handle} of fd ${fd}`));
    const shared = file.privateData;
    if (shared instanceof DmaBuf && shared.objectId !== 0)
      push(holders, shared.objectId, holder(`dma-buf fd ${fd}`));
  }
  return fds;
}

/** @param zapped entries taken by the last shoot-down, by VMA */
export function taskRows(kernel: Kernel, zapped: ReadonlyMap<number, number>): TaskRows {
  const holders = new Map<number, HolderView[]>();
  const tasks: TaskView[] = [];
  for (const task of kernel.tasks.values()) {
    const { mm } = task;
    const fds = fdRows(task, holders);
    const vmas: VmaView[] = [];
    for (const vma of mm.vmas) {
      const object = objectOfVma(vma);
      const { count, firstPfn } = presentPtesOf(vma);
      if (object) {
        const how = `map ${mm.addressOf(vma.start).toString(16)}`;
        push(holders, object.id, { task: task.name, pid: task.pid, how, presentPtes: count });
      }
      if (vmas.length >= MOST_VMAS) continue;
      vmas.push({
        id: vma.id,
        startPage: mm.base + vma.start,
        nrPages: vma.nrPages,
        perm: vmaPermissions(vma),
        name: vmaName(vma) || 'anonymous',
        objectId: object?.id ?? null,
        presentPtes: count,
        leadsTo: leadsTo(firstPfn, object),
        zappedPtes: count > 0 ? 0 : (zapped.get(vma.id) ?? 0),
      });
    }
    tasks.push({ pid: task.pid, name: task.name, state: null, fds, vmas });
  }
  return { tasks, holders };
}
