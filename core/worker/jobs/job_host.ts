/** Runs the jobs of the window, one after the other, and lets a cancel through between their steps. */
import { EXPERIMENTS } from '../../lab/experiments/all.ts';
import { CancelToken } from '../../lab/profile/profile_setup.ts';
import type { FromJobs, JobReport, JobRequest, ToJobs } from '../../public/jobs.ts';
import { runConformJob } from './conform_job.ts';
import { runExperimentJob } from './experiment_job.ts';
import { type ExportRequest, runExportJob } from './export_job.ts';
import type { JobSetup, JobTools } from './job_setup.ts';
import { runProfileJob } from './profile_job.ts';

/** A person reads no more of these in a second. */
const PROGRESS_EVERY_MS = 60;

function runJob(
  request: Exclude<JobRequest, ExportRequest>,
  setup: JobSetup,
  tools: JobTools,
): Promise<JobReport> {
  switch (request.kind) {
    case 'experiment':
      return runExperimentJob(request, setup, tools);
    case 'profile':
      return runProfileJob(request, setup, tools);
    case 'conform':
      return runConformJob(setup, tools);
  }
}

export class JobHost {
  private readonly tokens = new Map<number, CancelToken>();
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly setup: JobSetup,
    private readonly send: (message: FromJobs) => void,
  ) {}

  /** Take one message of the window. */
  receive(message: ToJobs): void {
    switch (message.type) {
      case 'list':
        this.send({
          type: 'experiments',
          experiments: EXPERIMENTS.map(({ name, title, question }) => ({ name, title, question })),
        });
        break;
      case 'cancel':
        this.tokens.get(message.job)?.cancel();
        break;
      case 'start': {
        const { job, request } = message;
        const cancel = new CancelToken();
        this.tokens.set(job, cancel);
        this.queue = this.queue.then(() => this.run(job, request, cancel));
        break;
      }
    }
  }

  private async run(job: number, request: JobRequest, cancel: CancelToken): Promise<void> {
    let saidAt = Number.NEGATIVE_INFINITY;
    const progress = (done: number, total: number, label: string) => {
      const now = this.setup.clock.nowMs();
      if (now - saidAt < PROGRESS_EVERY_MS && done < total) return;
      saidAt = now;
      this.send({ type: 'progress', job, done, total, label });
    };
    try {
      const tools = { cancel, progress };
      if (request.kind === 'export')
        this.send({ type: 'files', job, files: await runExportJob(request, tools) });
      else this.send({ type: 'finished', job, report: await runJob(request, this.setup, tools) });
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error);
      this.send({ type: 'failed', job, sentence: /[.!?]$/.test(says) ? says : `${says}.` });
    }
    this.tokens.delete(job);
  }
}
