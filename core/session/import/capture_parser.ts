/** What the readers of captures have in common: they take lines, give events, and say what they did not understand. */
import type { EventSink } from './event_sink.ts';

/** What a reader gets from whoever runs it. */
export interface ImportContext {
  readonly sink: EventSink;
  /** A line that fits nowhere; the rest goes on. @param number of the line, where it is not the current one */
  notUnderstood(line: string, number?: number): void;
  /** A sentence about the capture: its start was overwritten, a sum does not fit. */
  remark(sentence: string): void;
  /** What the capture says of where it comes from. */
  origin(key: string, value: string): void;
}

export interface CaptureReader {
  line(text: string): void;
  /** After the last line. */
  end(): void;
}
