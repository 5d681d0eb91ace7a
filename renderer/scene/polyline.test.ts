import { describe, expect, it } from 'vitest';
import { type Camera, cameraAxes, project, THREE_QUARTER, type Vec3 } from './camera.ts';
import { dashes, EdgeOffsets } from './polyline.ts';

const camera = { ...cameraAxes(THREE_QUARTER), scale: 14 };
const pixels = (a: Vec3, b: Vec3) => {
  const [p, q] = [project(camera, a), project(camera, b)];
  return Math.hypot(p[0] - q[0], p[1] - q[1]);
};
const line: Vec3[] = [
  [0, 0, 0],
  [10, 0, 0],
  [10, 0, 8],
];

describe('dashes', () => {
  it('have the wanted length on the screen, around corners too', () => {
    const pieces = dashes(line, camera, 6, 4);
    expect(pieces.length).toBeGreaterThan(5);
    for (const piece of pieces.slice(0, -1)) {
      const length = piece.slice(1).reduce((sum, p, i) => sum + pixels(piece[i]!, p), 0);
      expect(length).toBeCloseTo(6, 6);
    }
  });
});

function edgeOffsets(points: readonly Vec3[], width: number): Vec3[] {
  const edges = new EdgeOffsets();
  edges.find(points, camera as Camera, width);
  return points.map((_, i) => [...edges.offsets.subarray(3 * i, 3 * i + 3)] as unknown as Vec3);
}

describe('EdgeOffsets', () => {
  it('make a line as wide as asked, whatever its direction in space', () => {
    const offsets = edgeOffsets(line, 2);
    for (const end of [0, 2]) {
      const o = offsets[end]!;
      expect(pixels([0, 0, 0], o)).toBeCloseTo(1, 6);
    }
  });

  it('a line that ends where it began has the same edge there, and longer lines than before fit', () => {
    const square: Vec3[] = [
      [0, 0, 0],
      [4, 0, 0],
      [4, 0, 4],
      [0, 0, 4],
      [0, 0, 0],
    ];
    const offsets = edgeOffsets(square, 2);
    expect(offsets[0]).toEqual(offsets[4]);
    const long = Array.from({ length: 500 }, (_, i): Vec3 => [i, 0, 0]);
    const [end, short] = [edgeOffsets(long, 2)[499]!, edgeOffsets(long.slice(0, 2), 2)[1]!];
    for (const axis of [0, 1, 2] as const) expect(end[axis]).toBeCloseTo(short[axis], 12);
  });

  it('meet at a corner in one mitre that keeps the width of both arms', () => {
    const offsets = edgeOffsets(line, 2);
    const mitre = project(camera, offsets[1]!);
    const origin = project(camera, [0, 0, 0]);
    const [mx, my] = [mitre[0] - origin[0], mitre[1] - origin[1]];
    for (const [a, b] of [
      [line[0]!, line[1]!],
      [line[1]!, line[2]!],
    ] as const) {
      const [p, q] = [project(camera, a), project(camera, b)];
      const length = Math.hypot(q[0] - p[0], q[1] - p[1]);
      const across = Math.abs((mx * (q[1] - p[1]) - my * (q[0] - p[0])) / length);
      expect(across).toBeCloseTo(1, 6);
    }
  });
});
