import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { type MachineDescription, parseMachineDescription } from '../hw/machine_description.ts';
import { parseScenario } from '../lab/scenario.ts';
import { type FromLab, type LabCommand, PROTOCOL_VERSION } from '../public/protocol.ts';
import type { AnswerOf, Ask, QuestionName } from '../public/questions.ts';
import { memorySource } from '../session/file/container_reader.ts';
import { RecordedSession } from '../session/recorded_session.ts';
import { LabHost } from './lab_host.ts';

const asset = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../assets/${path}.json`, import.meta.url)), 'utf8');
const scenario = parseScenario(asset('scenarios/evict-refault'), 'evict-refault');
const description: MachineDescription = parseMachineDescription(
  JSON.parse(asset(`machines/${scenario.machine}`)),
  scenario.machine,
);

/** A lab, and a window that takes every picture at once. */
function openLab() {
  const news: FromLab[] = [];
  const waiting = new Map<number, (message: FromLab) => void>();
  let clock = 0;
  const lab: LabHost = new LabHost({
    send: message => {
      if (message.type === 'done' || message.type === 'answer' || message.type === 'refused')
        waiting.get(message.number)?.(message);
      else news.push(message);
      if (message.type === 'view' && message.delta.status)
        queueMicrotask(() => lab.receive({ type: 'shown', view: message.delta.status!.number }));
    },
    makeMachine: async () => ({ machine: createHostMachine(description), because: '' }),
    library: { scenarios: [scenario], machine: () => description },
    nowMs: () => (clock += 5),
    breathe: () => new Promise(resolve => setImmediate(resolve)),
  });
  let number = 0;
  const until = (message: (number: number) => Parameters<LabHost['receive']>[0]) =>
    new Promise<FromLab>(resolve => {
      waiting.set(++number, resolve);
      lab.receive(message(number));
    });
  const last = <Type extends FromLab['type']>(type: Type) =>
    news.findLast((each): each is Extract<FromLab, { type: Type }> => each.type === type);
  const status = () => {
    const view = last('view');
    return view!.delta.status!;
  };
  return {
    last,
    status,
    failures: () => news.filter(each => each.type === 'failed').map(each => each.sentence),
    send: (command: LabCommand) => until(n => ({ type: 'command', number: n, command })),
    ask: async <Name extends QuestionName>(name: Name, ask: Ask<Name>): Promise<AnswerOf<Name>> => {
      const answer = await until(n => ({ type: 'ask', number: n, name, ask }));
      if (answer.type !== 'answer') throw new Error(answer.type === 'refused' ? answer.sentence : 'none');
      return answer.answer as AnswerOf<Name>;
    },
  };
}

async function played() {
  const lab = openLab();
  await lab.send({ type: 'open', version: PROTOCOL_VERSION, machine: 'host', vram: 'paged' });
  await lab.send({ type: 'load', scene: scenario.id });
  await lab.send({ type: 'run' });
  return lab;
}

describe('a session of the window', () => {
  it('saved and opened in another window: the same state, notes and digests', async () => {
    const lab = await played();
    const end = lab.status().inputsDone;
    const notes = [
      ...scenario.captions.map(caption => ({ kind: 'caption' as const, ...caption })),
      { kind: 'bookmark' as const, position: 20, text: 'look here' },
    ];
    await lab.send({ type: 'setNotes', notes });
    // Saved from an earlier moment the file still holds everything that is known.
    await lab.send({ type: 'seek', position: 12 });
    const file = await lab.ask('sessionFile', { fromPosition: 0, lastMs: null, appVersion: '0' });
    expect(file).toMatchObject({ fromPosition: 0, positions: end });
    expect(file.name).toMatch(/^[a-z0-9-]+\.gartlab$/);
    // From the first event of the boot on, as a recording of the command line has them.
    const saved = await RecordedSession.open(memorySource(file.bytes));
    expect((await saved.events().next()).value).toMatchObject({ first: 0 });
    await lab.send({ type: 'seek', position: end });
    const other = openLab();
    await other.send({ type: 'open', version: PROTOCOL_VERSION, machine: 'host', vram: 'paged' });
    await other.send({ type: 'openSession', name: file.name, bytes: file.bytes });
    expect(other.failures()).toEqual([]);
    const { session } = other.last('session')!;
    expect(session).toMatchObject({ difference: null, problems: [], replayedOn: 'the host machine' });
    expect(session!.digestsEqual).toBe(session!.digests);
    expect(session!.digests).toBeGreaterThan(0);
    expect(other.last('notes')!.notes.filter(note => note.kind === 'bookmark')).toEqual([notes.at(-1)]);
    expect(other.status().digest).toBe(lab.status().digest);
    await other.send({ type: 'stepBack' });
    await lab.send({ type: 'stepBack' });
    expect(other.status().digest).toBe(lab.status().digest);
  });

  it('the last milliseconds: fewer events, a flag that says so, and it replays', async () => {
    const lab = await played();
    const whole = await lab.ask('sessionFile', { fromPosition: 0, lastMs: null, appVersion: '0' });
    const part = await lab.ask('sessionFile', { fromPosition: 0, lastMs: 300, appVersion: '0' });
    expect(part.fromPosition).toBeGreaterThan(0);
    expect(part.bytes.length).toBeLessThan(whole.bytes.length);
    await lab.send({ type: 'openSession', name: 'part.gartlab', bytes: part.bytes });
    const { session } = lab.last('session')!;
    expect(session!.flags).toEqual([`events from position ${part.fromPosition} on`]);
    expect(session).toMatchObject({ difference: null, problems: [] });
  });

  it('two moments compared: rows, and the scene stands where it stood', async () => {
    const lab = await played();
    await lab.send({ type: 'seek', position: 30 });
    const { digest } = lab.status();
    const { rows } = await lab.ask('stateDiff', { from: 10, to: 30 });
    expect(rows.some(row => row.kind === 'object')).toBe(true);
    expect(rows.find(row => row.name === 'position')).toMatchObject({ before: 10, after: 30 });
    await lab.send({ type: 'setNotes', notes: [] });
    expect(lab.status()).toMatchObject({ inputsDone: 30, digest });
    await expect(lab.ask('stateDiff', { from: 10, to: 1e9 })).rejects.toThrow(/no position 1000000000/);
  });

  it('run until a position stops there', async () => {
    const lab = await played();
    await lab.send({ type: 'seek', position: 5 });
    await lab.send({ type: 'run', until: 17 });
    expect(lab.status().inputsDone).toBe(17);
  });

  it('a file that is none: a sentence, and the scene stays', async () => {
    const lab = await played();
    const { digest } = lab.status();
    await lab.send({ type: 'openSession', name: 'x.gartlab', bytes: new Uint8Array(100) });
    expect(lab.failures()).toEqual([
      'x.gartlab was not opened: This is not a session file: it does not begin with "GARTLAB".',
    ]);
    await lab.send({ type: 'stepBack' });
    await lab.send({ type: 'step' });
    expect(lab.status().digest).toBe(digest);
  });
});
