import type { Rect } from './label_placement.ts';

/** What lies over the view and takes room from labels: the card, the caption. */
export function coveredBy(host: HTMLElement): readonly Rect[] {
  const view = host.getBoundingClientRect();
  return [...host.querySelectorAll('[data-covers]')].map(element => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: left - view.left, y: top - view.top, width, height };
  });
}
