import { expect, test, vi } from 'vitest';
import { oneAtATime } from './one_at_a_time.ts';

/** Work that ends when it is told to. */
function slowWork() {
  const ends: ((error?: Error) => void)[] = [];
  const work = () =>
    new Promise<void>((resolve, reject) => ends.push(error => (error ? reject(error) : resolve())));
  return { ends, work };
}

const settled = () => new Promise(resolve => setTimeout(resolve, 0));

test('asked three times while one is under way: one more, after it', async () => {
  const { ends, work } = slowWork();
  const one = oneAtATime(work);
  one.again();
  for (let i = 0; i < 3; i++) one.again();
  expect([ends.length, one.busy]).toEqual([1, true]);
  ends[0]!();
  await settled();
  expect(ends).toHaveLength(2);
  ends[1]!();
  await settled();
  expect([ends.length, one.busy]).toEqual([2, false]);
});

test('work that fails: said, and what was asked meanwhile is done', async () => {
  const { ends, work } = slowWork();
  const failed = vi.fn();
  const one = oneAtATime(work, failed);
  one.again();
  one.again();
  const error = new Error('The lab refused.');
  ends[0]!(error);
  await settled();
  expect(failed).toHaveBeenCalledExactlyOnceWith(error);
  expect(ends).toHaveLength(2);
});

test('stopped: the one under way ends, no other begins', async () => {
  const { ends, work } = slowWork();
  const one = oneAtATime(work);
  one.again();
  one.again();
  one.stop();
  ends[0]!();
  await settled();
  one.again();
  expect([ends.length, one.busy]).toEqual([1, false]);
});
