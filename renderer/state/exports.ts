/**
 * Sessions as files of other programs: tables, traces and pages are written by the jobs' worker, pictures and videos are drawn here
 * as the player draws them.
 */
import { computed, signal } from '@preact/signals';
import type { ExportKind, JobFile } from '../../core/public/jobs.ts';
import type { SessionFrames } from '../../core/public/player_types.ts';
import { saveBlob } from '../reports/save_text.ts';
import { ask } from './actions.ts';
import { cancelJob, filesOfJob, job } from './jobs.ts';
import { fail, view } from './lab_store.ts';

export interface ExportTarget {
  readonly id: 'csv' | 'json' | 'parquet' | 'perfetto' | 'html' | 'png' | 'webm' | 'mp4';
  readonly title: string;
  /** Other words that find it. */
  readonly also: string;
}

export const EXPORT_TARGETS: readonly ExportTarget[] = [
  { id: 'perfetto', title: 'Perfetto trace', also: 'protobuf tracks counters flows' },
  { id: 'csv', title: 'CSV tables', also: 'spreadsheet zip events objects' },
  { id: 'parquet', title: 'Parquet tables', also: 'columns zip duckdb' },
  { id: 'json', title: 'JSON', also: 'text' },
  { id: 'html', title: 'HTML player', also: 'page share self-contained' },
  { id: 'png', title: 'picture (PNG)', also: 'still image screenshot' },
  { id: 'webm', title: 'video (WebM)', also: 'film movie' },
  { id: 'mp4', title: 'video (MP4)', also: 'film movie h264' },
];

/** Pixels of pictures and videos; those of the command line. */
const WIDTH = 1280;
const HEIGHT = 720;
const FPS = 30;

/** A video on its way: frames done and all. */
const drawing = signal<{ readonly done: number; readonly total: number } | null>(null);
/** What is being exported, in words; null: nothing. */
const exporting = signal<string | null>(null);
let cancelled = false;

export interface ExportProgress {
  readonly what: string;
  readonly label: string;
  readonly done: number;
  /** 0: nobody knows. */
  readonly total: number;
}

/** The export that runs, if one does. */
export const exportProgress = computed<ExportProgress | null>(() => {
  if (exporting.value === null) return null;
  const what = exporting.value;
  if (drawing.value) return { what, label: 'drawing frames', ...drawing.value };
  const { label, done, total } = job.value ?? { label: '', done: 0, total: 0 };
  return { what, label, done, total };
});

export function cancelExport(): void {
  cancelled = true;
  if (job.peek()?.request.kind === 'export') cancelJob();
}

/** The session as it is known, in files of a kind. @throws Error with a sentence */
export async function sessionFiles(to: ExportKind): Promise<readonly JobFile[]> {
  const { name, bytes } = await ask('sessionFile', {
    fromPosition: 0,
    lastMs: null,
    appVersion: __GART_LAB_VERSION__,
  });
  const player = to === 'html' ? { player: await builtPlayer() } : {};
  return filesOfJob({
    kind: 'export',
    to,
    name: name.replace(/\.gartlab$/, ''),
    session: bytes,
    ...player,
  });
}

async function builtPlayer(): Promise<{ script: string; style: string }> {
  const part = async (name: string) => {
    const answer = await fetch(new URL(`player/${name}`, document.baseURI));
    if (!answer.ok) throw new Error(`the player does not come with this window (${name}: ${answer.status})`);
    return answer.text();
  };
  return { script: await part('player.js'), style: await part('player.css') };
}

/** What the film player draws: a picture of the moment that the window shows, or a video of everything. */
async function film(to: 'png' | 'webm' | 'mp4'): Promise<JobFile | null> {
  const [file] = await sessionFiles('frames');
  const { Film } = await import('../player/film.ts');
  const { FilmStage } = await import('../player/film_stage.ts');
  const frames = JSON.parse(new TextDecoder().decode(file!.bytes)) as SessionFrames;
  const stage = new FilmStage(new Film(frames));
  const name = file!.name.replace(/frames\.json$/, to);
  if (to === 'png') {
    const { inputsDone } = view.peek().status;
    let step = 0;
    while (step < stage.film.count - 1 && stage.film.frame(step).view.status.inputsDone < inputsDone) step++;
    const canvas = stage.drawStep(step, WIDTH, HEIGHT);
    const blob = await new Promise<Blob | null>(made => canvas.toBlob(made, 'image/png'));
    if (!blob) throw new Error('the browser made no picture');
    return { name, type: 'image/png', bytes: new Uint8Array(await blob.arrayBuffer()) };
  }
  const { encodeFilm } = await import('../player/film_encode.ts');
  const wish = { container: to, width: WIDTH, height: HEIGHT, fps: FPS, speed: 1 } as const;
  const made = await encodeFilm(stage, wish, (done, total) => {
    drawing.value = { done, total };
    return !cancelled;
  });
  if (made === null) throw new Error(`this browser can encode no video for ${to}; another kind may work`);
  if (made === 'cancelled') return null;
  return { name, type: `video/${to}`, bytes: new Uint8Array(made.buffer) };
}

/** Export the session that is loaded and save what comes out as the shell saves files. */
export async function exportSession({ id, title }: ExportTarget): Promise<void> {
  if (exporting.peek() !== null) return;
  exporting.value = title;
  cancelled = false;
  try {
    const isFilm = id === 'png' || id === 'webm' || id === 'mp4';
    const files = isFilm ? [await film(id)] : await sessionFiles(id);
    for (const file of files) if (file) saveBlob(file.name, new Blob([file.bytes], { type: file.type }));
  } catch (error) {
    const says = (error as Error).message;
    if (!cancelled)
      fail(`The session was not exported as ${title}: ${/[.!?]$/.test(says) ? says : `${says}.`}`);
  } finally {
    exporting.value = null;
    drawing.value = null;
  }
}
