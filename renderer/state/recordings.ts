/**
 * The window's end of the recording worker: starts it, joins the lab to it, and offers what was left behind after a crash.
 *
 * Closed windows  leave their recordings in the files of this origin. A window that was closed, and did not crash, says so in the
 *                 storage of the page, because a worker hears nothing more by then; the next start takes those away
 */
import { signal } from '@preact/signals';
import type { FromRecording, RecoveredView, ToLabWorker, ToRecording } from '../../core/public/recording.ts';
import { openSession } from './actions.ts';
import { fail } from './lab_store.ts';
import { notice } from './notices.ts';

/** Recordings that a window or a lab left behind. */
export const recovered = signal<readonly RecoveredView[]>([]);
/** The recording that is being written; null: none is, and what the lab has in memory is all there is. */
export const onDisk = signal<string | null>(null);

const CLOSED_KEY = 'gart-lab-closed-recordings';
const MOST_CLOSED = 50;

interface RecordingPort {
  postMessage(message: ToRecording, transfer?: Transferable[]): void;
  onmessage: ((event: { data: FromRecording }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
}

interface RecordedWorker {
  postMessage(message: ToLabWorker, transfer: Transferable[]): void;
}

interface SavedFile {
  readonly name: string;
  readonly file: Blob;
}

let port: RecordingPort | null = null;
let nextNumber = 1;
const waiting = new Map<number, { taken: (file: SavedFile) => void; refused: (why: Error) => void }>();
/** True: a person records, and a window that ends is not one that was closed. */
let keeping = false;

function closedBefore(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(CLOSED_KEY) ?? '[]');
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}

function rememberClosed(names: readonly string[]): void {
  try {
    if (names.length === 0) localStorage.removeItem(CLOSED_KEY);
    else localStorage.setItem(CLOSED_KEY, JSON.stringify(names.slice(-MOST_CLOSED)));
  } catch {
    // Without storage the next start offers what this window leaves.
  }
}

function receive(message: FromRecording): void {
  switch (message.type) {
    case 'recording':
      onDisk.value = message.name;
      break;
    case 'recovered':
      recovered.value = message.sessions;
      break;
    case 'file':
      waiting.get(message.number)?.taken(message);
      waiting.delete(message.number);
      break;
    case 'refused':
      waiting.get(message.number)?.refused(new Error(message.sentence));
      waiting.delete(message.number);
      break;
    case 'memoryOnly':
      notice(message.sentence);
      break;
  }
}

function openPort(): RecordingPort {
  const opened = new Worker(new URL('../../core/worker/recording/recording_worker.ts', import.meta.url), {
    type: 'module',
    name: 'recording',
  }) as unknown as RecordingPort;
  opened.onmessage = ({ data }) => receive(data);
  opened.onerror = ({ message }) => {
    onDisk.value = null;
    for (const { refused } of waiting.values()) refused(new Error('The worker of recordings ended.'));
    waiting.clear();
    notice(`Nothing is recorded on the disk any more: its worker ended (${message ?? 'no reason given'}).`);
  };
  opened.postMessage({ type: 'begin', closed: closedBefore() });
  rememberClosed([]);
  window.addEventListener('pagehide', () => {
    const name = onDisk.peek();
    if (name !== null && !keeping) rememberClosed([...closedBefore(), name]);
  });
  return opened;
}

/** Join a new lab's worker to the recordings; what the one before left is offered. */
export function recordLab(lab: RecordedWorker): void {
  const { port1, port2 } = new MessageChannel();
  lab.postMessage({ type: 'record', port: port1, appVersion: __GART_LAB_VERSION__ }, [port1]);
  if (port) port.postMessage({ type: 'labEnded' });
  else port = openPort();
  port.postMessage({ type: 'connect', port: port2 }, [port2]);
}

/** Keep everything from now on, or only the newest again. */
export function keepRecording(on: boolean): void {
  keeping = on;
  port?.postMessage({ type: 'keep', on });
}

function ask(message: (number: number) => ToRecording): Promise<SavedFile> {
  const number = nextNumber++;
  return new Promise((taken, refused) => {
    if (!port) return refused(new Error('Nothing is recorded on the disk.'));
    waiting.set(number, { taken, refused });
    port.postMessage(message(number));
  });
}

/** The recording as a whole file, with the events from a position on. @throws Error with a sentence */
export function recordedFile(fromPosition: number, positions: number): Promise<SavedFile> {
  return ask(number => ({ type: 'save', number, fromPosition, positions }));
}

/** Open what was left behind; it is forgotten once it is open. */
export async function openRecovered({ name, title }: RecoveredView): Promise<void> {
  try {
    const { file } = await ask(number => ({ type: 'take', number, name }));
    await openSession(`${title} (recovered)`, new Uint8Array(await file.arrayBuffer()));
    forgetRecovered(name);
  } catch (error) {
    fail(`The recovered session could not be opened: ${(error as Error).message}`);
  }
}

/** Throw away what was left behind. */
export function forgetRecovered(name: string): void {
  recovered.value = recovered.value.filter(each => each.name !== name);
  port?.postMessage({ type: 'forget', name });
}
