/** The address of a selection, as it is copied into a bug report and pasted back: `bo/5`, `task/2`, `vma/2/7`, `event/120`. */
import type { Selection } from '../../core/public/view_types.ts';

/** The address of a selection. */
export function addressOf(selection: Selection): string {
  switch (selection.kind) {
    case 'object':
      return `bo/${selection.id}`;
    case 'task':
      return `task/${selection.pid}`;
    case 'vma':
      return `vma/${selection.pid}/${selection.id}`;
    case 'event':
      return `event/${selection.index}`;
  }
}

/** What an address names, or null for a text that is none. */
export function parseAddress(text: string): Selection | null {
  const match = /^(bo|task|vma|event)\/(\d{1,15})(?:\/(\d{1,15}))?$/.exec(text.trim());
  if (!match || (match[1] === 'vma') !== (match[3] !== undefined)) return null;
  const first = Number(match[2]);
  switch (match[1]) {
    case 'bo':
      return { kind: 'object', id: first };
    case 'task':
      return { kind: 'task', pid: first };
    case 'vma':
      return { kind: 'vma', pid: first, id: Number(match[3]) };
    default:
      return { kind: 'event', index: first };
  }
}
