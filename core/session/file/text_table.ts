/**
 * The texts that events of an import refer to by index: TEXT blocks, read when somebody asks.
 *
 * Layout   JSON lines: {"first": index of the first text}, then one string a line
 * Memory   HELD_BLOCKS unpacked blocks
 */
import type { ContainerReader, FoundBlock } from './container_reader.ts';

const HELD_BLOCKS = 8;

interface Held {
  readonly first: number;
  readonly texts: readonly string[];
}

export class TextTable {
  private readonly blocks: readonly FoundBlock[];
  /** First index of each block, once it was read; null for a damaged one. */
  private readonly firsts = new Map<number, { first: number; end: number } | null>();
  private readonly held = new Map<number, Held>();

  constructor(private readonly container: ContainerReader) {
    this.blocks = container.blocks.filter(block => block.kind === 'TEXT');
  }

  /** The text with an index; null when it is lost or there is none. */
  async at(index: number): Promise<string | null> {
    for (let i = 0; i < this.blocks.length; i++) {
      const known = this.firsts.get(i);
      if (known === null || (known && (index < known.first || index >= known.end))) continue;
      const block = await this.block(i);
      const text = block?.texts[index - block.first];
      if (text !== undefined) return text;
    }
    return null;
  }

  /** All texts with these indexes; those that are lost are missing. */
  async all(indexes: Iterable<number>): Promise<Map<number, string>> {
    const found = new Map<number, string>();
    // In order, so that each block is unpacked once.
    for (const index of [...new Set(indexes)].sort((a, b) => a - b)) {
      const text = await this.at(index);
      if (text !== null) found.set(index, text);
    }
    return found;
  }

  private async block(i: number): Promise<Held | null> {
    const held = this.held.get(i);
    if (held) return held;
    const bytes = await this.container.read(this.blocks[i]!);
    const read = bytes && parse(bytes);
    this.firsts.set(i, read && { first: read.first, end: read.first + read.texts.length });
    if (!read) {
      if (bytes) this.container.problem(`Block ${this.blocks[i]!.sequence} (TEXT) does not hold texts.`);
      return null;
    }
    for (const oldest of this.held.keys()) {
      if (this.held.size < HELD_BLOCKS) break;
      this.held.delete(oldest);
    }
    this.held.set(i, read);
    return read;
  }
}

function parse(bytes: Uint8Array): Held | null {
  try {
    const [head, ...lines] = new TextDecoder().decode(bytes).split('\n');
    const { first } = JSON.parse(head!) as { first: unknown };
    if (typeof first !== 'number' || !Number.isSafeInteger(first) || first < 0) return null;
    const texts = lines.filter(line => line !== '').map(line => JSON.parse(line) as unknown);
    return texts.every(text => typeof text === 'string') ? { first, texts: texts as string[] } : null;
  } catch {
    return null;
  }
}
