/** `import`: captures of other systems become a session. */

import { basename } from 'node:path';
import type { Command } from 'commander';
import { counted } from '../../base/words.ts';
import { importTranscript } from '../../lab/import/import_transcript.ts';
import { importWebGpu } from '../../lab/import/import_webgpu.ts';
import type { ReplayableReport } from '../../lab/import/replayable_report.ts';
import { type CaptureKind, captureKind } from '../../session/import/capture_kind.ts';
import { captureHead, ImportError } from '../../session/import/capture_stream.ts';
import { type Capture, type ImportReport, importCaptures } from '../../session/import/import_captures.ts';
import { RecordedSession } from '../../session/recorded_session.ts';
import { sessionInfo } from '../../session/session_info.ts';
import { versionOf } from '../app_version.ts';
import { loadMachine } from '../assets.ts';
import { type FileSource, openFileSource } from '../byte_files.ts';
import { CommandFailed, printJson, printLine, say, UsageError } from '../outcome.ts';
import { onInterrupt, type PartFile, partFile } from '../part_file.ts';
import { startProgress } from '../progress_bar.ts';

interface ImportFlags {
  readonly out: string;
  readonly vram?: string;
  readonly budget?: string;
  readonly json?: boolean;
}

interface Opened {
  readonly name: string;
  readonly kind: CaptureKind;
  readonly source: FileSource;
}

/** Open captures and say what they are. @throws CommandFailed for one that is none, with a sentence */
async function openCaptures(paths: readonly string[]): Promise<Opened[]> {
  const opened: Opened[] = [];
  try {
    for (const path of paths) {
      const source = openFileSource(path);
      opened.push({ name: basename(path), kind: 'ftrace', source });
      const found = captureKind(await captureHead(source));
      if (found.kind === 'other') throw new CommandFailed(`${path}: This is ${found.what}.`);
      opened[opened.length - 1] = { name: basename(path), kind: found.kind, source };
    }
    return opened;
  } catch (error) {
    for (const { source } of opened) source.close();
    throw error;
  }
}

/** What every import is given, and how it says how far it is. */
interface ImportTools {
  readonly out: PartFile;
  readonly isCancelled: () => boolean;
  readonly update: (done: number) => void;
}

/**
 * Write a session file: it gets its name only when it is whole, Ctrl-C drops it.
 *
 * @param total what `update` counts up to
 */
async function writeImport<Report>(
  path: string,
  total: number,
  write: (tools: ImportTools) => Promise<Report>,
): Promise<Report> {
  const bar = startProgress('import', total);
  const cancel = onInterrupt();
  const out = partFile(path);
  try {
    const report = await write({ out, isCancelled: cancel.isCancelled, update: done => bar.update(done) });
    out.keep();
    return report;
  } catch (error) {
    out.drop();
    throw error instanceof ImportError ? new CommandFailed(error.message) : error;
  } finally {
    bar.stop();
    cancel.release();
  }
}

function importLines(captures: readonly Capture[], path: string): Promise<ImportReport> {
  const total = captures.reduce((sum, { source }) => sum + source.size, 0);
  return writeImport(path, total, ({ out, isCancelled, update }) =>
    importCaptures(captures, out.sink, {
      appVersion: versionOf(),
      title: captures.map(({ name }) => name).join(', '),
      onBytes: update,
      isCancelled,
    }),
  );
}

function printReport(report: ImportReport, out: string): void {
  for (const { name, kind, lines, events } of report.captures)
    printLine(`${name}: ${kind}, ${counted(lines, 'line')}, ${counted(events, 'event')}`);
  for (const [name, count] of Object.entries(report.eventCounts))
    printLine(`  ${String(count).padStart(9)} ${name}`);
  for (const { capture, line, text } of report.notUnderstood)
    printLine(`  not understood: ${capture}, line ${line}: ${JSON.stringify(text)}`);
  const more = report.linesNotUnderstood - report.notUnderstood.length;
  if (more > 0) printLine(`  and ${more} more lines that were not understood`);
  for (const remark of report.remarks) say(remark);
  printLine(
    `${counted(report.events, 'event')} of ${counted(report.lines, 'line')} in ${out}; ${report.linesNotUnderstood} lines were not understood.`,
  );
}

