import { expect, test } from 'vitest';
import { FaultAttr } from './fault_attr.ts';

/** Answers of the next allocations: o for an object, p for a page; upper case when it failed. */
function answers(faults: FaultAttr, kinds: string): string {
  return [...kinds]
    .map(kind => ((kind === 'o' ? faults.failSlab('it') : faults.failPage('it')) ? kind.toUpperCase() : kind))
    .join('');
}

test('the n-th allocation fails, the others do not, and it is not armed afterwards', () => {
  const faults = new FaultAttr();
  expect(answers(faults, 'opo')).toBe('opo');
  faults.arm(3);
  expect(answers(faults, 'opopo')).toBe('opOpo');
  expect([faults.armed, faults.nrFailed, faults.lastFailed]).toEqual([false, 1, 'it']);
});

test('times: so many fail one after the other, or all', () => {
  const faults = new FaultAttr();
  faults.arm(2, 3);
  expect(answers(faults, 'oooooo')).toBe('oOOOoo');
  faults.arm(1, -1);
  expect(answers(faults, 'ooo')).toBe('OOO');
  faults.arm(0);
  expect(answers(faults, 'ooo')).toBe('ooo');
});

test('a kind leaves the other one alone and uncounted', () => {
  const faults = new FaultAttr();
  faults.arm(2, 1, 'page');
  expect(answers(faults, 'opopo')).toBe('opoPo');
  faults.arm(1, 1, 'slab');
  expect(answers(faults, 'ppo')).toBe('ppO');
});

test('slab refuses with ENOMEM and says for what', () => {
  const faults = new FaultAttr();
  faults.arm(1);
  expect(() => faults.slab('open', 'a file')).toThrow(/open: ENOMEM: There is no memory for a file/);
});
