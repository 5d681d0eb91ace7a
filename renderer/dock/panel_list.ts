/**
 * Every panel of the window, as data: its name for people and screen readers, where it stands at first, and how it is loaded.
 *
 * Order      within one home the first panel is the one in sight; the others are tabs beside it
 * To add one write the component in renderer/panels/, and one row here
 */
import type { ComponentType } from 'preact';
import { ConsolePanel } from '../panels/console.tsx';
import { FilesPanel } from '../panels/files.tsx';
import { InspectorPanel } from '../panels/inspector.tsx';
import { LogPanel } from '../panels/log.tsx';
import { MemoryView } from '../panels/memory_view.tsx';
import { ObjectsPanel } from '../panels/objects.tsx';
import { TasksPanel } from '../panels/tasks.tsx';
import { TimelinePanel } from '../panels/timeline.tsx';

/** Where a panel stands in the first layout; `aside` panels are opened when somebody asks. */
export type Home =
  | 'left top'
  | 'left middle'
  | 'left bottom'
  | 'center'
  | 'right'
  | 'bottom left'
  | 'bottom middle'
  | 'bottom right'
  | 'aside';

export interface PanelSpec {
  /** Stable: layouts that people saved name it. */
  readonly id: string;
  /** The accessible name of its region, and of its tab unless `title` is shorter. */
  readonly name: string;
  readonly title?: string;
  readonly home: Home;
  /** One sentence for the palette and the menu: what it shows. */
  readonly about: string;
  /** The component, at once or when it is first shown. */
  readonly component: ComponentType | (() => Promise<ComponentType>);
  readonly lazy?: true;
}

export const PANELS: readonly PanelSpec[] = [
  {
    id: 'memory',
    name: 'Memory view',
    title: 'Memory',
    home: 'center',
    about: 'Address spaces, PTE ribbons, the GART and the memories, with every object where it lies.',
    component: MemoryView,
  },
  {
    id: 'tasks',
    name: 'Tasks',
    home: 'left top',
    about: 'Processes with their descriptors and mappings.',
    component: TasksPanel,
  },
  {
    id: 'objects',
    name: 'Objects',
    home: 'left middle',
    about: 'All buffer objects as a table with a filter.',
    component: ObjectsPanel,
  },
  {
    id: 'files',
    name: 'Files',
    home: 'left bottom',
    about: '/proc, debugfs, sysfs and /dev of the modelled machine as text.',
    component: FilesPanel,
  },
  {
    id: 'inspector',
    name: 'Inspector',
    home: 'right',
    about: 'What the selection is, who holds it, what happened to it.',
    component: InspectorPanel,
  },
  {
    id: 'console',
    name: 'Console',
    home: 'bottom right',
    about: 'System calls and words of the lab, a line each; buttons print here what they ran.',
    component: ConsolePanel,
  },
  {
    id: 'timeline',
    name: 'Timeline',
    home: 'bottom left',
    about:
      'Calls, faults, evictions, copies and fences over virtual time; its playhead sets what every panel shows.',
    component: TimelinePanel,
  },
  {
    id: 'charts',
    name: 'Charts',
    home: 'bottom middle',
    about: 'Bytes by placement, faults, evictions, copy rate and GPU time over virtual time.',
    lazy: true,
    component: () => import('../panels/charts.tsx').then(loaded => loaded.ChartsPanel),
  },
  {
    id: 'ring',
    name: 'Ring and status page',
    title: 'Ring',
    home: 'bottom right',
    about:
      'Head, tail and decoded commands of the ring, requests with their fences, the status page, faults and resets.',
    lazy: true,
    component: () => import('../panels/ring.tsx').then(module => module.RingPanel),
  },
  {
    id: 'framebuffer',
    name: 'Framebuffer',
    home: 'bottom right',
    about: 'What the display scans out through the GART.',
    lazy: true,
    component: () => import('../panels/framebuffer.tsx').then(module => module.FramebufferPanel),
  },
  {
    id: 'log',
    name: 'Log',
    home: 'bottom left',
    about: 'Every tracepoint that fired, in order.',
    component: LogPanel,
  },
  {
    id: 'scenes',
    name: 'Scenes',
    home: 'aside',
    about: 'The scenes with their captions, an editor for scenarios, and a scene from a list of allocations.',
    lazy: true,
    component: () => import('../panels/scenes.tsx').then(module => module.ScenesPanel),
  },
  {
    id: 'captions',
    name: 'Captions',
    home: 'right',
    about: 'Captions and bookmarks at moments of the session, and the file it came from.',
    lazy: true,
    component: () => import('../panels/captions.tsx').then(module => module.CaptionsPanel),
  },
  {
    id: 'differences',
    name: 'Differences',
    home: 'aside',
    about: 'What differs between two moments: objects, memories, page-table entries, LRU order, counters.',
    lazy: true,
    component: () => import('../panels/differences.tsx').then(module => module.DifferencesPanel),
  },
  {
    id: 'sql',
    name: 'SQL',
    home: 'aside',
    about: 'Questions in SQL to the session: events, faults, evictions, placements, objects, tasks.',
    lazy: true,
    component: () => import('../panels/sql.tsx').then(module => module.SqlPanel),
  },
  {
    id: 'help',
    name: 'Help',
    home: 'aside',
    about:
      'What each panel shows and the kernel files behind it, a glossary, keys, calls, the format of scenarios.',
    lazy: true,
    component: () => import('../panels/help.tsx').then(module => module.HelpPanel),
  },
  {
    id: 'profiler',
    name: 'Profiler',
    home: 'aside',
    about: 'Measures this GPU, and the lab on it.',
    lazy: true,
    component: () => import('../panels/profiler.tsx').then(module => module.ProfilerPanel),
  },
  {
    id: 'experiments',
    name: 'Experiments',
    home: 'aside',
    about: 'One question each, answered by running something and counting.',
    lazy: true,
    component: () => import('../panels/experiments.tsx').then(module => module.ExperimentsPanel),
  },
  {
    id: 'conformance',
    name: 'Conformance',
    home: 'aside',
    about: 'The model beside recordings of a real kernel.',
    lazy: true,
    component: () => import('../panels/conformance.tsx').then(module => module.ConformancePanel),
  },
];

/** The panel of this id, if there is one. */
export function panelById(id: string): PanelSpec | undefined {
  return PANELS.find(panel => panel.id === id);
}
