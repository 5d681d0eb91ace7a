/** The layout of a window that nobody has changed: columns left and right, a row below, the memory view between them. */
import type { AddPanelOptions, DockviewApi, IDockviewPanel } from 'dockview';
import { type Home, PANELS, type PanelSpec } from './panel_list.ts';

type Direction = 'left' | 'right' | 'above' | 'below' | 'within';

/** Each home is opened beside the first of the named homes that has a panel. */
const PLACES: readonly { readonly home: Home; readonly beside: readonly (readonly [Home, Direction])[] }[] = [
  { home: 'center', beside: [] },
  { home: 'bottom left', beside: [['center', 'below']] },
  {
    home: 'bottom middle',
    beside: [
      ['bottom left', 'right'],
      ['center', 'below'],
    ],
  },
  {
    home: 'bottom right',
    beside: [
      ['bottom middle', 'right'],
      ['bottom left', 'right'],
      ['center', 'below'],
    ],
  },
  { home: 'right', beside: [['center', 'right']] },
  { home: 'left top', beside: [] },
  {
    home: 'left middle',
    beside: [['left top', 'below']],
  },
  {
    home: 'left bottom',
    beside: [
      ['left middle', 'below'],
      ['left top', 'below'],
    ],
  },
];

/** In a small window columns and rows share: a panel becomes a tab of this neighbour instead of a place of its own. */
const SHARED: { readonly [home in Home]?: Home } = {
  'left bottom': 'left middle',
  'bottom middle': 'bottom left',
};
const SMALL_WIDTH = 1200;

/** Options of a panel that do not depend on its place. */
export function panelOptions(spec: PanelSpec): AddPanelOptions {
  return {
    id: spec.id,
    component: spec.id,
    title: spec.title ?? spec.name,
    minimumWidth: 160,
    minimumHeight: 80,
  } as AddPanelOptions;
}

/** Take everything away and build the first layout. Widths and heights are those of the design tokens. */
export function buildFirstLayout(api: DockviewApi): void {
  api.clear();
  const leaders = new Map<Home, IDockviewPanel>();
  const small = api.width < SMALL_WIDTH;
  const homeOf = (spec: PanelSpec) => (small && SHARED[spec.home]) || spec.home;
  for (const { home, beside } of PLACES) {
    for (const spec of PANELS) {
      if (homeOf(spec) !== home) continue;
      const leader = leaders.get(home);
      const place = beside.find(([other]) => leaders.has(other));
      const position = leader
        ? { referencePanel: leader, direction: 'within' as const }
        : home === 'left top'
          ? { direction: 'left' as const }
          : place
            ? { referencePanel: leaders.get(place[0])!, direction: place[1] }
            : undefined;
      const panel = api.addPanel({
        ...panelOptions(spec),
        ...(position && { position }),
        ...(leader === undefined && sizeOf(home, api, small)),
        inactive: leader !== undefined,
      } as AddPanelOptions);
      if (!leader) leaders.set(home, panel);
    }
  }
  // Later splits share what earlier ones asked for; the columns and the row below get their sizes last.
  const below = leaders.get('bottom left') ?? leaders.get('bottom right');
  for (const [panel, home] of [
    [below, 'bottom left'],
    [leaders.get('left top'), 'left top'],
    [leaders.get('right'), 'right'],
    [leaders.get('bottom middle'), 'bottom middle'],
  ] as const) {
    const { initialWidth: width, initialHeight: height } = sizeOf(home, api, small);
    panel?.group.api.setSize({ ...(width && { width }), ...(height && { height }) });
  }
  leaders.get('center')?.api.setActive();
}

/** Width or height that a home asks for when it is split off, in pixels; the rest stays with its neighbour. */
function sizeOf(
  home: Home,
  api: DockviewApi,
  small: boolean,
): { initialWidth?: number; initialHeight?: number } {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => Number.parseFloat(style.getPropertyValue(name));
  // Eight tracks fit where the window is high enough for them.
  const dock = Math.max(token('--dock'), Math.min(Math.round(api.height * 0.32), token('--dock') * 1.25));
  const row = api.width - token('--left');
  switch (home) {
    case 'left top':
      return { initialWidth: token('--left') };
    case 'left middle':
      return { initialHeight: Math.round(api.height * (small ? 0.66 : 0.74)) };
    case 'left bottom':
      return { initialHeight: Math.round(api.height * 0.27) };
    case 'right':
      return { initialWidth: token('--right') };
    case 'bottom left':
      return { initialWidth: Math.round(row * (small ? 0.64 : 0.505)), initialHeight: dock };
    case 'bottom middle':
      return { initialWidth: Math.round(row * 0.205), initialHeight: dock };
    case 'bottom right':
      return { initialWidth: Math.round(row * 0.29), initialHeight: dock };
    default:
      return {};
  }
}
