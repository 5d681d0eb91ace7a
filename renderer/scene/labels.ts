/**
 * The labels of a picture: slab names along the near edges, tasks, GART, rates of moves, faults, blocks; those with room are shown.
 */
import { indexOfId } from '../../core/public/view_delta.ts';
import type { LabView, ObjectView } from '../../core/public/view_types.ts';
import { mebibytes, thousands } from '../state/numbers.ts';
import { type Camera, type Point, project, type Vec3 } from './camera.ts';
import { STRIP_X0, STRIP_X1, STRIP_Y } from './gart_strip.ts';
import { type Draft, type Measure, type ShownLabel, sizeOf, type Words } from './label_draft.ts';
import { type PlacedLabel, placeLabels, type Rect, type Spot } from './label_placement.ts';
import type { MotionPicture } from './motion.ts';
import { blockDraft, selectedDraft } from './object_labels.ts';
import type { Picture } from './picture.ts';
import type { SceneLayout } from './scene_layout.ts';
import { COLUMNS, SLAB_THICKNESS } from './slab_layout.ts';
import { PANEL_THICKNESS, PANEL_X0, PANEL_X1 } from './task_panels.ts';

function slabDrafts(layout: SceneLayout, camera: Camera, measure: Measure): Draft[] {
  return layout.slabs.slabs.map(slab => {
    const { placement, usedPages, sizePages, budgetPages } = slab.view;
    const whole = Math.min(sizePages, budgetPages);
    const cut = slab.shownPages < sizePages * 0.999;
    const texts: Words[][] = [
      [
        { text: placement, strong: true },
        {
          text: ` ${mebibytes(usedPages)} of ${mebibytes(whole)} MiB${cut ? `, ${mebibytes(slab.shownPages)} drawn` : ''}`,
        },
      ],
      [{ text: placement, strong: true }, { text: ` ${mebibytes(usedPages)} of ${mebibytes(whole)} MiB` }],
      [{ text: placement, strong: true }],
    ];
    const right = project(camera, [COLUMNS, slab.y - SLAB_THICKNESS, slab.z1]);
    const left = project(camera, [0, slab.y - SLAB_THICKNESS, slab.z1]);
    const slope = (right[1] - left[1]) / (right[0] - left[0]);
    const spots = texts.map((words, text): Spot => {
      const width = sizeOf(words, measure).width + 14;
      const drop = Math.max(0, slope * -width);
      // The sheared text hangs under the edge; its rectangle has to hold both ends.
      return {
        rect: { x: right[0] - width - 2, y: right[1] + 1, width, height: measure.line + 2 + drop * 0.96 },
        text,
      };
    });
    const key = `slab ${placement}`;
    const shear = (Math.atan(slope) * 180) / Math.PI;
    return { label: { key, style: 'slab', placement, texts, shear }, wish: { key, priority: 30, spots } };
  });
}

/** Where the part of VRAM ends that the processor can reach. */
function apertureDraft(layout: SceneLayout, camera: Camera, measure: Measure): Draft[] {
  return layout.slabs.slabs.flatMap(slab => {
    const { placement, visiblePages, sizePages } = slab.view;
    if (visiblePages >= sizePages || visiblePages >= slab.shownPages) return [];
    const texts: Words[][] = [[{ text: 'CPU sees up to here' }], [{ text: 'CPU-visible' }]];
    const at = project(camera, [visiblePages / slab.columnPages, slab.y - SLAB_THICKNESS, slab.z1]);
    const spots = texts.map((words, text): Spot => {
      const { width } = sizeOf(words, measure);
      return {
        rect: { x: at[0] - width / 2, y: at[1] + 6, width, height: measure.line },
        leader: [at, [at[0], at[1] + 6]],
        text,
      };
    });
    const key = `aperture ${placement}`;
    return [
      { label: { key, style: 'float', placement, texts, shear: 0 }, wish: { key, priority: 45, spots } },
    ];
  });
}

function taskDrafts(layout: SceneLayout, camera: Camera, measure: Measure): Draft[] {
  return layout.panels.map(panel => {
    const texts: Words[][] = [
      [{ text: panel.task.name, strong: true }, { text: ` ${panel.task.pid}` }],
      [{ text: panel.task.name, strong: true }],
    ];
    const at = project(camera, [PANEL_X0, panel.y1, panel.z - PANEL_THICKNESS]);
    const spots = texts.flatMap((words, text): Spot[] => {
      const { width } = sizeOf(words, measure);
      return [20, 30].map(up => ({
        rect: { x: at[0] - 3, y: at[1] - up, width, height: measure.line },
        text,
      }));
    });
    const key = `task ${panel.task.pid}`;
    return {
      label: { key, style: 'task', placement: null, texts, shear: 0 },
      wish: { key, priority: 40, spots },
    };
  });
}

function gartDraft(view: LabView, layout: SceneLayout, camera: Camera, measure: Measure): Draft[] {
  if (!layout.strip) return [];
  const drawn =
    layout.strip.shownEntries < view.gart.nrEntries ? `, ${thousands(layout.strip.shownEntries)} drawn` : '';
  const texts: Words[][] = [
    [{ text: 'GART', strong: true }, { text: ` ${thousands(view.gart.nrEntries)} entries${drawn}` }],
    [{ text: 'GART', strong: true }, { text: ` ${thousands(view.gart.nrEntries)} entries` }],
    [{ text: 'GART', strong: true }],
  ];
  const from = project(camera, [(STRIP_X0 + STRIP_X1) / 2, STRIP_Y, layout.strip.z0 - 0.2]);
  const spots = texts.flatMap((words, text): Spot[] => {
    const { width } = sizeOf(words, measure);
    return [34, 20, 48].map(up => {
      const to: Point = [from[0] - 2, from[1] - up];
      return {
        rect: { x: to[0] - width / 2, y: to[1] - measure.line, width, height: measure.line },
        leader: [from, to],
        text,
      };
    });
  });
  return [
    {
      label: { key: 'gart', style: 'gart', placement: null, texts, shear: 0 },
      wish: { key: 'gart', priority: 41, spots },
    },
  ];
}

