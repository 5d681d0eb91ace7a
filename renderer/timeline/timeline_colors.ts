/** The theme's colours for the canvas of the timeline and for charts, read from the CSS variables of theme/tokens.css. */
import { computed } from '@preact/signals';
import { PLACEMENTS, type Placement } from '../../core/public/view_types.ts';
import { cssToken } from '../state/css_tokens.ts';

export interface TimelineColors {
  readonly ground: string;
  readonly panel: string;
  readonly work: string;
  readonly busy: string;
  readonly seam: string;
  readonly edge: string;
  readonly control: string;
  readonly strong: string;
  readonly text: string;
  readonly quiet: string;
  readonly select: string;
  readonly onSelect: string;
  readonly fault: string;
  readonly faultInk: string;
  readonly font: string;
  readonly smallFont: string;
  readonly boldFont: string;
  readonly placement: Readonly<Record<Placement, string>>;
  readonly onPlacement: Readonly<Record<Placement, string>>;
}

/** @param read gives the value of a CSS variable */
export function readTimelineColors(read: (name: string) => string): TimelineColors {
  const of = (prefix: string) =>
    Object.fromEntries(
      PLACEMENTS.map(placement => [placement, read(`--${prefix}${placement.toLowerCase()}`).trim()]),
    ) as Record<Placement, string>;
  const one = (name: string) => read(`--${name}`).trim();
  const face = read('--ui').trim();
  return {
    ground: one('bg0'),
    panel: one('bg1'),
    work: one('bg3'),
    busy: one('bg4'),
    seam: one('line'),
    edge: one('line2'),
    control: one('ctl'),
    strong: one('t1'),
    text: one('t2'),
    quiet: one('t3'),
    select: one('sel'),
    onSelect: one('on-inv'),
    fault: one('fault'),
    faultInk: one('fault-ink'),
    font: `400 ${one('t-s')} ${face}`,
    smallFont: `400 ${one('t-xs')} ${face}`,
    boldFont: `600 ${one('t-xs')} ${face}`,
    placement: of(''),
    onPlacement: of('on-'),
  };
}

const shown = computed(() => readTimelineColors(cssToken));

/** The colours of the theme that is shown. */
export const timelineColors = (): TimelineColors => shown.value;
