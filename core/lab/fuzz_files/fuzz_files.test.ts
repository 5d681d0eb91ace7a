/** Covers damaged files over every reader: a sentence or a result, in bounded time; and that the check itself sees crashes and hangs. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type MachineDescription, parseMachineDescription } from '../../hw/machine_description.ts';
import { MAX_RAW_BYTES } from '../../session/file/container.ts';
import { ContainerReader, memorySource } from '../../session/file/container_reader.ts';
import { decodeSession, SessionFileError } from '../../session/session_file.ts';
import { labMachine } from '../../testing/lab_fixture.ts';
import { type CorpusFile, fuzzFiles } from './fuzz_files.ts';
import { bomb, takeApart } from './mutate_container.ts';
import { smallSession } from './small_session.ts';

const assets = new URL('../../../assets/', import.meta.url);
const read = (path: string) => new Uint8Array(readFileSync(new URL(path, assets)));
const machine = (id: string) =>
  parseMachineDescription(JSON.parse(new TextDecoder().decode(read(`machines/${id}.json`))), id);

async function corpus(): Promise<CorpusFile[]> {
  const { file, image } = await smallSession(labMachine());
  const captures = readdirSync(new URL('captures/', assets)).filter(name => /\.(txt|gz|ron)$/.test(name));
  return [
    { name: 'session', kind: 'session', bytes: file },
    { name: 'import', kind: 'session', bytes: read('sessions/version-1-import.gartlab') },
    { name: 'image', kind: 'image', bytes: image },
    ...captures.map(name => ({ name, kind: 'capture' as const, bytes: read(`captures/${name}`) })),
    { name: 'scenario', kind: 'text', bytes: read('scenarios/evict-refault.json') },
    { name: 'transcript', kind: 'text', bytes: read('transcripts/anon/kinds.json') },
  ];
}

/** Of the processor, so that a busy machine makes no case slow. */
const processorMs = () => process.cpuUsage().user / 1000;
const common = { cases: 250, seed: 20_261, nowMs: processorMs };

describe('damaged files', () => {
  test(`${common.cases} cases of seed ${common.seed}: no crash, none over two seconds`, async () => {
    const result = await fuzzFiles({
      ...common,
      corpus: await corpus(),
      lab: labMachine(),
      transcripts: machine('transcripts-pc'),
    });
    expect(result.bad).toEqual([]);
    expect(result.refused).toBeGreaterThan(50);
    expect(Object.keys(result.byReader).length).toBeGreaterThan(12);
  }, 60_000);

  test('a reader that crashes is found, and so is a case that takes long', async () => {
    const files = (await corpus()).slice(0, 1);
    const broken = { ...common, cases: 40, corpus: files, transcripts: machine('transcripts-pc') };
    const crashed = await fuzzFiles({ ...broken, lab: {} as MachineDescription });
    expect(crashed.bad.some(({ reader, says }) => reader === 'replay' && /TypeError/.test(says))).toBe(true);
    let clock = 0;
    const slow = await fuzzFiles({ ...broken, cases: 3, lab: labMachine(), nowMs: () => (clock += 3000) });
    expect(slow.bad).toHaveLength(3);
    expect(slow.bad[0]!.says).toBe('It took 3000 ms.');
  });

  test('a case can be done again by its number', async () => {
    const options = {
      ...common,
      corpus: await corpus(),
      lab: labMachine(),
      transcripts: machine('transcripts-pc'),
    };
    const one = await fuzzFiles({ ...options, first: 7, cases: 1 });
    expect(Object.values(one.byReader)).toEqual([1]);
    expect((await fuzzFiles({ ...options, first: 7, cases: 1 })).byReader).toEqual(one.byReader);
  });

  test('a bomb is stopped at what its block announces', async () => {
    const zeros = await bomb(MAX_RAW_BYTES / 4);
    expect(zeros.length).toBeLessThan(100_000);
    const { file } = await smallSession(labMachine());
    const [head, ...rest] = await takeApart(file);
    const { mutateContainer } = await import('./mutate_container.ts');
    const { SeededRandom } = await import('../../base/random.ts');
    let bombs = 0;
    for (let seed = 0; seed < 80; seed++) {
      const bytes = await mutateContainer([head!, ...rest], zeros, new SeededRandom(seed));
      const reader = await ContainerReader.open(memorySource(bytes));
      for (const block of reader.blocks) await reader.read(block);
      bombs += reader.report.problems.filter(says => /more than the announced/.test(says)).length;
    }
    expect(bombs).toBeGreaterThan(0);
  });

  test('an image whose array lengths lie takes no memory for them', async () => {
    const text = JSON.stringify({
      format: 'gart-lab-session',
      version: 1,
      snapshot: { arrays: [['Float64Array', 2 ** 40]] },
    });
    const bytes = new Uint8Array(12 + text.length);
    bytes.set(new TextEncoder().encode('GARTLAB1'));
    new DataView(bytes.buffer).setUint32(8, text.length, true);
    bytes.set(new TextEncoder().encode(text), 12);
    expect(() => decodeSession(bytes)).toThrow(/ends inside array 0/);
    for (const lie of ['[["constructor",1]]', '[[1]]', '{}', '[null]']) {
      const other = text.replace(/\[\[.*?\]\]/, lie);
      const damaged = bytes.slice();
      damaged.set(new TextEncoder().encode(other.padEnd(text.length)), 12);
      expect(() => decodeSession(damaged)).toThrow(SessionFileError);
    }
  });
});
