/**
 * Everything of a view that has a place in space: slabs, blocks, strip, panels, ribbons. Knows no camera and no colour.
 */
import type { LabView } from '../../core/public/view_types.ts';
import type { Vec3 } from './camera.ts';
import { firstCells, type GartStrip, layOutGart, STRIP_X0, STRIP_X1, STRIP_Y } from './gart_strip.ts';
import { layOutRibbon, type Ribbon } from './ribbons.ts';
import {
  BLOCK_HEIGHT,
  blocksOf,
  COLUMNS,
  layOutSlabs,
  SLAB_THICKNESS,
  type SlabLayout,
  slabOf,
} from './slab_layout.ts';
import { layOutPanels, PANEL_THICKNESS, PANEL_X0, PANEL_X1, type TaskPanel } from './task_panels.ts';

export interface SceneLayout {
  readonly slabs: SlabLayout;
  /** Null when the machine has no GART entries to show. */
  readonly strip: GartStrip | null;
  readonly panels: readonly TaskPanel[];
  /** Mappings with present PTEs. */
  readonly ribbons: readonly Ribbon[];
  /** Mappings that a shoot-down emptied and no fault has filled again. */
  readonly cutRibbons: readonly Ribbon[];
  /** Corners of everything, for framing. */
  readonly extent: readonly Vec3[];
}

/** Mappings of each object, in order of panel, so that ribbons land side by side. */
function mappersOf(panels: readonly TaskPanel[]): ReadonlyMap<number, readonly number[]> {
  const mappers = new Map<number, number[]>();
  for (const panel of panels) {
    for (const band of panel.bands) {
      const { objectId, id } = band.vma;
      if (objectId === null) continue;
      const list = mappers.get(objectId);
      if (list) list.push(id);
      else mappers.set(objectId, [id]);
    }
  }
  return mappers;
}

function extentOf(slabs: SlabLayout, strip: GartStrip | null, panels: readonly TaskPanel[]): Vec3[] {
  const points: Vec3[] = [];
  const box = (x0: number, x1: number, y0: number, y1: number, z0: number, z1: number) => {
    for (const x of [x0, x1]) for (const y of [y0, y1]) for (const z of [z0, z1]) points.push([x, y, z]);
  };
  for (const slab of slabs.slabs)
    box(0, COLUMNS, slab.y - SLAB_THICKNESS, slab.y + BLOCK_HEIGHT, slab.z0, slab.z1);
  if (strip) box(STRIP_X0, STRIP_X1, STRIP_Y - 0.5, STRIP_Y, strip.z0, strip.z1);
  for (const panel of panels) box(PANEL_X0, PANEL_X1, panel.y0, panel.y1, panel.z - PANEL_THICKNESS, panel.z);
  return points;
}

/**
 * @param before the slabs of the layout before, so that blocks stay where they were
 * @param oldStrip and its strip, which stays if the GART did not change
 */
export function layOutScene(view: LabView, before?: SlabLayout, oldStrip?: GartStrip | null): SceneLayout {
  const slabs = layOutSlabs(view, before);
  const nearest = slabOf(slabs, 'TT')?.z1 ?? slabOf(slabs, 'VRAM')?.z1 ?? 14;
  const strip = view.gart.nrEntries > 0 ? layOutGart(view.gart, nearest, oldStrip) : null;
  const panels = layOutPanels(view.tasks);
  const mappers = mappersOf(panels);
  const cells = strip && firstCells(strip, mappers);
  const ribbons: Ribbon[] = [];
  const cutRibbons: Ribbon[] = [];
  for (const panel of panels) {
    for (const band of panel.bands) {
      const { vma } = band;
      if (vma.objectId === null || (vma.presentPtes === 0 && vma.zappedPtes === 0)) continue;
      const all = mappers.get(vma.objectId) ?? [];
      const leadsTo = vma.leadsTo ?? blocksOf(slabs, vma.objectId)[0]?.placement ?? 'SYSTEM';
      const cell = leadsTo === 'VRAM' || leadsTo === 'TT' ? cells?.get(vma.objectId) : undefined;
      const ribbon = layOutRibbon(panel, band, leadsTo, slabs, cell, all.indexOf(vma.id), all.length);
      if (ribbon) (vma.presentPtes > 0 ? ribbons : cutRibbons).push(ribbon);
    }
  }
  return { slabs, strip, panels, ribbons, cutRibbons, extent: extentOf(slabs, strip, panels) };
}
