/** `export`: a session as files of other programs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { exportParquet } from '../../session/export/parquet_export.ts';
import { exportPerfetto } from '../../session/export/perfetto_export.ts';
import { ExportCancelled, type ReadOptions } from '../../session/export/session_tables.ts';
import type { TableShape } from '../../session/export/table.ts';
import { exportCsv, exportJson } from '../../session/export/text_export.ts';
import type { ByteSink } from '../../session/file/container_writer.ts';
import type { RecordedSession } from '../../session/recorded_session.ts';
import { exportFilm, exportHtml, type FilmFlags, type FilmPorts } from '../film_export.ts';
import { CommandFailed, printJson, printLine, say, UsageError } from '../outcome.ts';
import { onInterrupt, type PartFile, partFile } from '../part_file.ts';
import { startProgress } from '../progress_bar.ts';
import { openSessionFile } from './session.ts';

export interface ExportFlags extends FilmFlags {
  readonly to: string;
  readonly out: string;
  readonly json?: boolean;
}

/** Files of one export: all get their names, or none does. */
class OutFiles {
  private readonly files: { readonly path: string; readonly file: PartFile }[] = [];
  private readonly others: string[] = [];

  open(path: string): ByteSink {
    const file = partFile(path);
    this.files.push({ path, file });
    return file.sink;
  }

  /** Another program wrote this one. */
  wrote(path: string): void {
    this.others.push(path);
  }

  keep(): string[] {
    for (const { file } of this.files) file.keep();
    return [...this.files.map(({ path }) => path), ...this.others];
  }

  drop(): void {
    for (const { file } of this.files) file.drop();
  }
}

interface Work {
  readonly session: RecordedSession;
  readonly files: OutFiles;
  readonly flags: ExportFlags;
  readonly reading: ReadOptions;
  readonly ports: FilmPorts;
}

/** The files of tables lie in a folder, which `--out` names. */
function inFolder({ files, flags }: Work, ending: string): (table: TableShape) => ByteSink {
  try {
    mkdirSync(flags.out, { recursive: true });
  } catch (error) {
    throw new UsageError(`The folder ${flags.out} cannot be made: ${(error as Error).message}.`);
  }
  return table => files.open(join(flags.out, `${table.name}.${ending}`));
}

const FORMATS: Readonly<Record<string, (work: Work) => Promise<void>>> = {
  perfetto: ({ session, files, flags, reading }) => exportPerfetto(session, files.open(flags.out), reading),
  csv: work => exportCsv(work.session, inFolder(work, 'csv'), work.reading),
  json: ({ session, files, flags, reading }) => exportJson(session, files.open(flags.out), reading),
  parquet: work => exportParquet(work.session, inFolder(work, 'parquet'), work.reading),
  html: async ({ session, files, flags, ports }) =>
    files.open(flags.out).write(await exportHtml(session, ports)),
  png: work => film(work, 'png'),
  webm: work => film(work, 'webm'),
  mp4: work => film(work, 'mp4'),
};

/** The browser writes the file itself. */
async function film({ session, files, flags, ports }: Work, to: 'png' | 'webm' | 'mp4'): Promise<void> {
  await exportFilm(session, to, flags.out, flags, ports);
  files.wrote(flags.out);
}

async function exportCommand(path: string, flags: ExportFlags): Promise<void> {
  const { session, source } = await openSessionFile(path);
  const bar = startProgress('export', 100);
  const onProgress = (done: number, of: number) =>
    bar.update(Math.min(100, Math.floor((100 * done) / Math.max(1, of))));
  const last = session.digests.at(-1)?.events ?? 0;
  const cancel = onInterrupt();
  const files = new OutFiles();
  const reading = {
    onEvents: (done: number) => onProgress(done, last),
    isCancelled: cancel.isCancelled,
  };
  const ports = { onProgress, isCancelled: cancel.isCancelled };
  let written: string[];
  try {
    await FORMATS[flags.to]!({ session, files, flags, reading, ports });
    written = files.keep();
  } catch (error) {
    files.drop();
    throw error instanceof ExportCancelled ? new CommandFailed(error.message) : error;
  } finally {
    bar.stop();
    cancel.release();
    source.close();
  }
  for (const problem of session.report.problems) say(`problem: ${problem}`);
  if (flags.json) printJson({ to: flags.to, files: written, problems: session.report.problems });
  else for (const file of written) printLine(file);
}

export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('write a session for other programs; csv and parquet are folders with a file for each table')
    .argument('<file>', 'a .gartlab file')
    .addOption(
      new Option('--to <format>', 'what to write').choices(Object.keys(FORMATS)).makeOptionMandatory(),
    )
    .requiredOption('--out <path>', 'the file or folder to write')
    .option('--size <wxh>', 'pixels of pictures and videos', '1280x720')
    .option('--fps <n>', 'frames a second of videos', '30')
    .option('--speed <factor>', 'pace of videos; 2 is twice as fast', '1')
    .option('--at <ns>', 'virtual time of a png; the last moment without it')
    .option('--json', 'print one JSON text')
    .action(exportCommand);
}
