/**
 * A capture as a stream of lines: read in pieces, unpacked when it is gzip, with progress and cancel. Files of any size pass
 * through a bounded amount of memory.
 *
 * Memory   one piece of CHUNK_BYTES, and one line of at most MAX_LINE characters; what a longer line has more is passed over
 */
import type { ByteSource } from '../file/container_reader.ts';

/** Bytes read at once. */
const CHUNK_BYTES = 1 << 20;
/** Characters of a line that are kept. */
export const MAX_LINE = 16_384;
/** Bytes that decide what a capture is. */
export const HEAD_BYTES = 65_536;

/** A capture that cannot be imported; one sentence. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** Somebody asked to stop. */
export class ImportCancelled extends ImportError {
  constructor() {
    super('The import was cancelled.');
  }
}

export interface StreamOptions {
  /** Told how many bytes of the file have been read. */
  readonly onBytes?: ((done: number) => void) | undefined;
  /** Asked at every piece. */
  readonly isCancelled?: (() => boolean) | undefined;
}

/** Some lines, without their ends; `cut` counts those of them that were longer than MAX_LINE. */
export interface LineBatch {
  readonly lines: readonly string[];
  readonly cut: number;
}

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;

async function* rawPieces(
  source: ByteSource,
  { onBytes, isCancelled }: StreamOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < source.size; ) {
    if (isCancelled?.()) throw new ImportCancelled();
    const bytes = await source.read(at, CHUNK_BYTES);
    if (bytes.length === 0) return;
    at += bytes.length;
    onBytes?.(at);
    yield bytes;
  }
}

/** Unpacks only as far as somebody reads, so a bomb costs no memory. */
async function* unpackedPieces(
  pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let failure: unknown = null;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        failure = error;
        controller.error(error);
      }
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (failure !== null) throw failure;
    throw new ImportError(`Its gzip data are damaged or cut off (${(error as Error).message}).`);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The bytes of a capture, unpacked. */
export async function* capturePieces(
  source: ByteSource,
  options: StreamOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const packed = isGzip(await source.read(0, 3));
  yield* packed ? unpackedPieces(rawPieces(source, options)) : rawPieces(source, options);
}

/** The first bytes, unpacked; fewer where the data end or are damaged. */
export async function captureHead(source: ByteSource): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD_BYTES);
  let length = 0;
  try {
    for await (const piece of capturePieces(source)) {
      const part = piece.subarray(0, HEAD_BYTES - length);
      head.set(part, length);
      length += part.length;
      if (length === HEAD_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
  }
  return head.subarray(0, length);
}

/** The lines of a capture, a batch for each piece. @throws ImportError behind the last whole line of damaged data */
export async function* captureLines(
  source: ByteSource,
  options: StreamOptions = {},
): AsyncGenerator<LineBatch> {
  const decoder = new TextDecoder();
  let rest = '';
  let restIsCut = false;
  const take = (text: string, last: boolean): LineBatch => {
    const lines = text.split('\n');
    lines[0] = rest + lines[0]!;
    let cut = 0;
    if (restIsCut && lines.length > 1) cut++;
    rest = lines.pop()!;
    restIsCut = (restIsCut && lines.length === 0) || rest.length > MAX_LINE;
    if (rest.length > MAX_LINE) rest = rest.slice(0, MAX_LINE);
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!;
      if (line.length > MAX_LINE) {
        lines[i] = line.slice(0, MAX_LINE);
        if (i > 0 || cut === 0) cut++;
      } else if (line.endsWith('\r')) lines[i] = line.slice(0, -1);
    }
    if (last && rest !== '') {
      lines.push(rest.endsWith('\r') ? rest.slice(0, -1) : rest);
      if (restIsCut) cut++;
      rest = '';
    }
    return { lines, cut };
  };
  try {
    for await (const piece of capturePieces(source, options)) {
      // A slow consumer of a small file that unpacks to a large one can be stopped as well.
      if (options.isCancelled?.()) throw new ImportCancelled();
      yield take(decoder.decode(piece, { stream: true }), false);
    }
  } catch (error) {
    if (error instanceof ImportError && !(error instanceof ImportCancelled)) yield take('', true);
    throw error;
  }
  yield take(decoder.decode(), true);
}
