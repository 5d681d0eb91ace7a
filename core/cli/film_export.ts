/** Exports that are pictures: the HTML player, stills and videos of it. The browser for the latter is driven by a program of the launcher. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createHostMachine } from '../hw/host/host_machine.ts';
import type { SessionFrames } from '../public/player_types.ts';
import { ExportCancelled } from '../session/export/session_tables.ts';
import type { RecordedSession } from '../session/recorded_session.ts';
import { ReplayError, refuseImported } from '../session/replay.ts';
import { playerPage } from '../views/player_page.ts';
import { sessionFrames } from '../views/session_frames.ts';
import { packageRoot } from './assets.ts';
import { CommandFailed, UsageError } from './outcome.ts';
import { hashOfText, playerParts } from './player_page.ts';

export interface FilmFlags {
  readonly size: string;
  readonly fps: string;
  readonly speed: string;
  readonly at?: string;
}

export interface FilmPorts {
  readonly onProgress: (done: number, of: number) => void;
  readonly isCancelled: () => boolean;
}

const SIZE = /^(\d{2,4})x(\d{2,4})$/;
const MOST_FPS = 120;

function inRange(text: string, option: string, least: number, most: number): number {
  const value = Number(text);
  if (!(value >= least && value <= most))
    throw new UsageError(`${option} is a number from ${least} to ${most}, not ${text}.`);
  return value;
}

/** Flags as numbers. @throws UsageError */
function filmOf(flags: FilmFlags) {
  const match = SIZE.exec(flags.size);
  if (!match) throw new UsageError(`--size is WIDTHxHEIGHT, such as 1280x720, not ${flags.size}.`);
  const [width, height] = [Number(match[1]), Number(match[2])];
  // Encoders take pairs of pixels.
  if (width % 2 === 1 || height % 2 === 1)
    throw new UsageError(`--size has even numbers, not ${flags.size}.`);
  return {
    width,
    height,
    fps: inRange(flags.fps, '--fps', 1, MOST_FPS),
    speed: inRange(flags.speed, '--speed', 0.05, 100),
    at: flags.at === undefined ? undefined : inRange(flags.at, '--at', 0, Number.MAX_SAFE_INTEGER),
  };
}

async function framesOf(
  session: RecordedSession,
  { onProgress, isCancelled }: FilmPorts,
  until?: number,
): Promise<SessionFrames> {
  // An import has no machine that could be made.
  try {
    refuseImported(session);
  } catch (error) {
    throw error instanceof ReplayError ? new CommandFailed(error.message) : error;
  }
  const machine = createHostMachine(session.header.description);
  try {
    return await sessionFrames(session, {
      machine,
      isCancelled,
      onProgress: done => onProgress(done, session.inputs.length),
      ...(until === undefined ? {} : { until }),
    });
  } finally {
    await machine.dispose();
  }
}

/** The player as a page. */
export async function exportHtml(session: RecordedSession, ports: FilmPorts): Promise<Uint8Array> {
  return new TextEncoder().encode(
    await playerPage(await framesOf(session, ports), playerParts(), hashOfText),
  );
}

/**
 * A still (`png`: the last moment, or the one at `--at` virtual ns) or a video of the player, as a file.
 *
 * @throws CommandFailed without a browser, or when it cannot encode
 */
export async function exportFilm(
  session: RecordedSession,
  to: 'png' | 'webm' | 'mp4',
  out: string,
  flags: FilmFlags,
  ports: FilmPorts,
): Promise<void> {
  const film = filmOf(flags);
  const program = join(packageRoot(), 'electron', 'launcher', 'render_film.mjs');
  if (!existsSync(program))
    throw new CommandFailed('Pictures and videos are made from a checkout of the program; html works here.');
  const frames = await framesOf(session, ports, to === 'png' ? film.at : undefined);
  const page = await playerPage(frames, playerParts(), hashOfText);
  const folder = mkdtempSync(join(tmpdir(), 'gart-lab-film-'));
  try {
    const path = join(folder, 'player.html');
    writeFileSync(path, page);
    await render(program, { page: path, out: resolve(out), to, ...film }, ports);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Run the program; it says how far it is in lines of JSON, and why it failed on stderr. */
async function render(program: string, request: object, ports: FilmPorts): Promise<void> {
  const child = spawn(process.execPath, [program, JSON.stringify(request)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', data => {
    said += String(data);
  });
  const ended = new Promise<number>(done => {
    child.on('error', error => {
      said += error.message;
      done(1);
    });
    child.on('close', code => done(code ?? 1));
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { done, of } = JSON.parse(line) as { done: number; of: number };
    ports.onProgress(done, of);
    // The program ends when its input does.
    if (ports.isCancelled()) child.stdin.end();
  }
  const code = await ended;
  if (ports.isCancelled()) throw new ExportCancelled('The export was ended.');
  if (code !== 0) throw new CommandFailed(said.trim() || `The browser ended with ${code}.`);
}
