/**
 * Experiment: modules come and go. Each machine boots, does a little work through every system that it has, and shuts down, many
 * times over; afterwards every counter is where it was after the first time, which is where it was before.
 *
 * Counted     what a kernel can leave behind in what outlives its modules: frames, file systems, inodes, VRAM allocations, GART
 *             entries, tasks, mappings, devices, text files
 * Not for     numbers that are never given twice (ids), which only go up
 */
import { newKernel, runBoot } from '../../kernel/boot.ts';
import { BOOT_STEPS } from '../../kernel/boot_steps.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { loadModule, moduleNames, unloadModule } from '../../kernel/modules.ts';
import '../../session/calls/all.ts';
import { findCall } from '../../session/call_table.ts';
import type { Input } from '../../session/input.ts';
import { NameTable } from '../../session/name_table.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';
import type { Experiment, ExperimentResult, ExperimentSetup } from './experiment.ts';

/** Times that the modules of one kernel are loaded and unloaded. */
export const MODULE_ROUNDS = 1000;
/** Rounds between two drains of the machine. */
const DRAIN_EVERY = 50;
const MACHINES = [
  'lab-16m',
  'lab-16m-per-node',
  'lab-16m-first-open',
  'transcripts-pc',
  'fuzz-systems',
  'i915-2008',
] as const;

/** The little work: a task, a file, a mapping with entries; the shutdown takes all of it down. */
const WORK: readonly Input[] = [
  { task: 'A', call: 'spawn', args: {} },
  { task: 'A', call: 'memfd', args: { name: 'x' }, as: 'file' },
  { task: 'A', call: 'ftruncate', args: { fd: 'file', size: 16384 } },
  { task: 'A', call: 'mmap', args: { fd: 'file', length: 16384, slot: 1 }, as: 'file.map' },
  { task: 'A', call: 'stamp', args: { map: 'file.map', seed: 3 } },
];

/** The same on each device of the machine that makes buffers. */
function deviceWork(device: string): Input[] {
  const [fd, bo] = [`${device}.fd`, `${device}.bo`];
  const dumb = { fd, width: 64, height: 64, bpp: 32 };
  return [
    { task: 'A', call: 'open', args: { dev: device }, as: fd },
    { task: 'A', call: 'drm.createDumb', args: dumb, as: bo },
    { task: 'A', call: 'mmap', args: { fd, offsetOf: bo, length: 16384 }, as: `${bo}.map` },
    { task: 'A', call: 'stamp', args: { map: `${bo}.map`, seed: 5 } },
  ];
}

/** Everything that must be back where it was. */
export function countersOf(kernel: Kernel): Record<string, number> {
  const { context, queue } = kernel;
  return {
    'free frames': context.frames.nrFree,
    'address spaces of tasks': context.mms.size,
    'mapped files': context.mappings.size,
    'VRAM allocations': queue.allocations.size,
    'GART entries': queue.gart.reduce((sum, entry) => sum + (entry & 1), 0),
    tasks: kernel.tasks.size,
    'bound devices': kernel.devices.size,
    'steps of boot': kernel.booted.length,
    'files in /proc': [...kernel.proc.paths()].length,
    'files in debugfs': [...kernel.debugfs.paths()].length,
    'files in sysfs': [...kernel.sysfs.paths()].length,
  };
}

/** One life of all modules on a kernel: boot, all modules out and in, work, shutdown. @returns what the shutdown left, whole sentences */
function live(kernel: Kernel): string[] {
  runBoot(kernel);
  // What can be unloaded on a running machine goes and comes back before the work.
  const modules = moduleNames(kernel);
  for (const name of [...modules].reverse()) unloadModule(kernel, name);
  for (const name of modules) loadModule(kernel, name);
  const names = new NameTable();
  for (const { task, call, args, as } of [...WORK, ...[...kernel.devices.keys()].flatMap(deviceWork)]) {
    kernel.trace.currentTask = names.tasks.get(task) ?? 0;
    findCall(call)!({ kernel, names, task, as }, args);
    kernel.trace.currentTask = 0;
  }
  return shutdownAndFindLeaks(kernel);
}

/** What one machine's kernel did. */
export interface ModuleLifeFigures {
  readonly machine: string;
  readonly rounds: number;
  /** Steps of boot, done and undone in each round. */
  readonly steps: number;
  readonly events: number;
  /** Counters that differ, with both values; empty when all are back. */
  readonly differences: readonly string[];
  readonly leaks: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  /** Wall time of one round on average; depends on the computer. */
  readonly roundWallMs: number;
}

/** Load, use and unload the modules of one machine again and again. */
export async function moduleLife(
  setup: ExperimentSetup,
  machineId: string,
  rounds: number,
): Promise<ModuleLifeFigures> {
  const description = setup.description(machineId);
  const machine = await setup.newMachine(description);
  try {
    const kernel = newKernel(description);
    const before = countersOf(kernel);
    const leaks: string[] = [];
    let wallMs = 0;
    for (let round = 0; round < rounds; round++) {
      wallMs += setup.timeMs(() => leaks.push(...live(kernel)));
      if (round % DRAIN_EVERY === 0) await machine.drain(kernel.queue);
    }
    await machine.drain(kernel.queue);
    const counters = countersOf(kernel);
    const differences = Object.entries(counters)
      .filter(([name, value]) => value !== before[name])
      .map(([name, value]) => `${name}: ${before[name]} before, ${value} after`);
    return {
      machine: machineId,
      rounds,
      steps: BOOT_STEPS.length,
      events: kernel.trace.count,
      differences,
      leaks: leaks.slice(0, 10),
      counters,
      roundWallMs: wallMs / rounds,
    };
  } finally {
    await machine.dispose();
  }
}

export const MODULE_LIFE: Experiment = {
  name: 'module-life',
  title: 'Loading and unloading all modules',
  question:
    'Is every counter at its start value after all modules were loaded, used and unloaded a thousand times?',
  timed: true,

  async run(setup: ExperimentSetup): Promise<ExperimentResult> {
    const all: ModuleLifeFigures[] = [];
    for (const id of MACHINES) all.push(await moduleLife(setup, id, MODULE_ROUNDS));
    const problems = all.flatMap(({ machine, differences, leaks }) =>
      [...differences, ...leaks].map(says => `${machine}: ${says}`),
    );
    const counted = Object.keys(all[0]!.counters);
    return {
      findings: [
        `${all.length} machines loaded, used and unloaded ${all[0]!.steps} steps of boot ${MODULE_ROUNDS} times; ${all.reduce((sum, { differences }) => sum + differences.length, 0)} of ${all.length * counted.length} counters differ from their start values, and ${all.reduce((sum, { leaks }) => sum + leaks.length, 0)} things were left behind.`,
      ],
      tables: [
        {
          title: 'Counters after the last unload',
          columns: ['counter', ...all.map(({ machine }) => machine)],
          rows: [
            ...counted.map(name => [name, ...all.map(({ counters }) => counters[name]!)]),
            ['events', ...all.map(({ events }) => events)],
            ['one round, wall time (ms)', ...all.map(({ roundWallMs }) => roundWallMs)],
          ],
        },
      ],
      charts: [
        {
          title: 'One round of loading, work and unloading',
          unit: 'ms of wall time',
          categories: all.map(({ machine }) => machine),
          series: [{ name: 'wall time', values: all.map(({ roundWallMs }) => roundWallMs) }],
        },
      ],
      problems,
      figures: all,
    };
  },
};
