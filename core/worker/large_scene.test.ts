import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { parseMachineDescription } from '../hw/machine_description.ts';
import { largeScenario } from '../public/large_scenario.mjs';
import { type FromLab, type LabCommand, PROTOCOL_VERSION } from '../public/protocol.ts';
import { LabHost } from './lab_host.ts';

const MACHINE = new URL('../../assets/machines/lab-64m.json', import.meta.url);
const machine = parseMachineDescription(JSON.parse(readFileSync(MACHINE, 'utf8')), 'lab-64m');
const OBJECTS = 20_000;
/** Between two looks at the port, on a busy computer; in CPU time of this process. */
const MOST_MS = 2000;

it('hears Pause while a scene of very many objects is built and runs', async () => {
  const cpuMs = () => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;
  const looks: number[] = [];
  let lookedAt = cpuMs();
  const done = new Map<number, () => void>();
  const sent: FromLab['type'][] = [];
  let events = 0;
  let position = 0;
  const host = new LabHost({
    send: message => {
      sent.push(message.type);
      if (message.type === 'done') done.get(message.number)?.();
      if (message.type !== 'view') return;
      ({ events, inputsDone: position } = message.delta.status);
      host.receive({ type: 'shown', view: message.delta.status.number });
    },
    makeMachine: async wanted => ({
      machine: createHostMachine(wanted, { layout: 'paged' }),
      because: 'test',
    }),
    library: { scenarios: [], machine: () => machine },
    nowMs: () => performance.now(),
    breathe: () =>
      new Promise(resolve => {
        looks.push(cpuMs() - lookedAt);
        setTimeout(() => {
          lookedAt = cpuMs();
          resolve();
        }, 0);
      }),
  });
  let next = 1;
  const give = (command: LabCommand): Promise<void> => {
    const number = next++;
    return new Promise(resolve => {
      done.set(number, resolve);
      host.receive({ type: 'command', number, command });
    });
  };
  const soon = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
  await give({ type: 'open', version: PROTOCOL_VERSION, machine: 'host', vram: 'paged' });

  const building = give({
    type: 'addScene',
    name: 'large.json',
    text: largeScenario(OBJECTS, 2000),
    open: true,
  });
  await building;
  expect(position).toBeGreaterThan(OBJECTS);
  expect(looks.length).toBeGreaterThan(5);

  const built = events;
  const running = give({ type: 'run' });
  await soon(400);
  const pausing = give({ type: 'pause' });
  await running;
  await pausing;
  expect(events).toBeGreaterThan(built);
  expect(position).toBeLessThan(OBJECTS + 2000);
  // The middle and the 95th of 100: a collection of garbage now and then belongs to the process.
  const sorted = looks.sort((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(MOST_MS);

  // A scene on its way to its first pause stops for Pause too.
  const again = give({ type: 'reset' });
  await soon(50);
  const stopped = give({ type: 'pause' });
  await again;
  await stopped;
  expect(position).toBeLessThan(OBJECTS);
}, 60_000);
