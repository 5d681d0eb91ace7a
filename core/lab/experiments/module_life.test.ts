/** Covers the life of modules: counters back after many rounds on every kind of machine, and a leak that is found. */
import { expect, test } from 'vitest';
import { loadMachine } from '../../cli/assets.ts';
import { newHostMachine } from '../../cli/make_machine.ts';
import { newKernel, runBoot } from '../../kernel/boot.ts';
import { loadModule, moduleNames, unloadModule } from '../../kernel/modules.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';
import type { ExperimentSetup } from './experiment.ts';
import { countersOf, moduleLife } from './module_life.ts';

const SETUP: ExperimentSetup = {
  description: loadMachine,
  layout: 'paged',
  newMachine: async description => newHostMachine(description),
  timeMs: work => {
    work();
    return 0;
  },
};

test.each([
  'lab-16m',
  'lab-16m-first-open',
  'lab-16m-per-node',
  'transcripts-pc',
  'fuzz-systems',
  'i915-2008',
])('%s: 40 lives leave every counter at its start value', async machine => {
  const { differences, leaks, events } = await moduleLife(SETUP, machine, 40);
  expect({ differences, leaks }).toEqual({ differences: [], leaks: [] });
  expect(events).toBeGreaterThan(40 * 20);
});

test.each(['fuzz-systems', 'i915-2008'])(
  '%s: all modules unloaded and loaded 1,000 times leave every counter at its start value',
  machine => {
    const kernel = newKernel(loadMachine(machine), { traceBudget: 65_536 });
    runBoot(kernel);
    const names = moduleNames(kernel);
    const cycle = () => {
      for (const name of [...names].reverse()) unloadModule(kernel, name);
      for (const name of names) loadModule(kernel, name);
    };
    const settle = () => {
      while (kernel.fences.nrPending > 0) kernel.fences.advanceTo(kernel.fences.nextSignalAt);
    };
    settle();
    const before = countersOf(kernel);
    for (let round = 0; round < 1_000; round++) cycle();
    settle();
    expect(countersOf(kernel)).toEqual(before);
    expect(kernel.check()).toEqual([]);
    expect(shutdownAndFindLeaks(kernel)).toEqual([]);
  },
  60_000,
);

test('counters: a running machine differs from one that was never booted in most of them', () => {
  const kernel = newKernel(loadMachine('lab-16m'));
  const before = countersOf(kernel);
  runBoot(kernel);
  const now = countersOf(kernel);
  const differ = Object.keys(before).filter(name => before[name] !== now[name]);
  expect(differ).toEqual(
    expect.arrayContaining(['VRAM allocations', 'GART entries', 'bound devices', 'steps of boot']),
  );
});
