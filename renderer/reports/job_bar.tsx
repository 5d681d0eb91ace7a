/** Progress of the running job: how far, how much longer, and Cancel. */
import { useEffect, useState } from 'preact/hooks';
import { cancelJob, job, jobFailure, keyOf, remainingMs } from '../state/jobs.ts';

const TICK_MS = 500;

function seconds(ms: number): string {
  const whole = Math.ceil(ms / 1000);
  return whole >= 90 ? `${Math.round(whole / 60)} min` : `${whole} s`;
}

/** @param owns whether a job's key belongs to the panel that shows this */
export function JobBar({ owns }: { readonly owns: (key: string) => boolean }) {
  const now = job.value;
  const [clock, setClock] = useState(0);
  useEffect(() => {
    if (!now) return;
    const timer = setInterval(() => setClock(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [now !== null]);
  const failed = jobFailure.value;
  if (!now)
    return failed && owns(failed.key) ? (
      <p class="report-problem" role="status">
        {failed.sentence}
      </p>
    ) : null;
  const mine = owns(keyOf(now.request));
  const left = remainingMs(now, clock || performance.now());
  return (
    <div class="job" role="status">
      <progress
        aria-label={`Progress of ${keyOf(now.request)}`}
        {...(now.total > 0 && { value: now.done, max: now.total })}
      />
      <span class="ell grow">
        {mine ? '' : `${keyOf(now.request)} runs: `}
        {now.cancelling ? 'stopping…' : now.label}
      </span>
      <span class="dim">
        {now.total > 0 ? `${now.done} of ${now.total}` : ''}
        {left === null ? '' : `, ${seconds(left)} left`}
      </span>
      <button type="button" class="button" onClick={cancelJob}>
        Cancel
      </button>
    </div>
  );
}
