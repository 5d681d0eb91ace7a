/**
 * The study that the thread of seed 002 asked for: what an inode for each shared buffer costs, by the number of buffers of a
 * game, and what it is good for, by ten questions that are asked of the model in five designs.
 */

import { DMA_BUF_INODE_DESIGNS } from '../../dma_buf/dma_buf_inodes.ts';
import {
  BufferPopulation,
  costOf,
  FIXED_BYTES,
  GAME_KINDS,
  type PopulationCost,
  STRUCT_BYTES,
} from './dma_buf_population.ts';
import { QUESTIONS } from './dma_buf_questions.ts';
import { type DesignRun, runDesign } from './dma_buf_scene.ts';
import type { Chart, Experiment, ExperimentSetup, Table } from './experiment.ts';

const COUNTS = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
const SEED = 2;
/** The columns of a million buffers have to fit here. */
const MAX_COLUMN_BYTES = 300_000_000;

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
const mib = (bytes: number): string => `${(bytes / 1048576).toFixed(2)} MiB`;
const gib = (bytes: number): string => `${(bytes / 1073741824).toFixed(1)} GiB`;

function sized(bytes: number): string {
  if (bytes < 1048576) return kib(bytes);
  return bytes < 10 * 1073741824 ? mib(bytes) : gib(bytes);
}

function costTable(costs: readonly PopulationCost[]): Table {
  return {
    title: 'Kernel memory of a game-like population, computed from the sizes of the structures',
    columns: [
      'buffers',
      'bytes shared',
      'shared inode',
      'inode each',
      'of it inodes',
      'per buffer, shared inode (bytes)',
      'per buffer, inode each (bytes)',
      'inodes, % of bytes shared',
    ],
    rows: costs.map(cost => [
      cost.buffers,
      sized(cost.payloadBytes),
      sized(cost.singletonBytes),
      sized(cost.perBufferBytes),
      sized(cost.inodeBytes),
      Math.round(cost.singletonBytes / cost.buffers),
      Math.round(cost.perBufferBytes / cost.buffers),
      cost.inodePercentOfPayload.toFixed(4),
    ]),
  };
}

/** The same inode on buffers of one size each. */
function sizeTable(): Table {
  const sizes = [4096, 65536, 1048576, 1920 * 1080 * 4];
  return {
    title: `One inode of ${STRUCT_BYTES.inode} bytes, relative to the buffer`,
    columns: ['buffer (bytes)', '% of it'],
    rows: sizes.map(bytes => [bytes, ((STRUCT_BYTES.inode * 100) / bytes).toPrecision(2)]),
  };
}

function structTable(): Table {
  return {
    title: 'Sizes used (Linux 6.18, x86-64; computed layouts, not measured)',
    columns: ['structure', 'bytes'],
    rows: [...Object.entries(STRUCT_BYTES), ['fixed: root inode and entry of the mount', FIXED_BYTES]],
  };
}

function questionTable(runs: readonly DesignRun[]): Table {
  return {
    title: 'Ten questions, asked with what user space can see; in brackets system calls and files',
    columns: ['question', ...runs.map(({ design }) => design), 'looks grow with'],
    rows: QUESTIONS.map(({ text, growsWith }, at) => [
      text,
      ...runs.map(({ asked }) => {
        const { answer, calls, files } = asked[at]!;
        return `${answer ?? 'cannot tell'} (${calls} calls, ${files} files)`;
      }),
      growsWith,
    ]),
  };
}

/** A text of several lines in one cell. */
function oneLine(text: string): string {
  return text.trim().replaceAll('\n', '; ').replaceAll(/\s+/g, ' ');
}

/** The newest line of the size of a frame: the other one. */
function lineOfOther(bufinfo: string): string {
  return bufinfo.split('\n').find(line => line.startsWith('00065536'))!;
}

function lookTable(runs: readonly DesignRun[]): Table {
  const row = (what: string, of: (run: DesignRun) => string) => [what, ...runs.map(of)];
  return {
    title: 'What the same buffer looks like',
    columns: ['', ...runs.map(({ design }) => design)],
    rows: [
      row('link', ({ texts }) => texts.link),
      row('stat of a frame', ({ texts }) => texts.stat),
      row('stat of the other frame', ({ texts }) => texts.otherStat),
      row('fdinfo', ({ texts }) => oneLine(texts.fdinfo)),
      row('maps of the recorder', ({ texts }) => oneLine(texts.maps)),
      row('bufinfo, heading', ({ texts }) => oneLine(texts.bufinfo.split('\n')[2]!)),
      row('bufinfo, the other frame', ({ texts }) => oneLine(lineOfOther(texts.bufinfo))),
      row(
        'last descriptor closed, O_PATH left',
        ({ pathHolder: { listed, exporterReleased, link } }) =>
          `${listed ? 'listed' : 'not listed'}, exporter ${exporterReleased ? 'has released' : 'waits'}, link ${link}`,
      ),
    ],
  };
}

