/** A recorded session, opened: its header, inputs, digests, notes and counts; event columns are read block by block. */
import * as v from 'valibot';
import { BLOCK_HEADER_BYTES } from './file/container.ts';
import {
  type ByteSource,
  ContainerReader,
  type FoundBlock,
  type ReadReport,
} from './file/container_reader.ts';
import { decodeEvents, EventBlockError, type EventColumns } from './file/event_block.ts';
import { decodeHeader, type SessionHeader } from './file/session_header.ts';
import { TextTable } from './file/text_table.ts';
import type { Input } from './input.ts';
import { describeIssue, inputSchema } from './input_log.ts';
import type { DigestLine, NoteLine } from './recorder.ts';
import { decodeSession, SessionFileError } from './session_file.ts';
import type { SessionImage } from './session_image.ts';

/** A session file without which nothing can be said: no header. */
export class SessionOpenError extends Error {
  override readonly name = 'SessionOpenError';
}

const digestSchema = v.object({
  position: v.pipe(v.number(), v.integer(), v.minValue(0)),
  events: v.pipe(v.number(), v.integer(), v.minValue(0)),
  time: v.number(),
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
});

const noteSchema = v.object({
  kind: v.picklist(['caption', 'bookmark', 'gpu-time', 'kernel', 'import']),
  position: v.pipe(v.number(), v.integer(), v.minValue(0)),
  text: v.string(),
  value: v.optional(v.number()),
});

const indexSchema = v.object({
  blocks: v.array(v.object({ offset: v.number(), about: v.object({ position: v.optional(v.number()) }) })),
});

export class RecordedSession {
  readonly inputs: Input[] = [];
  readonly digests: DigestLine[] = [];
  readonly notes: NoteLine[] = [];

  private constructor(
    private readonly container: ContainerReader,
    readonly header: SessionHeader,
  ) {}

  /**
   * Open a file and read everything but the events and keyframes.
   *
   * @throws ContainerError, SessionHeaderError, SessionOpenError with a sentence; damage behind the header is in `report`
   */
  static async open(source: ByteSource): Promise<RecordedSession> {
    const container = await ContainerReader.open(source);
    const head = container.blocks.find(block => block.kind === 'HEAD');
    const bytes = head && (await container.read(head));
    if (!bytes)
      throw new SessionOpenError('The session has no readable header, so nothing in it has a meaning.');
    const session = new RecordedSession(container, decodeHeader(bytes));
    await session.readLines();
    return session;
  }

  get report(): ReadReport {
    return this.container.report;
  }

  /** Blocks of one kind, in order of the file. */
  blocks(kind: FoundBlock['kind']): readonly FoundBlock[] {
    return this.container.blocks.filter(block => block.kind === kind);
  }

  /** Event columns, block by block; what is damaged is passed over and in `report`. */
  async *events(): AsyncGenerator<EventColumns> {
    for (const block of this.blocks('EVNT')) {
      const bytes = await this.container.read(block);
      if (!bytes) continue;
      try {
        yield decodeEvents(bytes);
      } catch (error) {
        if (!(error instanceof EventBlockError)) throw error;
        this.container.problem(`Block ${block.sequence}: ${error.message}`);
      }
    }
  }

  /** The texts that events of an import refer to. */
  texts(): TextTable {
    return new TextTable(this.container);
  }

  /** Session images, in order; damaged ones are passed over. */
  async *keyframes(): AsyncGenerator<SessionImage> {
    for (const block of this.blocks('KEYF')) {
      const bytes = await this.container.read(block);
      if (!bytes) continue;
      try {
        yield decodeSession(bytes);
      } catch (error) {
        if (!(error instanceof SessionFileError) && !(error instanceof SyntaxError)) throw error;
        this.container.problem(`Block ${block.sequence}: ${error.message}`);
      }
    }
  }

  /** Where the keyframes stand, by position, within the inputs that are there. Their bytes are read when asked for. */
  async keyframePlaces(): Promise<{ position: number; bytes: () => Promise<Uint8Array<ArrayBuffer>> }[]> {
    const known = await this.indexedPositions();
    const places = [];
    for (const block of this.blocks('KEYF')) {
      const position = known.get(block.offset - BLOCK_HEADER_BYTES) ?? (await this.positionInside(block));
      if (position === null || position > this.inputs.length) continue;
      const bytes = async () => {
        const found = await this.container.read(block);
        if (!found) throw new SessionFileError(`Keyframe block ${block.sequence} cannot be read.`);
        return found;
      };
      places.push({ position, bytes });
    }
    return places;
  }

  /** Positions of keyframes as the index of a finished file says them, by offset of their blocks. */
  private async indexedPositions(): Promise<ReadonlyMap<number, number>> {
    const block = this.blocks('INDX').at(-1);
    const bytes = block && (await this.container.read(block));
    if (!bytes) return new Map();
    try {
      const { blocks } = v.parse(indexSchema, JSON.parse(new TextDecoder().decode(bytes)));
      return new Map(
        blocks.flatMap(({ offset, about }) =>
          about.position === undefined ? [] : [[offset, about.position]],
        ),
      );
    } catch (error) {
      this.container.problem(`The index cannot be understood: ${(error as Error).message}.`);
      return new Map();
    }
  }

  private async positionInside(block: FoundBlock): Promise<number | null> {
    const bytes = await this.container.read(block);
    if (!bytes) return null;
    try {
      return decodeSession(bytes).position;
    } catch (error) {
      this.container.problem(`Block ${block.sequence}: ${(error as Error).message}`);
      return null;
    }
  }

  /** Inputs without a gap from the start: what can be replayed. Behind a lost block nothing has a meaning. */
  private async readLines(): Promise<void> {
    let whole = true;
    let expected = -1;
    for (const block of this.container.blocks) {
      if (expected >= 0 && block.sequence !== expected + 1) whole = false;
      expected = block.sequence;
      if (block.kind !== 'INPT' && block.kind !== 'DIGE' && block.kind !== 'NOTE') continue;
      const bytes = await this.container.read(block);
      if (!bytes) {
        if (block.kind === 'INPT') whole = false;
        continue;
      }
      const schema = { INPT: inputSchema, DIGE: digestSchema, NOTE: noteSchema }[block.kind];
      const into = { INPT: whole ? this.inputs : null, DIGE: this.digests, NOTE: this.notes }[block.kind];
      if (into) this.parse(block, bytes, schema, into as unknown[]);
    }
    if (!whole) this.container.problem(`Only the first ${this.inputs.length} inputs are without a gap.`);
  }

  private parse(block: FoundBlock, bytes: Uint8Array, schema: v.GenericSchema, into: unknown[]): void {
    for (const line of new TextDecoder().decode(bytes).split('\n')) {
      if (line === '') continue;
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        this.container.problem(`Block ${block.sequence} (${block.kind}) has a line that is not JSON.`);
        return;
      }
      const parsed = v.safeParse(schema, value);
      if (!parsed.success) {
        this.container.problem(`Block ${block.sequence} (${block.kind}): ${describeIssue(parsed.issues[0])}`);
        return;
      }
      into.push(parsed.output);
    }
  }
}
