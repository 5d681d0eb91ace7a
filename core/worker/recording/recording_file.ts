/**
 * A recording under way: blocks are packed and appended, its end can be taken back, and as a ring it drops its oldest events.
 *
 * Ring      inputs and digests stay, because a replay begins at the boot; of the events those of RING_MINUTES or RING_BYTES stay,
 *           with their keyframes and the last one before them. What is older goes when it is as much again: the file is then written anew, block by block as they are
 * Order     everything goes through one queue; packing happens beside it
 */
import { RING_BYTES, RING_MINUTES } from '../../public/recording.ts';
import type { NoteView } from '../../public/session_types.ts';
import { BLOCK_HEADER_BYTES, type BlockKind, decodeBlockHeader } from '../../session/file/container.ts';
import { ContainerWriter, type IndexLine } from '../../session/file/container_writer.ts';
import { unpack } from '../../session/file/packing.ts';
import { decodeHeader, encodeHeader } from '../../session/file/session_header.ts';
import { bytesOf, type RandomFile, sinkOf } from './recording_folder.ts';

/** Everything written is on the disk at least so often. */
const FLUSH_EVERY_MS = 500;
const MINUTE_MS = 60_000;
/** Of a session before its first part: the header. */
const NO_PART = -1;

/** What is known of a block besides its line of the index. */
interface Place {
  readonly part: number;
  /** Inputs at the end of its part. */
  readonly position: number;
  readonly atMs: number;
}

export interface RecordingRing {
  readonly ms: number;
  readonly bytes: number;
}

const RING: RecordingRing = { ms: RING_MINUTES * MINUTE_MS, bytes: RING_BYTES };

export class RecordingFile {
  /** True: nothing goes. */
  keep = false;
  /** Inputs in the file. */
  position = 0;
  private readonly writer: ContainerWriter;
  /** Of every block, in order of the writer's. */
  private places: Place[] = [];
  private part = NO_PART;
  private queue: Promise<void> = Promise.resolve();
  private flushedMs = 0;
  /** Position up to which the ring dropped events. */
  private droppedTo = 0;

  /**
   * @param makeNext a file to write the recording anew into; it takes the place of the one before
   */
  constructor(
    private file: RandomFile,
    private readonly nowMs: () => number,
    private readonly makeNext: () => Promise<{ readonly file: RandomFile; readonly replaced: () => void }>,
    private readonly ring: RecordingRing = RING,
  ) {
    file.truncate(0);
    // The file may be another one by then.
    this.writer = new ContainerWriter({ write: bytes => this.file.write(bytes, this.file.size) });
  }

  private get blocks(): readonly IndexLine[] {
    return this.writer.blocks;
  }

  /** Blocks from here on belong to a part, which ends behind so many inputs. */
  begin(part: number, position: number): void {
    void this.enqueue(async () => {
      this.part = part;
      this.position = position;
    });
  }

  /** Append a block. @throws what the file threw; nothing is written after that */
  append(kind: BlockKind, raw: Uint8Array<ArrayBuffer>, about: IndexLine['about']): Promise<void> {
    const written = this.enqueue(async () => {
      const { part, position } = this;
      const atMs = this.nowMs();
      this.writer.append(kind, raw, about, () => {
        this.places.push({ part, position, atMs });
        if (atMs - this.flushedMs < FLUSH_EVERY_MS) return;
        this.flushedMs = atMs;
        this.file.flush();
      });
    });
    return written.then(() => this.drained());
  }

  /** Take back a part and those behind it. */
  cut(part: number): Promise<void> {
    return this.enqueue(async () => {
      await this.writer.flush();
      const first = this.places.findIndex(place => place.part >= part);
      if (first < 0) return;
      this.file.truncate(this.blocks[first]!.offset);
      this.writer.standBehind(this.blocks.slice(0, first));
      this.places.length = first;
      this.position = this.places.at(-1)?.position ?? 0;
      this.droppedTo = Math.min(this.droppedTo, this.position);
    });
  }

  /** Everything so far is on the disk. @throws what the file threw */
  async drained(): Promise<void> {
    await this.enqueue(async () => {
      await this.writer.flush();
      if (!this.keep) await this.roll();
    });
  }

  /** Put what the platform holds back on the disk. */
  flush(): void {
    this.file.flush();
  }

