import { expect, test } from 'vitest';
import type { CandidateView } from '../../core/public/view_types.ts';
import { walkLines } from './why_lines.ts';

const candidate = (id: number, outcome: CandidateView['outcome'], reason = 'busy fence'): CandidateView => ({
  objectId: id,
  name: `bo-${id}`,
  age: id,
  reason,
  outcome,
  count: 1,
});
const skipped = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => candidate(from + i, 'skipped'));
const texts = (candidates: readonly CandidateView[]) =>
  walkLines(candidates).map(line => `${line.rank} ${line.candidate.name}: ${line.candidate.reason}`);

test('a short walk: a line each; what it did not come to, and what it never walks, is counted', () => {
  const walk = [
    candidate(1, 'skipped'),
    candidate(2, 'victim', 'idle'),
    candidate(3, 'not reached', 'not reached'),
    candidate(4, 'not reached', 'not reached'),
    candidate(5, 'never walked', 'pinned'),
  ];
  expect(texts(walk)).toEqual([
    '1 bo-1: busy fence',
    '2 bo-2: idle',
    '3 2 objects: not reached',
    '– bo-5: pinned',
  ]);
});

test('a long walk: begin, end, and what lies between as a count, so that no rank is missing', () => {
  expect(texts([...skipped(1, 8), candidate(9, 'victim', 'idle')])).toEqual([
    '1 bo-1: busy fence',
    '2 bo-2: busy fence',
    '3 4 objects: busy fence',
    '7 bo-7: busy fence',
    '8 bo-8: busy fence',
    '9 bo-9: idle',
  ]);
});

test('a victim in the middle of a long walk has its line', () => {
  const walk = [
    ...skipped(1, 4),
    candidate(5, 'victim', 'idle'),
    ...skipped(6, 7),
    candidate(8, 'skipped', 'reserved'),
  ];
  expect(
    texts([...walk, candidate(9, 'other victim', 'idle'), candidate(10, 'other victim', 'idle')]),
  ).toEqual([
    '1 bo-1: busy fence',
    '2 bo-2: busy fence',
    '3 2 objects: busy fence',
    '5 bo-5: idle',
    '6 4 objects: looked at as well',
    '10 bo-10: idle',
  ]);
});
