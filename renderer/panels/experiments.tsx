/** The experiments: one question each, run here, read here. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { JobBar } from '../reports/job_bar.tsx';
import { ReportView } from '../reports/report_view.tsx';
import { experiments, job, listExperiments, reports, startJob } from '../state/jobs.ts';
import { Panel } from './panel.tsx';

const chosen = signal<string | null>(null);
const machine = signal<'host' | 'auto'>('host');

export function ExperimentsPanel() {
  useEffect(listExperiments, []);
  const list = experiments.value;
  const current = list.find(each => each.name === chosen.value) ?? list[0];
  const report = current && reports.value.get(`experiment/${current.name}`);
  return (
    <Panel name="Experiments">
      <div class="job-panel">
        <nav aria-label="Experiments" class="scroll">
          {list.map(each => (
            <button
              key={each.name}
              type="button"
              class={`job-choice ${each === current ? 'selected' : ''}`}
              aria-current={each === current}
              onClick={() => {
                chosen.value = each.name;
              }}
            >
              {each.title}
              <span class="dim mono">{each.name}</span>
            </button>
          ))}
          {list.length === 0 && <p class="empty">Loading…</p>}
        </nav>
        <div class="scroll job-body">
          {current && (
            <>
              <p class="mid question">{current.question}</p>
              <div class="job-tools">
                <button
                  type="button"
                  class="button"
                  disabled={job.value !== null}
                  onClick={() => startJob({ kind: 'experiment', name: current.name, machine: machine.value })}
                >
                  Run the experiment
                </button>
                <label class="check">
                  <input
                    type="checkbox"
                    checked={machine.value === 'auto'}
                    onChange={event => {
                      machine.value = event.currentTarget.checked ? 'auto' : 'host';
                    }}
                  />
                  on the GPU, where there is one
                </label>
              </div>
            </>
          )}
          <JobBar owns={key => key === `experiment/${current?.name}`} />
          {report && current && <ReportView report={report} name={current.name} />}
        </div>
      </div>
    </Panel>
  );
}
