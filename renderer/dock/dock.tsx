/** The panels of the window in a dock: they move, float, close and come back, and the layout is remembered. */
import { createDockview, type DockviewApi, type IContentRenderer, type ITabRenderer } from 'dockview';
import { type ComponentType, render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { nextFrame } from '../state/turns.ts';
import { buildFirstLayout, panelOptions } from './first_layout.ts';
import { forgetLayout, keepLayout, readKeptLayout } from './kept_layout.ts';
import { PANELS, type PanelSpec, panelById } from './panel_list.ts';
import { HeadActions, LazyPanel, PanelPlace, placeOf } from './panel_place.tsx';

let api: DockviewApi | null = null;
/** Layouts change many times during one drag; the last one counts. */
const KEEP_AFTER_MS = 400;

class Content implements IContentRenderer {
  readonly element = document.createElement('div');

  constructor(private readonly spec: PanelSpec) {
    this.element.className = 'dock-content';
  }

  init(): void {
    const { spec } = this;
    const body = spec.lazy ? (
      <LazyPanel spec={spec} />
    ) : (
      (() => {
        const Body = spec.component as ComponentType;
        return <Body />;
      })()
    );
    render(<PanelPlace.Provider value={placeOf(spec.id)}>{body}</PanelPlace.Provider>, this.element);
  }

  onShow(): void {
    placeOf(this.spec.id).visible.value = true;
  }

  onHide(): void {
    placeOf(this.spec.id).visible.value = false;
  }

  dispose(): void {
    placeOf(this.spec.id).visible.value = false;
    render(null, this.element);
  }
}

/** A tab: the title, and a cross that only shows when its tab is pointed at. */
class Tab implements ITabRenderer {
  readonly element = document.createElement('div');

  init(parameters: { title: string; api: { close(): void; onDidTitleChange?: unknown } }): void {
    this.element.className = 'dock-tab';
    const close = () => parameters.api.close();
    render(
      <>
        <span>{parameters.title}</span>
        {/* A tab holds no other control: people without a pointer have the command that closes the panel. */}
        <span
          class="dock-close"
          aria-hidden="true"
          title="Close (it comes back from the menu or the palette)"
          onPointerDown={event => event.stopPropagation()}
          onClick={event => {
            event.stopPropagation();
            close();
          }}
        >
          ×
        </span>
      </>,
      this.element,
    );
  }
}

/** Bring a panel to the front; one that was closed comes back where there is room. */
export function showPanel(id: string): void {
  const spec = panelById(id);
  if (!api || !spec) return;
  const open = api.getPanel(id);
  if (open) {
    open.api.setActive();
    return;
  }
  const neighbour = PANELS.find(other => other.home === spec.home && api!.getPanel(other.id));
  const beside = api.getPanel(neighbour?.id ?? (spec.home === 'aside' ? 'memory' : '')) ?? api.panels[0];
  api.addPanel({
    ...panelOptions(spec),
    ...(beside && {
      position: {
        referencePanel: beside,
        direction:
          neighbour || spec.home === 'aside' ? 'within' : spec.home.startsWith('left') ? 'left' : 'below',
      },
    }),
  } as Parameters<DockviewApi['addPanel']>[0]);
}

/** Close a panel, if it is open. */
export function closePanel(id: string): void {
  const open = api?.getPanel(id);
  if (open) api?.removePanel(open);
}

/** Close the panel that has the focus or had it last. */
export function closeActivePanel(): void {
  if (api?.activePanel) api.removePanel(api.activePanel);
}

/** Move a panel into a window of its own inside the window. */
export function floatPanel(id: string): void {
  const open = api?.getPanel(id);
  if (open) api?.addFloatingGroup(open);
}

/** The first layout again; what was remembered is forgotten. */
export function resetLayout(): void {
  forgetLayout(localStorage);
  if (api) buildFirstLayout(api);
}

/** Move the focus into the next panel in sight, or the one before. */
export function focusNextPanel(step: 1 | -1): void {
  const shown = (api?.groups ?? []).filter(group => group.api.isVisible);
  if (!api || shown.length === 0) return;
  const at = shown.findIndex(group => group.element.contains(document.activeElement));
  const next = shown[(at + step + shown.length) % shown.length]!;
  next.activePanel?.api.setActive();
  next.element.querySelector<HTMLElement>('.dv-active-tab')?.focus();
}

/** Let one group fill the window, or bring the others back. */
export function toggleMaximized(): void {
  if (!api) return;
  if (api.hasMaximizedGroup()) api.exitMaximizedGroup();
  else if (api.activePanel) api.maximizeGroup(api.activePanel);
}

/** Let the group of a panel fill the dock. */
export function maximizePanel(id: string): void {
  const open = api?.getPanel(id);
  if (!open) return;
  open.api.setActive();
  sizeBefore = dockSize();
  api?.maximizeGroup(open);
}

/** Frames in which a dock that grew or shrank comes back to its size; it does not if the window has another one by now. */
const FRAMES_TO_SETTLE = 30;
let sizeBefore = '';
const dockSize = () => `${api?.width} ${api?.height}`;

/** Resolves when the dock has the size again that it had before a panel filled it. */
export async function dockSettled(): Promise<void> {
  for (let i = 0; i < FRAMES_TO_SETTLE && dockSize() !== sizeBefore; i++) await nextFrame();
}

/** Bring the other groups back. */
export function restorePanels(): void {
  if (api?.hasMaximizedGroup()) api.exitMaximizedGroup();
}

function openDock(element: HTMLElement): DockviewApi {
  const opened = createDockview(element, {
    createComponent: ({ name }) => new Content(panelById(name)!),
    createTabComponent: () => new Tab() as ITabRenderer,
    createRightHeaderActionComponent: group => {
      const actions = document.createElement('div');
      actions.className = 'dock-actions';
      return {
        element: actions,
        init: () => render(<HeadActions group={group} />, actions),
        dispose: () => render(null, actions),
      };
    },
    defaultTabComponent: 'tab',
    theme: { name: 'lab', className: 'dock-theme', gap: 1, dndTabIndicator: 'line' },
    dndStrategy: 'pointer',
    scrollbars: 'native',
  } as Parameters<typeof createDockview>[1]);
  // The panel inside is the region of that name; a second one would say everything twice.
  opened.onDidAddGroup(group => group.element.setAttribute('role', 'group'));
  return opened;
}

export function Dock() {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const opened = openDock(host.current!);
    api = opened;
    // Sizes can only be given in a dock that knows its own.
    opened.layout(host.current!.clientWidth, host.current!.clientHeight, true);
    const kept = readKeptLayout(localStorage);
    try {
      if (kept) opened.fromJSON(kept);
      else buildFirstLayout(opened);
    } catch {
      buildFirstLayout(opened);
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const listening = opened.onDidLayoutChange(() => {
      clearTimeout(timer);
      // One group that fills the dock is for a while: the next start shows all of them.
      timer = setTimeout(() => {
        if (!opened.hasMaximizedGroup()) keepLayout(localStorage, opened.toJSON());
      }, KEEP_AFTER_MS);
    });
    return () => {
      clearTimeout(timer);
      listening.dispose();
      opened.dispose();
      api = null;
    };
  }, []);
  return <main class="dock" ref={host} />;
}
