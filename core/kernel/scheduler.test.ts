/** Order of tasks in virtual time: earliest first, equal moments by pid, blocked ones back at their signal. */
import { expect, test } from 'vitest';
import { machineAsset } from '../testing/transcript_files.ts';
import { bootKernel } from './boot.ts';
import { Scheduler } from './scheduler.ts';
import { spawnTask } from './sys_task.ts';

const kernel = bootKernel(machineAsset('transcripts-pc'));
const [a, b, c] = [spawnTask(kernel, 'A'), spawnTask(kernel, 'B'), spawnTask(kernel, 'C')];

test('tasks that are ready at one moment run in the order of their pids', () => {
  const scheduler = new Scheduler();
  for (const task of [c, a, b]) scheduler.add(task, 100);
  const order: number[] = [];
  for (let i = 0; i < 3; i++) {
    const next = scheduler.next()!;
    order.push(next.pid);
    scheduler.ran(next, 200 + i);
  }
  expect(order).toEqual([a.pid, b.pid, c.pid]);
});

test('an earlier moment goes before a lower pid', () => {
  const scheduler = new Scheduler();
  scheduler.add(a, 300);
  scheduler.add(c, 100);
  expect(scheduler.next()).toBe(c);
});

test('a blocked task runs again only when its fence has signalled', () => {
  const scheduler = new Scheduler();
  const fence = { signalled: false };
  scheduler.add(a, 0);
  scheduler.add(b, 50);
  scheduler.block(a, fence);
  scheduler.wake(10);
  expect(scheduler.next()).toBe(b);
  fence.signalled = true;
  scheduler.wake(20);
  expect(scheduler.next()).toBe(a);
  expect(scheduler.nrBlocked).toBe(0);
});

test('a removed task is in neither set', () => {
  const scheduler = new Scheduler();
  scheduler.add(a, 0);
  scheduler.block(a, { signalled: false });
  scheduler.remove(a);
  expect(scheduler.next()).toBeNull();
  expect(() => scheduler.remove(a)).toThrow(/not runnable/);
});
