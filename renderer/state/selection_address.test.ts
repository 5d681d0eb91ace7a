import { describe, expect, it } from 'vitest';
import type { Selection } from '../../core/public/view_types.ts';
import { addressOf, parseAddress } from './selection_address.ts';

describe('parseAddress', () => {
  it.each<Selection>([
    { kind: 'object', id: 47 },
    { kind: 'task', pid: 3 },
    { kind: 'vma', pid: 3, id: 2122 },
    { kind: 'event', index: 120 },
  ])('reads what addressOf wrote: $kind', selection => {
    expect(parseAddress(addressOf(selection))).toEqual(selection);
  });

  it.each(['', 'bo/', 'bo/x', 'vma/3', 'bo/1/2', 'bo/1;x', 'bo/9999999999999999'])('%j is none', text => {
    expect(parseAddress(text)).toBeNull();
  });
});
