/**
 * Recordings of the window: while something runs, the lab sends blocks of the session to the recording worker, which packs them and
 * writes them into the private files of this origin. The worker outlives the lab, and its files outlive the window.
 */

import type { ToLab } from './protocol.ts';
import type { NoteView } from './session_types.ts';

/** What the flight recorder keeps on disk at least, and when it drops what is older. */
export const RING_MINUTES = 10;
export const RING_BYTES = 128 * 1024 * 1024;

/** The name of a session's file: letters that every system takes. */
export function fileNameOf(title: string): string {
  const letters = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${letters.replace(/^-|-$/g, '') || 'session'}.gartlab`;
}

/** What the window sends the lab's worker. */
export type ToLabWorker =
  | ToLab
  /** Blocks of recordings go into this port. */
  | { readonly type: 'record'; readonly port: MessagePort; readonly appVersion: string };

/** What the lab sends the recording worker. */
export type FromRecorded =
  /** A scene or session begins; the recording before it is forgotten. */
  | { readonly type: 'open'; readonly title: string }
  /** Blocks from here on belong to this part, which ends behind so many inputs. */
  | { readonly type: 'part'; readonly part: number; readonly position: number }
  | {
      readonly type: 'block';
      readonly kind: string;
      readonly raw: Uint8Array<ArrayBuffer>;
      readonly about: Readonly<Record<string, number>>;
    }
  /** Another future: this part and those behind it are no more. */
  | { readonly type: 'cut'; readonly part: number }
  | { readonly type: 'notes'; readonly notes: readonly NoteView[] };

/** What the lab hears of it. */
export type ToRecorded =
  /** So many bytes of blocks are written, since the last message. */
  | { readonly type: 'written'; readonly bytes: number }
  /** Nothing is written any more; the window knows why. */
  | { readonly type: 'stopped' };

/** A recording that its window or its lab left behind. */
export interface RecoveredView {
  readonly name: string;
  readonly title: string;
  readonly inputs: number;
  readonly events: number;
  readonly bytes: number;
  /** Sentences. */
  readonly missing: readonly string[];
}

/** What the window sends the recording worker. */
export type ToRecording =
  /** Look for what was left behind, but for recordings of windows that were closed. */
  | { readonly type: 'begin'; readonly closed: readonly string[] }
  /** Blocks come out of this port. */
  | { readonly type: 'connect'; readonly port: MessagePort }
  /** The lab's worker ended: what it was recording is left behind. */
  | { readonly type: 'labEnded' }
  /** True: a person records, so nothing goes; false: the oldest events may. */
  | { readonly type: 'keep'; readonly on: boolean }
  /** A whole file with the events from a position on, once so many inputs are in it. */
  | {
      readonly type: 'save';
      readonly number: number;
      readonly fromPosition: number;
      readonly positions: number;
    }
  /** The file of what was left behind. */
  | { readonly type: 'take'; readonly number: number; readonly name: string }
  | { readonly type: 'forget'; readonly name: string };

export type FromRecording =
  /** This is being written; null: nothing is. */
  | { readonly type: 'recording'; readonly name: string | null }
  | { readonly type: 'recovered'; readonly sessions: readonly RecoveredView[] }
  | { readonly type: 'file'; readonly number: number; readonly file: Blob; readonly name: string }
  | { readonly type: 'refused'; readonly number: number; readonly sentence: string }
  /** No file can be written, or none any more: why, a whole sentence. */
  | { readonly type: 'memoryOnly'; readonly sentence: string };
