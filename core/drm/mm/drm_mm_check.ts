/** State checks of the range allocator: dossier 8.3, numbers 32 to 34 and 40. */
import { type DrmMm, holeStart } from './drm_mm.ts';

/** @returns one sentence per violation; empty when the allocator is sound */
export function checkDrmMm(mm: DrmMm, name: string): string[] {
  const wrong: string[] = [];
  let position = mm.start;
  let used = 0;
  let free = 0;
  let holes = 0;
  const seen = new Set(mm.holes());
  const nodes = mm.nodes();
  for (let i = -1; i < nodes.length; i++) {
    const node = i < 0 ? mm.head : nodes[i]!;
    const next = i + 1 < nodes.length ? nodes[i + 1]! : mm.head;
    if (node.next !== next || next.prev !== node)
      wrong.push(`${name}: the address index and the list disagree behind ${holeStart(node)}.`);
    if (i >= 0) {
      if (node.start < position)
        wrong.push(`${name}: the node at ${node.start} overlaps what ends at ${position}.`);
      used += node.size;
      position = node.end;
    }
    const gap = (next === mm.head ? mm.end : next.start) - position;
    if (gap !== node.holeSize)
      wrong.push(`${name}: the hole behind ${position} is ${gap} units, recorded as ${node.holeSize}.`);
    if (gap > 0 !== seen.has(node))
      wrong.push(`${name}: the hole at ${position} (${gap} units) and the size index disagree.`);
    free += gap;
    if (gap > 0) holes++;
  }
  if (position > mm.end) wrong.push(`${name}: the last node ends at ${position}, behind ${mm.end}.`);
  if (used + free !== mm.size) wrong.push(`${name}: ${used} used and ${free} free units are not ${mm.size}.`);
  if (holes !== mm.holes().length || holes !== mm.holeStack().length) {
    wrong.push(`${name}: ${holes} holes, ${mm.holes().length} in the size index.`);
  }
  mm.holes().forEach((hole, i, all) => {
    const before = all[i - 1];
    if (
      before &&
      (before.holeSize > hole.holeSize ||
        (before.holeSize === hole.holeSize && before.holeSeq < hole.holeSeq))
    ) {
      wrong.push(`${name}: the size index is out of order at ${holeStart(hole)}.`);
    }
  });
  return wrong;
}
