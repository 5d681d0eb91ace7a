/** Conformance with the recorded kernel as a job of the window. */
import { counted } from '../../base/words.ts';
import { type Board, buildBoard, countStates } from '../../lab/conformance/board.ts';
import { boardHtml } from '../../lab/conformance/board_html.ts';
import { runTranscripts, type TranscriptResult } from '../../lab/transcript/run_transcript.ts';
import { parseTranscript } from '../../lab/transcript/transcript_file.ts';
import type { JobReport, ReportTable } from '../../public/jobs.ts';
import type { JobSetup, JobTools } from './job_setup.ts';

/** Machine that the recordings were made on. */
const RECORDED_ON = 'transcripts-pc';

function boardTable({ rows }: Board): ReportTable {
  return {
    title: 'One row per behaviour and recorded outcome',
    columns: ['Behaviour', 'Source', 'Call', 'Outcome', 'State', 'Steps', 'Reason'],
    rows: rows.map(row => [
      row.behaviour,
      row.source,
      row.call,
      row.outcome,
      row.state,
      row.steps,
      row.reason,
    ]),
  };
}

function resultTable(results: readonly TranscriptResult[]): ReportTable {
  return {
    title: 'One row per recording',
    columns: ['Recording', 'Group', 'Steps', 'Result'],
    rows: results.map(({ name, group, steps, passed, notModelled, firstDifference }) => [
      name,
      group,
      steps,
      passed
        ? 'pass'
        : notModelled.length > 0
          ? `not modelled: ${notModelled.join('; ')}`
          : `differs at step ${firstDifference?.step} (${firstDifference?.call}) in ${firstDifference?.field}`,
    ]),
  };
}

/** Cancelled or not, the board holds what was compared. */
export async function runConformJob(setup: JobSetup, tools: JobTools): Promise<JobReport> {
  const files = await setup.transcripts();
  const results: TranscriptResult[] = [];
  for (const [i, file] of files.entries()) {
    if (tools.cancel.isCancelled) break;
    tools.progress(i, files.length, file.path);
    const { transcripts } = await runTranscripts([file], {
      description: setup.description(RECORDED_ON),
      newMachine: async description => (await setup.makeMachine(description, 'host', 'paged')).machine,
    });
    results.push(...transcripts);
  }
  const inputs = results.map((result, i) => ({
    transcript: parseTranscript(files[i]!.text, files[i]!.path),
    result,
  }));
  const board = buildBoard(inputs);
  const passed = results.filter(result => result.passed).length;
  const failed = results.filter(result => !result.passed && result.notModelled.length === 0);
  const counts = Object.entries(countStates(board)).map(([state, n]) => `${n} ${state}`);
  const kernels = [...new Set(inputs.map(({ transcript }) => transcript.kernel))].join(', ');
  return {
    title: 'Conformance with a real kernel',
    about: `Every recorded step is played on the model and everything that was recorded is compared. Recorded on Linux ${kernels}.`,
    machine: 'host (host memory)',
    software: false,
    problems: [
      ...failed.map(({ group, name }) => `${group}/${name} differs.`),
      ...(results.length < files.length
        ? [`Cancelled after ${results.length} of ${counted(files.length, 'recording')}.`]
        : []),
    ],
    sections: [
      {
        title: 'Board',
        sentences: [
          `${passed} of ${counted(results.length, 'recording')} agree in every step.`,
          `Rows: ${counts.join(', ')}.`,
        ],
        tables: [resultTable(results), boardTable(board)],
        bars: [],
        lines: [],
      },
    ],
    html: boardHtml(board, `Recorded on Linux ${kernels}`),
    json: JSON.stringify(board, null, 1),
  };
}