const sizeOf = (text: string, option: string): number => {
  const match = /^(\d{1,12})([KMG]?)(?:iB|B)?$/i.exec(text);
  const factor = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[match?.[2]?.toUpperCase() ?? ''];
  if (!match || factor === undefined || Number(match[1]) === 0)
    throw new UsageError(`${option} takes a size such as 64M (it is ${JSON.stringify(text)}).`);
  return Number(match[1]) * factor;
};

/** A capture that becomes inputs: there is one machine, and it begins clean. */
function importInputs({ name, kind, source }: Opened, flags: ImportFlags): Promise<ReplayableReport> {
  return writeImport(flags.out, 100, ({ out, isCancelled, update }) => {
    const common = {
      appVersion: versionOf(),
      nowMs: () => performance.now(),
      onProgress: (done: number, of: number) => update(Math.floor((100 * done) / Math.max(1, of))),
      isCancelled,
    };
    if (kind === 'webgpu') {
      return importWebGpu(name, source, out.sink, {
        ...common,
        like: loadMachine('lab-64m'),
        vramBytes: flags.vram === undefined ? undefined : sizeOf(flags.vram, '--vram'),
        budgetBytes: flags.budget === undefined ? undefined : sizeOf(flags.budget, '--budget'),
      });
    }
    return importTranscript(name, source, out.sink, {
      ...common,
      description: loadMachine('transcripts-pc'),
    });
  });
}

async function eventCountsOf(path: string): Promise<Readonly<Record<string, number>>> {
  const source = openFileSource(path);
  const { eventCounts } = await sessionInfo(await RecordedSession.open(source), source.size);
  source.close();
  return eventCounts;
}

function printInputs(report: ReplayableReport, out: string): void {
  printLine(`${report.name}: ${report.kind}, ${counted(report.lines, 'line')}`);
  for (const [what, count] of Object.entries(report.captured))
    printLine(`  ${String(count).padStart(12)} ${what}`);
  for (const { line, text } of report.notUnderstood)
    printLine(`  not understood: line ${line}: ${JSON.stringify(text)}`);
  for (const [errno, count] of Object.entries(report.refused))
    printLine(`  ${count} calls were refused: ${errno}`);
  for (const each of report.firstRefused) printLine(`    input ${each}`);
  for (const remark of report.remarks) say(remark);
  printLine(
    `${counted(report.inputs, 'input')} and ${counted(report.events, 'event')} in ${out}, on the machine ${report.machine}; ${report.linesNotUnderstood} lines were not understood.`,
  );
}

async function importCommand(paths: readonly string[], flags: ImportFlags): Promise<void> {
  if (!flags.out.endsWith('.gartlab')) throw new UsageError(`--out names a .gartlab file, not ${flags.out}.`);
  const opened = await openCaptures(paths);
  try {
    const replayable = opened.find(({ kind }) => isReplayable(kind));
    if (replayable && opened.length > 1) {
      throw new CommandFailed(
        `${replayable.name} becomes inputs of a machine that begins clean; import it alone.`,
      );
    }
    if (!replayable && (flags.vram ?? flags.budget) !== undefined)
      throw new UsageError('--vram and --budget are for traces of WebGPU pages.');
    if (replayable) {
      const report = await importInputs(replayable, flags);
      if (flags.json) printJson({ out: flags.out, ...report, eventCounts: await eventCountsOf(flags.out) });
      else printInputs(report, flags.out);
      return;
    }
    const report = await importLines(opened as readonly (Opened & Capture)[], flags.out);
    if (flags.json) printJson({ out: flags.out, ...report });
    else printReport(report, flags.out);
  } finally {
    for (const { source } of opened) source.close();
  }
}

const isReplayable = (kind: CaptureKind) => kind === 'transcript' || kind === 'webgpu';

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description(
      'make a session of captures: ftrace text, DRM fdinfo, dma-buf bufinfo, memory dumps of debugfs, kernel transcripts, traces of WebGPU pages',
    )
    .argument('<capture...>', 'files; what they are is seen from their contents')
    .requiredOption('--out <file>', 'the .gartlab file to write')
    .option(
      '--vram <size>',
      'video memory for the trace of a page, such as 512M; else as much as it used at once',
    )
    .option('--budget <size>', 'the part of it that may be used')
    .option('--json', 'print one JSON text')
    .action(importCommand);
}
