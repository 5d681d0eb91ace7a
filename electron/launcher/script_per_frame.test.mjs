import { describe, expect, it } from 'vitest';
import { eventsOf, quantile, scriptPerFrame, workerTasks } from './script_per_frame.mjs';

const thread = (pid, name) => ({ ph: 'M', name: 'thread_name', pid, tid: 1, args: { name } });
const span = (pid, name, ts, dur, tdur = dur) => ({ ph: 'X', name, pid, tid: 1, ts, dur, tdur });
const frame = (pid, ts) => ({ ph: 'I', name: 'BeginMainThreadFrame', pid, tid: 1, ts });

describe('scriptPerFrame', () => {
  it('adds script up to the frame it comes before, counts nested events once, and looks at the busiest page', () => {
    const events = [
      thread(1, 'CrRendererMain'),
      thread(2, 'CrRendererMain'),
      thread(3, 'Compositor'),
      span(2, 'FunctionCall', 0, 100),
      frame(1, 5_000),
      span(1, 'EventDispatch', 7_000, 2_000),
      span(1, 'FunctionCall', 7_500, 1_000),
      span(1, 'TimerFire', 9_500, 500),
      frame(1, 20_000),
      span(1, 'FireAnimationFrame', 20_100, 4_000, 3_000),
      // Later in the same frame.
      span(1, 'FireAnimationFrame', 24_200, 250),
      span(1, 'Paint', 24_500, 9_000),
      frame(1, 40_000),
      span(3, 'FunctionCall', 0, 900_000),
    ];
    expect(scriptPerFrame(eventsOf(JSON.stringify({ traceEvents: events })))).toEqual([0, 6.75, 0]);
    expect(scriptPerFrame(eventsOf(JSON.stringify(events)))).toEqual([0, 6.75, 0]);
    expect(scriptPerFrame(events, 'tdur')).toEqual([0, 5.75, 0]);
  });

  it('tasks of workers, each once', () => {
    const events = [
      thread(1, 'CrRendererMain'),
      thread(2, 'DedicatedWorker thread'),
      span(1, 'RunTask', 0, 90_000),
      span(2, 'RunTask', 0, 8_000, 3_000),
      span(2, 'ThreadControllerImpl::RunTask', 100, 7_000),
      span(2, 'RunTask', 9_000, 2_000),
    ];
    expect(workerTasks(events)).toEqual([8, 2]);
    expect(workerTasks(events, 'tdur')).toEqual([3, 2]);
  });

  it('the 95th of a hundred', () => {
    expect(
      quantile(
        Array.from({ length: 100 }, (_, i) => i),
        0.95,
      ),
    ).toBe(95);
    expect(quantile([], 0.95)).toBe(0);
  });
});
