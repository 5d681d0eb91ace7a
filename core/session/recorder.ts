/**
 * Records a run into a container: inputs, event columns, digests, keyframes, notes; nothing that was taken needs the run again.
 *
 * Contract   note() is called at boundaries where the machine is drained; it costs a copy of the new event columns, packing
 *            happens beside it. A crash loses what was done in `everyMs` of wall time, BREATHE_MS and one slice at most
 * Rule       the recorder looks; it never changes what a run does, and the digest of a recorded run is that of the same run alone
 */
import { CHUNK_EVENTS } from '../trace/trace_buffer.ts';
import { MAX_RAW_BYTES } from './file/container.ts';
import { type BlockWriter, type ByteSink, ContainerWriter } from './file/container_writer.ts';
import { encodeEvents } from './file/event_block.ts';
import { encodeHeader, type SessionHeader } from './file/session_header.ts';
import type { Input } from './input.ts';
import { formatInput } from './input_log.ts';
import { KeyframePace, RECORDED_COST } from './keyframe_pace.ts';
import type { Keyframe } from './keyframe_store.ts';
import type { Player, PlayOptions } from './player.ts';
import { encodeSession } from './session_file.ts';
import { takeSessionImage } from './session_image.ts';

export interface RecorderOptions {
  readonly header: SessionHeader;
  /** Wall time in ms; decides only when blocks are written, never what is in them. */
  readonly nowMs: () => number;
  /** Blocks are written at least so often. */
  readonly everyMs?: number;
  /** Lets the platform finish what was packed; without it that waits for whoever gives the thread free. */
  readonly breathe?: () => Promise<void>;
  /** False: none are taken; a session in memory has its own (keyframesOf). */
  readonly keyframes?: boolean;
  /** Told what blocks belong together, for a file whose end can be taken back. */
  readonly parts?: RecordedParts;
}

/** A part is what one boundary wrote, numbered from 0. The header belongs to none. */
export interface RecordedParts {
  /** Blocks from here on belong to this part, which ends behind so many inputs. */
  begin(part: number, position: number): void;
  /** Forget this part and those behind it. */
  cut(part: number): void;
}

/** One digest at a position, a line of a DIGE block. */
export interface DigestLine {
  /** Inputs executed. */
  readonly position: number;
  readonly events: number;
  readonly time: number;
  readonly digest: string;
}

/** Something a person or the program said about a moment, a line of a NOTE block. */
export interface NoteLine {
  /** `kernel`: what a recorded kernel answered (transcripts); `import`: what an importer has to say, a line not understood. */
  readonly kind: 'caption' | 'bookmark' | 'gpu-time' | 'kernel' | 'import';
  readonly position: number;
  readonly text: string;
  readonly value?: number;
}

const DEFAULT_EVERY_MS = 400;
/** Slices end so often, so that packed blocks get to the sink between them. */
const BREATHE_MS = 100;
/** All keyframes together add at most so many bytes for each event of the file; one packs to about this part of its bytes. */
const KEYFRAME_BYTES_PER_EVENT = 3;
const PACKED_SHARE = 1 / 8;
/** What the first one is taken to pack to. */
const FIRST_KEYFRAME_BYTES = 32 * 1024;

export class SessionRecorder {
  private readonly writer: BlockWriter;
  private readonly encoder = new TextEncoder();
  /** As text once for all, at a boundary: one by one between the steps of a run it takes three times as long. */
  private inputs: Input[] = [];
  private inputsFrom = 0;
  private digests: DigestLine[] = [];
  private notes: NoteLine[] = [];
  private eventsWritten = 0;
  private lastWriteMs: number;
  private lastBreathMs: number;
  private readonly pace = new KeyframePace(RECORDED_COST);
  /** Of the last keyframe, and of all that were written, packed, as far as can be told at once. */
  private keyframeBytes = FIRST_KEYFRAME_BYTES;
  private allKeyframeBytes = 0;
  /** Inputs and events at the end of each part, and `allKeyframeBytes` with those that belong to it. */
  private readonly ends: { readonly inputs: number; readonly events: number; keyframeBytes: number }[] = [];

  constructor(
    to: ByteSink | BlockWriter,
    private readonly options: RecorderOptions,
  ) {
    this.writer = 'append' in to ? to : new ContainerWriter(to);
    this.writer.append('HEAD', encodeHeader(options.header));
    this.lastWriteMs = options.nowMs();
    this.lastBreathMs = this.lastWriteMs;
  }

  /** Bytes of the file so far. */
  get bytes(): number {
    return this.writer.bytes;
  }

  /** Inputs that went to the file. */
  get inputsWritten(): number {
    return this.inputsFrom;
  }

  /** Wait until the header is in the sink: from here on the file opens, whenever the process ends. */
  async begin(): Promise<void> {
    await this.writer.flush();
  }

  /** Inputs as they are executed, in order. */
  took(input: Input): void {
    this.inputs.push(input);
  }

  /** Something about this moment. */
  say(note: NoteLine): void {
    this.notes.push(note);
  }

  /** A slice should end: what was packed waits for the thread, or a keyframe pays here. Asked after every input. */
  wantsBoundary(player: Player): boolean {
    return this.wantsKeyframe(player) || this.options.nowMs() - this.lastBreathMs >= BREATHE_MS;
  }

