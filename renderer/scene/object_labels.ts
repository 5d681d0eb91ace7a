/** Labels of blocks. */
import type { ObjectView } from '../../core/public/view_types.ts';
import { sizeOfPages } from '../state/numbers.ts';
import type { PlacedBox } from './block_items.ts';
import { type Camera, type Point, project } from './camera.ts';
import { topFace } from './items.ts';
import { type Draft, type LabelStyle, type Measure, sizeOf, type Words } from './label_draft.ts';
import { type Spot, textBoxIn } from './label_placement.ts';

/** `game.mesh` to `mesh`: what is left when there is no room for all. */
const shortName = (name: string) => name.slice(name.lastIndexOf('.') + 1);

/** The name of a block: on its top face if it fits, else on a short leader above its far edge. */
export function blockDraft(
  object: ObjectView,
  box: PlacedBox,
  camera: Camera,
  measure: Measure,
  dense: boolean,
): Draft {
  const detail: Words = {
    text: object.pinned ? 'pinned' : sizeOfPages(object.nrPages),
    below: true,
  };
  const texts: Words[][] = [
    [{ text: object.name, strong: true }, detail],
    [{ text: shortName(object.name), strong: true }, detail],
    [{ text: object.name, strong: true }],
    [{ text: shortName(object.name), strong: true }],
  ];
  const polygon = topFace(box.box).map(p => project(camera, p));
  const spots: Spot[] = [];
  texts.forEach((words, text) => {
    const { width, height } = sizeOf(words, measure);
    const rect = textBoxIn(polygon, width, height);
    if (rect) spots.push({ rect, text });
  });
  const style: LabelStyle = spots.length > 0 ? 'on' : 'float';
  if (spots.length === 0 && !dense) {
    const floating: Words[] = [{ text: object.name }];
    texts.push(floating, [{ text: shortName(object.name) }]);
    const from = project(camera, [(box.box.x0 + box.box.x1) / 2, box.box.y1, box.box.z0 + 0.4]);
    for (const text of [texts.length - 2, texts.length - 1]) {
      const { width } = sizeOf(texts[text]!, measure);
      for (const [dx, up] of [
        [0, 12],
        [-14, 12],
        [14, 12],
        [0, 26],
        [-20, 26],
        [20, 26],
        [0, 40],
      ] as const) {
        const to: Point = [from[0] + dx, from[1] - up];
        spots.push({
          rect: { x: to[0] - width / 2, y: to[1] - measure.line - 1, width, height: measure.line },
          leader: [from, to],
          text,
        });
      }
    }
  }
  const key = `object ${object.id}`;
  const priority = object.pinned ? 50 : 60 + 1 / (1 + object.nrPages);
  return { label: { key, style, placement: box.placement, texts, shear: 0 }, wish: { key, priority, spots } };
}

/** The name of the selected block: in a solid chip above it. */
export function selectedDraft(object: ObjectView, box: PlacedBox, camera: Camera, measure: Measure): Draft {
  const texts: Words[][] = [[{ text: object.name, strong: true }]];
  const width = sizeOf(texts[0]!, measure).width + 8;
  const from = project(camera, [box.box.x0 + (box.box.x1 - box.box.x0) * 0.6, box.box.y1, box.box.z0 + 0.4]);
  const spots = (
    [
      [4, 22],
      [-30, 22],
      [34, 22],
      [4, 40],
      [-60, 30],
      [64, 30],
      [0, -18],
    ] as const
  ).map(([dx, up]): Spot => {
    const to: Point = [from[0] + dx, from[1] - up];
    return { rect: { x: to[0] - width / 2, y: to[1] - 16, width, height: 16 }, leader: [from, to], text: 0 };
  });
  const key = `object ${object.id}`;
  return {
    label: { key, style: 'selected', placement: box.placement, texts, shear: 0 },
    wish: { key, priority: 0, spots },
  };
}
