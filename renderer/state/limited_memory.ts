/** The memory of the shown device that fills up: VRAM, or the GTT of a driver that has no VRAM. */
import type { PlacementView } from '../../core/public/view_types.ts';

export interface LimitedMemory {
  /** What the bar of the toolbar calls it, and what its fill means. */
  readonly name: 'VRAM budget' | 'VRAM' | 'GTT';
  readonly fill: 'used' | 'bound';
  readonly row: PlacementView;
}

/** @returns null where no device of the machine has managed memory */
export function limitedMemory(placements: readonly PlacementView[]): LimitedMemory | null {
  const vram = placements.find(row => row.placement === 'VRAM');
  if (vram) return { name: vram.adjustable ? 'VRAM budget' : 'VRAM', fill: 'used', row: vram };
  const gtt = placements.find(row => row.placement === 'TT');
  return gtt ? { name: 'GTT', fill: 'bound', row: gtt } : null;
}
