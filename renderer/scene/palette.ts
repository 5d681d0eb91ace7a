/** The theme's colours for the painters, read from the CSS variables of theme/tokens.css: one source for panels and scene. */
import { PLACEMENTS, type Placement } from '../../core/public/view_types.ts';
import { mix, parseColor, type Rgb, type Rgba } from './color.ts';

/** Shades of one placement: the flat hue and the three faces of its blocks. */
export interface PlacementShades {
  readonly hue: Rgb;
  readonly top: Rgb;
  readonly front: Rgb;
  readonly left: Rgb;
}

export interface Palette {
  readonly ground: Rgb;
  readonly plate: Rgb;
  readonly plateFront: Rgb;
  readonly plateLeft: Rgb;
  readonly seam: Rgb;
  readonly grid: Rgba;
  readonly floor: Rgba;
  readonly edge: Rgba;
  readonly sel: Rgb;
  readonly fault: Rgb;
  readonly invalid: Rgb;
  readonly panelTop: Rgb;
  readonly panelFront: Rgb;
  readonly panelLeft: Rgb;
  readonly ribbonFill: number;
  readonly ribbonEdge: number;
  readonly placements: Readonly<Record<Placement, PlacementShades>>;
}

/** @param read gives the value of a CSS variable, `--bg0` to `#0d0e10` */
export function readPalette(read: (name: string) => string): Palette {
  const rgb = (name: string) => parseColor(read(name)).rgb;
  const share = (name: string) => Number.parseFloat(read(name)) / 100;
  const ground = rgb('--bg0');
  const shade = rgb('--shade-f');
  const placements = {} as Record<Placement, PlacementShades>;
  for (const placement of PLACEMENTS) {
    const hue = rgb(`--${placement.toLowerCase()}`);
    placements[placement] = {
      hue,
      top: mix(hue, ground, share('--top-amt')),
      front: mix(hue, shade, 1 - share('--shade-f-amt')),
      left: mix(hue, shade, 1 - share('--shade-l-amt')),
    };
  }
  return {
    ground,
    plate: rgb('--plate'),
    plateFront: rgb('--plate-f'),
    plateLeft: rgb('--plate-l'),
    seam: rgb('--line2'),
    grid: parseColor(read('--grid')),
    floor: parseColor(read('--floor')),
    edge: parseColor(read('--edge')),
    sel: rgb('--sel'),
    fault: rgb('--fault'),
    invalid: rgb('--bg3'),
    panelTop: rgb('--bg4'),
    panelFront: rgb('--bg2'),
    panelLeft: rgb('--bg3'),
    ribbonFill: share('--ribbon-fill'),
    ribbonEdge: share('--ribbon-edge'),
    placements,
  };
}