  /** A boundary: everything up to here is written when it is time, and a keyframe taken when it pays. */
  async boundary(player: Player): Promise<void> {
    const { nowMs, everyMs = DEFAULT_EVERY_MS, breathe } = this.options;
    const { trace } = player.kernel;
    const now = nowMs();
    if (trace.count - this.eventsWritten >= CHUNK_EVENTS || now - this.lastWriteMs >= everyMs) {
      this.lastWriteMs = now;
      this.write(player);
    }
    if (this.wantsKeyframe(player)) await this.keyframe(player);
    if (now - this.lastBreathMs < BREATHE_MS) return;
    await breathe?.();
    this.lastBreathMs = nowMs();
  }

  private wantsKeyframe(player: Player): boolean {
    if (this.options.keyframes === false || !this.pace.isDue(player)) return false;
    return this.hasRoomFor(this.keyframeBytes, player);
  }

  private hasRoomFor(packedBytes: number, { kernel }: Player): boolean {
    return this.allKeyframeBytes + packedBytes <= KEYFRAME_BYTES_PER_EVENT * kernel.trace.count;
  }

  /** Take a keyframe, if it is not too large for a block; the machine must be drained. */
  async keyframe(player: Player): Promise<void> {
    this.write(player);
    this.pace.restart(player);
    const raw = encodeSession(await takeSessionImage(player, { hashes: false })) as Uint8Array<ArrayBuffer>;
    this.keyframeBytes = raw.length * PACKED_SHARE;
    const { position, kernel } = player;
    if (raw.length <= MAX_RAW_BYTES) this.appendKeyframe(raw, { position, events: kernel.trace.count });
  }

  /**
   * Write keyframes that a session made for itself up to here, those that there is room for. They belong to the part that ends
   * here, so that with another future they go.
   */
  async keyframesOf(keyframes: readonly Keyframe[], player: Player): Promise<void> {
    for (const { position, digest, bytes } of keyframes) {
      const raw = await bytes();
      if (raw.length > MAX_RAW_BYTES || !this.hasRoomFor(raw.length * PACKED_SHARE, player)) continue;
      if (this.inputsFrom < player.position) this.write(player);
      // The session goes on using its bytes.
      this.appendKeyframe(raw.slice(), { position, events: digest?.events ?? 0 });
    }
  }

  private appendKeyframe(raw: Uint8Array<ArrayBuffer>, about: { position: number; events: number }): void {
    this.allKeyframeBytes += raw.length * PACKED_SHARE;
    this.ends.at(-1)!.keyframeBytes = this.allKeyframeBytes;
    this.writer.append('KEYF', raw, about);
  }

  /** Write what was taken up to here; the machine must be drained. */
  writeNow(player: Player): void {
    this.lastWriteMs = this.options.nowMs();
    this.write(player);
  }

  /**
   * Behind this moment comes another future than the one that was taken: the file ends at the last part before it.
   *
   * @returns inputs that are still in the file; those behind them are to be taken again
   */
  rewind(position: number, events: number): number {
    const whole = this.ends.findLastIndex(end => end.inputs <= position && end.events <= events) + 1;
    if (whole < this.ends.length) this.options.parts?.cut(whole);
    this.ends.length = whole;
    const end = this.ends.at(-1) ?? { inputs: 0, events: 0, keyframeBytes: 0 };
    const { inputs, events: written } = end;
    this.allKeyframeBytes = end.keyframeBytes;
    this.inputs = [];
    this.inputsFrom = inputs;
    this.eventsWritten = written;
    return inputs;
  }

  /** Write what is left and the index. @throws what the sink threw */
  async finish(player: Player): Promise<void> {
    this.write(player);
    await this.writer.finish();
  }

  private lines(
    kind: 'INPT' | 'DIGE' | 'NOTE',
    lines: readonly string[],
    about: Record<string, number>,
  ): void {
    if (lines.length > 0) this.writer.append(kind, this.encoder.encode(lines.join('')), about);
  }

  private write(player: Player): void {
    const { trace } = player.kernel;
    this.options.parts?.begin(this.ends.length, player.position);
    this.lines('INPT', this.inputs.map(formatInput), { first: this.inputsFrom });
    this.inputsFrom += this.inputs.length;
    this.inputs = [];
    const first = Math.max(this.eventsWritten, trace.firstIndex);
    for (let at = first; at < trace.count; at += CHUNK_EVENTS) {
      const end = Math.min(trace.count, at + CHUNK_EVENTS);
      this.writer.append('EVNT', encodeEvents(trace, at, end), { first: at, count: end - at });
    }
    if (trace.count > this.eventsWritten || this.digests.length === 0) {
      this.digests.push({
        position: player.position,
        events: trace.count,
        time: trace.now,
        digest: trace.digest(),
      });
    }
    this.eventsWritten = trace.count;
    this.lines(
      'DIGE',
      this.digests.map(line => `${JSON.stringify(line)}\n`),
      { position: player.position },
    );
    this.digests = [];
    this.lines(
      'NOTE',
      this.notes.map(note => `${JSON.stringify(note)}\n`),
      {},
    );
    this.notes = [];
    const { inputsFrom: inputs, eventsWritten: events, allKeyframeBytes: keyframeBytes } = this;
    this.ends.push({ inputs, events, keyframeBytes });
  }
}

/** What a player that plays whole runs is given so that a recorder takes all of it. */
export function recordedBy(recorder: SessionRecorder, player: Player): PlayOptions {
  return {
    collect: false,
    sliceEnds: () => recorder.wantsBoundary(player),
    afterInput: (_, input) => recorder.took(input),
    afterBarrier: async () => {
      await recorder.boundary(player);
      return true;
    },
  };
}
