/** How much script a page ran per frame, read from a trace of the DevTools protocol: no timer in the page takes part. */

/**
 * Events under which script runs; nested ones count once. Idle callbacks are not among them: the browser lays pages out in idle
 * callbacks of its own, and what script runs in one of the page is a FunctionCall.
 */
const SCRIPT = new Set([
  'FunctionCall',
  'EvaluateScript',
  'FireAnimationFrame',
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

/** Categories that a trace has to hold for the figures below. */
export const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
  'v8',
];

export function eventsOf(trace) {
  const parsed = JSON.parse(trace);
  return Array.isArray(parsed) ? parsed : parsed.traceEvents;
}

/** Events by thread, of the threads of this name. */
function threadsNamed(events, name) {
  const threads = new Map();
  for (const event of events) {
    if (event.ph === 'M' && event.name === 'thread_name' && event.args?.name === name)
      threads.set(`${event.pid} ${event.tid}`, []);
  }
  for (const event of events) threads.get(`${event.pid} ${event.tid}`)?.push(event);
  return [...threads.values()];
}

/** Complete events of these names on one thread that lie in no other, in order. */
function topSpans(events, names) {
  const spans = events
    .filter(event => event.ph === 'X' && names.has(event.name) && event.dur > 0)
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const top = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { name, ts, dur, tdur } of spans) {
    if (ts < end) continue;
    top.push({ name, ts, dur, tdur: tdur ?? dur });
    end = ts + dur;
  }
  return top;
}

const topScript = events => topSpans(events, SCRIPT);
const TASK = new Set(['RunTask', 'ThreadControllerImpl::RunTask']);

/** Milliseconds of every task of the workers: between two of them a worker hears its port. @param clock as for `scriptPerFrame` */
export function workerTasks(events, clock = 'dur') {
  return threadsNamed(events, 'DedicatedWorker thread').flatMap(thread =>
    topSpans(thread, TASK).map(span => span[clock] / 1000),
  );
}

/**
 * @param events of a trace
 * @param clock  `dur` by the clock on the wall; `tdur` the processor's time, which other programs on a busy machine do not lengthen
 * @returns {number[]} milliseconds of script before each frame of the busiest page, in order; script between two frames
 *   belongs to the second
 */
export function scriptPerFrame(events, clock = 'dur') {
  let busiest = [];
  let most = -1;
  for (const thread of threadsNamed(events, 'CrRendererMain')) {
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
  for (const span of topScript(busiest)) {
    const { name, ts } = span;
    while (at < frames.length && frames[at] <= ts) at++;
    // A frame's own callbacks run inside it, however late: they count for the frame that has begun.
    const own = name === 'FireAnimationFrame' || (at > 0 && ts - frames[at - 1] < 1000);
    const frame = own && at > 0 ? at - 1 : at;
    if (frame < perFrame.length) perFrame[frame] += span[clock] / 1000;
  }
  return perFrame;
}

/** The value below which `share` of the sorted list lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
