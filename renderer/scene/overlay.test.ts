import { expect, it } from 'vitest';
import { fixtureView } from '../testing/fixture.ts';
import { NO_OBJECT, placeBlocks } from './block_items.ts';
import { frame, THREE_QUARTER } from './camera.ts';
import { NO_MOTION } from './motion.ts';
import { drawOverlay } from './overlay.ts';
import { layOutScene } from './scene_layout.ts';

const view = fixtureView(0);
const layout = layOutScene(view);
const camera = frame(THREE_QUARTER, layout.extent, 900, 560, { top: 58, right: 18, bottom: 26, left: 14 });
const boxes = placeBlocks(layout, NO_MOTION, camera.scale);
const { id } = view.objects.find(({ name }) => name === 'game.mesh')!;

const outlines = (of: typeof boxes, focus: number | null) =>
  drawOverlay(layout, { items: [], paths: [], merged: 0, boxes: of }, [], camera, focus, new Map(), 900, 560)
    .outlines;

it('an object that stands in a cell with others is outlined where it would be drawn on its own', () => {
  const merged = boxes.map(box => (box.objectId === id ? { ...box, objectId: NO_OBJECT } : box));
  expect(outlines(boxes, id)).toHaveLength(1);
  expect(outlines(merged, id)).toEqual(outlines(boxes, id));
});

it('nothing is outlined without a focus, or for an object that lies nowhere', () => {
  expect(outlines(boxes, null)).toEqual([]);
  expect(outlines(boxes, 987_654)).toEqual([]);
});
