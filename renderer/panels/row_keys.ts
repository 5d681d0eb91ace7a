/** Arrow keys in lists and tables: from one row to its neighbours; Home and End to the ends. */

/** Put on the element that holds the rows; rows are its focusable descendants in order. */
export function moveByKeys(event: KeyboardEvent): void {
  const container = event.currentTarget as HTMLElement;
  const rows = [...container.querySelectorAll<HTMLElement>('button, tr[tabindex]')];
  const at = rows.indexOf(event.target as HTMLElement);
  if (at < 0) return;
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
  const next = rows[steps[event.key] ?? -1];
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}
