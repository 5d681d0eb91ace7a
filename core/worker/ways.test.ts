/** Covers ways: seeks, loads, replays of files; what ends them, what waits for them, what is told meanwhile. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { parseMachineDescription } from '../hw/machine_description.ts';
import { parseScenario } from '../lab/scenario.ts';
import type { InputLine } from '../public/input_line.ts';
import { type FromLab, type LabCommand, PROTOCOL_VERSION } from '../public/protocol.ts';
import { applyDelta, EMPTY_VIEW } from '../public/view_delta.ts';
import { LabHost } from './lab_host.ts';
import { LabScene } from './lab_scene.ts';

const asset = (path: string) => readFileSync(new URL(`../../assets/${path}.json`, import.meta.url), 'utf8');
const scenario = parseScenario(asset('scenarios/evict-refault'), 'evict-refault');
const description = parseMachineDescription(
  JSON.parse(asset(`machines/${scenario.machine}`)),
  scenario.machine,
);
const END = scenario.inputs.length;

afterEach(() => vi.restoreAllMocks());

/** A lab at the end of the scene; each look at its clock takes so many ms, and slices last 8. */
async function atEnd() {
  const news: FromLab[] = [];
  const done = new Map<number, () => void>();
  const clock = { ms: 0, step: 0 };
  let view = EMPTY_VIEW;
  const lab = new LabHost({
    send: message => {
      news.push(message);
      if (message.type === 'done' || message.type === 'answer') done.get(message.number)?.();
      if (message.type !== 'view') return;
      view = applyDelta(view, message.delta);
      lab.receive({ type: 'shown', view: view.status.number });
    },
    makeMachine: async () => ({ machine: createHostMachine(description), because: '' }),
    library: { scenarios: [scenario], machine: () => description },
    nowMs: () => (clock.ms += clock.step),
    breathe: () => new Promise(resolve => setImmediate(resolve)),
  });
  let number = 0;
  const settled = (take: (number: number) => void) =>
    new Promise<void>(resolve => {
      done.set(++number, resolve);
      take(number);
    });
  const send = (command: LabCommand) => settled(n => lab.receive({ type: 'command', number: n, command }));
  await send({ type: 'open', version: PROTOCOL_VERSION, machine: 'host', vram: 'paged' });
  await send({ type: 'load', scene: scenario.id });
  await send({ type: 'run' });
  // From here on every input of a way is a slice.
  clock.step = 10;
  news.length = 0;
  return {
    news,
    clock,
    send,
    ask: () => settled(n => lab.receive({ type: 'ask', number: n, name: 'objectPages', ask: { id: 1 } })),
    /** Some slices of what goes on. */
    slices: async (count: number) => {
      for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve));
    },
    status: () => view.status,
    of: <Type extends FromLab['type']>(type: Type) =>
      news.filter((each): each is Extract<FromLab, { type: Type }> => each.type === type),
  };
}

const SPAWN: InputLine = { task: 'other', call: 'spawn', args: {} };

