import { expect, test } from 'vitest';
import type { Placement, PlacementView } from '../../core/public/view_types.ts';
import { limitedMemory } from './limited_memory.ts';

const row = (placement: Placement, adjustable = false): PlacementView => ({
  placement,
  sizePages: 2048,
  budgetPages: 2048,
  visiblePages: 2048,
  adjustable,
  usedPages: 341,
});

test('a device with VRAM: its budget where one can be set, else the VRAM that it has', () => {
  expect(limitedMemory([row('TT'), row('VRAM', true)])?.name).toBe('VRAM budget');
  expect(limitedMemory([row('VRAM'), row('SYSTEM')])?.name).toBe('VRAM');
});

test('a driver without VRAM: the GTT, into which it binds', () => {
  const gtt = row('TT');
  expect(limitedMemory([gtt, row('SYSTEM'), row('SWAP')])).toEqual({ name: 'GTT', fill: 'bound', row: gtt });
});

test('no managed memory: nothing that fills up', () => {
  expect(limitedMemory([])).toBeNull();
});
