/** How much script a page ran per frame, read from a trace of the DevTools protocol: no timer in the page takes part. */

/** Events under which script runs; nested ones count once. */
const SCRIPT = new Set([
  'FunctionCall',
  'EvaluateScript',
  'FireAnimationFrame',
  'FireIdleCallback',
  'TimerFire',
  'EventDispatch',
  'HandlePostMessage',
  'RunMicrotasks',
  'v8.callFunction',
  'v8.run',
  'MinorGC',
  'MajorGC',
]);
const FRAME = 'BeginMainThreadFrame';

/** Processes and threads of renderers' main threads, with how much script each ran. */
function mainThreads(events) {
  const threads = new Map();
  for (const event of events) {
    if (event.ph === 'M' && event.name === 'thread_name' && event.args?.name === 'CrRendererMain')
      threads.set(`${event.pid} ${event.tid}`, []);
  }
  for (const event of events) threads.get(`${event.pid} ${event.tid}`)?.push(event);
  return [...threads.values()];
}

/** Complete events of script on one thread that lie in no other, in order. */
function topScript(events) {
  const spans = events
    .filter(event => event.ph === 'X' && SCRIPT.has(event.name) && event.dur > 0)
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const top = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { ts, dur } of spans) {
    if (ts < end) continue;
    top.push({ ts, dur });
    end = ts + dur;
  }
  return top;
}

/**
 * @param trace the text of a trace, JSON
 * @returns {number[]} milliseconds of script before each frame of the busiest page, in order; script between two frames
 *   belongs to the second
 */
export function scriptPerFrame(trace) {
  const parsed = JSON.parse(trace);
  const events = Array.isArray(parsed) ? parsed : parsed.traceEvents;
  let busiest = [];
  let most = -1;
  for (const thread of mainThreads(events)) {
    const total = topScript(thread).reduce((sum, { dur }) => sum + dur, 0);
    if (total <= most) continue;
    most = total;
    busiest = thread;
  }
  const frames = busiest
    .filter(event => event.name === FRAME)
    .map(event => event.ts)
    .sort((a, b) => a - b);
  const perFrame = new Array(frames.length).fill(0);
  let at = 0;
  for (const { ts, dur } of topScript(busiest)) {
    while (at < frames.length && frames[at] < ts) at++;
    // A frame's own callbacks run inside it: they count for the frame that has just begun.
    const frame = at > 0 && ts - frames[at - 1] < 1000 ? at - 1 : at;
    if (frame < perFrame.length) perFrame[frame] += dur / 1000;
  }
  return perFrame;
}

/** The value below which `share` of the sorted list lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
