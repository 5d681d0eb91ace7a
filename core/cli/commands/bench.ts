/**
 * `bench`: how long the model's hot paths take here, and how fast bytes move through it compared with moving them without it.
 */
import { spawn } from 'node:child_process';
import { type Command, Option } from 'commander';
import { GpuError } from '../../hw/gpu_error.ts';
import { loadMachine } from '../assets.ts';
import { benchCheck, CHECK_OBJECTS, CHECK_PAGES_EACH } from '../bench_check.ts';
import { benchCpu, CPU_METRICS, type CpuMetric, type CpuNumbers } from '../bench_cpu.ts';
import { benchGpu, GPU_ROUNDS, type GpuNumbers } from '../bench_gpu.ts';
import { benchSession, SESSION_STEPS } from '../bench_session.ts';
import { wholeNumber } from '../option_values.ts';
import { CommandFailed, printJson, printLine, say } from '../outcome.ts';
import { type ProgressBar, startProgress } from '../progress_bar.ts';

const PROCESSES = 5;
/** Enough RAM for the largest workload. */
const CPU_MACHINE = 'lab-64m';
/** Enough RAM for the objects of a full check, and a device that maps them without jobs. */
const CHECK_MACHINE = 'transcripts-pc';
/** A small machine: what a session costs is its events. */
const SESSION_MACHINE = 'lab-16m';
const SESSION_EVENTS = 10_000_000;
/** Enough VRAM for the largest batch. */
const GPU_MACHINE = 'lab-64m';

interface BenchFlags {
  readonly json?: boolean;
  readonly only?: 'cpu' | 'gpu' | 'session';
  readonly events?: string;
}

/** Run `lab bench-cpu` in a process of its own. */
function inFreshProcess(): Promise<CpuNumbers> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [process.argv[1]!, 'bench-cpu'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', chunk => {
      text += String(chunk);
    });
    child.on('error', reject);
    child.on('exit', code => {
      if (code === 0) resolve(JSON.parse(text) as CpuNumbers);
      else reject(new CommandFailed(`A process of the benchmark ended with code ${code}.`));
    });
  });
}

/** Three digits that mean something. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}

async function cpuNumbers(bar: ProgressBar): Promise<{ numbers: CpuNumbers; spread: CpuNumbers }> {
  const runs: CpuNumbers[] = [];
  for (let i = 0; i < PROCESSES; i++) {
    runs.push(await inFreshProcess());
    bar.update(i + 1);
  }
  const collect = (pick: (values: number[]) => number) =>
    Object.fromEntries(
      CPU_METRICS.map(metric => [metric, round(pick(runs.map(run => run[metric])))]),
    ) as CpuNumbers;
  return {
    numbers: collect(values => Math.min(...values)),
    spread: collect(values => Math.max(...values) / Math.min(...values) - 1),
  };
}

const WHAT: Record<CpuMetric, string> = {
  faultNs: 'first write to a cached page of a shared mapping',
  faultAroundNsPerPte: 'fault-around, per entry',
  zapNsPerPte: 'shoot-down of 64 mappings in four tasks, per entry',
  mmapMunmapDistinctNs: 'mmap and munmap among 64 mappings of distinct file pages',
  mmapMunmapEqualNs: 'mmap and munmap among 64 mappings of equal file pages',
  eventNs: 'one event with its digest',
  calibrationNs: 'one random number (speed of this machine)',
};

/** Recording and seeking; takes a minute, so it is measured when somebody asks for it. */
async function benchSessions(flags: BenchFlags): Promise<void> {
  const events = wholeNumber(flags.events ?? String(SESSION_EVENTS), '--events', 1);
  const bar = startProgress('bench', SESSION_STEPS);
  let steps = 0;
  const numbers = await benchSession(loadMachine(SESSION_MACHINE), events, () => bar.update(++steps));
  bar.stop();
  if (flags.json) {
    printJson(numbers);
    return;
  }
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const [low, high] = numbers.recordCostInterval;
  const [lowWorst, highWorst] = numbers.worstCostInterval;
  printLine(
    `recording  ${percent(numbers.recordCost)} of the run (median of ${numbers.pairs} pairs, 95 % interval ${percent(low)} to ${percent(high)}); ${percent(numbers.worstCost)} (${percent(lowWorst)} to ${percent(highWorst)}) where nothing but events is made, ${numbers.bytesPerEvent} bytes an event`,
  );
  printLine(
    `seeking    ${numbers.events} events, ${numbers.keyframes} keyframes, ${numbers.bigBytesPerEvent} bytes an event: median ${numbers.seekMedianMs} ms, 95 % under ${numbers.seekP95Ms} ms, at most ${numbers.seekMostMs} ms (the first ${numbers.seekFirstMs} ms); executing all takes ${numbers.executeMs} ms`,
  );
}

