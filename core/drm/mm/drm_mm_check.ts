/** State checks of the range allocator: numbers 32 to 34 and 40 of chapter 8 of the dossier. */
import { type DrmMm, holeStart } from './drm_mm.ts';

/** A violation with the number of the invariant. */
export interface DrmMmViolation {
  readonly number: 32 | 33 | 34 | 40;
  readonly says: string;
}

/** @returns what is wrong; empty when the allocator is sound */
export function checkDrmMm(mm: DrmMm, name: string): DrmMmViolation[] {
  const wrong: DrmMmViolation[] = [];
  const say = (number: DrmMmViolation['number'], says: string) =>
    wrong.push({ number, says: `${name}: ${says}` });
  let position = mm.start;
  let used = 0;
  let free = 0;
  let holes = 0;
  const indexed = new Set(mm.holes());
  const nodes = mm.nodes();
  for (let i = -1; i < nodes.length; i++) {
    const node = i < 0 ? mm.head : nodes[i]!;
    const next = i + 1 < nodes.length ? nodes[i + 1]! : mm.head;
    if (node.next !== next || next.prev !== node)
      say(34, `the address index and the list disagree behind ${holeStart(node)}.`);
    if (i >= 0) {
      if (node.start < position) say(32, `the node at ${node.start} overlaps what ends at ${position}.`);
      used += node.size;
      position = node.end;
    }
    const gap = (next === mm.head ? mm.end : next.start) - position;
    if (gap !== node.holeSize)
      say(33, `the hole behind ${position} is ${gap} units, recorded as ${node.holeSize}.`);
    if (gap > 0 !== indexed.has(node))
      say(34, `the hole at ${position} (${gap} units) and the size index disagree.`);
    free += node.holeSize;
    if (gap > 0) holes++;
  }
  if (position > mm.end) say(32, `the last node ends at ${position}, behind ${mm.end}.`);
  if (used + free !== mm.size) say(40, `${used} used and ${free} free units are not ${mm.size}.`);
  if (holes !== mm.holes().length || holes !== mm.holeStack().length) {
    say(34, `${holes} holes, ${mm.holes().length} in the size index, ${mm.holeStack().length} on the stack.`);
  }
  mm.holes().forEach((hole, i, all) => {
    const before = all[i - 1];
    if (!before) return;
    const inOrder =
      before.holeSize < hole.holeSize || (before.holeSize === hole.holeSize && before.holeSeq > hole.holeSeq);
    if (!inOrder) say(34, `the size index is out of order at ${holeStart(hole)}.`);
  });
  return wrong;
}
