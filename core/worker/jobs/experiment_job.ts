/** An experiment as a job of the window. */
import { EXPERIMENTS } from '../../lab/experiments/all.ts';
import { reportHtml } from '../../lab/experiments/report_html.ts';
import type { JobReport, JobRequest } from '../../public/jobs.ts';
import type { JobSetup, JobTools } from './job_setup.ts';

/** @throws Error there is no such experiment, or it failed */
export async function runExperimentJob(
  { name, machine: kind }: Extract<JobRequest, { kind: 'experiment' }>,
  setup: JobSetup,
  tools: JobTools,
): Promise<JobReport> {
  const experiment = EXPERIMENTS.find(each => each.name === name);
  if (!experiment) throw new Error(`There is no experiment ${JSON.stringify(name)}.`);
  const seen = new Set<string>();
  let software = false;
  let machines = 0;
  const result = await experiment.run({
    description: setup.description,
    layout: 'paged',
    newMachine: async description => {
      const { machine } = await setup.makeMachine(description, kind, 'paged');
      // Plain memory is no adapter.
      const onProcessor = machine.kind !== 'host' && machine.adapter.software;
      software ||= onProcessor;
      seen.add(`${machine.kind} (${machine.adapter.name}${onProcessor ? ', software adapter' : ''})`);
      tools.progress(++machines, 0, `machine ${machines}`);
      return machine;
    },
    timeMs: work => {
      const before = setup.clock.nowMs();
      work();
      return setup.clock.nowMs() - before;
    },
  });
  const machine = [...seen].join('; ') || 'the model alone, no machine';
  const { findings, tables, charts, problems, figures } = result;
  return {
    title: experiment.title,
    about: experiment.question,
    machine,
    software,
    problems,
    sections: [{ title: 'Findings', sentences: findings, tables, bars: charts, lines: [] }],
    html: reportHtml(experiment, result, machine),
    json: JSON.stringify(figures, null, 2),
  };
}
