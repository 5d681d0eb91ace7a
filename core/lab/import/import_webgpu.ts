/** The trace of a WebGPU page as a session that replays, under any budget of video memory. */
import { type Bytes, PAGE_SIZE } from '../../base/units.ts';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { type MachineDescription, vramBytesOf } from '../../hw/machine_description.ts';
import type { ByteSource } from '../../session/file/container_reader.ts';
import type { ByteSink } from '../../session/file/container_writer.ts';
import { captureLines, ImportCancelled, ImportError } from '../../session/import/capture_stream.ts';
import { sessionHeader } from '../session_of_scenario.ts';
import { recordInputs } from './record_inputs.ts';
import type { ReplayableOptions, ReplayableReport } from './replayable_report.ts';
import { vramForAll, webGpuMachine } from './webgpu_machine.ts';
import { WebGpuTrace } from './webgpu_trace.ts';

const MAX_LISTED = 50;

export interface WebGpuImportOptions extends ReplayableOptions {
  /** A machine with one lab_gpu: timings are taken from it. */
  readonly like: MachineDescription;
  /** Video memory; without it as much as the page used at once. */
  readonly vramBytes?: Bytes | undefined;
  /** The part of it that may be used. */
  readonly budgetBytes?: Bytes | undefined;
}

/**
 * Import a trace.
 *
 * @throws ImportError it is no trace, or no machine can have so much memory; ImportCancelled
 */
export async function importWebGpu(
  name: string,
  source: ByteSource,
  to: ByteSink,
  options: WebGpuImportOptions,
): Promise<ReplayableReport> {
  const trace = new WebGpuTrace();
  const notUnderstood: ReplayableReport['notUnderstood'][number][] = [];
  let lines = 0;
  let strange = 0;
  let damage = '';
  try {
    for await (const batch of captureLines(source, options)) {
      for (const text of batch.lines) {
        lines++;
        if (text === '' || trace.line(text)) continue;
        strange++;
        if (notUnderstood.length < MAX_LISTED)
          notUnderstood.push({ capture: name, line: lines, text: text.slice(0, 200) });
      }
    }
  } catch (error) {
    if (!(error instanceof ImportError) || error instanceof ImportCancelled) throw error;
    damage = `${error.message} What came before is imported.`;
  }
  if (trace.head === null) throw new ImportError('The trace has no first line that says what it is.');
  trace.end();
  const vramBytes = options.vramBytes ?? vramForAll(trace.peakBytes);
  const description = webGpuMachine(options.like, vramBytes, trace.peakBytes);
  const budget = options.budgetBytes === undefined ? null : Math.floor(options.budgetBytes / PAGE_SIZE);
  if (budget !== null && (budget < 1 || budget * PAGE_SIZE > vramBytesOf(description)))
    throw new ImportError(`The budget is one page to ${vramBytesOf(description)} bytes of video memory.`);
  if (budget !== null)
    trace.inputs.splice(2, 0, { task: 'K', call: 'lab.setBudget', args: { pages: budget } });
  const remarks = [...(damage === '' ? [] : [damage]), ...trace.sentences, ...unseen(trace)];
  const machine = createHostMachine(description);
  try {
    const header = {
      ...sessionHeader({ id: '', title: trace.head.page || name, seed: 0 }, machine, options.appVersion, [
        'import',
      ]),
      origin: {
        capture: name,
        kind: 'webgpu',
        page: trace.head.page.slice(0, 400),
        adapter: trace.head.adapter.slice(0, 400),
        'user agent': trace.head.userAgent.slice(0, 400),
      },
    };
    const recorded = await recordInputs(trace.inputs, machine, to, {
      header,
      notes: remarks.map(text => ({ kind: 'import', position: 0, text })),
      nowMs: options.nowMs,
      onProgress: done => options.onProgress?.(done, trace.inputs.length),
      isCancelled: options.isCancelled,
    });
    return {
      kind: 'webgpu',
      name,
      lines,
      linesNotUnderstood: strange,
      notUnderstood,
      captured: {
        ...Object.fromEntries(trace.counts),
        peakBytes: trace.peakBytes,
        largestBytes: trace.largestBytes,
      },
      replayable: true,
      machine: description.name,
      ...recorded,
      remarks,
    };
  } finally {
    await machine.dispose();
  }
}

/** What no trace can show. */
function unseen({ counts }: WebGpuTrace): string[] {
  const always =
    'Not seen: contents (a pattern stands for what the page wrote), shaders, times of the GPU, memory that the implementation takes for itself.';
  const largest = counts.get('submit')
    ? []
    : ['The trace has no submit: nothing says which objects were used together.'];
  return [always, ...largest];
}