async function bench(flags: BenchFlags): Promise<void> {
  const result: Record<string, unknown> = {};
  if (flags.only === 'session') {
    await benchSessions(flags);
    return;
  }
  if (flags.only !== 'gpu') {
    const bar = startProgress('bench', PROCESSES);
    const { numbers, spread } = await cpuNumbers(bar);
    bar.stop();
    const mmapMunmapNs = Math.max(numbers.mmapMunmapDistinctNs, numbers.mmapMunmapEqualNs);
    const checkMs = round(await benchCheck(loadMachine(CHECK_MACHINE)));
    Object.assign(result, numbers, { mmapMunmapNs, checkMs, processes: PROCESSES, spread });
    if (!flags.json) {
      for (const metric of CPU_METRICS) {
        const percent = Math.round(spread[metric] * 100);
        printLine(
          `${metric.padEnd(22)} ${String(numbers[metric]).padStart(8)} ns  +${percent} %  ${WHAT[metric]}`,
        );
      }
      const what = `${CHECK_OBJECTS} objects, ${CHECK_OBJECTS * CHECK_PAGES_EACH} mapped pages`;
      printLine(`${'checkMs'.padEnd(22)} ${String(checkMs).padStart(8)} ms  full check of ${what}, median`);
    }
  }
  if (flags.only !== 'cpu') {
    const bar = startProgress('bench', GPU_ROUNDS);
    let rounds = 0;
    try {
      const numbers = await benchGpu(loadMachine(GPU_MACHINE), () => bar.update(++rounds));
      bar.stop();
      Object.assign(result, numbers);
      if (!flags.json) printMoves(numbers);
    } catch (error) {
      bar.stop();
      if (!(error instanceof GpuError) || error.kind !== 'no-adapter') throw error;
      Object.assign(result, { evict: null, refault: null, noGpu: error.detail });
      say(`Moves are not measured: ${error.detail}`);
    }
  }
  if (flags.json) printJson(result);
}

function printMoves({ adapter, software, evict, refault }: GpuNumbers): void {
  printLine(`${adapter}${software ? ' (software)' : ''}:`);
  for (const [what, sizes] of [
    ['evict', evict],
    ['refault', refault],
  ] as const) {
    for (const [size, numbers] of Object.entries(sizes)) {
      const { labGBs, rawGBs, rawDepth, ratio, objects } = numbers;
      printLine(
        `${what.padEnd(8)} ${String(Number(size) / 1024).padStart(6)} KiB  lab ${labGBs} GB/s (${objects} objects), ` +
          `raw ${rawGBs} GB/s (depth ${rawDepth}), ratio ${ratio}`,
      );
    }
  }
}

export function addBenchCommands(program: Command): void {
  program
    .command('bench')
    .description('measure the hot paths of the model, and moves of bytes with and without it')
    .addOption(new Option('--only <part>', 'measure one part only').choices(['cpu', 'gpu', 'session']))
    .option('--events <n>', 'events of the large session of --only session')
    .option('--json', 'print one JSON text')
    .action(bench);
  program
    .command('bench-cpu', { hidden: true })
    .description('one process of the CPU part of bench')
    .action(() => printJson(benchCpu(loadMachine(CPU_MACHINE))));
}
