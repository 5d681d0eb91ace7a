import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { BLOCK_HEADER_BYTES, crc32, FILE_HEADER_BYTES, FORMAT_VERSION } from './container.ts';
import { ContainerReader, memorySource } from './container_reader.ts';
import { ContainerWriter } from './container_writer.ts';
import { unpack } from './packing.ts';

const text = (words: string) => new TextEncoder().encode(words);

class Memory {
  parts: Uint8Array[] = [];
  write(bytes: Uint8Array): void {
    this.parts.push(bytes.slice());
  }
  get bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

const LINES = Array.from({ length: 6 }, (_, i) => `line ${i} ${'abc'.repeat(i * 40)}\n`);

async function written(finish = true): Promise<Uint8Array<ArrayBuffer>> {
  const memory = new Memory();
  const writer = new ContainerWriter(memory);
  for (const line of LINES) writer.append('NOTE', text(line));
  if (finish) await writer.finish();
  else await writer.flush();
  return memory.bytes;
}

async function notes(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<{ lines: string[]; problems: readonly string[] }> {
  const reader = await ContainerReader.open(memorySource(bytes));
  const lines: string[] = [];
  for (const block of reader.blocks) {
    const raw = block.kind === 'NOTE' ? await reader.read(block) : null;
    if (raw) lines.push(new TextDecoder().decode(raw));
  }
  return { lines, problems: reader.report.problems };
}

describe('the container', () => {
  it('gives back what was written, finished or not', async () => {
    expect(await notes(await written())).toEqual({ lines: LINES, problems: [] });
    expect(await notes(await written(false))).toEqual({
      lines: LINES,
      problems: ['The file has no index at its end: the recording was not finished.'],
    });
  });

  it('CRC-32 of "123456789" is the published check value', () => {
    expect(crc32(text('123456789'))).toBe(0xcbf43926);
  });

  it('cut off anywhere: every block that was complete opens, and the rest is said', async () => {
    const whole = await written();
    const ends: number[] = [];
    const reader = await ContainerReader.open(memorySource(whole));
    for (const block of reader.blocks) ends.push(block.offset + block.packedBytes);
    for (let length = FILE_HEADER_BYTES; length < whole.length - 16; length += 7) {
      const { lines, problems } = await notes(whole.slice(0, length));
      expect(lines).toEqual(
        LINES.slice(0, ends.filter((end, i) => i < LINES.length && end <= length).length),
      );
      expect(problems.length).toBeGreaterThan(0);
    }
  });

  it('a flipped bit costs the block it lies in, no other, and is said', async () => {
    const whole = await written();
    const random = new SeededRandom(7);
    for (let round = 0; round < 300; round++) {
      const bytes = whole.slice();
      const at = FILE_HEADER_BYTES + random.below(bytes.length - FILE_HEADER_BYTES - 16);
      bytes[at] = bytes[at]! ^ (1 << random.below(8));
      const { lines, problems } = await notes(bytes);
      expect(lines.length).toBeGreaterThanOrEqual(LINES.length - 1);
      for (const line of lines) expect(LINES).toContain(line);
      if (lines.length < LINES.length) expect(problems.length).toBeGreaterThan(0);
    }
  });

  it('something else, and something of the future, are refused with a sentence', async () => {
    await expect(ContainerReader.open(memorySource(text('PK\x03\x04 a zip file, perhaps')))).rejects.toThrow(
      'This is not a session file: it does not begin with "GARTLAB".',
    );
    await expect(ContainerReader.open(memorySource(new Uint8Array()))).rejects.toThrow('not a session file');
    const future = await written();
    future[8] = FORMAT_VERSION + 1;
    await expect(ContainerReader.open(memorySource(future))).rejects.toThrow(
      `format version ${FORMAT_VERSION + 1}; this program reads versions up to ${FORMAT_VERSION}`,
    );
  });

  it('a block that unpacks to more than it announced is stopped there', async () => {
    const bomb = new Uint8Array(4 * 1024 * 1024);
    const packed = new Uint8Array(
      await new Response(
        new Blob([bomb]).stream().pipeThrough(new CompressionStream('deflate-raw')),
      ).arrayBuffer(),
    );
    expect(packed.length).toBeLessThan(8192);
    await expect(unpack(packed, 1000)).rejects.toThrow('more than the announced 1000 bytes came out');
    await expect(unpack(packed, bomb.length + 1)).rejects.toThrow('came out where');
  });

  it('random bytes behind the magic never crash it', async () => {
    const whole = await written();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.nat(whole.length), async (noise, at) => {
        const bytes = new Uint8Array(Math.max(whole.length, FILE_HEADER_BYTES + at + noise.length));
        bytes.set(whole);
        bytes.set(noise, Math.min(bytes.length - noise.length, FILE_HEADER_BYTES + at));
        const { lines } = await notes(bytes);
        for (const line of lines) expect(LINES).toContain(line);
      }),
      { numRuns: 200 },
    );
    expect(BLOCK_HEADER_BYTES).toBe(28);
  });
});
