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

/** The edges of lines, one line at a time: arrays stay from line to line, because a picture has thousands. */
export class EdgeOffsets {
  /** Points on the screen: x, y. */
  private flat = new Float64Array(2 * 64);
  /** Directions across the pieces on the screen: x, y. */
  private normals = new Float64Array(2 * 64);
  /** For each point the vector from the line to its left edge in world units, x, y, z; the right edge lies opposite. */
  offsets = new Float64Array(3 * 64);

  /**
   * Fill `offsets`. Joints are mitred, so that a translucent line has no darker knots. A line that ends where it began is closed.
   *
   * @param points at least two @param width in CSS pixels
   */
  find(points: readonly Vec3[], camera: Camera, width: number): void {
    const count = points.length;
    if (this.flat.length < 2 * count) {
      this.flat = new Float64Array(4 * count);
      this.normals = new Float64Array(4 * count);
      this.offsets = new Float64Array(6 * count);
    }
    const { flat, normals, offsets } = this;
    const { right, up } = camera;
    for (let i = 0; i < count; i++) {
      flat[2 * i] = dot(points[i]!, right);
      flat[2 * i + 1] = dot(points[i]!, up);
    }
    const last = count - 1;
    for (let i = 0; i < last; i++) {
      const dx = flat[2 * i + 2]! - flat[2 * i]!;
      const dy = flat[2 * i + 3]! - flat[2 * i + 1]!;
      const length = Math.sqrt(dx * dx + dy * dy) || 1;
      normals[2 * i] = -dy / length;
      normals[2 * i + 1] = dx / length;
    }
    const half = width / 2 / camera.scale;
    const closed =
      last > 1 &&
      Math.abs(flat[0]! - flat[2 * last]!) < 1e-9 &&
      Math.abs(flat[1]! - flat[2 * last + 1]!) < 1e-9;
    for (let i = 0; i < count; i++) {
      const before = i > 0 ? i - 1 : closed ? last - 1 : 0;
      const after = i < last ? i : closed ? 0 : last - 1;
      let x = normals[2 * before]! + normals[2 * after]!;
      let y = normals[2 * before + 1]! + normals[2 * after + 1]!;
      const length2 = x * x + y * y;
      // 2/|sum|^2 is the exact mitre; a very sharp corner is cut off.
      const isSharp = length2 < 0.5;
      const k = isSharp ? half : (half * 2) / length2;
      if (isSharp) {
        x = normals[2 * after]!;
        y = normals[2 * after + 1]!;
      }
      for (let axis = 0; axis < 3; axis++) offsets[3 * i + axis] = k * (x * right[axis]! + y * up[axis]!);
    }
  }
}