function rateDrafts(picture: Picture, motion: MotionPicture, camera: Camera, measure: Measure): Draft[] {
  return picture.paths.map(path => {
    const change = motion.moves.get(path.objectId)!.motion.change;
    const rate = change.rate === null ? 'model time' : `${(change.rate / 1e9).toFixed(2)} GB/s`;
    const texts: Words[][] = [
      [{ text: rate, strong: true }, ...(change.rate === null ? [] : [{ text: ` ${change.rateSource}` }])],
    ];
    const at = project(camera, path.points[21] as Vec3);
    const width = sizeOf(texts[0]!, measure).width + 16;
    const spots = [20, -20 - width].map((dx): Spot => {
      const to: Point = [at[0] + dx, at[1] + 2];
      return {
        rect: { x: to[0], y: to[1] - 13, width, height: 26 },
        leader: [
          [at[0] + Math.sign(dx) * 3, at[1]],
          [dx > 0 ? to[0] : to[0] + width, to[1]],
        ],
        text: 0,
      };
    });
    const key = `rate ${path.objectId}`;
    return {
      label: { key, style: 'rate', placement: null, texts, shear: 0 },
      wish: { key, priority: 20, spots },
    };
  });
}

function faultDrafts(
  layout: SceneLayout,
  faulting: ReadonlyMap<number, string>,
  camera: Camera,
  measure: Measure,
): Draft[] {
  const drafts: Draft[] = [];
  for (const panel of layout.panels) {
    for (const band of panel.bands) {
      const outcome = faulting.get(band.vma.id);
      if (outcome === undefined) continue;
      const texts: Words[][] = [[{ text: outcome }]];
      const width = sizeOf(texts[0]!, measure).width + 8;
      const at = project(camera, [PANEL_X0, (band.y0 + band.y1) / 2, panel.z]);
      const end = project(camera, [PANEL_X1, (band.y0 + band.y1) / 2, panel.z]);
      const spots: Spot[] = [16, 10].map(dx => ({
        rect: { x: at[0] - dx - width, y: at[1] - 8, width, height: 16 },
        leader: [
          [at[0] - 6, at[1]],
          [at[0] - dx, at[1]],
        ],
        text: 0,
      }));
      // The leftmost panel has no room before it.
      for (const dy of [-8, 6, 16])
        spots.push({ rect: { x: end[0] + 6, y: end[1] + dy, width, height: 16 }, text: 0 });
      const key = `fault ${band.vma.id}`;
      drafts.push({
        label: { key, style: 'fault', placement: null, texts, shear: 0 },
        wish: { key, priority: 10, spots },
      });
    }
  }
  return drafts;
}

/** Blocks whose names are tried in a crowded view, and how wide one must be for it, in CSS pixels. */
const MOST_NAMES = 150;
const LEAST_NAMED = 12;

export interface LabelInput {
  readonly view: LabView;
  readonly layout: SceneLayout;
  readonly picture: Picture;
  readonly motion: MotionPicture;
  readonly camera: Camera;
  /** The object that is selected, or that the selected mapping or event is about. */
  readonly focus: number | null;
  /** What to write at VMAs that fault in this picture. */
  readonly faulting: ReadonlyMap<number, string>;
  readonly measure: Measure;
  readonly width: number;
  readonly height: number;
  readonly blocked: readonly Rect[];
}

/** The labels that have room. */
export function labelPicture(input: LabelInput): readonly ShownLabel[] {
  const { view, layout, picture, motion, camera, focus, measure } = input;
  const drafts: Draft[] = [
    ...slabDrafts(layout, camera, measure),
    ...apertureDraft(layout, camera, measure),
    ...taskDrafts(layout, camera, measure),
    ...gartDraft(view, layout, camera, measure),
    ...rateDrafts(picture, motion, camera, measure),
    ...faultDrafts(layout, input.faulting, camera, measure),
  ];
  const objects = new Map<number, ObjectView>();
  for (const { objectId } of picture.boxes) {
    const object = objects.has(objectId) ? undefined : view.objects[indexOfId(view.objects, objectId)];
    if (object) objects.set(objectId, object);
  }
  const dense = objects.size > 60;
  const named = new Set<number>();
  const bySize = [...picture.boxes].sort(
    (a, b) => b.box.x1 - b.box.x0 - (a.box.x1 - a.box.x0) || a.objectId - b.objectId,
  );
  for (const box of bySize) {
    const object = objects.get(box.objectId);
    if (!object || !box.solid || named.has(object.id)) continue;
    const chosen = focus === object.id;
    // A name that nobody could read is not tried.
    if (
      dense &&
      !chosen &&
      (named.size > MOST_NAMES || (box.box.x1 - box.box.x0) * camera.scale < LEAST_NAMED)
    )
      continue;
    named.add(object.id);
    drafts.push(
      chosen ? selectedDraft(object, box, camera, measure) : blockDraft(object, box, camera, measure, dense),
    );
  }
  const byKey = new Map(drafts.map(draft => [draft.label.key, draft.label]));
  const placed = placeLabels(
    drafts.map(draft => draft.wish),
    input.width,
    input.height,
    input.blocked,
  );
  return placed.map(({ key, spot }: PlacedLabel) => ({ ...byKey.get(key)!, spot }));
}
