/** Rows of the tasks with their descriptors and mappings. */
import { DmaBuf } from '../dma_buf/dma_buf.ts';
import { drmFileOf } from '../drm/drm_file.ts';
import { TtmBo } from '../drm/ttm/ttm_bo.ts';
import { filePath } from '../fs/open_file.ts';
import { REGION_MIRROR, REGION_SWAP, REGION_VRAM, regionOfPfn } from '../hw/region.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { vmaName, vmaPermissions } from '../kernel/proc/vma_text.ts';
import type { Task } from '../kernel/task.ts';
import type { FdView, Placement, TaskView, VmaView } from '../public/view_types.ts';
import { objectOfVma, placementOf, presentPtesOf } from '../session/object_places.ts';
import type { HolderRows } from './holder_rows.ts';
import { i915Files, i915OfShmemFile } from './i915_views.ts';

/** Rows of one task that a view carries at most. */
const MOST_FDS = 64;
const MOST_VMAS = 256;

/** Where present entries lead: VRAM by their frames; system pages by where the object says they belong. */
function leadsTo(firstPfn: number | null, object: object | null): Placement | null {
  if (firstPfn === null) return null;
  const region = regionOfPfn(firstPfn);
  if (region === REGION_VRAM) return 'VRAM';
  if (region === REGION_SWAP) return 'SWAP';
  // A frame behind the aperture is reached through the GTT.
  if (region === REGION_MIRROR) return 'TT';
  return object instanceof TtmBo && placementOf(object) === 'TT' ? 'TT' : 'SYSTEM';
}

function fdRows(task: Task, holders: HolderRows): FdView[] {
  const fds: FdView[] = [];
  for (const [fd, file] of task.files.entries()) {
    if (fds.length < MOST_FDS) fds.push({ fd, path: filePath(file) });
    const drm = drmFileOf(file);
    if (drm) holders.handlesOf(task, fd, drm);
    const shared = file.privateData;
    if (shared instanceof DmaBuf && shared.objectId !== 0) holders.descriptor(task, fd, shared.objectId);
  }
  return fds;
}

/**
 * @param zapped  entries taken by the last shoot-down, by VMA
 * @param holders between its begin() and end(): is told who holds what
 */
export function taskRows(
  kernel: Kernel,
  zapped: ReadonlyMap<number, number>,
  holders: HolderRows,
): TaskView[] {
  const tasks: TaskView[] = [];
  const i915 = i915Files(kernel);
  for (const task of kernel.tasks.values()) {
    const { mm } = task;
    holders.task();
    const fds = fdRows(task, holders);
    const vmas: VmaView[] = [];
    let index = 0;
    for (const vma of mm.vmas) {
      const object =
        objectOfVma(vma) ?? i915OfShmemFile(vma.privateData) ?? (vma.file && i915.get(vma.file)) ?? null;
      const { count, firstPfn } = presentPtesOf(vma);
      if (object)
        holders.mapping(task, index, `map ${mm.addressOf(vma.start).toString(16)}`, count, object.id);
      index++;
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
  return tasks;
}