  /**
   * A whole file of it: inputs, digests, notes, and the events from a position on.
   *
   * @throws what the file threw
   */
  saveInto(file: RandomFile, fromPosition: number, notes: readonly NoteView[]): Promise<void> {
    return this.enqueue(async () => {
      await this.writer.flush();
      const first = this.firstFrom(place => place.position > fromPosition);
      const { writer: copy } = await this.copyInto(file, first);
      if (notes.length > 0) copy.append('NOTE', noteLines(notes));
      await copy.finish();
      file.flush();
    });
  }

  async close(): Promise<void> {
    await this.enqueue(() => this.writer.flush()).catch(() => {});
    this.file.close();
  }

  private enqueue(act: () => Promise<void>): Promise<void> {
    const done = this.queue.then(act);
    this.queue = done.catch(() => {});
    return done;
  }

  /** The first block of a part that is wanted. */
  private firstFrom(wanted: (place: Place, i: number) => boolean): number {
    const first = this.places.findIndex((place, i) => place.part > NO_PART && wanted(place, i));
    return first < 0 ? this.places.length : first;
  }

  /** Write anew without the oldest events, when they are as many as those that stay. */
  private async roll(): Promise<void> {
    const { ring, file } = this;
    const now = this.nowMs();
    const oldest = this.places.find((_, i) => this.blocks[i]!.kind === 'EVNT');
    if (!oldest || (file.size < 2 * ring.bytes && now - oldest.atMs < 2 * ring.ms)) return;
    const first = this.firstFrom(
      (place, i) => now - place.atMs < ring.ms && file.size - this.blocks[i]!.offset <= ring.bytes,
    );
    const { file: next, replaced } = await this.makeNext();
    const { writer: copy, droppedTo } = await this.copyInto(next, first);
    next.flush();
    this.droppedTo = droppedTo;
    const keyframe = this.keyframeBefore(first);
    this.places = this.places.filter((_, i) => this.stays(i, first, keyframe));
    this.writer.standBehind(copy.blocks);
    this.file.close();
    this.file = next;
    replaced();
  }

  /** The keyframe from which the first event that stays is reached, or -1. */
  private keyframeBefore(firstEvents: number): number {
    return this.blocks.findLastIndex(({ kind }, i) => kind === 'KEYF' && i < firstEvents);
  }

  private stays(i: number, firstEvents: number, keyframe: number): boolean {
    const { kind } = this.blocks[i]!;
    return i >= firstEvents || i === keyframe || (kind !== 'EVNT' && kind !== 'KEYF');
  }

  /** Blocks into a new file: of events and keyframes those from a block on, of the rest everything. */
  private async copyInto(
    file: RandomFile,
    firstEvents: number,
  ): Promise<{ readonly writer: ContainerWriter; readonly droppedTo: number }> {
    file.truncate(0);
    const copy = new ContainerWriter(sinkOf(file));
    const keyframe = this.keyframeBefore(firstEvents);
    const dropped = this.places.findLast((_, i) => i < firstEvents && this.blocks[i]!.kind === 'EVNT');
    const droppedTo = Math.max(this.droppedTo, dropped?.position ?? 0);
    for (let i = 0; i < this.blocks.length; i++) {
      if (!this.stays(i, firstEvents, keyframe)) continue;
      const { kind, offset, packedBytes, about } = this.blocks[i]!;
      const block = bytesOf(this.file, offset, BLOCK_HEADER_BYTES + packedBytes);
      const packed = block.subarray(BLOCK_HEADER_BYTES);
      const { rawBytes } = decodeBlockHeader(block)!;
      if (kind === 'HEAD') copy.append(kind, withStart(await unpack(packed, rawBytes), droppedTo), about);
      else copy.copy(kind, rawBytes, packed, about);
      await copy.flush();
    }
    return { writer: copy, droppedTo };
  }
}

/** A header that says where its events begin. */
function withStart(head: Uint8Array<ArrayBuffer>, position: number): Uint8Array<ArrayBuffer> {
  if (position === 0) return head;
  const header = decodeHeader(head);
  const flags = header.flags.filter(flag => !flag.startsWith('events from position '));
  return encodeHeader({ ...header, flags: [...flags, `events from position ${position} on`] });
}

export function noteLines(notes: readonly NoteView[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(notes.map(note => `${JSON.stringify(note)}\n`).join(''));
}
