/** The profiler as a job of the window. */
import { chartsOfSection, gartBars } from '../../lab/profile/profile_charts.ts';
import { profileHtml } from '../../lab/profile/profile_html.ts';
import type { Figure, ProfileReport, SectionReport } from '../../lab/profile/profile_report.ts';
import { runProfile } from '../../lab/profile/run_profile.ts';
import type { JobReport, JobRequest, ReportSection } from '../../public/jobs.ts';
import type { JobSetup, JobTools } from './job_setup.ts';

/** Machine of the sections that go through the lab. */
const MACHINE = 'lab-64m';

function figureRow({ what, value, unit, low, high, kind, samples, note }: Figure): (string | number)[] {
  const spread = samples.length > 1 && low !== null && high !== null ? `${round(low)} to ${round(high)}` : '';
  return [what, value === null ? '–' : round(value), unit === 'us' ? 'µs' : unit, spread, kind, note];
}

const round = (value: number): number => Number(value.toPrecision(4));

function sectionOf(report: ProfileReport, section: SectionReport): ReportSection {
  return {
    title: section.title,
    sentences: [
      ...(section.state === 'complete' ? [] : [`This section is ${section.state}.`]),
      ...section.missing,
      ...section.outcomes.map(({ of, outcome, sentence }) => `${of}: ${outcome}. ${sentence}`),
    ],
    tables: [
      {
        title: 'Figures',
        columns: ['What', 'Median', 'Unit', 'Quartiles', 'Kind', 'Note'],
        rows: section.figures.map(figureRow),
      },
    ],
    bars: section.id === 'gart' ? gartBars(report) : [],
    lines: chartsOfSection(section),
  };
}

/** Cancelled or not, the report holds what was measured and names what is missing. */
export async function runProfileJob(
  request: Extract<JobRequest, { kind: 'profile' }>,
  setup: JobSetup,
  tools: JobTools,
): Promise<JobReport> {
  const report = await runProfile({
    clock: setup.clock,
    provider: setup.provider,
    machine: setup.description(MACHINE),
    date: setup.date(),
    quick: request.quick,
    driverCliff: request.driverCliff,
    gpuLimitBytes: request.gpuLimit,
    backend: 'chosen by the browser',
    flags: [],
    versions: setup.versions,
    load: 'unknown to a page',
    kernelSources: [],
    cancel: tools.cancel,
    onProgress: ({ section, step, done, total }) => tools.progress(done, total, `${section}: ${step}`),
  });
  const { environment, clocks, sections } = report;
  return {
    title: 'Profile of this GPU',
    about: `Medians and quartiles over repetitions, warm-up excluded, submitted work awaited. Clock step ${round(clocks.clockStepNs)} ns, GPU timestamps ${clocks.timestampStepNs === null ? 'none' : `in steps of ${clocks.timestampStepNs} ns`}. ${report.date}.`,
    // A browser names no driver.
    machine: [environment.adapter, environment.driver].filter(name => name !== 'unknown').join(', '),
    software: environment.software,
    problems: report.cancelled ? ['Cancelled: what was measured until then is here.'] : [],
    sections: sections.map(section => sectionOf(report, section)),
    html: profileHtml(report, null),
    json: JSON.stringify(report, null, 1),
  };
}
