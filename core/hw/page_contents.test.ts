/** Covers recipes against real bytes, chain collapse, collection, snapshots. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { restoreSnapshot, takeSnapshot } from '../base/snapshot.ts';
import { mixA, mixB, pageLaneA, pageLaneB, unmixA, unmixB } from './content_hash.ts';
import { parseMachineDescription } from './machine_description.ts';
import { CONTENT_UNDEFINED, PageContents } from './page_contents.ts';
import { pfnOf, REGION_RAM, REGION_VRAM, type Region } from './region.ts';

const machine = parseMachineDescription(
  JSON.parse(readFileSync(new URL('../../assets/machines/lab-16m.json', import.meta.url), 'utf8')),
  'lab-16m',
);

/** Contents beside plain bytes that take the same commands. */
class Twin {
  contents = new PageContents(machine);
  readonly pages = new Map<number, Uint8Array>();

  bytes(pfn: number): Uint8Array {
    let bytes = this.pages.get(pfn);
    if (!bytes) this.pages.set(pfn, (bytes = new Uint8Array(4096)));
    return bytes;
  }

  expectEqual(pfn: number): void {
    const made = new Uint8Array(4096);
    this.contents.materialise(this.contents.idOf(pfn), made);
    expect(Buffer.compare(made, this.bytes(pfn))).toBe(0);
    const words = new Uint32Array(this.bytes(pfn).slice().buffer);
    const lanes = [mixA(pageLaneA(words, 0), 0) >>> 0, mixB(pageLaneB(words, 0), 0) >>> 0];
    expect(this.contents.hashOf([pfn])).toEqual(lanes);
  }

  randomStep(random: SeededRandom, pfns: readonly number[]): void {
    const pfn = random.pick(pfns);
    switch (random.below(7)) {
      case 6: {
        const words = [random.next(), random.next(), random.next()];
        const byte = 4 * random.below(1022);
        this.contents.storeWords(pfn, byte, words);
        new Uint32Array(this.bytes(pfn).buffer).set(words, byte / 4);
        return;
      }
      case 0:
      case 1: {
        const byte = random.below(4096);
        this.contents.fillBytes(pfn, byte, 1, 77);
        this.bytes(pfn)[byte] = 77;
        break;
      }
      case 2: {
        const [high, low] = [random.next(), random.next()];
        this.contents.storeWord(pfn, high, low);
        const view = new DataView(this.bytes(pfn).buffer);
        view.setUint32(0, low, true);
        view.setUint32(4, high, true);
        break;
      }
      case 3: {
        const byte = random.below(4096);
        const length = 1 + random.below(4096 - byte);
        this.contents.fillBytes(pfn, byte, length, 5);
        this.bytes(pfn).fill(5, byte, byte + length);
        break;
      }
      case 4: {
        const from = random.pick(pfns);
        this.contents.copyRun(from, pfn, 1);
        this.bytes(pfn).set(this.bytes(from));
        break;
      }
      default:
        if (random.chance(1, 4)) {
          this.contents.fillPages(pfn, 1, 9);
          this.bytes(pfn).fill(9);
        } else if (random.chance(1, 8)) this.contents.compact();
    }
  }
}

