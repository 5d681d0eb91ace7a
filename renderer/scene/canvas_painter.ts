/** The plain painter, for browsers that present neither WebGPU nor WebGL2: items in painter's order on a 2D context. */
import { type Camera, project, type Vec3 } from './camera.ts';
import { cssColor } from './color.ts';
import type { Item, Pattern } from './items.ts';
import type { Frame, Painter } from './painter.ts';
import { patternShades } from './pattern_pixels.ts';

function patternFill(context: CanvasRenderingContext2D, pattern: Pattern): CanvasPattern | null {
  const { size, shades } = patternShades(pattern, 1);
  const tile = document.createElement('canvas');
  tile.width = size;
  tile.height = size;
  const pixels = new ImageData(size, size);
  shades.forEach((shade, i) => {
    pixels.data[4 * i + 3] = Math.round((1 - shade) * 255);
  });
  tile.getContext('2d')!.putImageData(pixels, 0, 0);
  return context.createPattern(tile, 'repeat');
}

function trace(context: CanvasRenderingContext2D, points: readonly Vec3[], camera: Camera): void {
  context.beginPath();
  points.forEach((p, i) => {
    const [x, y] = project(camera, p);
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
}

/** @throws when the canvas gives no 2D context */
export function createCanvasPainter(canvas: HTMLCanvasElement, because: string): Painter {
  const found = canvas.getContext('2d');
  if (!found) throw new Error('The browser gives no 2D context for the memory view.');
  const context = found;
  const patterns = new Map<Pattern, CanvasPattern | null>();

  function draw(item: Item, camera: Camera): void {
    switch (item.kind) {
      case 'face':
        trace(context, item.points, camera);
        context.fillStyle = cssColor(item.rgb, item.alpha);
        context.fill();
        if (item.pattern !== 'plain') {
          if (!patterns.has(item.pattern)) patterns.set(item.pattern, patternFill(context, item.pattern));
          context.fillStyle = patterns.get(item.pattern) ?? 'transparent';
          context.fill();
        }
        break;
      case 'strip':
        trace(context, [...item.upper, ...[...item.lower].reverse()], camera);
        context.fillStyle = cssColor(item.rgb, item.alpha);
        context.fill();
        break;
      case 'line':
        trace(context, item.points, camera);
        context.strokeStyle = cssColor(item.rgb, item.alpha);
        context.lineWidth = item.width;
        context.setLineDash(item.dash ? [...item.dash] : []);
        context.stroke();
        break;
    }
  }

  return {
    name: 'Canvas 2D',
    because,
    software: true,
    onLost() {},
    draw({ items, camera, width, height, pixelRatio, ground }: Frame) {
      canvas.width = Math.max(1, Math.round(width * pixelRatio));
      canvas.height = Math.max(1, Math.round(height * pixelRatio));
      context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
      context.lineJoin = 'round';
      context.fillStyle = cssColor(ground);
      context.fillRect(0, 0, width, height);
      for (const item of items) draw(item, camera);
    },
    dispose() {},
  };
}
