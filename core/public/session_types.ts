/** What the window knows of sessions: notes at moments, the file a session came from, differences between two moments. */

/** Something a person said about a moment. */
export interface NoteView {
  readonly kind: 'caption' | 'bookmark';
  /** Inputs executed; a caption is shown from the input behind it on. */
  readonly position: number;
  readonly text: string;
}

/** Notes of one session at most, and letters of one. */
export const MOST_NOTES = 2000;
export const MOST_NOTE_LETTERS = 2000;

/** A session that was opened from a file. */
export interface SessionView {
  /** Of the file. */
  readonly name: string;
  readonly title: string;
  readonly appVersion: string;
  /** `llvmpipe (software)`, `the host machine`. */
  readonly recordedOn: string;
  readonly replayedOn: string;
  readonly flags: readonly string[];
  /** Recorded digests that the replay met, and how many there are. */
  readonly digestsEqual: number;
  readonly digests: number;
  /** The first one that was not met, a sentence; null while all are. */
  readonly difference: string | null;
  /** Sentences about what could not be read. */
  readonly problems: readonly string[];
}

export const DIFF_KINDS = ['moment', 'placement', 'object', 'map', 'lru', 'counter'] as const;

/** One difference between two moments; null: it is not there at that moment. */
export interface DiffRowView {
  readonly kind: (typeof DIFF_KINDS)[number];
  readonly name: string;
  readonly what: string;
  readonly before: string | number | null;
  readonly after: string | number | null;
}
