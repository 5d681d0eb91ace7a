/**
 * `experiment`: runs an experiment and prints its findings and tables; without a name it lists them.
 */
import type { Command } from 'commander';
import type { VramLayout } from '../../hw/expected_bytes.ts';
import type { GpuProvider } from '../../hw/ports.ts';
import { EXPERIMENTS } from '../../lab/experiments/all.ts';
import type { Cell, ExperimentSetup, Table } from '../../lab/experiments/experiment.ts';
import { reportHtml } from '../../lab/experiments/report_html.ts';
import { formatNumber } from '../../lab/experiments/svg_chart.ts';
import { loadMachine } from '../assets.ts';
import { nodeClock } from '../clock_node.ts';
import { adapterOption, machineOption, vramOption } from '../machine_options.ts';
import { type AdapterKind, type MachineKind, makeMachine } from '../make_machine.ts';
import { writeWhole } from '../option_values.ts';
import { printJson, printLine, say, UsageError } from '../outcome.ts';

interface ExperimentFlags {
  readonly machine: MachineKind;
  readonly adapter: AdapterKind;
  readonly vram: VramLayout;
  readonly json?: boolean;
  readonly out?: string;
}

/** Machines as the flags want them; remembers what they were and releases what they used. */
class Machines {
  private readonly providers: GpuProvider[] = [];
  private readonly seen = new Set<string>();
  readonly setup: ExperimentSetup;

  constructor(flags: ExperimentFlags) {
    this.setup = {
      description: loadMachine,
      layout: flags.vram,
      newMachine: async description => {
        const choice = { kind: flags.machine, adapter: flags.adapter, layout: flags.vram };
        const { machine, provider, because } = await makeMachine(description, choice);
        if (provider) this.providers.push(provider);
        if (because !== '') say(because);
        const { name, software } = machine.adapter;
        this.seen.add(`${machine.kind} (${name}${software ? ', software' : ''}), VRAM ${machine.layout}`);
        return machine;
      },
      timeMs: work => {
        const before = nodeClock.nowMs();
        work();
        return nodeClock.nowMs() - before;
      },
    };
  }

  get words(): string {
    return [...this.seen].join('; ') || 'no machine';
  }

  release(): void {
    for (const provider of this.providers.splice(0)) provider.release();
  }
}

function printTable({ title, columns, rows }: Table): void {
  const text = (value: Cell) => (typeof value === 'number' ? formatNumber(value) : value);
  const lines = [columns, ...rows.map(row => row.map(text))];
  const widths = columns.map((_, i) => Math.max(...lines.map(line => line[i]!.length)));
  printLine();
  printLine(title);
  for (const line of lines) {
    printLine(
      `  ${line.map((value, i) => (i === 0 ? value.padEnd(widths[i]!) : value.padStart(widths[i]!))).join('  ')}`,
    );
  }
}

function list(flags: ExperimentFlags): void {
  const all = EXPERIMENTS.map(({ name, title, question }) => ({ name, title, question }));
  if (flags.json) printJson({ experiments: all });
  else for (const { name, title } of all) printLine(`${name.padEnd(20)} ${title}`);
}

async function run(name: string | undefined, flags: ExperimentFlags): Promise<void> {
  if (name === undefined) return list(flags);
  const experiment = EXPERIMENTS.find(candidate => candidate.name === name);
  if (!experiment) {
    const known = EXPERIMENTS.map(candidate => candidate.name).join(', ');
    throw new UsageError(`There is no experiment ${JSON.stringify(name)}; there are ${known}.`);
  }
  const machines = new Machines(flags);
  try {
    const result = await experiment.run(machines.setup);
    if (flags.out !== undefined) writeWhole(flags.out, reportHtml(experiment, result, machines.words));
    if (flags.json) printJson({ experiment: name, machine: machines.words, ...result });
    else {
      printLine(`${experiment.title}, on ${machines.words}`);
      for (const finding of result.findings) printLine(`  ${finding}`);
      for (const table of result.tables) printTable(table);
    }
    for (const problem of result.problems) say(`problem: ${problem}`);
    if (result.problems.length > 0) process.exitCode = 1;
  } finally {
    machines.release();
  }
}

export function addExperimentCommand(program: Command): void {
  program
    .command('experiment')
    .description('run an experiment and print what it found; without a name, list them')
    .argument('[name]', 'name of an experiment')
    .addOption(machineOption())
    .addOption(adapterOption())
    .addOption(vramOption())
    .option('--out <file>', 'write the report as one HTML file')
    .option('--json', 'print one JSON text')
    .action(run);
}
