/**
 * Rows of all objects from one view to the next: of a hundred thousand objects a step moves a few, and only those that events named,
 * or whose move was under way, are looked at.
 *
 * Units      pages
 * Invariants I1 rows are in order of id; the row of an object that did not change is the same row as before
 */

import { I915Object } from '../drm/drivers/i915_2008/i915_object.ts';
import type { DrmDevice } from '../drm/drm_device.ts';
import { TtmBo } from '../drm/ttm/ttm_bo.ts';
import type { ObjectView, Placement } from '../public/view_types.ts';
import type { HolderRows } from './holder_rows.ts';
import { holds, rowOf, type ShownObject } from './object_views.ts';
import type { IdNames } from './trace_reader.ts';

/** Rows looked at between two stops: a millisecond or two. */
const ROWS_AT_ONCE = 2048;

/** Objects of a device in order of id. */
function objectsOf(device: DrmDevice): ShownObject[] {
  const objects: ShownObject[] = [];
  let inOrder = true;
  let last = 0;
  for (const object of device.objects) {
    if (!(object instanceof TtmBo || object instanceof I915Object)) continue;
    objects.push(object);
    inOrder &&= last < object.id;
    last = object.id;
  }
  return inOrder ? objects : objects.sort((a, b) => a.id - b.id);
}

/** Where the row of this id stands, or where it would: rows are in order of id. */
function placeOf(rows: readonly ObjectView[], id: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface ObjectChanges {
  readonly rows: readonly ObjectView[];
  /** Rows that are no more as they were, and rows that are new or took their place. */
  readonly gone: readonly ObjectView[];
  readonly fresh: readonly ObjectView[];
}

export class ObjectRows {
  /** Pages of the objects by placement. */
  readonly used: Record<Placement, number> = { VRAM: 0, TT: 0, SYSTEM: 0, SWAP: 0 };
  private rows: readonly ObjectView[] = [];
  private device: DrmDevice | null = null;
  private readonly objects = new Map<number, ShownObject>();
  /** Objects below this id have been seen. */
  private nextId = 0;
  /** Objects whose move was under way: its end is the end of a fence, which names none. */
  private readonly moving = new Set<number>();

  /**
   * Look, and stop now and then where very many are looked at. Who does not go on looks at all the next time.
   *
   * @param lookAt  objects that may be others than before; null: all
   * @param renamed objects that may have other names
   */
  *update(
    device: DrmDevice | null,
    lookAt: ReadonlySet<number> | null,
    holders: HolderRows,
    names: IdNames,
    renamed: ReadonlySet<number>,
  ): Generator<void, ObjectChanges> {
    const changes =
      // What a call of the i915 of 2008 does to other objects is not always an event that names them, and there are few.
      lookAt === null || device === null || device !== this.device || !device.ttm
        ? yield* this.readAll(device, holders, names, renamed)
        : yield* this.readSome(device, lookAt, holders, names);
    this.rows = changes.rows;
    for (const { id, placement, nrPages } of changes.gone) {
      this.used[placement] -= nrPages;
      this.moving.delete(id);
    }
    for (const { id, placement, nrPages, moving } of changes.fresh) {
      this.used[placement] += nrPages;
      if (moving) this.moving.add(id);
    }
    return changes;
  }

  private *readAll(
    device: DrmDevice | null,
    holders: HolderRows,
    names: IdNames,
    renamed: ReadonlySet<number>,
  ): Generator<void, ObjectChanges> {
    const known = device === this.device;
    // Until it is whole nothing is known.
    this.device = null;
    if (!known) this.objects.clear();
    this.nextId = device?.core.nextObjectId ?? 0;
    const before = this.rows;
    const rows: ObjectView[] = [];
    const gone: ObjectView[] = [];
    const fresh: ObjectView[] = [];
    const leave = (row: ObjectView) => {
      gone.push(row);
      this.objects.delete(row.id);
      holders.drop(row.id);
    };
    let at = 0;
    let sinceStop = 0;
    for (const bo of device ? objectsOf(device) : []) {
      if (++sinceStop % ROWS_AT_ONCE === 0) yield;
      const { id } = bo;
      for (; at < before.length && before[at]!.id < id; at++) leave(before[at]!);
      const old = before[at]?.id === id ? before[at++] : undefined;
      if (!old || !known) this.objects.set(id, bo);
      const held = old && (holders.areAsBefore(id) || old.holders === holders.of(id));
      const named = known ? !renamed.has(id) : old?.name === names.object(id);
      const same = held && named && holds(old, bo);
      const row = same ? old : rowOf(bo, holders, names);
      rows.push(row);
      if (row === old) continue;
      if (old) gone.push(old);
      fresh.push(row);
    }
    for (; at < before.length; at++) leave(before[at]!);
    this.device = device;
    return { rows: gone.length + fresh.length === 0 ? before : rows, gone, fresh };
  }

  private *readSome(
    device: DrmDevice,
    lookAt: ReadonlySet<number>,
    holders: HolderRows,
    names: IdNames,
  ): Generator<void, ObjectChanges> {
    // Until it is whole nothing is known.
    this.device = null;
    const before = this.rows;
    const gone: ObjectView[] = [];
    const fresh: ObjectView[] = [];
    let rows: ObjectView[] | null = null;
    let left = false;
    const look = (id: number) => {
      const bo = this.objects.get(id);
      const at = placeOf(before, id);
      const old = before[at];
      // Of another device, or gone already.
      if (!bo || old?.id !== id) return;
      if (!device.objects.has(bo)) {
        this.objects.delete(id);
        holders.drop(id);
        gone.push(old);
        left = true;
        return;
      }
      const row = rowAfter(old, bo, holders, names);
      if (row === old) return;
      rows ??= before.slice();
      rows[at] = row;
      gone.push(old);
      fresh.push(row);
    };
    let sinceStop = 0;
    for (const id of lookAt) {
      if (++sinceStop % ROWS_AT_ONCE === 0) yield;
      look(id);
    }
    for (const id of this.moving) if (!lookAt.has(id)) look(id);
    const newcomers = this.newcomers(device);
    this.device = device;
    if (gone.length + newcomers.length === 0) return { rows: before, gone, fresh };
    let now: ObjectView[] = rows ?? before.slice();
    if (left) now = now.filter(({ id }) => this.objects.has(id));
    for (const bo of newcomers) {
      const row = rowAfter(undefined, bo, holders, names);
      fresh.push(row);
      now.push(row);
    }
    fresh.sort((a, b) => a.id - b.id);
    return { rows: now, gone, fresh };
  }

  /** Objects that came into being since the last look, in order of id. */
  private newcomers(device: DrmDevice): ShownObject[] {
    const { nextObjectId } = device.core;
    if (nextObjectId === this.nextId) return [];
    const newcomers = objectsOf(device).filter(({ id }) => id >= this.nextId);
    for (const bo of newcomers) this.objects.set(bo.id, bo);
    this.nextId = nextObjectId;
    return newcomers;
  }
}

/** The row of an object now; `old` itself when it still says what is. */
function rowAfter(
  old: ObjectView | undefined,
  bo: ShownObject,
  holders: HolderRows,
  names: IdNames,
): ObjectView {
  const { id } = bo;
  if (old && holds(old, bo) && old.holders === holders.of(id) && old.name === names.object(id)) return old;
  return rowOf(bo, holders, names);
}
