/** Lines of constant width on the screen: dashes, and the offsets of a mitred band, in the camera's plane. */
import type { Camera, Vec3 } from './camera.ts';

type Flat = readonly [x: number, y: number];

const dot = (a: Vec3, b: Vec3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

function flatten(points: readonly Vec3[], camera: Camera): Flat[] {
  return points.map(p => [dot(p, camera.right), dot(p, camera.up)]);
}

function between(p: Vec3, q: Vec3, t: number): Vec3 {
  return [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t, p[2] + (q[2] - p[2]) * t];
}

/**
 * Cut a line into its dashes.
 *
 * @param on  CSS pixels drawn
 * @param off CSS pixels left out
 */
export function dashes(points: readonly Vec3[], camera: Camera, on: number, off: number): Vec3[][] {
  const flat = flatten(points, camera);
  const pieces: Vec3[][] = [];
  let piece: Vec3[] = [];
  let drawing = true;
  let left = on / camera.scale;
  for (let i = 0; i + 1 < points.length; i++) {
    const length = Math.hypot(flat[i + 1]![0] - flat[i]![0], flat[i + 1]![1] - flat[i]![1]);
    let at = 0;
    if (drawing && piece.length === 0) piece.push(points[i]!);
    while (length - at > left) {
      at += left;
      const p = between(points[i]!, points[i + 1]!, at / length);
      if (drawing) {
        piece.push(p);
        pieces.push(piece);
        piece = [];
      } else {
        piece = [p];
      }
      drawing = !drawing;
      left = (drawing ? on : off) / camera.scale;
    }
    left -= length - at;
    if (drawing) piece.push(points[i + 1]!);
  }
  if (drawing && piece.length > 1) pieces.push(piece);
  return pieces;
}

/**
 * For each point the vector from the line to its left edge in world units; the right edge lies opposite. Joints are
 * mitred, so that a translucent line has no darker knots. A line that ends where it began is closed.
 */
export function edgeOffsets(points: readonly Vec3[], camera: Camera, width: number): Vec3[] {
  const flat = flatten(points, camera);
  const last = points.length - 1;
  const half = width / 2 / camera.scale;
  const closed = last > 1 && Math.hypot(flat[0]![0] - flat[last]![0], flat[0]![1] - flat[last]![1]) < 1e-9;
  const normal = (i: number): Flat => {
    const [x0, y0] = flat[i]!;
    const [x1, y1] = flat[i + 1]!;
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    return [-(y1 - y0) / length, (x1 - x0) / length];
  };
  return points.map((_, i) => {
    const before = i > 0 ? normal(i - 1) : closed ? normal(last - 1) : normal(0);
    const after = i < last ? normal(i) : closed ? normal(0) : normal(last - 1);
    const sum: Flat = [before[0] + after[0], before[1] + after[1]];
    const length2 = sum[0] * sum[0] + sum[1] * sum[1];
    // 2/|sum|^2 is the exact mitre; a very sharp corner is cut off.
    const k = length2 < 0.5 ? half : (half * 2) / length2;
    const [x, y] = length2 < 0.5 ? after : sum;
    const { right, up } = camera;
    return [k * (x * right[0] + y * up[0]), k * (x * right[1] + y * up[1]), k * (x * right[2] + y * up[2])];
  });
}
