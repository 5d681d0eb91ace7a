import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GpuError } from '../../hw/gpu_error.ts';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { parseMachineDescription } from '../../hw/machine_description.ts';
import type { FromJobs, JobReport, JobRequest } from '../../public/jobs.ts';
import { JobHost } from './job_host.ts';

const asset = (path: string) => readFileSync(new URL(`../../../assets/${path}`, import.meta.url), 'utf8');
const TRANSCRIPTS = ['anon/inodes.json', 'gem/errors.json'];

class Window {
  readonly messages: FromJobs[] = [];
  private finished: (() => void) | null = null;
  readonly host = new JobHost(
    {
      clock: { nowMs: () => performance.now(), delay: ms => new Promise(done => setTimeout(done, ms)) },
      provider: {
        name: 'no GPU',
        requestAdapter: async () => {
          throw new GpuError('no-adapter', 'No adapter here.');
        },
        release() {},
      },
      makeMachine: async description => ({ machine: createHostMachine(description), because: '' }),
      description: id => parseMachineDescription(JSON.parse(asset(`machines/${id}.json`)), id),
      transcripts: async () => this.transcripts,
      date: () => '2026-01-01T00:00:00.000Z',
      versions: {},
    },
    message => {
      this.messages.push(structuredClone(message));
      if (message.type === 'finished' || message.type === 'failed') this.finished?.();
    },
  );

  constructor(private readonly transcripts: { path: string; text: string }[] = []) {}

  async do(request: JobRequest, cancelled = false): Promise<JobReport | string> {
    const done = new Promise<void>(resolve => {
      this.finished = resolve;
    });
    this.host.receive({ type: 'start', job: 1, request });
    if (cancelled) this.host.receive({ type: 'cancel', job: 1 });
    await done;
    const last = this.messages.at(-1)!;
    return last.type === 'finished' ? last.report : last.type === 'failed' ? last.sentence : '';
  }
}

describe('JobHost', () => {
  it('lists the experiments with their questions', () => {
    const window = new Window();
    window.host.receive({ type: 'list' });
    const [message] = window.messages;
    expect(message).toMatchObject({ type: 'experiments' });
    expect(JSON.stringify(message)).toContain('shared-mapping');
  });

  it('an experiment gives findings, tables and its page; an unknown one a sentence', async () => {
    const window = new Window();
    const report = (await window.do({
      kind: 'experiment',
      name: 'two-sessions',
      machine: 'host',
    })) as JobReport;
    expect(report.problems).toEqual([]);
    expect(report.sections[0]!.sentences.length).toBeGreaterThan(0);
    expect(report.sections[0]!.tables[0]!.rows.length).toBeGreaterThan(0);
    expect(report.machine).toContain('host');
    expect(report.html).toMatch(/^<!doctype html>/);
    expect(await window.do({ kind: 'experiment', name: 'nothing', machine: 'host' })).toBe(
      'There is no experiment "nothing".',
    );
  });

  it('conformance plays recordings and says what agrees; cancelled it keeps what it has', async () => {
    const files = TRANSCRIPTS.map(path => ({ path, text: asset(`transcripts/${path}`) }));
    const report = (await new Window(files).do({ kind: 'conform' })) as JobReport;
    expect(report.problems).toEqual([]);
    expect(report.sections[0]!.sentences[0]).toBe('2 of 2 recordings agree in every step.');
    const cut = (await new Window(files).do({ kind: 'conform' }, true)) as JobReport;
    expect(cut.problems).toEqual(['Cancelled after 0 of 2 recordings.']);
  });

  it('a profile without a GPU says what could not be measured', async () => {
    const report = (await new Window().do(
      { kind: 'profile', quick: true, driverCliff: false, gpuLimit: 1 << 20 },
      true,
    )) as JobReport;
    expect(report.sections.length).toBe(5);
    expect(report.sections.flatMap(section => section.sentences).join(' ')).toContain('not run');
  });
});
