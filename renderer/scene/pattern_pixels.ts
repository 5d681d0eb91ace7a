/** Tiles of the placement patterns: how dark each pixel of an 8 x 8 tile is (1 leaves the colour, 0.5 darkens it). */
import type { Pattern } from './items.ts';
import { PATTERN_TILE } from './mesh_builder.ts';

const DARK = 0.5;

/** Shades of a tile, row by row, `scale` texels per pixel. */
export function patternShades(
  pattern: Pattern,
  scale = 2,
): { readonly size: number; readonly shades: Float32Array } {
  const size = PATTERN_TILE * scale;
  const shades = new Float32Array(size * size).fill(1);
  const inMark = (x: number, y: number): boolean => {
    switch (pattern) {
      case 'plain':
        return false;
      case 'hatch':
        return (x + y) % 4 < 1.25;
      case 'dots':
        return x % 4 < 1.75 && y % 4 < 1.75;
      case 'bars':
        return y % 4 < 1.25;
    }
  };
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (inMark((x + 0.5) / scale, (y + 0.5) / scale)) shades[y * size + x] = DARK;
    }
  }
  return { size, shades };
}
