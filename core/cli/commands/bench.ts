/**
 * `bench`: how long the model's hot paths take here, and how fast bytes move through it compared with moving them without it.
 */
import { spawn } from 'node:child_process';
import { type Command, Option } from 'commander';
import { loadMachine } from '../assets.ts';
import { benchCpu, CPU_METRICS, type CpuMetric, type CpuNumbers } from '../bench_cpu.ts';
import { CommandFailed, printJson, printLine } from '../outcome.ts';
import { type ProgressBar, startProgress } from '../progress_bar.ts';

const PROCESSES = 5;
/** Enough RAM for the largest workload. */
const CPU_MACHINE = 'lab-64m';

interface BenchFlags {
  readonly json?: boolean;
  readonly only?: 'cpu' | 'gpu';
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

async function bench(flags: BenchFlags): Promise<void> {
  const result: Record<string, unknown> = {};
  if (flags.only !== 'gpu') {
    const bar = startProgress('bench', PROCESSES);
    const { numbers, spread } = await cpuNumbers(bar);
    bar.stop();
    const mmapMunmapNs = Math.max(numbers.mmapMunmapDistinctNs, numbers.mmapMunmapEqualNs);
    Object.assign(result, numbers, { mmapMunmapNs, processes: PROCESSES, spread });
    if (!flags.json) {
      for (const metric of CPU_METRICS) {
        const percent = Math.round(spread[metric] * 100);
        printLine(
          `${metric.padEnd(22)} ${String(numbers[metric]).padStart(8)} ns  +${percent} %  ${WHAT[metric]}`,
        );
      }
    }
  }
  if (flags.json) printJson(result);
}

export function addBenchCommands(program: Command): void {
  program
    .command('bench')
    .description('measure the hot paths of the model, and moves of bytes with and without it')
    .addOption(new Option('--only <part>', 'measure one part only').choices(['cpu', 'gpu']))
    .option('--json', 'print one JSON text')
    .action(bench);
  program
    .command('bench-cpu', { hidden: true })
    .description('one process of the CPU part of bench')
    .action(() => printJson(benchCpu(loadMachine(CPU_MACHINE))));
}
