/** The conformance board: what a real kernel did, played on the model, step by step. */
import { JobBar } from '../reports/job_bar.tsx';
import { ReportView } from '../reports/report_view.tsx';
import { job, reports, startJob } from '../state/jobs.ts';
import { Panel } from './panel.tsx';

export function ConformancePanel() {
  const report = reports.value.get('conform');
  return (
    <Panel name="Conformance">
      <div class="scroll job-body">
        <p class="mid question">
          Recordings of a real kernel come with the program. Each step is played on the model; return values,
          errnos, page-table entries, files of /proc and traced functions are compared.
        </p>
        <div class="job-tools">
          <button
            type="button"
            class="button"
            disabled={job.value !== null}
            onClick={() => startJob({ kind: 'conform' })}
          >
            Compare with the recordings
          </button>
        </div>
        <JobBar owns={key => key === 'conform'} />
        {report && <ReportView report={report} name="conformance" />}
      </div>
    </Panel>
  );
}
