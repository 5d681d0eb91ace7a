/** A session as files of other programs, as a job of the window: the writers of the command line, with files in memory. */
import { strToU8, zipSync } from 'fflate';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import type { ExportKind, JobFile, JobRequest } from '../../public/jobs.ts';
import type { SessionFrames } from '../../public/player_types.ts';
import { type ReadOptions, TABLES } from '../../session/export/session_tables.ts';
import { exportCsv, exportJson, type SinkOf } from '../../session/export/text_export.ts';
import { memorySource } from '../../session/file/container_reader.ts';
import type { ByteSink } from '../../session/file/container_writer.ts';
import { RecordedSession } from '../../session/recorded_session.ts';
import { playerPage } from '../../views/player_page.ts';
import { sessionFrames } from '../../views/session_frames.ts';
import type { JobTools } from './job_setup.ts';

export type ExportRequest = Extract<JobRequest, { kind: 'export' }>;

interface Work {
  readonly request: ExportRequest;
  readonly session: RecordedSession;
  readonly reading: ReadOptions;
  readonly tools: JobTools;
}

/** A file in memory. */
class MemoryFile implements ByteSink {
  private readonly parts: Uint8Array<ArrayBuffer>[] = [];

  write(bytes: Uint8Array): void {
    this.parts.push(bytes.slice());
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await new Blob(this.parts).arrayBuffer());
  }
}

const owned = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

/** One file that holds a file for each table. @param level 0: they are packed already */
async function zipped(
  { request }: Work,
  ending: string,
  level: 0 | 6,
  write: (sinkOf: SinkOf) => Promise<void>,
): Promise<JobFile[]> {
  const files = new Map<string, MemoryFile>();
  await write(({ name }) => {
    const file = new MemoryFile();
    files.set(`${name}.${ending}`, file);
    return file;
  });
  const about = TABLES.map(({ name, about: says }) => `${name}.${ending}: ${says}\n`).join('');
  const inside: Record<string, Uint8Array> = { 'about.txt': strToU8(about) };
  for (const [name, file] of files) inside[name] = await file.bytes();
  // One time for all: the same session gives the same file.
  const bytes = owned(zipSync(inside, { level, mtime: new Date(1980, 0, 1) }));
  return [{ name: `${request.name}-${ending}.zip`, type: 'application/zip', bytes }];
}

async function oneFile(
  { request }: Work,
  ending: string,
  type: string,
  write: (sink: ByteSink) => Promise<void>,
): Promise<JobFile[]> {
  const file = new MemoryFile();
  await write(file);
  return [{ name: `${request.name}.${ending}`, type, bytes: await file.bytes() }];
}

async function framesOf({ session, tools }: Work): Promise<SessionFrames> {
  const machine = createHostMachine(session.header.description);
  try {
    return await sessionFrames(session, {
      machine,
      isCancelled: () => tools.cancel.isCancelled,
      onProgress: done => tools.progress(done, session.inputs.length, 'executing the inputs again'),
    });
  } finally {
    await machine.dispose();
  }
}

async function hashOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}

const WRITERS: Readonly<Record<ExportKind, (work: Work) => Promise<JobFile[]>>> = {
  csv: work => zipped(work, 'csv', 6, sinkOf => exportCsv(work.session, sinkOf, work.reading)),
  parquet: async work => {
    const { exportParquet } = await import('../../session/export/parquet_export.ts');
    return zipped(work, 'parquet', 0, sinkOf => exportParquet(work.session, sinkOf, work.reading));
  },
  json: work =>
    oneFile(work, 'json', 'application/json', sink => exportJson(work.session, sink, work.reading)),
  perfetto: async work => {
    const { exportPerfetto } = await import('../../session/export/perfetto_export.ts');
    return oneFile(work, 'perfetto-trace', 'application/octet-stream', sink =>
      exportPerfetto(work.session, sink, work.reading),
    );
  },
  html: work =>
    oneFile(work, 'html', 'text/html', async sink => {
      const { player } = work.request;
      if (!player) throw new Error('The player is missing.');
      sink.write(new TextEncoder().encode(await playerPage(await framesOf(work), player, hashOf)));
    }),
  frames: work =>
    oneFile(work, 'frames.json', 'application/json', async sink => {
      sink.write(new TextEncoder().encode(JSON.stringify(await framesOf(work))));
    }),
  arrow: async work => {
    const { exportArrow } = await import('../../session/export/arrow_export.ts');
    const streams = await exportArrow(work.session, work.reading);
    return [...streams].map(([name, bytes]) => ({
      name,
      type: 'application/vnd.apache.arrow.stream',
      bytes: owned(bytes),
    }));
  },
};

/** @throws ExportCancelled, ReplayError for what cannot be executed again */
export async function runExportJob(request: ExportRequest, tools: JobTools): Promise<readonly JobFile[]> {
  const session = await RecordedSession.open(memorySource(request.session));
  const events = session.digests.at(-1)?.events ?? 0;
  const reading: ReadOptions = {
    onEvents: done => tools.progress(done, events, 'reading events'),
    isCancelled: () => tools.cancel.isCancelled,
  };
  return WRITERS[request.to]({ request, session, reading, tools });
}
