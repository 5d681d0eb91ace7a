/**
 * Keys in lists and tables. Tab stops at one row: the one that has the focus, else the selected one, else the first in sight. Arrow
 * keys, Home, End and the page keys go from there to the others, which come into being first where only rows in sight exist; left and
 * right go through the buttons of a row.
 *
 * Invariants I1 a list that has rows has exactly one with tabindex 0
 *            I2 a focused row that leaves the page hands the focus to one that is in sight
 */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** For lists of which only the rows in sight exist; their rows say which they are by aria-posinset, or their table rows by aria-rowindex. */
export interface RowsInSight {
  readonly count: number;
  firstInSight(): number;
  /** Bring a row into sight, if it is not there. */
  scrollTo(index: number): void;
}

/**
 * Which row a key leads to; null: it is no key of lists.
 *
 * @param page rows that fit into the list
 */
export function rowAfterKey(key: string, at: number, count: number, page: number): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + Math.max(1, page),
    PageUp: at - Math.max(1, page),
    Home: 0,
    End: count - 1,
  };
  const next = steps[key];
  return next === undefined ? null : Math.max(0, Math.min(count - 1, next));
}

/** The place among all rows that a row says it has; the head of a table is row 1. */
function placeSaid(row: HTMLElement): number {
  const { ariaPosInSet } = row;
  return ariaPosInSet === null ? Number(row.ariaRowIndex) - 2 : Number(ariaPosInSet) - 1;
}

class RowKeys {
  /** What a list asks for changes with each time it renders. */
  inSight: RowsInSight | undefined;
  private stop: HTMLElement | null = null;
  /** The row that has the focus, and its place. */
  private focused: HTMLElement | null = null;
  private focusedAt = 0;
  /** A row that will be there soon, and takes the focus then. */
  private awaited: number | null = null;
  private readonly observer = new MutationObserver(() => this.update());

  constructor(
    private readonly box: HTMLElement,
    private readonly selector: string,
  ) {
    this.observer.observe(box, { childList: true, subtree: true, attributeFilter: ['aria-selected'] });
    box.addEventListener('keydown', this.onKey);
    box.addEventListener('focusin', this.onFocus);
    box.addEventListener('focusout', this.onBlur);
    this.update();
  }

  end(): void {
    this.observer.disconnect();
    this.box.removeEventListener('keydown', this.onKey);
    this.box.removeEventListener('focusin', this.onFocus);
    this.box.removeEventListener('focusout', this.onBlur);
  }

  private rows(): HTMLElement[] {
    return [...this.box.querySelectorAll<HTMLElement>(this.selector)];
  }

  private placeOf(row: HTMLElement, rows: readonly HTMLElement[]): number {
    return this.inSight ? placeSaid(row) : rows.indexOf(row);
  }

  private rowAt(place: number, rows: readonly HTMLElement[]): HTMLElement | undefined {
    return this.inSight ? rows.find(row => placeSaid(row) === place) : rows[place];
  }

  private setStop(row: HTMLElement | undefined, rows: readonly HTMLElement[]): void {
    for (const each of rows) {
      const wanted = each === row ? 0 : -1;
      if (each.tabIndex !== wanted) each.tabIndex = wanted;
    }
    this.stop = row ?? null;
  }

  /** After rows came, went or were selected. */
  private update(): void {
    const rows = this.rows();
    if (rows.length === 0) return;
    const { focused, inSight } = this;
    if (inSight && this.awaited !== null && this.awaited >= inSight.count) this.awaited = null;
    const { awaited } = this;
    const come = awaited === null ? undefined : this.rowAt(awaited, rows);
    if (come) this.focus(come, rows);
    else if (awaited === null && focused && !focused.isConnected) {
      const first = inSight?.firstInSight() ?? this.focusedAt;
      // Where it was, if that is in sight: its object is gone. Else the list was scrolled away from it.
      const near = this.rowAt(this.focusedAt, rows) ?? this.rowAt(first, rows) ?? rows.at(-1)!;
      if (document.activeElement === document.body) this.focus(near, rows);
      else this.focused = null;
    }
    const here = this.focused?.isConnected ? this.focused : undefined;
    const selected = rows.find(row => row.ariaSelected === 'true');
    const before = this.stop?.isConnected && !inSight ? this.stop : undefined;
    const first = this.rowAt(inSight?.firstInSight() ?? 0, rows) ?? rows[0];
    this.setStop(here ?? selected ?? before ?? first, rows);
  }

  private focus(row: HTMLElement, rows: readonly HTMLElement[]): void {
    this.awaited = null;
    this.setStop(row, rows);
    // Who knows where rows lie has scrolled already; the head of its table may cover what the browser takes for visible.
    row.focus({ preventScroll: this.inSight !== undefined });
  }

  private readonly onFocus = (event: FocusEvent): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>(this.selector);
    if (!row) return;
    const rows = this.rows();
    this.focused = row;
    this.focusedAt = this.placeOf(row, rows);
    this.setStop(row, rows);
  };

  private readonly onBlur = (): void => {
    const { focused } = this;
    // A row that leaves the page loses the focus too, but nobody took it.
    queueMicrotask(() => {
      const now = document.activeElement;
      if (focused?.isConnected && focused === this.focused && !focused.contains(now)) this.focused = null;
      if (now !== document.body && !this.box.contains(now)) this.awaited = null;
    });
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>(this.selector);
    if (!row) return;
    if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      const parts = [row, ...row.querySelectorAll('button')];
      const part = parts[parts.indexOf(target) + (event.key === 'ArrowRight' ? 1 : -1)];
      if (!part) return;
      event.preventDefault();
      event.stopPropagation();
      part.focus();
      return;
    }
    const rows = this.rows();
    const { inSight } = this;
    const page = Math.floor(this.box.clientHeight / Math.max(1, row.offsetHeight)) - 1;
    // Where rows follow each other fast, the one that is still awaited is the one to go on from.
    const at = this.awaited ?? this.placeOf(row, rows);
    const next = rowAfterKey(event.key, at, inSight?.count ?? rows.length, page);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    inSight?.scrollTo(next);
    const there = this.rowAt(next, rows);
    if (there) this.focus(there, rows);
    else this.awaited = next;
  };
}

/**
 * @param box the element that scrolls @param selector its rows, which can take the focus
 * @param inSight where not all rows exist
 */
export function useRowKeys(
  box: RefObject<HTMLElement | null>,
  selector: string,
  inSight?: RowsInSight,
): void {
  const keys = useRef<RowKeys | null>(null);
  useEffect(() => {
    keys.current = new RowKeys(box.current!, selector);
    keys.current.inSight = inSight;
    return () => keys.current?.end();
  }, []);
  if (keys.current) keys.current.inSight = inSight;
}
