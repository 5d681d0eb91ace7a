/**
 * Covers the whole model with random histories: at least 100,000 steps with faults keep every invariant and reach everything that
 * can be reached; every planted defect is found; a seed reproduces; a history on the GPU is the one on the host.
 */
import { describe, expect, test } from 'vitest';
import { loadMachine } from '../../cli/assets.ts';
import { newHostMachine } from '../../cli/make_machine.ts';
import { gpuForTests, machineKinds } from '../../testing/hw_machines.ts';
import { DEFECTS } from '../defects.ts';
import { COVERAGE_GOAL } from './coverage.ts';
import { fuzz } from './fuzz.ts';
import { replayHistory, runHistory } from './history.ts';

const description = loadMachine('fuzz-pc');
const systems = loadMachine('fuzz-systems');
/** For runs of many histories. */
const many = {
  descriptions: [systems, description, loadMachine('fuzz-i915')],
  newMachine: newHostMachine,
};
/** For single ones. */
const base = { description: systems, newMachine: newHostMachine };
/** Raise it to look for more; each one is a different run of the same length. */
const SEED = 20;
/** In so many steps every planted defect shows. */
const DEFECT_STEPS = 60_000;

describe('random histories', () => {
  test('100,000 steps: every invariant holds, every errno and reason is reached', {
    timeout: 400_000,
  }, async () => {
    const result = await fuzz({ ...many, seed: SEED, steps: 100_000, faults: true });
    const { errnos, faultReasons, skipReasons, missed } = result.coverage;
    console.log(`seed ${SEED}: ${JSON.stringify({ errnos, faultReasons, skipReasons })}`);
    expect(result.failure).toBeNull();
    expect(result.steps).toBeGreaterThanOrEqual(100_000);
    expect(missed, `words seen less than ${COVERAGE_GOAL} times`).toEqual([]);
  });

  test('without faults, every invariant of the whole after every step: a shorter run', {
    timeout: 120_000,
  }, async () => {
    const result = await fuzz({ ...many, seed: SEED + 1, steps: 2_000, checkEvery: 1 });
    expect(result.failure).toBeNull();
  });

  test('one seed twice: the same inputs and the same digest; another seed: another', async () => {
    const run = (seed: number) => runHistory({ ...base, seed, steps: 500, checkEvery: 100, faults: true });
    const [first, again, other] = [await run(5), await run(5), await run(6)];
    expect(again.inputs).toEqual(first.inputs);
    expect(again.digest).toBe(first.digest);
    expect(other.digest).not.toBe(first.digest);
  });

  test('the inputs of a history, played as a log: the same digest', async () => {
    const options = { ...base, seed: 9, steps: 500, checkEvery: 100, faults: true };
    const first = await runHistory(options);
    expect((await replayHistory(first.inputs, options)).digest).toBe(first.digest);
  });
});

const onGpu = machineKinds(await gpuForTests()).filter(({ kind }) => kind === 'webgpu');

describe.runIf(onGpu.length > 0)('one history on other machines', () => {
  test.each(onGpu.map(kind => [kind.name, kind] as const))(
    '%s: every invariant, every byte and the digest as on the host',
    { timeout: 120_000 },
    async (_, kind) => {
      const options = { ...base, description, seed: 77, steps: 1_500, checkEvery: 50 };
      const host = await runHistory(options);
      const gpu = await runHistory({ ...options, newMachine: machine => kind.create(machine) });
      expect([gpu.failure, gpu.inputs.length]).toEqual([null, host.inputs.length]);
      expect(gpu.digest).toBe(host.digest);
    },
  );
});

describe('planted defects', () => {
  test('there are at least twelve, with different names', () => {
    expect(new Set(DEFECTS.map(defect => defect.name)).size).toBe(DEFECTS.length);
    expect(DEFECTS.length).toBeGreaterThanOrEqual(12);
  });

  test.each(DEFECTS.map(defect => [defect.name]))('%s: found', { timeout: 120_000 }, async defect => {
    const seed = 3;
    const result = await fuzz({
      ...many,
      seed,
      steps: DEFECT_STEPS,
      checkEvery: 200,
      faults: true,
      defect,
      noShrink: true,
    });
    const { failure } = result;
    console.log(
      `${defect}: seed ${seed}, history ${failure?.historySeed} on ${failure?.machine}, ${result.steps} steps: ${failure?.says.slice(0, 120)}`,
    );
    expect(failure?.says ?? 'nothing was found').not.toBe('nothing was found');
  });

  test('a found defect, made small: the short log still fails, alone', { timeout: 120_000 }, async () => {
    const defect = 'split-pgoff-off-by-one';
    const { failure } = await fuzz({ ...many, seed: 3, steps: 10_000, defect });
    expect(failure!.inputs.length).toBeLessThan(15);
    const options = { ...base, description: loadMachine(failure!.machine), seed: 0, steps: 0 };
    expect((await replayHistory(failure!.inputs, { ...options, defect })).failure).not.toBeNull();
    expect((await replayHistory(failure!.inputs, options)).failure).toBeNull();
  });

  test('a wrong byte, made small: the log alone says what the byte had to be', {
    timeout: 120_000,
  }, async () => {
    const defect = 'forget-cow-copy';
    const { failure } = await fuzz({ ...many, seed: 6, steps: 30_000, defect });
    expect(failure!.says).toMatch(/The page held \d+ at this byte/);
    expect(failure!.inputs.length).toBeLessThan(15);
    const options = { ...base, description: loadMachine(failure!.machine), seed: 0, steps: 0 };
    expect((await replayHistory(failure!.inputs, { ...options, defect })).failure?.says).toMatch(/held/);
    expect((await replayHistory(failure!.inputs, options)).failure).toBeNull();
  });
});
