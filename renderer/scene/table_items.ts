/** Faces and lines of the two translation structures: the GART strip and the panels of the address spaces. */
import type { GartRunView, TaskView } from '../../core/public/view_types.ts';
import type { Camera } from './camera.ts';
import type { GartStrip } from './gart_strip.ts';
import { STRIP_X0, STRIP_X1, STRIP_Y } from './gart_strip.ts';
import { type Box, boxFaces, frontFace, type Item, topFace } from './items.ts';
import type { Palette } from './palette.ts';
import { shadow } from './slab_items.ts';
import { BAND_INSET, PANEL_THICKNESS, PANEL_X0, PANEL_X1, type TaskPanel } from './task_panels.ts';

/** Steps of the empty strip, so that it reads as a table. */
const STRIP_STEPS = 27;
/** Shortest cell that can be seen, in CSS pixels. */
const LEAST_PIXELS = 1.4;

export function stripItems(
  strip: GartStrip,
  cleared: readonly GartRunView[],
  camera: Camera,
  palette: Palette,
): Item[] {
  const base: Box = {
    x0: STRIP_X0 - 0.18,
    x1: STRIP_X1 + 0.18,
    y0: STRIP_Y - 0.5,
    y1: STRIP_Y - 0.04,
    z0: strip.z0 - 0.2,
    z1: strip.z1 + 0.2,
  };
  const items: Item[] = [
    ...shadow(base, 1.6, palette),
    ...boxFaces(base, { top: palette.plate, front: palette.plateFront, left: palette.plateLeft }, camera),
  ];
  const cell = (z0: number, z1: number): Box => ({
    x0: STRIP_X0,
    x1: STRIP_X1,
    y0: STRIP_Y,
    y1: STRIP_Y,
    z0,
    z1,
  });
  const step = (strip.z1 - strip.z0) / STRIP_STEPS;
  for (let i = 0; i < STRIP_STEPS; i++) {
    const z0 = strip.z0 + i * step;
    const points = topFace(cell(z0 + 0.06, z0 + step - 0.02));
    items.push({ kind: 'face', points, rgb: palette.invalid, alpha: 1, pattern: 'plain' });
  }
  const breadth = STRIP_X1 - STRIP_X0;
  for (const { leadsTo, z0, z1, from, to } of strip.drawn) {
    const long = Math.max(z1, z0 + LEAST_PIXELS / camera.scale / 0.5);
    const box = {
      ...cell(z0, long),
      x0: STRIP_X0 + from * breadth,
      x1: STRIP_X0 + to * breadth,
      y1: STRIP_Y + 0.02,
    };
    const points = topFace(box);
    if (leadsTo) {
      items.push({
        kind: 'face',
        points,
        rgb: palette.placements[leadsTo].hue,
        alpha: 1,
        pattern: 'plain',
      });
      if (strip.drawn.length <= strip.runs.length && strip.runs.length < 400)
        items.push({
          kind: 'line',
          points: [...points, points[0]!],
          rgb: palette.ground,
          alpha: 1,
          width: 0.8,
        });
    }
  }
  for (const run of cleared) {
    if (run.firstEntry >= strip.shownEntries) continue;
    const z0 = strip.z0 + run.firstEntry * strip.unitsPerEntry;
    const z1 = Math.min(strip.z1, z0 + run.nrEntries * strip.unitsPerEntry);
    const points = topFace({ ...cell(z0, z1), y1: STRIP_Y + 0.03 });
    items.push({ kind: 'line', points: [...points, points[0]!], rgb: palette.sel, alpha: 1, width: 1.1 });
  }
  return items;
}

/** Mappings that fault in this picture, by VMA. */
export type FaultingVmas = ReadonlySet<number>;

function bandItems(panel: TaskPanel, faulting: FaultingVmas, palette: Palette): Item[] {
  return panel.bands.flatMap(({ vma, y0, y1 }): Item[] => {
    const points = frontFace({
      x0: PANEL_X0 + BAND_INSET,
      x1: PANEL_X1 - 0.02,
      y0,
      y1,
      z0: panel.z,
      z1: panel.z + 0.02,
    });
    const outline = [...points, points[0]!];
    const filled = vma.leadsTo && vma.presentPtes > 0;
    if (faulting.has(vma.id)) {
      return [
        {
          kind: 'face',
          points,
          rgb: filled ? palette.placements[vma.leadsTo!].hue : palette.ground,
          alpha: 1,
          pattern: 'plain',
        },
        { kind: 'line', points: outline, rgb: palette.fault, alpha: 1, width: 1.8 },
      ];
    }
    if (filled) {
      return [
        { kind: 'face', points, rgb: palette.placements[vma.leadsTo!].hue, alpha: 1, pattern: 'plain' },
        { kind: 'line', points: outline, rgb: palette.ground, alpha: 1, width: 0.8 },
      ];
    }
    const cut = vma.zappedPtes > 0;
    return [
      { kind: 'face', points, rgb: palette.ground, alpha: 1, pattern: 'plain' },
      {
        kind: 'line',
        points: outline,
        rgb: cut ? palette.sel : palette.seam,
        alpha: 1,
        width: cut ? 1.1 : 0.8,
      },
    ];
  });
}

export function panelBox(panel: TaskPanel): Box {
  return {
    x0: PANEL_X0,
    x1: PANEL_X1,
    y0: panel.y0,
    y1: panel.y1,
    z0: panel.z - PANEL_THICKNESS,
    z1: panel.z,
  };
}

export function panelItems(
  panel: TaskPanel,
  selected: TaskView['pid'] | null,
  faulting: FaultingVmas,
  camera: Camera,
  palette: Palette,
): Item[] {
  const box = panelBox(panel);
  const front = frontFace(box);
  const chosen = selected === panel.task.pid;
  return [
    ...shadow(box, 0.6, palette),
    ...boxFaces(box, { top: palette.panelTop, front: palette.panelFront, left: palette.panelLeft }, camera),
    {
      kind: 'line',
      points: [...front, front[0]!],
      rgb: chosen ? palette.sel : palette.seam,
      alpha: 1,
      width: chosen ? 1.8 : 0.8,
    },
    ...bandItems(panel, faulting, palette),
  ];
}
