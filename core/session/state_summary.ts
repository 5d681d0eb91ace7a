/**
 * One instant as plain numbers and words: objects, memories, page-table entries, the order of the LRU lists, counters.
 *
 * For     comparing two moments (state_diff.ts) and conditions (predicate.ts); it is no state and no input of anything
 * Units   pages and virtual nanoseconds unless a name says otherwise
 */
import type { DrmDevice } from '../drm/drm_device.ts';
import type { TtmBo } from '../drm/ttm/ttm_bo.ts';
import { PL_SYSTEM, PL_TT, PL_VRAM } from '../drm/ttm/ttm_placement.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { allEventTypes } from '../trace/event.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import type { NameTable } from './name_table.ts';
import { objectOfVma, placementOf, presentPtesOf, shownObjects } from './object_places.ts';

export interface ObjectState {
  readonly id: number;
  readonly name: string;
  readonly placement: string;
  readonly nrPages: number;
  /** First page in its placement; null where pages have no address of their own. */
  readonly firstPage: number | null;
  readonly pinned: boolean;
  /** Present entries over all tasks. */
  readonly ptes: number;
  /** First GART entry, or null. */
  readonly gartEntry: number | null;
}

export interface MapState {
  /** `game map 7f2a40000`. */
  readonly name: string;
  readonly nrPages: number;
  readonly ptes: number;
}

export interface StateSummary {
  readonly position: number;
  readonly time: number;
  readonly events: number;
  readonly objects: readonly ObjectState[];
  /** Pages of objects by placement. */
  readonly used: Readonly<Record<string, number>>;
  readonly maps: readonly MapState[];
  /** Names of objects by memory, oldest first. */
  readonly lru: Readonly<Record<string, readonly string[]>>;
  /** Events so far by name. Empty where the rows of the trace are not held from the start. */
  readonly counters: Readonly<Record<string, number>>;
}

const MEMORIES = [
  ['SYSTEM', PL_SYSTEM],
  ['TT', PL_TT],
  ['VRAM', PL_VRAM],
] as const;

/** Names of objects: the label, else what the inputs call it. */
function objectNames(kernel: Kernel, names: NameTable): (id: number) => string {
  const known = new Map<number, string>();
  for (const [name, thing] of names.entries()) {
    if (thing.kind === 'bo' && !known.has(thing.objectId)) known.set(thing.objectId, name);
  }
  for (const { id, label } of shownObjects(kernel)) if (label) known.set(id, label);
  return id => known.get(id) ?? `bo ${id}`;
}

function mapStates(kernel: Kernel, ptes: Map<number, number>): MapState[] {
  const maps: MapState[] = [];
  for (const task of kernel.tasks.values()) {
    for (const vma of task.mm.vmas) {
      const { count } = presentPtesOf(vma);
      const object = objectOfVma(vma);
      if (object) ptes.set(object.id, (ptes.get(object.id) ?? 0) + count);
      const name = `${task.name} map ${task.mm.addressOf(vma.start).toString(16)}`;
      maps.push({ name, nrPages: vma.nrPages, ptes: count });
    }
  }
  return maps;
}

function lruOrders(kernel: Kernel, nameOf: (id: number) => string): Record<string, string[]> {
  const orders: Record<string, string[]> = {};
  for (const { device } of kernel.devices.values()) {
    const { ttm, nodeName } = device as DrmDevice & { readonly nodeName?: string };
    if (!ttm) continue;
    for (const [word, memType] of MEMORIES) {
      const listed = ttm.managers[memType]?.inLruOrder() ?? [];
      const key = orders[word] === undefined ? word : `${word} ${nodeName ?? ''}`;
      orders[key] = listed.map(resource => (resource.bo ? nameOf(resource.bo.id) : 'a ghost'));
    }
  }
  return orders;
}

/** Events so far by name; rows before the first one held are not counted, so ask only where all are. */
export function countEvents(trace: TraceBuffer): Record<string, number> {
  if (trace.firstIndex > 0) return {};
  const types = allEventTypes();
  const counts = new Uint32Array(types.length);
  let left = trace.count;
  for (const { type } of trace.columns()) {
    const rows = Math.min(left, type.length);
    for (let row = 0; row < rows; row++) counts[type[row]!]!++;
    left -= rows;
  }
  return Object.fromEntries(
    types.flatMap(({ id, name }) => (counts[id]! > 0 ? [[name, counts[id]!] as const] : [])),
  );
}

function objectState(bo: TtmBo, name: string, ptes: number): ObjectState {
  return {
    id: bo.id,
    name,
    placement: placementOf(bo),
    nrPages: bo.nrPages,
    firstPage: bo.resource?.node ? bo.resource.start : null,
    pinned: bo.pinCount > 0,
    ptes,
    gartEntry: bo.gart?.start ?? null,
  };
}

/** The instant at which a kernel stands. */
export function summariseState(kernel: Kernel, names: NameTable, position: number): StateSummary {
  const nameOf = objectNames(kernel, names);
  const ptes = new Map<number, number>();
  const maps = mapStates(kernel, ptes);
  const objects = shownObjects(kernel).map(bo => objectState(bo, nameOf(bo.id), ptes.get(bo.id) ?? 0));
  const used: Record<string, number> = { VRAM: 0, TT: 0, SYSTEM: 0, SWAP: 0 };
  for (const { placement, nrPages } of objects) used[placement]! += nrPages;
  return {
    position,
    time: kernel.trace.now,
    events: kernel.trace.count,
    objects,
    used,
    maps,
    lru: lruOrders(kernel, nameOf),
    counters: countEvents(kernel.trace),
  };
}
