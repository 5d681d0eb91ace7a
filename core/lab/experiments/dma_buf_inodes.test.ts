/** The figures of the dma-buf-inodes experiment: sizes of the study, a population in columns, right answers or none. */
import { expect, test } from 'vitest';
import { HOST_EXPERIMENT_SETUP } from '../../testing/experiment_setup.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { DMA_BUF_INODES_EXPERIMENT } from './dma_buf_inodes.ts';
import { BufferPopulation, costOf, FIXED_BYTES, GAME_KINDS, STRUCT_BYTES } from './dma_buf_population.ts';
import { runDesign } from './dma_buf_scene.ts';

const machine = machineAsset('transcripts-pc');

test('inodes of a population: 60 KiB for 100, 602 KiB for 1,000, 58.7 MiB for 100,000, as the study says', () => {
  const kib = (count: number) => costOf(new BufferPopulation(count, 2)).inodeBytes / 1024;
  expect([Math.round(kib(100)), Math.round(kib(1_000)), (kib(100_000) / 1024).toFixed(1)]).toEqual([
    60,
    602,
    '58.7',
  ]);
});

test('the designs differ by the inodes and the root of the mount, and by nothing else', () => {
  const cost = costOf(new BufferPopulation(10_000, 2));
  expect(cost.perBufferBytes - cost.singletonBytes).toBe(10_000 * STRUCT_BYTES.inode + FIXED_BYTES);
  expect(cost.singletonBytes).toBeGreaterThanOrEqual(10_000 * (192 + 192 + 256));
});

test('a population: shares add up, equal seeds give equal columns, a million takes 7 MB', () => {
  expect(GAME_KINDS.reduce((sum, { share }) => sum + share, 0)).toBe(1000);
  const [a, b, c] = [2, 2, 3].map(seed => new BufferPopulation(1_000, seed));
  expect(a!.pages).toEqual(b!.pages);
  expect(a!.pages).not.toEqual(c!.pages);
  for (let i = 0; i < 1_000; i++) {
    const { minPages, maxPages } = GAME_KINDS[a!.kinds[i]!]!;
    expect(a!.pages[i]).toBeGreaterThanOrEqual(minPages);
    expect(a!.pages[i]).toBeLessThanOrEqual(maxPages);
  }
  expect(new BufferPopulation(1_000_000, 2).columnBytes).toBe(7_000_000);
});

test('with an inode each, all ten answers are right', () => {
  const { asked, problems } = runDesign(machine, 'per-buffer');
  expect(problems).toEqual([]);
  for (const { answer, truth } of asked) expect(answer).toBe(truth);
  expect(asked.map(({ answer }) => answer)).toEqual([
    'game, compositor',
    'yes, and the other frame: no',
    '65536 bytes',
    '4',
    // 2 frames of 64 KiB shared with the compositor, 2 textures of 128 KiB alone.
    '327680 bytes',
    'recorder',
    'vgem',
    'frame',
    '1',
    '430080 bytes',
  ]);
});

test('with the shared inode only the total is left; sizes in fdinfo add size and name', () => {
  const told = (design: 'singleton' | 'singleton-fdinfo') =>
    runDesign(machine, design)
      .asked.filter(({ answer }) => answer !== null)
      .map(({ question }) => question);
  const total = 'How many bytes do all buffers have together?';
  expect(told('singleton')).toEqual([total]);
  expect(told('singleton-fdinfo')).toEqual([
    "How large is the buffer behind another process's descriptor?",
    'What is this buffer called?',
    total,
  ]);
});

test('O_PATH on a buffer: the exporter waits only where it is told with the entry', () => {
  const held = (['singleton', 'first-merged', 'per-buffer'] as const).map(
    design => runDesign(machine, design).pathHolder,
  );
  expect(held.map(({ listed }) => listed)).toEqual([false, false, false]);
  expect(held.map(({ exporterReleased }) => exporterReleased)).toEqual([true, true, false]);
});

test('the whole experiment has no problems', async () => {
  const result = await DMA_BUF_INODES_EXPERIMENT.run(HOST_EXPERIMENT_SETUP);
  expect(result.problems).toEqual([]);
  expect(result.findings[3]).toBe(
    'Of ten questions can be answered: singleton 1, singleton-fdinfo 3, rfc 10, first-merged 10, per-buffer 10.',
  );
  expect(JSON.parse(JSON.stringify(result.figures))).toEqual(result.figures);
});
