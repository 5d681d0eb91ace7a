/** The order of the object table: by a column, up or down; rows that are equal there stay in the order of their ids. */
import type { ObjectView } from '../../core/public/view_types.ts';

export const OBJECT_COLUMNS = ['placement', 'name', 'size', 'maps', 'used'] as const;
export type ObjectColumn = (typeof OBJECT_COLUMNS)[number];

export interface ObjectOrder {
  readonly column: ObjectColumn;
  readonly down: boolean;
}

const PLACES = { VRAM: 0, TT: 1, SYSTEM: 2, SWAP: 3 } as const;

const COMPARE: Readonly<Record<ObjectColumn, (a: ObjectView, b: ObjectView) => number>> = {
  placement: (a, b) => PLACES[a.placement] - PLACES[b.placement],
  name: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  size: (a, b) => a.nrPages - b.nrPages,
  maps: (a, b) => a.maps - b.maps,
  used: (a, b) => a.lastUse - b.lastUse,
};

/** @param order null: as the lab gave them */
export function inOrder(objects: readonly ObjectView[], order: ObjectOrder | null): readonly ObjectView[] {
  if (!order) return objects;
  const compare = COMPARE[order.column];
  const sign = order.down ? -1 : 1;
  return [...objects].sort((a, b) => sign * compare(a, b) || a.id - b.id);
}

/** What a press on the head of a column makes of an order: up, down, as given. */
export function nextOrder(order: ObjectOrder | null, column: ObjectColumn): ObjectOrder | null {
  if (order?.column !== column) return { column, down: false };
  return order.down ? null : { column, down: true };
}
