/** Only the rows in sight exist: TanStack's virtualizer, for lists and tables of any length. */
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { rowHeight } from '../state/css_tokens.ts';
import { useRowKeys } from './row_keys.ts';

/** Rows above and below those in sight, so that a key finds its neighbour. */
const OVERSCAN = 8;

export interface VirtualRows {
  readonly items: readonly VirtualItem[];
  /** Pixels before the first item and behind the last one. */
  readonly before: number;
  readonly after: number;
  /** Bring a row into sight, if it is not there. */
  scrollTo(index: number): void;
}

/** By what the virtualizer knows: asking the page would make it lay everything out at once. A head row may stick to the top. */
function isInSight(rows: Virtualizer<HTMLElement, HTMLElement>, index: number): boolean {
  const row = rowHeight();
  const top = rows.scrollOffset ?? 0;
  const height = rows.scrollRect?.height ?? 0;
  return index * row >= top && (index + 2) * row <= top + height;
}

/**
 * Rows say which they are by aria-rowindex, for the keys.
 *
 * @param box the element that scrolls @param count rows in all
 */
export function useVirtualRows(box: RefObject<HTMLElement | null>, count: number): VirtualRows {
  const [, redraw] = useState(0);
  const row = rowHeight();
  const options = {
    count,
    getScrollElement: () => box.current,
    estimateSize: () => row,
    overscan: OVERSCAN,
    // The head sticks to the top, over what scrolls below it.
    scrollPaddingEnd: row,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(n => n + 1),
  };
  const [rows] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options));
  rows.setOptions(options);
  useEffect(() => rows._didMount(), [rows]);
  useLayoutEffect(() => rows._willUpdate());
  const items = rows.getVirtualItems();
  const scrollTo = (index: number) => {
    if (!isInSight(rows, index)) rows.scrollToIndex(index);
  };
  const firstInSight = () => Math.min(count - 1, Math.ceil((rows.scrollOffset ?? 0) / row));
  useRowKeys(box, 'tbody tr[tabindex]', { count, firstInSight, scrollTo });
  return {
    items,
    before: items[0]?.start ?? 0,
    after: rows.getTotalSize() - (items.at(-1)?.end ?? 0),
    scrollTo,
  };
}