describe('a seek that takes long', () => {
  it('a step behind it begins where it ends', async () => {
    const lab = await atEnd();
    const { digest } = lab.status();
    const back = lab.send({ type: 'stepBack' });
    await lab.slices(4);
    await Promise.all([back, lab.send({ type: 'step' })]);
    expect(lab.status()).toMatchObject({ inputsDone: END, digest });
  });

  it('a run and a call behind it begin where it ends', async () => {
    const lab = await atEnd();
    const back = lab.send({ type: 'seek', position: END - 6 });
    await lab.slices(4);
    await Promise.all([back, lab.send({ type: 'run', until: END - 3 })]);
    expect(lab.status().inputsDone).toBe(END - 3);
    const again = lab.send({ type: 'seek', position: 20 });
    await lab.slices(2);
    await Promise.all([again, lab.send({ type: 'call', input: SPAWN })]);
    expect(lab.status()).toMatchObject({ inputsDone: 21, inputs: END + 1 });
  });

  it('a row of steps back is one way, pressed at once or while it goes on', async () => {
    const lab = await atEnd();
    const seek = vi.spyOn(LabScene.prototype, 'seek');
    const first = [lab.send({ type: 'stepBack' }), lab.send({ type: 'stepBack' })];
    await lab.slices(3);
    const more = [lab.send({ type: 'stepBack' }), lab.send({ type: 'step' }), lab.send({ type: 'stepBack' })];
    await Promise.all([...first, ...more]);
    expect(seek).toHaveBeenCalledTimes(1);
    expect(lab.status()).toMatchObject({ inputsDone: END - 3, running: false });
    expect(lab.of('done')).toHaveLength(5);
    expect(lab.status().verified.atInput).toBe(END - 3);
  });

  it('a newer seek takes its place, and steps before that are not executed', async () => {
    const lab = await atEnd();
    const from: number[] = [];
    const { seek } = LabScene.prototype;
    vi.spyOn(LabScene.prototype, 'seek').mockImplementation(function (this: LabScene, ...args) {
      from.push(this.session.position);
      return seek.apply(this, args);
    });
    const sent = [lab.send({ type: 'seek', position: END - 1 })];
    await lab.slices(3);
    sent.push(lab.send({ type: 'run' }), lab.send({ type: 'seek', position: 15 }));
    await Promise.all(sent);
    expect(lab.status().inputsDone).toBe(15);
    expect(from).toEqual([END, expect.any(Number)]);
    expect(from[1]).toBeLessThan(15);
  });

  it('but not where something is to be done before it', async () => {
    const lab = await atEnd();
    const sent = [lab.send({ type: 'seek', position: 30 })];
    await lab.slices(3);
    sent.push(lab.send({ type: 'call', input: SPAWN }));
    sent.push(lab.send({ type: 'seek', position: 12 }));
    await Promise.all(sent);
    expect(lab.status()).toMatchObject({ inputsDone: 12, inputs: END + 1 });
    expect(lab.of('called')).toHaveLength(1);
  });

  it('Pause ends it where it is; what was to begin at its end is not done, and a call says so', async () => {
    const lab = await atEnd();
    const sent = [lab.send({ type: 'stepBack' })];
    await lab.slices(4);
    sent.push(lab.send({ type: 'run' }));
    sent.push(lab.send({ type: 'call', input: SPAWN }));
    sent.push(lab.send({ type: 'pause' }));
    await Promise.all(sent);
    const { inputsDone, inputs, running, verified } = lab.status();
    expect([inputs, running]).toEqual([END, false]);
    expect(inputsDone).toBeGreaterThan(0);
    expect(inputsDone).toBeLessThan(END / 2);
    expect(verified.atInput).toBe(inputsDone);
    expect(lab.of('failed').map(({ sentence }) => sentence)).toEqual([
      'The way to the moment at which this was to be done was ended; it was not done.',
    ]);
  });

  it('details and questions about the state are those of its end', async () => {
    const lab = await atEnd();
    const back = lab.send({ type: 'stepBack' });
    await lab.slices(4);
    const looked = lab.send({ type: 'select', selection: { kind: 'object', id: 1 } });
    const asked = lab.ask();
    await looked;
    expect(lab.of('details')).toEqual([]);
    expect(lab.of('view')).toEqual([]);
    await Promise.all([back, asked]);
    const kinds = lab.news.map(({ type }) => type).filter(type => /^(view|details|answer)$/.test(type));
    expect(kinds.indexOf('view')).toBeGreaterThanOrEqual(0);
    expect(kinds.indexOf('details')).toBeGreaterThan(kinds.indexOf('view'));
    expect(kinds.indexOf('answer')).toBeGreaterThan(kinds.indexOf('view'));
  });

  it('tells how far it has come, a few times a second, and that it has ended', async () => {
    const lab = await atEnd();
    await lab.send({ type: 'stepBack' });
    const told = lab.of('progress').map(({ progress }) => progress);
    expect(told.length).toBeGreaterThan(2);
    expect(told.length).toBeLessThan(END / 2);
    expect(told.pop()).toBe(null);
    const parts = told.map(progress => progress!.part);
    expect(parts).toEqual([...parts].sort((a, b) => a - b));
    expect(parts[0]).toBeGreaterThan(0);
    expect(parts.at(-1)).toBeLessThanOrEqual(1);
    expect(told[0]!.what).toBe('Going back');
    lab.news.length = 0;
    lab.clock.step = 1;
    await lab.send({ type: 'stepBack' });
    expect(lab.of('progress')).toEqual([]);
  });
});

describe('a scene on its way to its first pause', () => {
  it('a step behind it begins at that pause; where Pause comes, it is not done', async () => {
    const lab = await atEnd();
    await Promise.all([lab.send({ type: 'load', scene: scenario.id }), lab.send({ type: 'step' })]);
    expect(lab.status().inputsDone).toBe(scenario.pauseAt + 1);
    const sent = [lab.send({ type: 'load', scene: scenario.id })];
    await lab.slices(4);
    sent.push(lab.send({ type: 'step' }), lab.send({ type: 'pause' }));
    await Promise.all(sent);
    expect(lab.status().inputsDone).toBeLessThan(scenario.pauseAt);
  });
});