function charts(costs: readonly PopulationCost[], runs: readonly DesignRun[]): Chart[] {
  const categories = costs.map(({ buffers }) => `${buffers} buffers`);
  return [
    {
      title: 'Kernel memory per buffer of a game-like population',
      unit: 'bytes',
      categories,
      series: [
        { name: 'shared inode', values: costs.map(cost => Math.round(cost.singletonBytes / cost.buffers)) },
        { name: 'inode each', values: costs.map(cost => Math.round(cost.perBufferBytes / cost.buffers)) },
      ],
    },
    {
      title: 'Questions that can be answered, of ten',
      unit: 'questions',
      categories: runs.map(({ design }) => design),
      series: [{ name: 'answered', values: runs.map(answered) }],
    },
  ];
}

function answered({ asked }: DesignRun): number {
  return asked.filter(({ answer }) => answer !== null).length;
}

/** Broken invariants, leaks, wrong answers, and what the sizes are too large for. */
function problemsOf(costs: readonly PopulationCost[], runs: readonly DesignRun[]): string[] {
  const problems: string[] = [];
  for (const { design, asked, problems: broken } of runs) {
    problems.push(...broken.map(says => `${design}: ${says}`));
    for (const { question, answer, truth } of asked) {
      if (answer !== null && answer !== truth)
        problems.push(`${design}: ${question} was answered ${answer}; it is ${truth}.`);
    }
  }
  for (const { buffers, columnBytes } of costs) {
    if (columnBytes > MAX_COLUMN_BYTES) problems.push(`${buffers} buffers take ${columnBytes} bytes here.`);
  }
  return problems;
}

export const DMA_BUF_INODES_EXPERIMENT: Experiment = {
  name: 'dma-buf-inodes',
  title: 'An inode for each shared buffer: what it costs and what it answers',
  question:
    '"Imagine 1000s of dmabuf created in a system with rich graphics [...] Has there been a study of how much this is in reality? Like by running a game?"',
  timed: false,

  async run(setup: ExperimentSetup) {
    const machine = setup.description('transcripts-pc');
    const costs = COUNTS.map(count => costOf(new BufferPopulation(count, SEED)));
    const runs = DMA_BUF_INODE_DESIGNS.map(design => runDesign(machine, design));
    const thousand = costs[2]!;
    const million = costs[5]!;
    const tellable = runs.map(run => `${run.design} ${answered(run)}`).join(', ');
    return {
      findings: [
        `A thousand buffers: ${kib(thousand.singletonBytes)} of kernel memory with the shared inode, ${kib(thousand.perBufferBytes)} with an inode each; the inodes are ${thousand.inodePercentOfPayload.toFixed(3)} % of the ${mib(thousand.payloadBytes)} shared.`,
        `A million (${gib(million.payloadBytes)} shared, more than any machine has): ${mib(million.singletonBytes)} and ${mib(million.perBufferBytes)}; the population itself takes ${mib(million.columnBytes)} here.`,
        `The worst case is a buffer of one page, which the inode makes ${((STRUCT_BYTES.inode * 100) / 4096).toFixed(0)} % dearer; of a frame of 1920x1080 it is ${((STRUCT_BYTES.inode * 100) / (1920 * 1080 * 4)).toFixed(4)} %.`,
        `Of ten questions can be answered: ${tellable}.`,
        'Sizes in fdinfo, as proposed in the thread, give size and name, but identity only for a buffer that no other equals in size and exporter; a mapping has no fdinfo at all.',
        'Files and directory entries are new for every buffer in both designs: the inode is all that the series adds.',
      ],
      tables: [costTable(costs), questionTable(runs), lookTable(runs), sizeTable(), structTable()],
      charts: charts(costs, runs),
      problems: problemsOf(costs, runs),
      figures: {
        structBytes: STRUCT_BYTES,
        fixedBytes: FIXED_BYTES,
        kinds: GAME_KINDS,
        populations: costs,
        designs: runs,
        notMeasured:
          'The sizes are computed layouts. kcmp(2), which can compare two descriptors under ptrace rights, is not modelled.',
      },
    };
  },
};
