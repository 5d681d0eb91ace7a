/** Faces and lines of the mapping ribbons: present, being made, being cut, and cut (two dashed edges with a stub). */
import type { Selection } from '../../core/public/view_types.ts';
import type { Rgb } from './color.ts';
import type { Item } from './items.ts';
import type { MotionPicture } from './motion.ts';
import type { Palette } from './palette.ts';
import { cutPath, type Ribbon, type RibbonPath } from './ribbons.ts';

const STUB = 0.2;

function strip(path: RibbonPath, rgb: Rgb, alpha: number): Item[] {
  return path.upper.length > 1 ? [{ kind: 'strip', upper: path.upper, lower: path.lower, rgb, alpha }] : [];
}

function edges(
  path: RibbonPath,
  rgb: Rgb,
  alpha: number,
  width: number,
  dash?: readonly [number, number],
): Item[] {
  return [path.upper, path.lower]
    .filter(points => points.length > 1)
    .map(points => ({ kind: 'line', points, rgb, alpha, width, ...(dash && { dash }) }));
}

/** Shares of a whole ribbon to shares of its stretches, in order from the task. */
function shareOf(ribbon: Ribbon, whole: number): readonly RibbonPath[] {
  const n = ribbon.stretches.length;
  return ribbon.stretches
    .map((path, i) => cutPath(path, whole * n - i))
    .filter(path => path.upper.length > 1);
}

function isSelected(ribbon: Ribbon, selection: Selection | null): boolean {
  if (!selection) return false;
  if (selection.kind === 'object') return ribbon.objectId === selection.id;
  if (selection.kind === 'task') return ribbon.pid === selection.pid;
  return selection.kind === 'vma' && ribbon.vmaId === selection.id;
}

/** All ribbons of a picture. */
export function ribbonItems(
  present: readonly Ribbon[],
  cut: readonly Ribbon[],
  motion: MotionPicture,
  selection: Selection | null,
  palette: Palette,
  wide: boolean,
): Item[] {
  const items: Item[] = [];
  const edgeWidth = wide ? 1.4 : 0.9;
  for (const ribbon of present) {
    const rgb = palette.placements[ribbon.leadsTo].hue;
    const chosen = isSelected(ribbon, selection);
    const paths = shareOf(ribbon, motion.made.get(ribbon.vmaId) ?? 1);
    for (const path of paths) {
      items.push(...strip(path, rgb, palette.ribbonFill * (chosen ? 1.7 : 1)));
      items.push(...edges(path, rgb, chosen ? 1 : palette.ribbonEdge, chosen ? edgeWidth + 0.5 : edgeWidth));
    }
  }
  const moving = new Set(motion.cuts.map(each => each.ribbon.vmaId));
  for (const { ribbon, left, flash } of motion.cuts) {
    const rgb = flash ? palette.sel : palette.placements[ribbon.leadsTo].hue;
    for (const path of shareOf(ribbon, Math.max(STUB / 2, left))) {
      items.push(
        ...strip(path, rgb, flash ? 0.3 : palette.ribbonFill),
        ...edges(path, rgb, 1, edgeWidth + 0.4),
      );
    }
  }
  for (const ribbon of cut) {
    if (moving.has(ribbon.vmaId)) continue;
    for (const path of ribbon.stretches) items.push(...edges(path, palette.sel, 0.5, 0.9, [2, 3.4]));
    const first = ribbon.stretches[0];
    if (first) items.push(...strip(cutPath(first, STUB / 2), palette.sel, 0.3));
  }
  return items;
}
