import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { parseMachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { parseScenario } from '../lab/scenario.ts';
import { MOST_EVENTS_KEPT } from '../public/protocol.ts';
import '../session/calls/all.ts';
import { Session } from '../session/session.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { LabScene } from './lab_scene.ts';

const asset = (path: string) => readFileSync(new URL(`../../assets/${path}`, import.meta.url), 'utf8');

it('the lab keeps as many events as the window says', () => {
  expect(new TraceBuffer().budgetEvents).toBe(MOST_EVENTS_KEPT);
});

it('a view tells how many of the oldest events are not kept, and the timeline begins behind them', async () => {
  const description = parseMachineDescription(JSON.parse(asset('machines/lab-16m.json')), 'lab-16m');
  const scenario = parseScenario(asset('scenarios/evict-refault.json'), 'evict-refault');
  const session = await Session.open(
    {
      createMachine: async () => createHostMachine(description, { layout: 'paged' }),
      boot: machine => bootKernel(machine.description),
    },
    scenario.inputs,
  );
  const scene = new LabScene(scenario, session, 0);
  const status = () =>
    scene.takeMessages(false).flatMap(m => (m.type === 'view' ? [m.delta.status] : []))[0]!;
  await scene.advance(20);
  expect(status()).not.toHaveProperty('eventsDropped');
  const { trace } = session.kernel;
  trace.startEmpty();
  const dropped = trace.count;
  await scene.advance(10);
  expect(status()).toMatchObject({ eventsDropped: dropped, events: trace.count });
  expect(trace.count).toBeGreaterThan(dropped);
  expect(scene.timeline.extent().dropped).toBe(dropped);
  await session.close();
});
