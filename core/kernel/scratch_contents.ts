/**
 * Invariants 49 and 65, tried on a kernel of their own with the same machine description: bytes survive swapping and moving, and
 * transactions that want each other's objects do not hang.
 *
 * Bytes      symbolic: the hash of the recipe of each page (hw/page_contents.ts); machines are compared with it by
 *            lab/object_watch.ts and lab/verify_objects.ts
 */
import type { DrmDevice } from '../drm/drm_device.ts';
import { drmFileOf } from '../drm/drm_file.ts';
import { createDumb } from '../drm/dumb.ts';
import { objectPages, reserveBo, type TtmBo, unreserveBo } from '../drm/ttm/ttm_bo.ts';
import { validateBo } from '../drm/ttm/ttm_bo_validate.ts';
import { evictResource } from '../drm/ttm/ttm_evict.ts';
import { PL_VRAM, placeIn } from '../drm/ttm/ttm_placement.ts';
import { swapOutOne } from '../drm/ttm/ttm_swap.ts';
import { newKernel, runBoot } from './boot.ts';
import type { Kernel } from './kernel.ts';
import { sysMmap } from './sys_mmap.ts';
import { sysOpen } from './sys_open.ts';
import { spawnTask } from './sys_task.ts';
import type { Task } from './task.ts';

const PAGES = 4;
const STORED = 0x5a;
/** In a second every move of a few pages is over. */
const MOVES_DONE = 1e9;

/** A buffer of a device with memory of its own, mapped, with a byte stored into its first page. */
interface Trial {
  readonly bo: TtmBo;
  readonly page: number;
}

function newTrial(kernel: Kernel, task: Task, path: string): Trial {
  const fd = sysOpen(kernel, task, path, { mode: 'rdwr' });
  const { object } = createDumb(drmFileOf(task.files.get(fd, 'open'))!, 1024, PAGES, 32);
  const address = sysMmap(kernel, task, null, object.sizeBytes, 3, 1, fd, object.mmapOffset);
  const page = task.mm.pageOfAddress(address);
  kernel.access.storeByte(task, page, 7, STORED);
  return { bo: object as TtmBo, page };
}

/** Nodes of devices whose dumb buffers the memory manager places. */
function placingDevices(kernel: Kernel): string[] {
  const paths: string[] = [];
  for (const { device, primaryNode } of kernel.devices.values()) {
    const { ttm } = device as Partial<DrmDevice>;
    if (ttm) paths.push(primaryNode);
  }
  return paths;
}

function scratchKernel({ description }: Kernel): { scratch: Kernel; task: Task } {
  const scratch = newKernel(description, { traceBudget: 1 });
  runBoot(scratch);
  return { scratch, task: spawnTask(scratch, 'A') };
}

function hashOf({ queue }: Kernel, bo: TtmBo): string {
  return queue.contents.hashOf(objectPages(bo) ?? []).join();
}

function moveToVram(bo: TtmBo): void {
  const ctx = bo.ttm.newContext();
  reserveBo(bo, ctx.ticket);
  validateBo(bo, [placeIn(PL_VRAM)], ctx);
  unreserveBo(bo);
}

/** 49: after moves, swaps and faults the bytes are those that were stored. */
export function checkContentKept(kernel: Kernel): string[] {
  const says: string[] = [];
  const { scratch, task } = scratchKernel(kernel);
  for (const path of placingDevices(scratch)) {
    const { bo, page } = newTrial(scratch, task, path);
    const before = hashOf(scratch, bo);
    const differs = (after: string) => {
      if (hashOf(scratch, bo) !== before)
        says.push(`The bytes of object ${bo.id} (${path}) are others after ${after}.`);
    };
    moveToVram(bo);
    differs('a move to VRAM');
    if (!evictResource(bo.resource!, null, bo.ttm.newContext()))
      says.push(`Object ${bo.id} (${path}) cannot be evicted although nobody holds or pins it.`);
    differs('an eviction');
    scratch.advanceTime(MOVES_DONE);
    scratch.access.touch(task, page, false);
    differs('the fault behind it');
    while (swapOutOne(scratch.drm)) differs('swapping');
    scratch.advanceTime(MOVES_DONE);
    scratch.access.touch(task, page + 1, true);
    differs('the fault behind that');
  }
  return says;
}

/**
 * 65: two transactions, each with one object and in want of the other's: who finds an object taken leaves it, holds no lock of
 * it, and goes through once the other is done.
 */
export function checkNoDeadlock(kernel: Kernel): string[] {
  const says: string[] = [];
  const { scratch, task } = scratchKernel(kernel);
  for (const path of placingDevices(scratch)) {
    const first = newTrial(scratch, task, path).bo;
    const second = newTrial(scratch, task, path).bo;
    const one = first.ttm.newContext();
    const other = first.ttm.newContext();
    first.resv.tryLock(one.ticket);
    second.resv.tryLock(other.ticket);
    for (const [bo, wants, holder] of [
      [second, one, other],
      [first, other, one],
    ] as const) {
      const before = bo.resource;
      if (evictResource(bo.resource!, null, wants) || bo.resource !== before)
        says.push(`Object ${bo.id} moved for ticket ${wants.ticket} while ticket ${holder.ticket} held it.`);
      if (bo.resv.heldBy !== holder.ticket)
        says.push(
          `Object ${bo.id} is held by ${bo.resv.heldBy} after a refused move; by ${holder.ticket} before.`,
        );
    }
    second.resv.unlock();
    if (!evictResource(second.resource!, null, one))
      says.push(
        `Object ${second.id} does not move for ticket ${one.ticket} although nobody holds it any more.`,
      );
    first.resv.unlock();
    if (first.resv.heldBy !== 0 || second.resv.heldBy !== 0)
      says.push(`Objects ${first.id} and ${second.id} are held after both transactions.`);
  }
  return says;
}
