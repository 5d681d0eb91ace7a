/**
 * Where a window opens: where it was, as far as the displays of today show it.
 *
 * Units  device-independent pixels, as Electron counts
 */

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const FIRST_SIZE = { width: 1440, height: 900 };
export const LEAST_SIZE = { width: 800, height: 560 };

function overlap(a: Rectangle, b: Rectangle): number {
  const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, wide) * Math.max(0, high);
}

const within = (value: number, least: number, most: number) =>
  Math.max(least, Math.min(value, Math.max(least, most)));

/**
 * @param kept     where the window was; null at the first start
 * @param displays work areas of the displays that are there, the primary first
 * @returns bounds that lie inside one display; the one that shows most of the window, else the primary
 */
export function clampToDisplays(kept: Rectangle | null, displays: readonly Rectangle[]): Rectangle {
  const primary = displays[0] ?? { x: 0, y: 0, ...FIRST_SIZE };
  const home =
    kept === null
      ? primary
      : displays.reduce((best, each) => (overlap(kept, each) > overlap(kept, best) ? each : best), primary);
  const size = kept ?? FIRST_SIZE;
  const width = within(size.width, Math.min(LEAST_SIZE.width, home.width), home.width);
  const height = within(size.height, Math.min(LEAST_SIZE.height, home.height), home.height);
  const seen = kept !== null && overlap(kept, home) > 0;
  const x = seen ? kept.x : home.x + (home.width - width) / 2;
  const y = seen ? kept.y : home.y + (home.height - height) / 2;
  return {
    x: Math.round(within(x, home.x, home.x + home.width - width)),
    y: Math.round(within(y, home.y, home.y + home.height - height)),
    width: Math.round(width),
    height: Math.round(height),
  };
}
