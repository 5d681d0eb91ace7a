/** Jobs of the window: their worker is started with the first one, and again after one that had to be stopped. */
import { signal } from '@preact/signals';
import type {
  ExperimentInfo,
  FromJobs,
  JobFile,
  JobReport,
  JobRequest,
  ToJobs,
} from '../../core/public/jobs.ts';

export interface Job {
  readonly number: number;
  readonly request: JobRequest;
  readonly done: number;
  readonly total: number;
  readonly label: string;
  readonly startedMs: number;
  readonly cancelling: boolean;
}

/** The job that runs, if one does. */
export const job = signal<Job | null>(null);
export const experiments = signal<readonly ExperimentInfo[]>([]);
/** The newest report of each kind of job; experiments by name. */
export const reports = signal<ReadonlyMap<string, JobReport>>(new Map());
export const jobFailure = signal<{ readonly key: string; readonly sentence: string } | null>(null);

interface JobsPort {
  postMessage(message: ToJobs): void;
  terminate(): void;
  onmessage: ((event: { data: FromJobs }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
}

let port: JobsPort | null = null;
let nextNumber = 1;
/** Who waits for the files of the job that runs. */
let wanted: {
  readonly made: (files: readonly JobFile[]) => void;
  readonly failed: (why: Error) => void;
} | null = null;

/** Under which name a job's report is kept. */
export function keyOf(request: JobRequest): string {
  return request.kind === 'experiment' ? `experiment/${request.name}` : request.kind;
}

function openPort(): JobsPort {
  if (port) return port;
  const opened = new Worker(new URL('../../core/worker/jobs/job_worker.ts', import.meta.url), {
    type: 'module',
    name: 'jobs',
  }) as unknown as JobsPort;
  opened.onmessage = ({ data }) => receive(data);
  opened.onerror = event => {
    port = null;
    end(`The worker of the job stopped: ${event.message ?? 'no reason given'}.`);
  };
  port = opened;
  return opened;
}

function end(sentence: string | null): void {
  const ended = job.value;
  job.value = null;
  if (wanted) {
    wanted.failed(new Error(sentence ?? 'Nothing came out.'));
    wanted = null;
  } else if (ended && sentence !== null) jobFailure.value = { key: keyOf(ended.request), sentence };
}

function receive(message: FromJobs): void {
  if (message.type === 'experiments') {
    experiments.value = message.experiments;
    return;
  }
  const now = job.value;
  if (!now || message.job !== now.number) return;
  if (message.type === 'progress') {
    const { done, total, label } = message;
    job.value = { ...now, done, total, label };
  } else if (message.type === 'finished') {
    reports.value = new Map(reports.value).set(keyOf(now.request), message.report);
    end(null);
  } else if (message.type === 'files') {
    wanted?.made(message.files);
    wanted = null;
    end(null);
  } else end(message.sentence);
}

/** Ask which experiments there are; the answer comes into `experiments`. */
export function listExperiments(): void {
  if (experiments.value.length === 0) openPort().postMessage({ type: 'list' });
}

/** Start a job; one at a time. */
export function startJob(request: JobRequest): void {
  if (job.value) return;
  jobFailure.value = null;
  const number = nextNumber++;
  job.value = {
    number,
    request,
    done: 0,
    total: 0,
    label: 'starting',
    startedMs: performance.now(),
    cancelling: false,
  };
  openPort().postMessage({ type: 'start', job: number, request });
}

/** Start a job that makes files. @throws Error with a sentence: it failed, was cancelled, or another job runs */
export function filesOfJob(request: JobRequest): Promise<readonly JobFile[]> {
  const busy = job.peek();
  if (busy) return Promise.reject(new Error(`${keyOf(busy.request)} runs; one job runs at a time.`));
  startJob(request);
  return new Promise((made, failed) => {
    wanted = { made, failed };
  });
}

/** Stop the job. One that cannot stop by itself loses its worker; the next job gets a new one. */
export function cancelJob(): void {
  const now = job.value;
  if (!now || !port) return;
  if (now.request.kind === 'experiment' || now.request.kind === 'export' || now.cancelling) {
    port.terminate();
    port = null;
    end('Cancelled.');
    return;
  }
  job.value = { ...now, cancelling: true };
  port.postMessage({ type: 'cancel', job: now.number });
}

/** Time that is left at the speed so far, in ms; null while nobody can know. */
export function remainingMs({ done, total, startedMs }: Job, nowMs: number): number | null {
  return done > 0 && total > 0 ? ((nowMs - startedMs) / done) * (total - done) : null;
}
