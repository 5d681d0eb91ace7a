/** `import`: captures of other systems become a session. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { ByteSink } from '../../session/file/container_writer.ts';
import { type CaptureKind, captureKind } from '../../session/import/capture_kind.ts';
import { captureHead, ImportError } from '../../session/import/capture_stream.ts';
import { type Capture, type ImportReport, importCaptures } from '../../session/import/import_captures.ts';
import { versionOf } from '../app_version.ts';
import { type FileSource, openFileSource } from '../byte_files.ts';
import { CommandFailed, printJson, printLine, say, UsageError } from '../outcome.ts';
import { startProgress } from '../progress_bar.ts';

interface ImportFlags {
  readonly out: string;
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

interface PartFile {
  readonly sink: ByteSink;
  /** The file gets its name. */
  keep(): void;
  drop(): void;
}

/** A file that has its name only when it is whole. */
function partFile(path: string): PartFile {
  const part = `${path}.part`;
  let file: number;
  try {
    file = openSync(part, 'w');
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as Error).message}.`);
  }
  return {
    sink: {
      write: bytes => {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      },
    },
    keep: () => {
      closeSync(file);
      renameSync(part, path);
    },
    drop: () => {
      closeSync(file);
      rmSync(part, { force: true });
    },
  };
}

async function importLines(captures: readonly Capture[], path: string): Promise<ImportReport> {
  const total = captures.reduce((sum, { source }) => sum + source.size, 0);
  const bar = startProgress('import', total);
  let cancelled = false;
  const onSignal = () => {
    cancelled = true;
  };
  process.once('SIGINT', onSignal);
  const out = partFile(path);
  try {
    const report = await importCaptures(captures, out.sink, {
      appVersion: versionOf(),
      title: captures.map(({ name }) => name).join(', '),
      onBytes: done => bar.update(done),
      isCancelled: () => cancelled,
    });
    out.keep();
    return report;
  } catch (error) {
    out.drop();
    throw error instanceof ImportError ? new CommandFailed(error.message) : error;
  } finally {
    bar.stop();
    process.removeListener('SIGINT', onSignal);
  }
}

function printReport(report: ImportReport, out: string): void {
  for (const { name, kind, lines, events } of report.captures)
    printLine(`${name}: ${kind}, ${lines} lines, ${events} events`);
  for (const [name, count] of Object.entries(report.eventCounts))
    printLine(`  ${String(count).padStart(9)} ${name}`);
  for (const { capture, line, text } of report.notUnderstood)
    printLine(`  not understood: ${capture}, line ${line}: ${JSON.stringify(text)}`);
  const more = report.linesNotUnderstood - report.notUnderstood.length;
  if (more > 0) printLine(`  and ${more} more lines that were not understood`);
  for (const remark of report.remarks) say(remark);
  printLine(
    `${report.events} events of ${report.lines} lines in ${out}; ${report.linesNotUnderstood} lines were not understood.`,
  );
}

async function importCommand(paths: readonly string[], flags: ImportFlags): Promise<void> {
  if (!flags.out.endsWith('.gartlab')) throw new UsageError(`--out names a .gartlab file, not ${flags.out}.`);
  const opened = await openCaptures(paths);
  try {
    const lineCaptures = opened.filter((each): each is Opened & Capture => !isReplayable(each.kind));
    if (lineCaptures.length < opened.length) {
      throw new CommandFailed('Captures that replay cannot be imported yet.');
    }
    const report = await importLines(lineCaptures, flags.out);
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
      'make a session of captures: ftrace text, DRM fdinfo, dma-buf bufinfo, memory dumps of debugfs, kernel transcripts, WebGPU pages',
    )
    .argument('<capture...>', 'files; what they are is seen from their contents')
    .requiredOption('--out <file>', 'the .gartlab file to write')
    .option('--json', 'print one JSON text')
    .action(importCommand);
}
