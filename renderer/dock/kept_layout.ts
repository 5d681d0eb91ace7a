/**
 * The layout that a person left behind, kept in the browser's storage. One that cannot be read, or names panels that do not
 * exist, is dropped: the first layout comes instead, and nothing else is lost.
 */
import type { SerializedDockview } from 'dockview';
import { PANELS } from './panel_list.ts';

const KEY = 'gart-lab.layout';
/** Raised when layouts of before cannot be shown any more. */
const VERSION = 1;

/** The layout kept, or null. */
export function readKeptLayout(storage: Pick<Storage, 'getItem'>): SerializedDockview | null {
  try {
    const kept = JSON.parse(storage.getItem(KEY) ?? 'null') as {
      version?: unknown;
      layout?: SerializedDockview;
    } | null;
    if (kept?.version !== VERSION || typeof kept.layout?.panels !== 'object') return null;
    const known = new Set(PANELS.map(panel => panel.id));
    return Object.keys(kept.layout.panels).every(id => known.has(id)) ? kept.layout : null;
  } catch {
    return null;
  }
}

/** Keep a layout; a storage that refuses (private windows) keeps nothing, and that is all. */
export function keepLayout(storage: Pick<Storage, 'setItem'>, layout: SerializedDockview): void {
  try {
    storage.setItem(KEY, JSON.stringify({ version: VERSION, layout }));
  } catch {
    // A layout is a convenience; losing it costs nothing but a drag.
  }
}

/** Forget the layout kept. */
export function forgetLayout(storage: Pick<Storage, 'removeItem'>): void {
  storage.removeItem(KEY);
}
