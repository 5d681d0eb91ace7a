/**
 * Sessions in the window: what was recorded, saved and opened, and the notes at its moments. Everything that is executed goes to the
 * disk (recordings.ts) and stays in the lab's memory as far as it has room; recording marks where the part begins that is saved, and
 * that nothing of it may go.
 */
import { computed, signal } from '@preact/signals';
import { captionAt } from '../../core/public/captions.ts';
import type { NoteView } from '../../core/public/session_types.ts';
import { sayLine } from '../commands/command.ts';
import { saveBlob } from '../reports/save_text.ts';
import * as actions from './actions.ts';
import { fail, notes, view } from './lab_store.ts';
import { keepRecording, onDisk, recordedFile } from './recordings.ts';

/** A recording under way: from which position on, since when on the wall clock. */
export const recording = signal<{ readonly fromPosition: number; readonly sinceMs: number } | null>(null);
/** Seconds of the recording under way. */
export const recordedSeconds = signal(0);

let ticking: ReturnType<typeof setInterval> | undefined;

export function startRecording(): void {
  recording.value = { fromPosition: view.peek().status.inputsDone, sinceMs: performance.now() };
  recordedSeconds.value = 0;
  keepRecording(true);
  clearInterval(ticking);
  ticking = setInterval(() => {
    const { sinceMs } = recording.peek() ?? { sinceMs: performance.now() };
    recordedSeconds.value = Math.floor((performance.now() - sinceMs) / 1000);
  }, 250);
}

/** Forget where the recording began; nothing is saved. */
export function endRecording(): void {
  clearInterval(ticking);
  recording.value = null;
  keepRecording(false);
}

/** Stop, and save what was recorded. */
export async function stopRecording(): Promise<void> {
  const { fromPosition } = recording.peek() ?? { fromPosition: 0 };
  try {
    // The disk has all of it; the lab's memory only as much as it has room for.
    if (onDisk.peek() === null) await saveSession({ fromPosition, lastMs: null });
    else {
      const { name, file } = await recordedFile(fromPosition, view.peek().status.newest.inputsDone);
      saveBlob(name, file);
    }
  } catch (error) {
    fail(`The session could not be saved: ${(error as Error).message}`);
  }
  endRecording();
}

/** Save the session, or the part that is asked for, as the shell saves files. */
export async function saveSession(
  part: { readonly fromPosition: number; readonly lastMs: number | null } = { fromPosition: 0, lastMs: null },
): Promise<void> {
  try {
    const { name, bytes } = await actions.ask('sessionFile', { ...part, appVersion: __GART_LAB_VERSION__ });
    saveBlob(name, new Blob([bytes], { type: 'application/octet-stream' }));
  } catch (error) {
    fail(`The session could not be saved: ${(error as Error).message}`);
  }
}

/** The session at an address of this app. */
export async function openSessionAt(address: string): Promise<void> {
  try {
    const response = await fetch(new URL(address, location.href));
    if (!response.ok) throw new Error(`the answer is ${response.status}`);
    const name = decodeURIComponent(address.slice(address.lastIndexOf('/') + 1));
    await actions.openSession(name, new Uint8Array(await response.arrayBuffer()));
  } catch (error) {
    fail(`The session ${address} was not opened: ${(error as Error).message}.`);
  }
}

/** Captions in order, and which one is shown now (-1: none). */
export const captions = computed(() => notes.value.filter(({ kind }) => kind === 'caption'));
export const captionNow = computed(() => {
  const { inputsDone, inputs } = view.value.status;
  return captionAt(captions.value, inputsDone, inputs);
});

const same = (a: NoteView, b: NoteView) =>
  a.kind === b.kind && a.position === b.position && a.text === b.text;

/** A new note in the place of an old one; null in either place adds or takes away. */
export function changeNote(old: NoteView | null, now: NoteView | null): Promise<void> {
  const all = notes.peek();
  const at = old ? all.findIndex(each => same(each, old)) : -1;
  const rest = all.filter((_, i) => i !== at);
  return actions.setNotes(now ? [...rest, now] : rest);
}

/** Where a caption belongs that is to be shown now. */
export function captionPosition(): number {
  return Math.max(0, view.value.status.inputsDone - 1);
}

/** Put a bookmark here. */
export function addBookmark(): Promise<void> {
  const { inputsDone, lastInput } = view.peek().status;
  // Who did what, without what it was done with.
  const text = lastInput === '' ? 'start' : lastInput.split(' ').slice(0, 2).join(' ');
  return changeNote(null, { kind: 'bookmark', position: inputsDone, text });
}

/** Go to the moment of a note. */
export async function goToNote({ kind, position }: NoteView): Promise<void> {
  const to = kind === 'caption' ? Math.min(position + 1, view.peek().status.inputs) : position;
  sayLine(`seek ${to}`);
  await actions.seek(to);
}
