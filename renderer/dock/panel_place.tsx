/** What stands between a panel and the dock: whether it is in sight, and what it puts at the right of its group's tabs. */
import { type Signal, signal } from '@preact/signals';
import type { DockviewGroupPanel } from 'dockview';
import { type ComponentChildren, type ComponentType, createContext } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PanelSpec } from './panel_list.ts';

export interface Place {
  readonly id: string;
  /** Shown at the right of the tabs while the panel is the one in sight. */
  readonly head: Signal<ComponentChildren>;
  readonly visible: Signal<boolean>;
}

const places = new Map<string, Place>();

/** The place of a panel; the same one every time it opens. */
export function placeOf(id: string): Place {
  let place = places.get(id);
  if (!place) {
    place = { id, head: signal(null), visible: signal(false) };
    places.set(id, place);
  }
  return place;
}

/** The place of the panel that is being drawn; null outside the dock. */
export const PanelPlace = createContext<Place | null>(null);

/** Meta text and tools of the panel that a group shows. */
export function HeadActions({ group }: { readonly group: DockviewGroupPanel }) {
  const [active, setActive] = useState(group.activePanel?.id);
  useEffect(() => {
    const listening = group.api.onDidActivePanelChange(() => setActive(group.activePanel?.id));
    setActive(group.activePanel?.id);
    return () => listening.dispose();
  }, [group]);
  return active === undefined ? null : placeOf(active).head.value;
}

/** A panel whose code is fetched when it is first shown. */
export function LazyPanel({ spec }: { readonly spec: PanelSpec }) {
  const [Body, setBody] = useState<ComponentType | null>(null);
  const [broken, setBroken] = useState('');
  useEffect(() => {
    (spec.component as () => Promise<ComponentType>)().then(
      loaded => setBody(() => loaded),
      error => setBroken(error instanceof Error ? error.message : String(error)),
    );
  }, [spec]);
  if (broken !== '') return <p class="empty">This panel could not be loaded: {broken}</p>;
  return Body ? <Body /> : <p class="empty">Loading…</p>;
}
