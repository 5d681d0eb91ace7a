/**
 * The one message port between the window and the lab.
 *
 * Order  the lab answers every command with `done` of its number after everything that the command caused was sent;
 *        `run` is done when the run stops (pause, end of the scene, an error); details of what is selected while a seek goes on are those
 *        of its end
 * Pace   after each view with changes the lab waits for `shown` of its number, so a run is never ahead of the picture
 */

import type { InputLine } from './input_line.ts';
import type { PackedObjects } from './packed_objects.ts';
import type { AnswerOf, Ask, QuestionName } from './questions.ts';
import type { NoteView, SessionView } from './session_types.ts';
import type { ViewDelta } from './view_delta.ts';
import type { AdapterView, Change, EventRow, SceneInfo, Selection, SelectionDetails } from './view_types.ts';

/** Raised when a message changes its meaning; a window and a lab of different numbers do not talk. */
export const PROTOCOL_VERSION = 1;

/** Rows of the event list that the lab sends at most in one batch; older ones of a longer batch are counted, not sent. */
export const EVENT_BATCH_ROWS = 2000;
/** Rows of a longer batch: a list with a gap is read at its end. */
export const EVENT_ROWS_BEHIND_GAP = 400;

/**
 * What the app keeps at most; the oldest go first, and the window says so. Events in the lab take 32 bytes each, 320 MiB
 * together; rows of the list in the window some 300 bytes each (an estimate), some 15 MiB together.
 */
export const MOST_EVENTS_KEPT = 10_485_760;
export const MOST_EVENT_ROWS_KEPT = 50_000;

/** What the window asks for; `machine` and `vram` as on the command line. */
export type LabCommand =
  | {
      readonly type: 'open';
      readonly version: number;
      readonly machine: 'auto' | 'webgpu' | 'host';
      readonly vram: 'paged' | 'dedicated';
      /** Which adapter to prefer where there are two; without it the faster one. */
      readonly power?: 'high-performance' | 'low-power';
    }
  | { readonly type: 'load'; readonly scene: string }
  /**
   * Read a scenario that a person brought and offer it with the others (answered by `opened`); one of the same id takes its place.
   * `name` is that of its file, for sentences.
   */
  | { readonly type: 'addScene'; readonly name: string; readonly text: string; readonly open: boolean }
  /** Run, at most up to a position. */
  | { readonly type: 'run'; readonly until?: number }
  | { readonly type: 'pause' }
  | { readonly type: 'step' }
  | { readonly type: 'stepBack' }
  | { readonly type: 'reset' }
  /** Go to the instant behind so many inputs. */
  | { readonly type: 'seek'; readonly position: number }
  | { readonly type: 'setBudget'; readonly pages: number }
  /** Execute an input now; what the scene still has to do comes after it. Answered by `called`. */
  | { readonly type: 'call'; readonly input: InputLine }
  /** Replay a session file on the machine of the window, to its end. */
  | { readonly type: 'openSession'; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }
  /** All captions and bookmarks, in place of those there were. */
  | { readonly type: 'setNotes'; readonly notes: readonly NoteView[] }
  /** Where the host machine took over: ask for a GPU again, and go on with the same session on it. */
  | { readonly type: 'tryGpu' }
  /** Show the memories and objects of this device. */
  | { readonly type: 'showDevice'; readonly name: string }
  | { readonly type: 'select'; readonly selection: Selection | null };

/** A command with the number that its `done` repeats, or the acknowledgement of a view. */
export type ToLab =
  | { readonly type: 'command'; readonly number: number; readonly command: LabCommand }
  | { readonly type: 'shown'; readonly view: number }
  | {
      readonly type: 'ask';
      readonly number: number;
      readonly name: QuestionName;
      readonly ask: Ask<QuestionName>;
    };

export interface WayProgressView {
  /** For people: `Going back`. */
  readonly what: string;
  /** From 0 to 1. */
  readonly part: number;
}

export type FromLab =
  /** The worker holds the Web Lock of this name as long as it lives: who waits for it learns of its end, however it ends. */
  | { readonly type: 'alive'; readonly lock: string }
  /** The lab runs: answers `open`. */
  | { readonly type: 'opened'; readonly scenes: readonly SceneInfo[] }
  /** A scene is loaded; views start from an empty one and the event list is empty. */
  | { readonly type: 'loaded'; readonly scene: SceneInfo }
  /** The picture changed. `packed`: the rows of `delta.objects`, on their way over the port (packed_objects.ts). */
  | {
      readonly type: 'view';
      readonly delta: ViewDelta;
      readonly changes: readonly Change[];
      readonly packed?: PackedObjects;
    }
  /**
   * Events [first, first + rows.length) in order; `keep` is the number of events that are still true: after a step back
   * the window drops those from there on. `skipped` events before `first` were too many to send.
   */
  | {
      readonly type: 'events';
      readonly keep: number;
      readonly skipped: number;
      readonly rows: readonly EventRow[];
    }
  /** How far a long way (to a scene's first pause, a seek) has come; null: it has ended. Pause ends it where it is. */
  | { readonly type: 'progress'; readonly progress: WayProgressView | null }
  /** Captions and bookmarks, in order of position; after `loaded` and whenever they change. */
  | { readonly type: 'notes'; readonly notes: readonly NoteView[] }
  /** The file that the scene came from; null for a scene. */
  | { readonly type: 'session'; readonly session: SessionView | null }
  | { readonly type: 'details'; readonly details: SelectionDetails }
  /** A person's input ran: its answer as in a log with the kernel's sentence if it refused, or why no kernel could understand it. */
  | {
      readonly type: 'called';
      readonly line: string;
      readonly answer: { readonly ret: unknown };
      readonly refused?: string;
    }
  | { readonly type: 'called'; readonly line: string; readonly error: string }
  /** The machine of the scene, or what took its place. */
  | { readonly type: 'adapter'; readonly adapter: AdapterView }
  /** Something failed: a whole sentence with the values and what to do. */
  | { readonly type: 'failed'; readonly sentence: string }
  | { readonly type: 'done'; readonly number: number }
  /** The answer to the question of this number, or the sentence why there is none. */
  | { readonly type: 'answer'; readonly number: number; readonly answer: AnswerOf<QuestionName> }
  | { readonly type: 'refused'; readonly number: number; readonly sentence: string };
