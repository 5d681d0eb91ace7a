/**
 * Items to triangles: opaque faces by pattern, and one list of everything translucent or thin, in painter's order.
 *
 * Arrays grow and are reused from frame to frame; nothing is allocated once they are large enough.
 */
import type { Camera, Vec3 } from './camera.ts';
import type { Rgb } from './color.ts';
import { type Item, PATTERNS, type Pattern } from './items.ts';
import { dashes, edgeOffsets } from './polyline.ts';

/** Pixels of one tile of a pattern. */
export const PATTERN_TILE = 8;
/** Lines lie this much nearer to the viewer than the faces they belong to, in world units. */
const LINE_LIFT = 0.05;

/** A growing list of vertices: position, colour with alpha, texture coordinate. */
export class VertexList {
  position = new Float32Array(3 * 1024);
  color = new Float32Array(4 * 1024);
  uv = new Float32Array(2 * 1024);
  count = 0;

  clear(): void {
    this.count = 0;
  }

  get capacity(): number {
    return this.position.length / 3;
  }

  push(p: Vec3, rgb: Rgb, alpha: number, u: number, v: number): void {
    if (this.count === this.capacity) this.grow();
    const i = this.count++;
    this.position[3 * i] = p[0];
    this.position[3 * i + 1] = p[1];
    this.position[3 * i + 2] = p[2];
    this.color[4 * i] = rgb[0];
    this.color[4 * i + 1] = rgb[1];
    this.color[4 * i + 2] = rgb[2];
    this.color[4 * i + 3] = alpha;
    this.uv[2 * i] = u;
    this.uv[2 * i + 1] = v;
  }

  private grow(): void {
    const larger = (from: Float32Array) => {
      const to = new Float32Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.position = larger(this.position);
    this.color = larger(this.color);
    this.uv = larger(this.uv);
  }
}

export class MeshBuilder {
  /** Opaque faces by pattern. */
  readonly opaque: Readonly<Record<Pattern, VertexList>>;
  /** Translucent faces, ribbons and lines. */
  readonly overlay = new VertexList();

  constructor() {
    this.opaque = Object.fromEntries(PATTERNS.map(pattern => [pattern, new VertexList()])) as Record<
      Pattern,
      VertexList
    >;
  }

  build(items: readonly Item[], camera: Camera): void {
    for (const pattern of PATTERNS) this.opaque[pattern].clear();
    this.overlay.clear();
    for (const item of items) {
      switch (item.kind) {
        case 'face':
          this.face(item.points, item.rgb, item.alpha, item.pattern, camera);
          break;
        case 'strip':
          this.band(item.upper, item.lower, item.rgb, item.alpha);
          break;
        case 'line': {
          const pieces = item.dash ? dashes(item.points, camera, item.dash[0], item.dash[1]) : [item.points];
          for (const piece of pieces) this.line(piece, item.rgb, item.alpha, item.width, camera);
          break;
        }
      }
    }
  }

  private face(points: readonly Vec3[], rgb: Rgb, alpha: number, pattern: Pattern, camera: Camera): void {
    const list = alpha >= 1 ? this.opaque[pattern] : this.overlay;
    const texel = camera.scale / PATTERN_TILE;
    const distance = (a: Vec3, b: Vec3) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) * texel;
    const [p, q] = [points[0]!, points[1]!];
    const s = points[points.length - 1]!;
    const corners: readonly (readonly [number, number])[] = [
      [0, 0],
      [distance(p, q), 0],
      [distance(p, q), distance(p, s)],
      [0, distance(p, s)],
    ];
    const put = (i: number) => {
      const [u, v] = corners[Math.min(i, 3)]!;
      list.push(points[i]!, rgb, alpha, u, v);
    };
    for (let i = 1; i + 1 < points.length; i++) {
      put(0);
      put(i);
      put(i + 1);
    }
  }

  private band(left: readonly Vec3[], right: readonly Vec3[], rgb: Rgb, alpha: number): void {
    for (let i = 0; i + 1 < Math.min(left.length, right.length); i++) {
      const [a, b, c, d] = [left[i]!, left[i + 1]!, right[i + 1]!, right[i]!];
      for (const p of [a, b, c, a, c, d]) this.overlay.push(p, rgb, alpha, 0, 0);
    }
  }

  private line(points: readonly Vec3[], rgb: Rgb, alpha: number, width: number, camera: Camera): void {
    if (points.length < 2) return;
    const offsets = edgeOffsets(points, camera, width);
    const lift = camera.toward.map(v => v * LINE_LIFT) as unknown as Vec3;
    const edge = (sign: number): Vec3[] =>
      points.map((p, i) => {
        const o = offsets[i]!;
        return [p[0] + lift[0] + sign * o[0], p[1] + lift[1] + sign * o[1], p[2] + lift[2] + sign * o[2]];
      });
    this.band(edge(1), edge(-1), rgb, alpha);
  }
}
