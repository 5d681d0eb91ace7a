/** `fuzz-files`: damaged files for every reader of files; a case that crashes or hangs is named with its seed and number. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type CorpusFile, fuzzFiles } from '../../lab/fuzz_files/fuzz_files.ts';
import { smallSession } from '../../lab/fuzz_files/small_session.ts';
import { loadMachine, packageRoot } from '../assets.ts';
import { unpackByZlib } from '../node_packing.ts';
import { wholeNumber } from '../option_values.ts';
import { printJson, printLine } from '../outcome.ts';
import { startProgress } from '../progress_bar.ts';

interface FuzzFilesFlags {
  readonly cases: string;
  readonly first: string;
  readonly seed: string;
  readonly json?: boolean;
}

/** Transcripts of up to so many bytes are played; larger ones only make cases slow. */
const LARGEST_TRANSCRIPT = 20_000;
const TRANSCRIPTS = 6;

function filesIn(folder: string, kind: CorpusFile['kind']): CorpusFile[] {
  const path = join(packageRoot(), 'assets', folder);
  return readdirSync(path, { withFileTypes: true })
    .filter(entry => entry.isFile() && !/README|licences/.test(entry.name))
    .map(({ name }) => ({
      name: `${folder}/${name}`,
      kind,
      bytes: new Uint8Array(readFileSync(join(path, name))),
    }));
}

function transcripts(): CorpusFile[] {
  const root = join(packageRoot(), 'assets', 'transcripts');
  return readdirSync(root, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(({ name }) => filesIn(`transcripts/${name}`, 'text'))
    .filter(({ bytes }) => bytes.length <= LARGEST_TRANSCRIPT)
    .slice(0, TRANSCRIPTS);
}

const PAGE_TRACE = [
  { format: 'gart-lab-webgpu-capture', version: 1, page: 'a page' },
  { e: 'buffer', id: 1, size: 3_000_000, usage: 136, label: 'vertices' },
  { e: 'texture', id: 2, width: 512, height: 512, layers: 1, format: 'rgba8unorm', mips: 10, samples: 1 },
  { e: 'buffer', id: 3, size: 4000, usage: 9 },
  { e: 'write', id: 1, offset: 0, size: 100_000 },
  { e: 'submit', uses: [1, 2, 3] },
  { e: 'map', id: 3, mode: 1, offset: 0, size: 4000 },
  { e: 'unmap', id: 3 },
  { e: 'destroy', id: 3 },
];

async function corpus(): Promise<CorpusFile[]> {
  const { file, image } = await smallSession(loadMachine('lab-16m'));
  const trace = new TextEncoder().encode(PAGE_TRACE.map(line => `${JSON.stringify(line)}\n`).join(''));
  return [
    { name: 'recorded session', kind: 'session', bytes: file },
    { name: 'session image', kind: 'image', bytes: image },
    { name: 'trace of a page', kind: 'capture', bytes: trace },
    ...filesIn('sessions', 'session').filter(({ name }) => name.endsWith('.gartlab')),
    ...filesIn('captures', 'capture'),
    ...filesIn('scenarios', 'text'),
    ...filesIn('machines', 'text').slice(0, 2),
    ...transcripts(),
  ];
}

/** Time of the processor: a machine that is busy with something else makes no case slow. A wait without end shows as a run without end. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function run(flags: FuzzFilesFlags): Promise<void> {
  Error.stackTraceLimit = 12;
  const cases = wholeNumber(flags.cases, '--cases', 1);
  const bar = startProgress('fuzz-files', cases);
  const result = await fuzzFiles({
    corpus: await corpus(),
    lab: loadMachine('lab-16m'),
    transcripts: loadMachine('transcripts-pc'),
    unpack: unpackByZlib,
    seed: wholeNumber(flags.seed, '--seed', 0),
    first: wholeNumber(flags.first, '--first', 0),
    cases,
    nowMs: processorMs,
    memoryBytes: () => process.memoryUsage().rss,
    onProgress: done => bar.update(done),
  });
  bar.stop();
  if (flags.json) printJson(result);
  else {
    for (const [reader, count] of Object.entries(result.byReader))
      printLine(`  ${String(count).padStart(7)} ${reader}`);
    for (const { number, file, reader, says } of result.bad)
      printLine(`case ${number} of seed ${result.seed} (${file}, ${reader}): ${says}`);
    printLine(
      `${result.cases} cases, seed ${result.seed}: ${result.refused} refused with a sentence, ${result.bad.length} bad; ` +
        `the slowest took ${result.slowestMs} ms (${result.slowest}), at most ${Math.round(result.mostMemoryBytes / 2 ** 20)} MiB of memory`,
    );
  }
  if (result.bad.length > 0) process.exitCode = 1;
}

export function addFuzzFilesCommand(program: Command): void {
  program
    .command('fuzz-files')
    .description('give damaged files to every reader and importer; none may crash, hang or take much memory')
    .option('--cases <n>', 'how many', '10000')
    .option('--first <n>', 'number of the first case, to do one again', '0')
    .option('--seed <n>', 'seed of the cases', '1')
    .option('--json', 'print one JSON text')
    .action(run);
}
