/** The scene assets/scenarios/boot-objects.json: one digest on every machine, bytes of the aperture included. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { gpuForTests, machineFile, machineKinds } from '../testing/hw_machines.ts';
import { runScenario } from './run_scenario.ts';
import { parseScenario } from './scenario.ts';

const FILE = new URL('../../assets/scenarios/boot-objects.json', import.meta.url);

test('boot objects, domains and shmem drivers do the same on every machine', {
  timeout: 60_000,
}, async () => {
  const scenario = parseScenario(readFileSync(FILE, 'utf8'), 'boot-objects');
  const digests = new Set<string>();
  for (const kind of machineKinds(await gpuForTests())) {
    const result = await runScenario(scenario, { machine: await kind.create(machineFile('i915-2008')) });
    expect([kind.name, result.problems]).toEqual([kind.name, []]);
    digests.add(result.eventDigest);
  }
  expect(digests.size).toBe(1);
});