describe('PageContents', () => {
  test('random stores, fills, copies and collections: bytes and hashes equal those of plain pages', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const random = new SeededRandom(seed);
      const twin = new Twin();
      const pfns = Array.from({ length: 12 }, (_, i) => pfnOf((i % 2) as Region, 4090 + i));
      for (let step = 0; step < 3000; step++)
        twin.randomStep(
          random,
          pfns.filter(pfn => pfn >>> 26 === 0 || (pfn & 0xffff) < 4096),
        );
      for (const pfn of pfns) twin.expectEqual(pfn);
    }
  });

  test('copyRun over a chunk border with overlap: behaves as memmove', () => {
    for (const distance of [-5, 5]) {
      const contents = new PageContents(machine);
      const base = pfnOf(REGION_RAM, 4096 - 10);
      for (let i = 0; i < 20; i++) contents.storeWord(base + i, 0, i + 1);
      const before = Array.from({ length: 20 }, (_, i) => contents.idOf(base + i));
      contents.copyRun(base, base + distance, 20);
      expect(Array.from({ length: 20 }, (_, i) => contents.idOf(base + distance + i))).toEqual(before);
    }
  });

  test('the same word stored a million times: the table does not grow', () => {
    const contents = new PageContents(machine);
    for (let i = 0; i < 1_000_000; i++) contents.storeWord(5, i, i);
    expect(contents.nrRecipes).toBe(1);
  });

  test('a store after every copy, many times: unreachable recipes are collected', () => {
    const contents = new PageContents(machine);
    for (let i = 0; i < 500_000; i++) {
      contents.storeWord(5, i, i);
      contents.copyRun(5, 6, 1);
    }
    expect(contents.nrRecipes).toBeLessThan(140_000);
    contents.compact();
    expect(contents.nrRecipes).toBe(1);
  });

  test('a page never written since its allocation: undefined, also below a patch', () => {
    const contents = new PageContents(machine);
    const pfn = pfnOf(REGION_VRAM, 3);
    contents.fillPages(pfn, 1, CONTENT_UNDEFINED);
    contents.storeWord(pfn, 1, 2);
    expect(contents.isDefined(pfn)).toBe(false);
    contents.fillPages(pfn, 1, 0);
    expect(contents.isDefined(pfn)).toBe(true);
  });

  test('a frame outside the machine: ModelBug with both numbers', () => {
    expect(() => new PageContents(machine).fillPages(pfnOf(REGION_VRAM, 4096), 1, 0)).toThrow(
      /4096 to 4096 .*\(4096 pages\)/,
    );
  });

  test('snapshot, restore: contents and hashes are the same', () => {
    const twin = new Twin();
    const random = new SeededRandom(7);
    const pfns = [1, 2, 3, 4, 5];
    for (let step = 0; step < 500; step++) twin.randomStep(random, pfns);
    twin.contents.compact();
    twin.contents = restoreSnapshot(takeSnapshot(twin.contents)) as PageContents;
    for (const pfn of pfns) twin.expectEqual(pfn);
  });
});

test('mix of a word at place 0, unmixed: the word', () => {
  const random = new SeededRandom(5);
  for (const word of [0, 1, 0xffff_ffff, ...Array.from({ length: 1000 }, () => random.next() >>> 0)])
    expect([unmixA(mixA(word, 0)), unmixB(mixB(word, 0))]).toEqual([word, word]);
});

describe('contents that a machine makes', () => {
  const page = pfnOf(REGION_VRAM, 7);
  const other = pfnOf(REGION_RAM, 8);
  const answers = (...words: number[]) => ({ slot: () => Uint32Array.from(words) });

  test('their hash comes with an answer, survives copies and collections, and their bytes must have it', () => {
    const contents = new PageContents(machine);
    const bytes = new Uint8Array(4096).fill(3);
    const words = new Uint32Array(bytes.buffer);
    contents.becomeOpaque([page], 0, 1);
    contents.copyRun(page, other, 1);
    contents.compact();
    expect(() => contents.hashOf([other])).toThrow(/after the next barrier/);
    contents.learn(answers(99, pageLaneA(words, 0), pageLaneB(words, 0)));
    expect(contents.hashOf([other])).toEqual([
      mixA(pageLaneA(words, 0), 0) >>> 0,
      mixB(pageLaneB(words, 0), 0) >>> 0,
    ]);
    expect(() => contents.materialise(contents.idOf(other), bytes)).toThrow(/known to the machine alone/);
    expect(() => contents.reveal(contents.idOf(other), new Uint8Array(4096))).toThrow(/do not have the hash/);
    contents.reveal(contents.idOf(other), bytes);
    const made = new Uint8Array(4096);
    contents.materialise(contents.idOf(page), made);
    expect(made).toEqual(bytes);
    expect(contents.holdsOpaque()).toBe(false);
  });

  test('stored into by the CPU: asked for once, until something else lies there', () => {
    const contents = new PageContents(machine);
    contents.becomeOpaque([page, other], 0, 0);
    contents.learn(answers(1, 2, 3, 4));
    contents.storeWord(page, 1, 2);
    contents.fillBytes(page, 9, 1, 2);
    contents.storeWords(other, 16, [1]);
    expect(contents.touchedFrames()).toEqual([page, other]);
    contents.compact();
    expect(contents.touchedFrames()).toEqual([page, other]);
    contents.fillPages(other, 1, 0);
    expect(contents.touchedFrames()).toEqual([page]);
    contents.willLearn(page, 5);
    expect(contents.touchedFrames()).toEqual([]);
    contents.learn(answers(7, 8));
    expect(contents.hashOf([page])).toEqual([mixA(7, 0) >>> 0, mixB(8, 0) >>> 0]);
  });
});
