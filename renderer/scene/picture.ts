/**
 * One picture: everything that a painter draws and everything that labels hang on, for one view, one camera, one moment.
 */
import { type GartRunView, type LabView, PLACEMENTS, type Selection } from '../../core/public/view_types.ts';
import { blockItems, type PlacedBox, placeBlocks } from './block_items.ts';
import { type Camera, unproject } from './camera.ts';
import { DetailMemo, type VisibleColumns } from './detail.ts';
import type { Item } from './items.ts';
import type { MotionPicture } from './motion.ts';
import { type MovePath, movePaths, packetItems } from './move_items.ts';
import type { Palette } from './palette.ts';
import { ribbonItems } from './ribbon_items.ts';
import type { Ribbon } from './ribbons.ts';
import type { SceneLayout } from './scene_layout.ts';
import { slabItems } from './slab_items.ts';
import { BLOCK_HEIGHT, COLUMNS, slabOf } from './slab_layout.ts';
import { type FaultingVmas, panelItems, stripItems } from './table_items.ts';

/** Which ribbons are drawn. */
export type RibbonChoice = 'all' | 'selection and holders' | 'selection';

export interface PictureOptions {
  readonly selection: Selection | null;
  readonly ribbons: RibbonChoice;
  readonly contrast: boolean;
  readonly faulting: FaultingVmas;
  /** GART runs that the last step unbound. */
  readonly cleared: readonly GartRunView[];
  /** Width and height of the view in CSS pixels, what may be drawn of it, and objects that are drawn whatever their size. */
  readonly width: number;
  readonly height: number;
  readonly budget: number;
  readonly keep: ReadonlySet<number>;
  readonly flat: boolean;
  /** What the picture before chose; without it everything is chosen anew. */
  readonly detail?: DetailMemo;
}

export interface Picture {
  readonly items: readonly Item[];
  readonly boxes: readonly PlacedBox[];
  readonly paths: readonly MovePath[];
  /** Blocks that are drawn as cells of their slab. */
  readonly merged: number;
}

/** Columns of each slab between the left and the right edge of the view, a little more rather than less. */
function visibleColumns(
  layout: SceneLayout,
  camera: Camera,
  { width, height }: PictureOptions,
): VisibleColumns {
  return new Map(
    layout.slabs.slabs.map(({ view, y, z0, z1 }) => {
      const corners = [0, width].flatMap(sx => [0, height].map(sy => unproject(camera, [sx, sy], y)));
      // The edges of the view are slanted on the slab: where they cross its rows decides.
      const at = (z: number) =>
        [0, 1].map(side => {
          const [top, bottom] = [corners[2 * side]!, corners[2 * side + 1]!];
          const share = bottom.z === top.z ? 0 : (z - top.z) / (bottom.z - top.z);
          return top.x + share * (bottom.x - top.x);
        });
      const ends = [...at(z0), ...at(z1)];
      const from = Math.max(0, Math.min(...ends) - 0.5);
      const to = Math.min(COLUMNS, Math.max(...ends) + 0.5);
      return [view.placement, [from, Math.max(from, to)] as const] as const;
    }),
  );
}

/** Ribbons of the choice: those of the selection, one per holder's largest mapping, or all. */
export function chooseRibbons(
  ribbons: readonly Ribbon[],
  view: LabView,
  options: PictureOptions,
): readonly Ribbon[] {
  if (options.ribbons === 'all') return ribbons;
  const { selection } = options;
  const sizes = new Map(view.tasks.flatMap(task => task.vmas.map(vma => [vma.id, vma.nrPages] as const)));
  const largest = new Map<number, Ribbon>();
  for (const ribbon of ribbons) {
    const best = largest.get(ribbon.pid);
    if (!best || sizes.get(ribbon.vmaId)! > sizes.get(best.vmaId)!) largest.set(ribbon.pid, ribbon);
  }
  return ribbons.filter(ribbon => {
    if (selection?.kind === 'object' && ribbon.objectId === selection.id) return true;
    if ((selection?.kind === 'task' || selection?.kind === 'vma') && ribbon.pid === selection.pid)
      return true;
    return options.ribbons === 'selection and holders' && largest.get(ribbon.pid) === ribbon;
  });
}

export function drawPicture(
  view: LabView,
  layout: SceneLayout,
  camera: Camera,
  palette: Palette,
  motion: MotionPicture,
  options: PictureOptions,
): Picture {
  const detail = (options.detail ?? new DetailMemo()).choose(layout.slabs, {
    budget: options.budget,
    keep: options.keep,
    visible: visibleColumns(layout, camera, options),
  });
  const boxes = placeBlocks(layout, motion, camera.scale, detail, options.flat ? 0 : BLOCK_HEIGHT);
  const paths = movePaths(boxes, motion);
  const items: Item[] = [];
  for (const placement of PLACEMENTS) {
    const slab = slabOf(layout.slabs, placement);
    if (!slab) continue;
    items.push(...slabItems(slab, camera, palette));
    const here = boxes.filter(box => box.placement === placement);
    for (const item of blockItems(here, camera, palette, options.contrast)) items.push(item);
  }
  const shown = chooseRibbons(layout.ribbons, view, options);
  const cut = chooseRibbons(layout.cutRibbons, view, options);
  const throughStrip = (ribbon: Ribbon) => ribbon.stretches.length > 1;
  const below = (ribbons: readonly Ribbon[]) => ribbons.filter(ribbon => !throughStrip(ribbon));
  const above = (ribbons: readonly Ribbon[]) => ribbons.filter(throughStrip);
  const noCuts = { ...motion, cuts: [] };
  const { selection, contrast } = options;
  items.push(...ribbonItems(below(shown), below(cut), noCuts, selection, palette, contrast));
  if (layout.strip) items.push(...stripItems(layout.strip, options.cleared, camera, palette));
  const chosenPid = selection?.kind === 'task' ? selection.pid : null;
  for (const panel of layout.panels)
    items.push(...panelItems(panel, chosenPid, options.faulting, camera, palette));
  items.push(...ribbonItems(above(shown), above(cut), motion, selection, palette, contrast));
  items.push(...packetItems(paths, camera, palette));
  return { items, boxes, paths, merged: detail.merged };
}
