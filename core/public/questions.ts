/**
 * Questions that the window asks the lab, each with its answer: for what a panel needs only while somebody looks at it.
 *
 * Rule    a question changes nothing: it is no input, leaves no event, and the digest after it is the digest before it
 * To add one write its two types here, its answer in core/worker/questions/, and ask it with `ask()` of the window
 */
import type { FramebufferView, ObjectPagesView, RingView, StatusPageView } from './machine_types.ts';
import type { DiffRowView } from './session_types.ts';
import type {
  RangeStatistics,
  SeriesAnswer,
  SeriesAsk,
  TimelineAnswer,
  TimelineAsk,
  TimelineRow,
} from './timeline_types.ts';
import type { EventRow } from './view_types.ts';

/** A file of the modelled machine, or a folder of them. */
export interface FileEntry {
  readonly path: string;
  /** What a link leads to. */
  readonly target?: string;
}

/** A word that the console completes. */
export interface WordEntry {
  readonly word: string;
  /** `call`, `task`, or what a name stands for: `fd`, `map`, `bo`. */
  readonly kind: string;
}

/** Tables of a session's database, and ready questions to it. */
export interface SqlWords {
  readonly tables: readonly {
    readonly name: string;
    readonly about: string;
    readonly columns: readonly string[];
  }[];
  readonly ready: readonly { readonly name: string; readonly about: string; readonly sql: string }[];
}

/** Questions by name: what is asked, and what is answered. */
export interface Questions {
  /** Calls, tasks and the names that inputs gave. */
  readonly words: { readonly ask: Record<never, never>; readonly answer: readonly WordEntry[] };
  /** What is wrong with the text of a scenario, each with the path to it, and what it amounts to. */
  readonly checkScenario: {
    readonly ask: { readonly text: string };
    readonly answer: {
      readonly problems: readonly { readonly path: readonly (string | number)[]; readonly says: string }[];
      readonly inputs: number;
      readonly captions: readonly string[];
      readonly pauseAt: number;
    };
  };
  /** Every file below /proc, /sys and /dev of the modelled machine, in order of path. */
  readonly files: { readonly ask: Record<never, never>; readonly answer: readonly FileEntry[] };
  /**
   * The text of one, and behind how many inputs it was read; `error` is the sentence with the errno of a file that cannot be
   * read.
   */
  readonly readFile: {
    readonly ask: { readonly path: string };
    readonly answer: { readonly text: string; readonly position: number } | { readonly error: string };
  };
  /** What a picture of [from, to] shows: a few spans per column, exact counts, the selection's chain. */
  readonly timeline: { readonly ask: TimelineAsk; readonly answer: TimelineAnswer };
  /** The same as text: the first `most` spans of a range. */
  readonly timelineRows: {
    readonly ask: { readonly from: number; readonly to: number; readonly most: number };
    readonly answer: { readonly rows: readonly TimelineRow[]; readonly more: boolean };
  };
  /** Sums over a range of time. */
  readonly timelineRange: {
    readonly ask: { readonly from: number; readonly to: number };
    readonly answer: RangeStatistics;
  };
  /** Columns of the charts. */
  readonly series: { readonly ask: SeriesAsk; readonly answer: SeriesAnswer };
  /** The position in the inputs whose moment is nearest to a time, and that moment. */
  readonly positionAt: {
    readonly ask: { readonly time: number };
    readonly answer: { readonly position: number; readonly time: number };
  };
  /** One event as a line (null: it is not held), and the first position at which it has happened. */
  readonly eventRow: {
    readonly ask: { readonly index: number };
    readonly answer: { readonly row: EventRow | null; readonly position: number };
  };
  /** Engines with a ring: registers, decoded requests, faults and resets. */
  readonly ring: { readonly ask: Record<never, never>; readonly answer: RingView };
  /** Dwords of an engine's status page as the machine holds them; null when there is no such engine. */
  readonly statusPage: {
    readonly ask: { readonly engine: number };
    readonly answer: StatusPageView | null;
  };
  /** What the display shows, or a sentence why there is no picture. */
  readonly framebuffer: {
    readonly ask: Record<never, never>;
    readonly answer: FramebufferView | { readonly none: string };
  };
  /** Where each page of an object lies and how GPUs would be told; null when there is no such object. */
  readonly objectPages: {
    readonly ask: { readonly id: number };
    readonly answer: ObjectPagesView | null;
  };
  /** The session as a file: from a position on, or (`lastMs`) what was executed in so many ms of wall time. */
  readonly sessionFile: {
    readonly ask: {
      readonly fromPosition: number;
      readonly lastMs: number | null;
      readonly appVersion: string;
    };
    readonly answer: {
      readonly name: string;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly fromPosition: number;
      readonly positions: number;
    };
  };
  /** What a database of the session has, and questions in SQL that are asked of every one. */
  readonly sqlWords: { readonly ask: Record<never, never>; readonly answer: SqlWords };
  /** What differs between two positions that were executed. */
  readonly stateDiff: {
    readonly ask: { readonly from: number; readonly to: number };
    readonly answer: {
      readonly rows: readonly DiffRowView[];
      readonly fromTime: number;
      readonly toTime: number;
    };
  };
}

export type QuestionName = keyof Questions;
export type Ask<Name extends QuestionName> = Questions[Name]['ask'];
export type AnswerOf<Name extends QuestionName> = Questions[Name]['answer'];
