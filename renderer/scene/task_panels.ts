/**
 * Address spaces: one standing panel per task, low addresses below, gaps compressed, one band per mapping.
 *
 * Units      world units; bands share the height by the square root of their pages, so that small mappings can be seen
 * Invariants I1 bands are in order of address and do not overlap
 */
import type { TaskView, VmaView } from '../../core/public/view_types.ts';

export const PANEL_X0 = -16.9;
export const PANEL_X1 = -11.9;
export const PANEL_THICKNESS = 0.5;
const FIRST_Z = -6.4;
const SPREAD = 19.2;
const PANEL_Y0 = -0.1;
const TALLEST = 4.4;
/** Bands are inset from the panel's left edge, and reach its right edge, where ribbons leave. */
export const BAND_INSET = 0.35;
const LEAST_BAND = 0.3;
const BAND_GAP = 0.22;

export interface Band {
  readonly vma: VmaView;
  readonly y0: number;
  readonly y1: number;
}

export interface TaskPanel {
  readonly task: TaskView;
  readonly z: number;
  readonly y0: number;
  readonly y1: number;
  readonly bands: readonly Band[];
}

/** Mappings worth a band: those that show an object, and at most four others. */
function bandVmas(task: TaskView): readonly VmaView[] {
  const ofObjects = task.vmas.filter(vma => vma.objectId !== null);
  const others = task.vmas.filter(vma => vma.objectId === null).slice(0, 4);
  return [...ofObjects, ...others].sort((a, b) => a.startPage - b.startPage || a.id - b.id);
}

function layOutBands(vmas: readonly VmaView[], y0: number, y1: number): readonly Band[] {
  if (vmas.length === 0) return [];
  const gap = Math.min(BAND_GAP, (y1 - y0) / (3 * vmas.length));
  const room = y1 - y0 - gap * (vmas.length + 1);
  const least = Math.min(LEAST_BAND, room / vmas.length);
  const weights = vmas.map(vma => Math.sqrt(Math.max(1, vma.nrPages)));
  const total = weights.reduce((sum, w) => sum + w, 0);
  // Every band gets the least height, the rest is shared; one band alone does not fill the panel.
  const shared = Math.min(room - least * vmas.length, vmas.length * 0.6);
  let y = y0 + gap;
  return vmas.map((vma, i) => {
    const height = least + (shared * weights[i]!) / total;
    const band = { vma, y0: y, y1: y + height };
    y += height + gap;
    return band;
  });
}

/** One panel per task, from the far end to the near one, in the order given. */
export function layOutPanels(tasks: readonly TaskView[]): readonly TaskPanel[] {
  const step = tasks.length < 2 ? 0 : Math.max(4.4, Math.min(9.6, SPREAD / (tasks.length - 1)));
  const height = tasks.length <= 3 ? TALLEST : Math.max(1.4, Math.min(TALLEST, (step * 0.51 - 1) / 0.84));
  const first = tasks.length < 2 ? FIRST_Z + SPREAD / 3 : FIRST_Z;
  return tasks.map((task, i) => {
    const y0 = PANEL_Y0;
    const y1 = y0 + height;
    return { task, z: first + i * step, y0, y1, bands: layOutBands(bandVmas(task), y0, y1) };
  });
}
