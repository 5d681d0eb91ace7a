import { describe, expect, it } from 'vitest';
import type { ObjectView } from '../../core/public/view_types.ts';
import { inOrder, nextOrder } from './object_order.ts';

const object = (id: number, name: string, nrPages: number, placement: ObjectView['placement']) =>
  ({ id, name, nrPages, placement, maps: id % 2, lastUse: -id }) as ObjectView;
const all = [object(1, 'b', 5, 'SWAP'), object(2, 'a', 5, 'VRAM'), object(3, 'c', 1, 'TT')];
const ids = (...order: Parameters<typeof inOrder>) => inOrder(...order).map(each => each.id);

describe('inOrder', () => {
  it('sorts up and down; equals stay in the order of ids; nothing asked, nothing moved', () => {
    expect(ids(all, null)).toEqual([1, 2, 3]);
    expect(ids(all, { column: 'name', down: false })).toEqual([2, 1, 3]);
    expect(ids(all, { column: 'size', down: true })).toEqual([1, 2, 3]);
    expect(ids(all, { column: 'placement', down: false })).toEqual([2, 3, 1]);
    expect(ids(all, { column: 'used', down: false })).toEqual([3, 2, 1]);
  });

  it('a head pressed three times comes back to the order of the lab', () => {
    const up = nextOrder(null, 'size');
    const down = nextOrder(up, 'size');
    expect([up, down, nextOrder(down, 'size')]).toEqual([
      { column: 'size', down: false },
      { column: 'size', down: true },
      null,
    ]);
    expect(nextOrder(down, 'name')).toEqual({ column: 'name', down: false });
  });
});
