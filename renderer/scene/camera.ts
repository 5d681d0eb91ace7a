/**
 * The orthographic camera: world units to CSS pixels of the view, and how to frame a scene.
 *
 * World   x is the address (columns of a slab), y is up, z is the tier (rows, towards the viewer)
 * Screen  x to the right, y down, in CSS pixels; depth grows towards the viewer, in world units
 */

export type Vec3 = readonly [x: number, y: number, z: number];
export type Point = readonly [x: number, y: number];

/** Where the camera stands: degrees, as in the design. Negative azimuth shows left faces. */
export interface Orbit {
  readonly azimuth: number;
  readonly elevation: number;
  /** A plan: every slab straight from above, what stands upright as if it lay down; painters with depth cannot draw it. */
  readonly flat?: true;
}

export const FLAT: Orbit = { azimuth: 0, elevation: 80, flat: true };
export const THREE_QUARTER: Orbit = { azimuth: -20, elevation: 33 };
export const TOP: Orbit = { azimuth: 0, elevation: 80 };
export const FRONT: Orbit = { azimuth: 0, elevation: 15 };

/** Orbit limits in degrees. */
const AZIMUTH = [-60, 20] as const;
const ELEVATION = [15, 80] as const;

/** Nearest allowed orbit. */
export function clampOrbit(orbit: Orbit): Orbit {
  if (orbit.flat) return FLAT;
  return {
    azimuth: Math.min(AZIMUTH[1], Math.max(AZIMUTH[0], orbit.azimuth)),
    elevation: Math.min(ELEVATION[1], Math.max(ELEVATION[0], orbit.elevation)),
  };
}

/** A fixed camera: three axes, a scale and the screen position of the world's origin. */
export interface Camera {
  readonly right: Vec3;
  readonly up: Vec3;
  /** Towards the viewer. */
  readonly toward: Vec3;
  /** CSS pixels per world unit. */
  readonly scale: number;
  readonly originX: number;
  readonly originY: number;
}

/** Axes of an orbit, with scale 1 at the origin. */
export function cameraAxes(orbit: Orbit): Camera {
  if (orbit.flat)
    return {
      right: [1, 0, 0],
      up: [0, 1, -1],
      toward: [0, Math.SQRT1_2, Math.SQRT1_2],
      scale: 1,
      originX: 0,
      originY: 0,
    };
  const a = (-orbit.azimuth * Math.PI) / 180;
  const e = (orbit.elevation * Math.PI) / 180;
  const sa = Math.sin(a);
  const ca = Math.cos(a);
  const se = Math.sin(e);
  const ce = Math.cos(e);
  return {
    right: [ca, 0, sa],
    up: [sa * se, ce, -ca * se],
    toward: [-sa * ce, se, ca * ce],
    scale: 1,
    originX: 0,
    originY: 0,
  };
}

const dot = (a: Vec3, b: Vec3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** World to CSS pixels. */
export function project(camera: Camera, p: Vec3): Point {
  return [
    camera.originX + camera.scale * dot(p, camera.right),
    camera.originY - camera.scale * dot(p, camera.up),
  ];
}

/** The column and row of a point on a plane of height y that lies under a point of the screen. */
export function unproject(
  camera: Camera,
  [sx, sy]: Point,
  y: number,
): { readonly x: number; readonly z: number } {
  const { right, up, scale, originX, originY } = camera;
  const a = (sx - originX) / scale - right[1] * y;
  const b = (originY - sy) / scale - up[1] * y;
  const det = right[0] * up[2] - right[2] * up[0];
  return { x: (a * up[2] - right[2] * b) / det, z: (right[0] * b - a * up[0]) / det };
}

/** How near to the viewer a point is, in world units. */
export function depthOf(camera: Camera, p: Vec3): number {
  return dot(p, camera.toward);
}

/** Share of the spare height that goes above the scene. */
const SPARE_ABOVE = 0.12;

/** Free space to keep around the scene, in CSS pixels. */
export interface Margins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/**
 * Frame points in a view.
 *
 * @param zoom 1 shows everything; more shows less, around the middle of the view
 * @param pan  CSS pixels to shift the picture by
 */
export function frame(
  orbit: Orbit,
  points: readonly Vec3[],
  width: number,
  height: number,
  margins: Margins,
  zoom = 1,
  pan: Point = [0, 0],
): Camera {
  const axes = cameraAxes(orbit);
  let minX = Infinity;
  let maxX = -Infinity;
  let minY = Infinity;
  let maxY = -Infinity;
  for (const p of points) {
    const [x, y] = project(axes, p);
    minX = Math.min(minX, x);
    maxX = Math.max(maxX, x);
    minY = Math.min(minY, y);
    maxY = Math.max(maxY, y);
  }
  if (!(maxX > minX) || !(maxY > minY))
    return { ...axes, scale: 10, originX: width / 2, originY: height / 2 };
  const freeWidth = Math.max(40, width - margins.left - margins.right);
  const freeHeight = Math.max(40, height - margins.top - margins.bottom);
  const fit = Math.min(freeWidth / (maxX - minX), freeHeight / (maxY - minY));
  const scale = fit * zoom;
  const centreX = margins.left + freeWidth / 2 + pan[0];
  // Spare height goes below, where the corner is that cards lie in.
  const spare = Math.max(0, freeHeight - fit * (maxY - minY));
  const centreY = margins.top + (freeHeight - spare) / 2 + spare * SPARE_ABOVE + pan[1];
  return {
    ...axes,
    scale,
    originX: centreX - (scale * (minX + maxX)) / 2,
    originY: centreY - (scale * (minY + maxY)) / 2,
  };
}
