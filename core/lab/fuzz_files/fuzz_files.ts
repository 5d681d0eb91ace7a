/**
 * Damaged files for every reader: a case is one file, one reader, and what came of it. Cases follow from the seed alone, so that
 * one can be done again by its number.
 */
import { SeededRandom } from '../../base/random.ts';
import {
  type FileReader,
  IMAGE,
  IMPORT,
  LINE_READERS,
  type ReaderSurroundings,
  SESSION_READERS,
  TEXT_READERS,
} from './file_readers.ts';
import { mutateBytes } from './mutate_bytes.ts';
import { bomb, mutateContainer, type RawBlock, takeApart } from './mutate_container.ts';

/** A good file to begin with. */
export interface CorpusFile {
  readonly name: string;
  readonly kind: 'session' | 'image' | 'capture' | 'text';
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface FuzzFilesOptions extends ReaderSurroundings {
  readonly corpus: readonly CorpusFile[];
  readonly seed: number;
  /** The first case, and how many. */
  readonly first?: number;
  readonly cases: number;
  /** A clock in ms, best that of the processor; only to find cases that take too long. */
  readonly nowMs: () => number;
  /** Bytes of memory that the process has, to see that they stay bounded. */
  readonly memoryBytes?: () => number;
  readonly onProgress?: (done: number) => void;
}

/** A case that did what none may do. */
export interface BadCase {
  readonly number: number;
  readonly file: string;
  readonly reader: string;
  readonly says: string;
}

export interface FuzzFilesResult {
  readonly seed: number;
  readonly cases: number;
  /** Cases that a reader refused with a sentence. */
  readonly refused: number;
  readonly byReader: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly slowest: string;
  readonly mostMemoryBytes: number;
  /** Errors that no reader declares, and cases over MAX_CASE_MS. */
  readonly bad: readonly BadCase[];
}

export const MAX_CASE_MS = 2_000;
const MAX_BAD = 20;
/** Of files that are longer a case takes a piece, mostly. */
const PIECE_BYTES = 6_000;
/** One bomb near the most that a block may hold, and a smaller one that costs less to defuse. */
const BOMB_BYTES = 48 * 1024 * 1024;
const SMALL_BOMB_BYTES = 4 * 1024 * 1024;

class FileFuzzer {
  readonly bad: BadCase[] = [];
  readonly byReader = new Map<string, number>();
  refused = 0;
  slowestMs = 0;
  slowest = '';
  private readonly blocks = new Map<CorpusFile, readonly RawBlock[]>();
  private bombs: Uint8Array<ArrayBuffer>[] = [];

  constructor(private readonly options: FuzzFilesOptions) {}

  async prepare(): Promise<void> {
    this.bombs = [await bomb(BOMB_BYTES), await bomb(SMALL_BOMB_BYTES)];
    for (const file of this.options.corpus)
      if (file.kind === 'session') this.blocks.set(file, await takeApart(file.bytes));
  }

  async run(number: number): Promise<void> {
    const { seed, nowMs } = this.options;
    // Neighbouring numbers must not give neighbouring sequences.
    const random = new SeededRandom(Math.imul(seed ^ (number * 0x9e3779b1), 0x85ebca6b) ^ number);
    const file = random.pick(this.ofKind(random));
    const bytes = await this.damaged(file, random);
    const reader = this.readerFor(file, random);
    this.byReader.set(reader.name, (this.byReader.get(reader.name) ?? 0) + 1);
    const started = nowMs();
    const bad = (says: string) => {
      if (this.bad.length < MAX_BAD) this.bad.push({ number, file: file.name, reader: reader.name, says });
    };
    try {
      // Both ways to unpack have their cases.
      await reader.read(bytes, number % 2 === 0 ? this.options : { ...this.options, unpack: undefined });
    } catch (error) {
      if (reader.refusals.some(refusal => error instanceof refusal)) this.refused++;
      else bad(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    const ms = nowMs() - started;
    if ('polluted' in {}) bad('It changed the prototype of all objects.');
    if (ms > MAX_CASE_MS) bad(`It took ${Math.round(ms)} ms.`);
    if (ms > this.slowestMs) {
      this.slowestMs = ms;
      this.slowest = `case ${number}: ${file.name}, ${reader.name}`;
    }
  }

  /** Session files come in fewer kinds than captures, but more readers look into them. */
  private ofKind(random: SeededRandom): readonly CorpusFile[] {
    const { corpus } = this.options;
    const kind = random.pick([
      'session',
      'session',
      'session',
      'image',
      'capture',
      'capture',
      'capture',
      'text',
    ] as const);
    const files = corpus.filter(file => file.kind === kind);
    return files.length > 0 ? files : corpus;
  }

  private async damaged(file: CorpusFile, random: SeededRandom): Promise<Uint8Array<ArrayBuffer>> {
    const other = random.pick(this.options.corpus).bytes;
    const blocks = this.blocks.get(file);
    if (blocks && random.chance(2, 3)) {
      return mutateContainer(blocks, this.bombs[random.chance(1, 6) ? 0 : 1]!, random);
    }
    let { bytes } = file;
    if (bytes.length > PIECE_BYTES && file.kind === 'capture' && random.chance(9, 10)) {
      const from = random.chance(1, 3) ? 0 : random.below(bytes.length - PIECE_BYTES);
      bytes = bytes.slice(from, from + PIECE_BYTES);
    }
    return mutateBytes(bytes, other, random);
  }

  private readerFor({ kind }: CorpusFile, random: SeededRandom): FileReader {
    if (random.chance(1, 20))
      return random.pick([...SESSION_READERS, ...TEXT_READERS, IMPORT, ...LINE_READERS]);
    if (kind === 'image') return IMAGE;
    if (kind === 'session') return random.pick(SESSION_READERS);
    if (kind === 'text') return random.pick([...TEXT_READERS, IMPORT]);
    return random.chance(2, 3) ? IMPORT : random.pick(LINE_READERS);
  }
}

/** Run cases. Never throws for what a reader does: that is in the result. */
export async function fuzzFiles(options: FuzzFilesOptions): Promise<FuzzFilesResult> {
  const { seed, first = 0, cases, memoryBytes = () => 0 } = options;
  const fuzzer = new FileFuzzer(options);
  await fuzzer.prepare();
  let mostMemoryBytes = 0;
  for (let number = first; number < first + cases; number++) {
    await fuzzer.run(number);
    if (number % 64 === 0) {
      mostMemoryBytes = Math.max(mostMemoryBytes, memoryBytes());
      options.onProgress?.(number - first);
    }
  }
  return {
    seed,
    cases,
    refused: fuzzer.refused,
    byReader: Object.fromEntries([...fuzzer.byReader].sort(([a], [b]) => (a < b ? -1 : 1))),
    slowestMs: Math.round(fuzzer.slowestMs),
    slowest: fuzzer.slowest,
    mostMemoryBytes,
    bad: fuzzer.bad,
  };
}
