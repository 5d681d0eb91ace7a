/**
 * The lab's end of a recording: blocks go to the recording worker over a port, which packs and writes them there.
 *
 * Pace   what is on its way is counted; more than MOST_PENDING_BYTES and the lab waits, so that a slow disk cannot fill the memory
 */
import type { FromRecorded, ToRecorded } from '../../public/recording.ts';
import type { NoteView } from '../../public/session_types.ts';
import type { BlockKind } from '../../session/file/container.ts';
import type { BlockWriter } from '../../session/file/container_writer.ts';
import type { RecordedParts } from '../../session/recorder.ts';

const MOST_PENDING_BYTES = 32 * 1024 * 1024;

export interface RecordingPort {
  postMessage(message: FromRecorded, transfer: ArrayBuffer[]): void;
  onmessage: ((event: { data: ToRecorded }) => void) | null;
}

export class RemoteRecording implements BlockWriter, RecordedParts {
  bytes = 0;
  /** Nothing is written any more. */
  stopped = false;
  private pending = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly port: RecordingPort) {
    port.onmessage = ({ data }) => {
      if (data.type === 'written') this.pending -= data.bytes;
      else {
        this.stopped = true;
        this.pending = 0;
      }
      if (this.pending > MOST_PENDING_BYTES) return;
      for (const go of this.waiting.splice(0)) go();
    };
  }

  /** A scene or session begins. */
  open(title: string): void {
    this.post({ type: 'open', title });
  }

  begin(part: number, position: number): void {
    this.post({ type: 'part', part, position });
  }

  append(kind: BlockKind, raw: Uint8Array<ArrayBuffer>, about: Readonly<Record<string, number>> = {}): void {
    if (this.stopped) return;
    this.pending += raw.length;
    this.bytes += raw.length;
    this.post({ type: 'block', kind, raw, about }, [raw.buffer]);
  }

  cut(part: number): void {
    this.post({ type: 'cut', part });
  }

  tellNotes(notes: readonly NoteView[]): void {
    this.post({ type: 'notes', notes });
  }

  /** There is room for more. */
  async flush(): Promise<void> {
    if (this.pending > MOST_PENDING_BYTES) await new Promise<void>(go => this.waiting.push(go));
  }

  /** The recording worker ends the file. */
  finish(): Promise<void> {
    return this.flush();
  }

  private post(message: FromRecorded, transfer: ArrayBuffer[] = []): void {
    if (!this.stopped) this.port.postMessage(message, transfer);
  }
}
