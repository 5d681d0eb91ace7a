import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { parseMachineDescription } from '../../hw/machine_description.ts';
import { bootKernel } from '../../kernel/boot.ts';
import { eventfulInputs } from '../../lab/eventful_inputs.ts';
import { parseScenario, type Scenario } from '../../lab/scenario.ts';
import type { FromRecorded, FromRecording, ToRecorded } from '../../public/recording.ts';
import '../../session/calls/all.ts';
import { memorySource } from '../../session/file/container_reader.ts';
import type { Input } from '../../session/input.ts';
import { openRecorded } from '../../session/recorded_ports.ts';
import { RecordedSession } from '../../session/recorded_session.ts';
import { replaySession } from '../../session/replay.ts';
import { Session } from '../../session/session.ts';
import { LabScene } from '../lab_scene.ts';
import { createMemoryFolder, type MemoryFolder } from './memory_folder.ts';
import type { RecordingRing } from './recording_file.ts';
import { RecordingHost } from './recording_host.ts';
import { type RecordingPort, RemoteRecording } from './remote_recording.ts';
import { SceneRecording } from './scene_recording.ts';

const asset = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../assets/${path}.json`, import.meta.url)), 'utf8');
const scenario = parseScenario(asset('scenarios/evict-refault'), 'evict-refault');
const description = parseMachineDescription(JSON.parse(asset(`machines/${scenario.machine}`)), 'machine');
const END = scenario.inputs.length;

/** A recording worker on a disk; a second one on the same disk is what starts after a crash. */
function worker(folder: MemoryFolder, options: { ring?: RecordingRing; closed?: string[] } = {}) {
  const said: FromRecording[] = [];
  let ids = folder.files.size;
  const clock = { ms: 0 };
  const host = new RecordingHost({
    send: message => void said.push(message),
    openFolder: async () => folder,
    sentenceOf: String,
    newId: () => `id-${ids++}`,
    own: async () => true,
    nowMs: () => clock.ms,
    delay: ms => new Promise(resolve => setTimeout(resolve, ms)),
    ...(options.ring && { ring: options.ring }),
  });
  host.receive({ type: 'begin', closed: options.closed ?? [] });
  const channel = new MessageChannel();
  host.connect({
    postMessage: (message: ToRecorded) => channel.port2.postMessage(message),
    set onmessage(hear: ((event: { data: FromRecorded }) => void) | null) {
      channel.port2.onmessage = event => hear?.({ data: event.data as FromRecorded });
    },
  });
  const last = <Type extends FromRecording['type']>(type: Type) =>
    said.findLast((each): each is Extract<FromRecording, { type: Type }> => each.type === type);
  let number = 0;
  const fileOf = async (ask: (number: number) => Parameters<RecordingHost['receive']>[0]) => {
    const asked = ++number;
    host.receive(ask(asked));
    for (;;) {
      const answer = said.find(
        each => (each.type === 'file' || each.type === 'refused') && each.number === asked,
      );
      if (answer?.type === 'refused') throw new Error(answer.sentence);
      if (answer?.type === 'file')
        return RecordedSession.open(memorySource(new Uint8Array(await answer.file.arrayBuffer())));
      await new Promise(resolve => setImmediate(resolve));
    }
  };
  return {
    host,
    clock,
    last,
    lab: channel.port1 as unknown as RecordingPort,
    until: async (what: () => boolean) => {
      while (!what()) await new Promise(resolve => setImmediate(resolve));
    },
    save: (fromPosition: number, positions: number) =>
      fileOf(asked => ({ type: 'save', number: asked, fromPosition, positions })),
    take: (name: string) => fileOf(asked => ({ type: 'take', number: asked, name })),
    end: () => {
      channel.port1.close();
      channel.port2.close();
    },
  };
}

/** A scene that records into it. */
async function scene(lab: RecordingPort, clock: { ms: number }, of: Scenario = scenario) {
  const session = await Session.open(
    {
      createMachine: async () => createHostMachine(description),
      boot: machine => bootKernel(machine.description),
    },
    of.inputs,
    { checkBytes: false },
  );
  const remote = new RemoteRecording(lab);
  const nowMs = () => (clock.ms += 90);
  return new LabScene(of, session, 0, {
    nowMs,
    breathe: async () => {},
    record: (recorded, machine) => new SceneRecording(remote, recorded, machine, '0', nowMs),
  });
}

async function replayed(session: RecordedSession) {
  const machine = createHostMachine(description);
  const result = await replaySession(session, { machine });
  await machine.dispose();
  return result;
}

const settled = () => new Promise(resolve => setTimeout(resolve, 30));

describe('RecordingHost', () => {
  it('crashes in the middle: the next worker finds what was executed, notes too, and it replays', async () => {
    const folder = createMemoryFolder();
    const before = worker(folder);
    const lab = await scene(before.lab, before.clock);
    for (let i = 0; i < 8; i++) await lab.advance(4);
    lab.setNotes([{ kind: 'bookmark', position: 7, text: 'here' }]);
    await lab.verify();
    await before.save(0, 32);
    // The last block was not written to its end.
    const file = [...folder.files].find(
      ([name]) => name === `${before.last('recording')!.name}.0.gartlab`,
    )![1];
    file.write(new Uint8Array([0xb5, 0x47, 0x42]), file.size);
    before.end();
    for (const name of folder.files.keys()) if (name.startsWith('saved-')) folder.files.delete(name);

    const after = worker(folder);
    await after.until(() => after.last('recovered') !== undefined);
    const [found] = after.last('recovered')!.sessions;
    expect(found).toMatchObject({ title: scenario.title, inputs: 32 });
    expect(found!.missing).toEqual([
      'What happened in the last moment before the end, at most a second, may be missing.',
    ]);
    const session = await after.take(found!.name);
    expect(session.report).toEqual({ problems: [], finished: true });
    expect(session.inputs).toEqual(scenario.inputs.slice(0, 32));
    expect(session.notes).toEqual([{ kind: 'bookmark', position: 7, text: 'here' }]);
    expect(await replayed(session)).toMatchObject({ ok: true, difference: null });
    expect(session.digests.at(-1)).toMatchObject({ position: 32, digest: lab.session.kernel.trace.digest() });
    after.host.receive({ type: 'forget', name: found!.name });
    await after.until(() => after.last('recovered')!.sessions.length === 0);
    expect(folder.files.size).toBe(0);
    after.end();
  });

  it('going back writes nothing twice, and another future takes the place of the old one', async () => {
    const folder = createMemoryFolder();
    const disk = worker(folder);
    const lab = await scene(disk.lab, disk.clock);
    while (!lab.atEnd) await lab.advance(3);
    await lab.verify();
    await lab.seek(20);
    await lab.advance(9);
    const whole = await disk.save(0, END);
    expect(whole.inputs).toEqual(scenario.inputs);
    await lab.seek(20);
    const task = scenario.inputs[0]!.task;
    const other: Input = { task, call: 'mmap', args: { anon: true, length: 8192 } };
    await lab.act(other);
    await lab.verify();
    const changed = await disk.save(0, 21);
    expect(changed.inputs).toEqual([...scenario.inputs.slice(0, 20), other]);
    expect(await replayed(changed)).toMatchObject({ ok: true, difference: null });
    expect(changed.digests.at(-1)!.digest).toBe(lab.session.kernel.trace.digest());
    disk.end();
  });

  it('a ring drops the oldest events, never inputs, and says where its events begin', async () => {
    const folder = createMemoryFolder();
    const disk = worker(folder, { ring: { ms: 600, bytes: 1e9 } });
    const lab = await scene(disk.lab, disk.clock);
    await lab.advance(30);
    await lab.verify();
    await disk.save(0, 30);
    disk.clock.ms += 5000;
    while (!lab.atEnd) await lab.advance(4);
    await lab.verify();
    const session = await disk.save(0, END);
    expect(session.report.problems).toEqual([]);
    expect(session.inputs).toEqual(scenario.inputs);
    const [flag] = session.header.flags;
    expect(flag).toMatch(/^events from position [1-9]\d* on$/);
    const first = (await session.events().next()).value!;
    expect(first.first).toBeGreaterThan(0);
    expect(await replayed(session)).toMatchObject({ ok: true, difference: null });
    expect([...folder.files.keys()].filter(name => !name.startsWith('saved-'))).toHaveLength(2);
    disk.end();
  });

  it('keep: a ring drops nothing, and a part of it can be saved', async () => {
    const folder = createMemoryFolder();
    const disk = worker(folder, { ring: { ms: 1, bytes: 1 } });
    disk.host.receive({ type: 'keep', on: true });
    const lab = await scene(disk.lab, disk.clock);
    while (!lab.atEnd) await lab.advance(4);
    await lab.verify();
    expect((await disk.save(0, END)).header.flags).toEqual([]);
    const part = await disk.save(30, END);
    expect(part.header.flags).toHaveLength(1);
    expect(part.inputs).toEqual(scenario.inputs);
    expect(await replayed(part)).toMatchObject({ ok: true, difference: null });
    disk.end();
  });

  describe('a scene of many events', () => {
    const long: Scenario = { ...scenario, inputs: [...eventfulInputs(90)] };
    const keyframesOf = async (session: RecordedSession) =>
      (await session.keyframePlaces()).map(({ position }) => position);

    it('a crash: what is left has its keyframes, and who goes to one stands where the run stood', async () => {
      const folder = createMemoryFolder();
      const before = worker(folder);
      const lab = await scene(before.lab, before.clock, long);
      while (!lab.atEnd) await lab.advance(100);
      await lab.verify();
      await before.save(0, long.inputs.length);
      before.end();
      for (const name of folder.files.keys()) if (name.startsWith('saved-')) folder.files.delete(name);
      const after = worker(folder);
      await after.until(() => after.last('recovered') !== undefined);
      const session = await after.take(after.last('recovered')!.sessions[0]!.name);
      const made = lab.session.keyframes.all().slice(1);
      expect(made.length).toBeGreaterThan(1);
      expect(await keyframesOf(session)).toEqual(made.map(({ position }) => position));
      const opened = await openRecorded(session, {
        createMachine: async () => createHostMachine(description),
        boot: machine => bootKernel(machine.description),
      });
      const { position, digest } = made.at(-1)!;
      await opened.seek(position);
      expect(opened.kernel.trace.digest()).toBe(digest!.digest);
      await opened.close();
      after.end();
    });

    it('another future: keyframes of the old one go, those before stay', async () => {
      const folder = createMemoryFolder();
      const disk = worker(folder);
      const lab = await scene(disk.lab, disk.clock, long);
      while (!lab.atEnd) await lab.advance(100);
      const before = lab.session.keyframes.all().map(({ position }) => position);
      const at = before[2]! + 7;
      await lab.seek(at);
      await lab.act({ task: 'A', call: 'munmap', args: { map: 'm3' } });
      await lab.verify();
      const changed = await disk.save(0, at + 1);
      expect(await keyframesOf(changed)).toEqual(before.slice(1, 3));
      expect(await replayed(changed)).toMatchObject({ ok: true, difference: null });
      disk.end();
    });

    it('a ring: keyframes go with their events, but for the one before those that stay', async () => {
      const folder = createMemoryFolder();
      const disk = worker(folder, { ring: { ms: 1e9, bytes: 30_000 } });
      const lab = await scene(disk.lab, disk.clock, long);
      while (!lab.atEnd) await lab.advance(100);
      await lab.verify();
      const session = await disk.save(0, long.inputs.length);
      const [flag] = session.header.flags;
      const from = Number(flag!.match(/position (\d+)/)![1]);
      const kept = await keyframesOf(session);
      expect(kept.length).toBeGreaterThan(0);
      expect(kept.filter(position => position <= from).length).toBeLessThanOrEqual(1);
      expect(kept.length).toBeLessThan(lab.session.keyframes.all().length - 1);
      expect(session.report.problems).toEqual([]);
      disk.end();
    });
  });

  it('a window that was closed, and a scene that nobody touched: nothing is offered', async () => {
    const folder = createMemoryFolder();
    const first = worker(folder);
    const lab = await scene(first.lab, first.clock);
    await lab.advance(8);
    await lab.verify();
    await first.until(() => first.last('recording') !== undefined);
    await first.save(0, 8);
    first.end();
    const { name } = first.last('recording')!;
    const second = worker(folder, { closed: [name!] });
    await scene(second.lab, second.clock);
    await second.until(() => second.last('recording') !== undefined);
    expect(second.last('recovered')!.sessions).toEqual([]);
    second.host.receive({ type: 'labEnded' });
    await second.until(() => second.last('recording')!.name === null && folder.files.size === 0);
    expect(second.last('recovered')!.sessions).toEqual([]);
    second.end();
  });

  it('a disk that is full: the window hears why, the lab goes on', async () => {
    const folder = createMemoryFolder();
    const disk = worker(folder);
    const lab = await scene(disk.lab, disk.clock);
    await settled();
    for (const file of folder.files.values())
      file.write = () => {
        throw new Error('QuotaExceededError');
      };
    while (!lab.atEnd) {
      await lab.advance(8);
      await settled();
    }
    expect(disk.last('memoryOnly')!.sentence).toMatch(/QuotaExceededError/);
    expect(lab.session.position).toBe(END);
    await expect(disk.save(0, END)).rejects.toThrow('Nothing is being recorded');
    disk.end();
  });
});
