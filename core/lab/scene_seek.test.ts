/** Every scene can be gone through backwards: half of it again from an image ends with the digest of the whole. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { parseMachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import '../session/calls/all.ts';
import { Session } from '../session/session.ts';
import { parseScenario } from './scenario.ts';

const ASSETS = new URL('../../assets/', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, ASSETS), 'utf8');
const scenes = readdirSync(new URL('scenarios/', ASSETS)).filter(name => name.endsWith('.json'));

test.each(scenes)('%s: back to the middle and forth again', async name => {
  const scene = parseScenario(text(`scenarios/${name}`), name);
  const description = parseMachineDescription(
    JSON.parse(text(`machines/${scene.machine}.json`)),
    scene.machine,
  );
  const session = await Session.open(
    {
      createMachine: async () => createHostMachine(description),
      boot: machine => bootKernel(machine.description),
    },
    scene.inputs,
    { keyframeEvery: 16 },
  );
  const inputs = scene.inputs.length;
  await session.run(inputs);
  const digest = session.kernel.trace.digest();
  await session.seek(Math.floor(inputs / 2));
  expect(session.kernel.trace.digest()).not.toBe(digest);
  await session.run(inputs);
  expect(session.kernel.trace.digest()).toBe(digest);
  await session.close();
});
