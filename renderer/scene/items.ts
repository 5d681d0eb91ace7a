/**
 * What painters draw: flat faces and lines in world units, in the order in which a painter without depth would draw them.
 * Lines have their width in CSS pixels, so they stay as thin at every zoom.
 */

import type { Camera, Vec3 } from './camera.ts';
import type { Rgb } from './color.ts';

/** Texture of a face, constant on the screen; the marks of the placements. */
export const PATTERNS = ['plain', 'hatch', 'dots', 'bars'] as const;
export type Pattern = (typeof PATTERNS)[number];

export interface Face {
  readonly kind: 'face';
  /** A convex polygon in a plane. */
  readonly points: readonly Vec3[];
  readonly rgb: Rgb;
  readonly alpha: number;
  readonly pattern: Pattern;
}

export interface Line {
  readonly kind: 'line';
  readonly points: readonly Vec3[];
  readonly rgb: Rgb;
  readonly alpha: number;
  /** CSS pixels. */
  readonly width: number;
  /** CSS pixels drawn and left out in turn. */
  readonly dash?: readonly [on: number, off: number];
}

/** A band between two edges of equally many points; it may twist. */
export interface Strip {
  readonly kind: 'strip';
  readonly upper: readonly Vec3[];
  readonly lower: readonly Vec3[];
  readonly rgb: Rgb;
  readonly alpha: number;
}

export type Item = Face | Line | Strip;

/** Extent of a box in world units. */
export interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly z0: number;
  readonly z1: number;
}

export const topFace = (b: Box): Vec3[] => [
  [b.x0, b.y1, b.z1],
  [b.x1, b.y1, b.z1],
  [b.x1, b.y1, b.z0],
  [b.x0, b.y1, b.z0],
];
export const frontFace = (b: Box): Vec3[] => [
  [b.x0, b.y0, b.z1],
  [b.x1, b.y0, b.z1],
  [b.x1, b.y1, b.z1],
  [b.x0, b.y1, b.z1],
];
/** The left or right face, whichever the camera sees. */
export const sideFace = (b: Box, camera: Camera): Vec3[] => {
  const x = camera.toward[0] <= 0 ? b.x0 : b.x1;
  const face: Vec3[] = [
    [x, b.y0, b.z0],
    [x, b.y0, b.z1],
    [x, b.y1, b.z1],
    [x, b.y1, b.z0],
  ];
  return x === b.x0 ? face : face.reverse();
};

/** Colours of the faces of a box. */
export interface BoxColors {
  readonly top: Rgb;
  readonly front: Rgb;
  readonly left: Rgb;
}

/** The three faces of a box that the camera can see, far ones first. */
export function boxFaces(
  box: Box,
  colors: BoxColors,
  camera: Camera,
  pattern: Pattern = 'plain',
  topPattern: Pattern = 'plain',
): Face[] {
  return [
    { kind: 'face', points: sideFace(box, camera), rgb: colors.left, alpha: 1, pattern: 'plain' },
    { kind: 'face', points: frontFace(box), rgb: colors.front, alpha: 1, pattern },
    { kind: 'face', points: topFace(box), rgb: colors.top, alpha: 1, pattern: topPattern },
  ];
}

/** The outline of a box as the camera sees it: six corners, in order around. */
export function boxHull(b: Box, camera: Camera): Vec3[] {
  if (camera.toward[0] <= 0) {
    return [
      [b.x0, b.y0, b.z0],
      [b.x0, b.y1, b.z0],
      [b.x1, b.y1, b.z0],
      [b.x1, b.y1, b.z1],
      [b.x1, b.y0, b.z1],
      [b.x0, b.y0, b.z1],
    ];
  }
  return [
    [b.x0, b.y0, b.z1],
    [b.x0, b.y1, b.z1],
    [b.x0, b.y1, b.z0],
    [b.x1, b.y1, b.z0],
    [b.x1, b.y0, b.z0],
    [b.x1, b.y0, b.z1],
  ];
}
