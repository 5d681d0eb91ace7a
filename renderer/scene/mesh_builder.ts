/**
 * Items to triangles: opaque faces by pattern, and one list of everything translucent or thin, in painter's order.
 *
 * Arrays grow and are reused from frame to frame; nothing is allocated once they are large enough.
 */
import type { Camera, Vec3 } from './camera.ts';
import type { Rgb } from './color.ts';
import { type Item, PATTERNS, type Pattern } from './items.ts';
import { dashes, EdgeOffsets } from './polyline.ts';

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
    this.put(p[0], p[1], p[2], rgb, alpha, u, v);
  }

  put(x: number, y: number, z: number, rgb: Rgb, alpha: number, u: number, v: number): void {
    if (this.count === this.capacity) this.grow();
    const i = this.count++;
    this.position[3 * i] = x;
    this.position[3 * i + 1] = y;
    this.position[3 * i + 2] = z;
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
  private readonly edges = new EdgeOffsets();

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
    const width = distance(points[0]!, points[1]!) * texel;
    const height = distance(points[0]!, points[points.length - 1]!) * texel;
    for (let i = 1; i + 1 < points.length; i++) {
      list.push(points[0]!, rgb, alpha, 0, 0);
      list.push(points[i]!, rgb, alpha, i < 3 ? width : 0, i === 1 ? 0 : height);
      list.push(points[i + 1]!, rgb, alpha, i === 1 ? width : 0, height);
    }
  }

  private band(left: readonly Vec3[], right: readonly Vec3[], rgb: Rgb, alpha: number): void {
    const { overlay } = this;
    for (let i = 0; i + 1 < Math.min(left.length, right.length); i++) {
      overlay.push(left[i]!, rgb, alpha, 0, 0);
      overlay.push(left[i + 1]!, rgb, alpha, 0, 0);
      overlay.push(right[i + 1]!, rgb, alpha, 0, 0);
      overlay.push(left[i]!, rgb, alpha, 0, 0);
      overlay.push(right[i + 1]!, rgb, alpha, 0, 0);
      overlay.push(right[i]!, rgb, alpha, 0, 0);
    }
  }

  private line(points: readonly Vec3[], rgb: Rgb, alpha: number, width: number, camera: Camera): void {
    if (points.length < 2) return;
    this.edges.find(points, camera, width);
    for (let i = 0; i + 1 < points.length; i++) {
      this.edgePoint(points, i, 1, rgb, alpha, camera);
      this.edgePoint(points, i + 1, 1, rgb, alpha, camera);
      this.edgePoint(points, i + 1, -1, rgb, alpha, camera);
      this.edgePoint(points, i, 1, rgb, alpha, camera);
      this.edgePoint(points, i + 1, -1, rgb, alpha, camera);
      this.edgePoint(points, i, -1, rgb, alpha, camera);
    }
  }

  /** A point of the left (1) or right (-1) edge of the line whose offsets were found. */
  private edgePoint(
    points: readonly Vec3[],
    i: number,
    side: 1 | -1,
    rgb: Rgb,
    alpha: number,
    { toward }: Camera,
  ): void {
    const { offsets } = this.edges;
    const p = points[i]!;
    this.overlay.put(
      p[0] + toward[0] * LINE_LIFT + side * offsets[3 * i]!,
      p[1] + toward[1] * LINE_LIFT + side * offsets[3 * i + 1]!,
      p[2] + toward[2] * LINE_LIFT + side * offsets[3 * i + 2]!,
      rgb,
      alpha,
      0,
      0,
    );
  }
}

function distance(a: Vec3, b: Vec3): number {
  const [dx, dy, dz] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  return Math.sqrt(dx * dx + dy * dy + dz * dz);
}
