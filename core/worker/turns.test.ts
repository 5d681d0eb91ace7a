import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('a pause on a way takes what waits for its end; behind a way that has arrived it takes nothing', () => {
  const onWay = new Turns();
  onWay.begin(onWay.add(1, { type: 'seek', position: 3 }));
  const lost = onWay.add(2, { type: 'step' });
  onWay.add(3, { type: 'pause' });
  expect(lost.settled).toBe('overtaken');

  const arrived = new Turns();
  arrived.begin(arrived.add(1, { type: 'seek', position: 3 }));
  arrived.end();
  const kept = arrived.add(2, { type: 'step' });
  arrived.add(3, { type: 'pause' });
  expect(kept.settled).toBeNull();
});

test('a call that was given up does not keep a newer seek from ending an older one', () => {
  const turns = new Turns();
  turns.begin(turns.add(1, { type: 'seek', position: 3 }));
  const call = turns.add(2, { type: 'setBudget', pages: 8 });
  turns.add(3, { type: 'pause' });
  expect(call.settled).toBe('overtaken');
  const older = turns.add(4, { type: 'seek', position: 5 });
  turns.add(5, { type: 'seek', position: 9 });
  expect(older.settled).toBe('overtaken');
});
