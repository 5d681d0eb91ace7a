/** The profiler: measure this GPU, and the lab on it. */
import { signal } from '@preact/signals';
import { JobBar } from '../reports/job_bar.tsx';
import { ReportView } from '../reports/report_view.tsx';
import { job, reports, startJob } from '../state/jobs.ts';
import { Panel } from './panel.tsx';

const MIB = 1024 * 1024;
const quick = signal(true);
const driverCliff = signal(false);
const limitMib = signal(256);

export function ProfilerPanel() {
  const report = reports.value.get('profile');
  return (
    <Panel name="Profiler">
      <div class="scroll job-body">
        <p class="mid question">
          Creates, writes, reads back, copies and maps buffers from 4 KiB up; evicts and re-faults objects
          through the lab beside the raw copy; reads and writes through the GART beside direct access; grows a
          working set past the budget; times shoot-downs.
        </p>
        <div class="job-tools">
          <button
            type="button"
            class="button"
            disabled={job.value !== null}
            onClick={() =>
              startJob({
                kind: 'profile',
                quick: quick.value,
                driverCliff: driverCliff.value,
                gpuLimit: limitMib.value * MIB,
              })
            }
          >
            Measure this GPU
          </button>
          <label class="check">
            <input
              type="checkbox"
              checked={quick.value}
              onChange={event => {
                quick.value = event.currentTarget.checked;
              }}
            />
            quick: fewer sizes and repetitions
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={driverCliff.value}
              onChange={event => {
                driverCliff.value = event.currentTarget.checked;
              }}
            />
            allocate until the driver reacts, at most
          </label>
          <label class="check">
            <input
              type="number"
              class="field"
              min={16}
              max={16384}
              step={16}
              aria-label="Most memory to allocate, in MiB"
              value={limitMib.value}
              disabled={!driverCliff.value}
              onChange={event => {
                limitMib.value = Math.min(16384, Math.max(16, Number(event.currentTarget.value) || 16));
              }}
            />
            MiB
          </label>
        </div>
        <JobBar owns={key => key === 'profile'} />
        {report && <ReportView report={report} name="profile" />}
      </div>
    </Panel>
  );
}
