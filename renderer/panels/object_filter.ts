/** The filter of the object table: words of the name, a task, a placement, `pinned`, `size>4M`; all have to hold. */
import type { ObjectView } from '../../core/public/view_types.ts';

const UNIT_PAGES = { k: 1 / 4, m: 256, g: 256 * 1024 } as const;

function matchesWord(object: ObjectView, word: string): boolean {
  const size = /^size([<>])(\d+(?:\.\d+)?)([kmg])?i?b?$/.exec(word);
  if (size) {
    const pages = Number(size[2]) * UNIT_PAGES[(size[3] ?? 'm') as keyof typeof UNIT_PAGES];
    return size[1] === '>' ? object.nrPages > pages : object.nrPages < pages;
  }
  if (word === 'pinned') return object.pinned !== null;
  return (
    object.name.toLowerCase().includes(word) ||
    object.placement.toLowerCase() === word ||
    object.holders.some(holder => holder.task.toLowerCase() === word)
  );
}

export function matchesFilter(object: ObjectView, filter: string): boolean {
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every(word => matchesWord(object, word));
}
