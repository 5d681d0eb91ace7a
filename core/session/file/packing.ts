/** Packing of blocks: raw deflate by the platform's own streams, which work beside the thread that calls them. */

/** Packed bytes. */
export function pack(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return collect(stream, Number.POSITIVE_INFINITY);
}

/**
 * Bytes of before.
 *
 * @param rawBytes how many there must be; a stream that gives more is stopped, so a bomb holds no more than it claimed
 * @throws Error when the bytes are no deflate stream, or another number comes out
 */
export async function unpack(
  packed: Uint8Array<ArrayBuffer>,
  rawBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = await collect(stream, rawBytes);
  if (bytes.length !== rawBytes)
    throw new Error(`${bytes.length} bytes came out where ${rawBytes} were announced`);
  return bytes;
}

async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel().catch(() => undefined);
      throw new Error(`more than the announced ${most} bytes came out`);
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
