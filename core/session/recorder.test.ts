import { describe, expect, it } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { machineHash } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { labMachine, PAGE } from '../testing/lab_fixture.ts';
import './calls/all.ts';
import { memorySource } from './file/container_reader.ts';
import { eventTypeLines, type SessionHeader } from './file/session_header.ts';
import type { Input } from './input.ts';
import { Player } from './player.ts';
import { RecordedSession } from './recorded_session.ts';
import { SessionRecorder } from './recorder.ts';
import { ReplayError, replaySession } from './replay.ts';

const description = labMachine();
const header: SessionHeader = {
  format: 'gart-lab-session',
  appVersion: '0',
  title: 'test',
  scene: '',
  seed: 1,
  flags: [],
  machine: 'host',
  vram: 'paged',
  adapter: { name: 'host memory', software: true, vendor: '', architecture: '' },
  machineHash: machineHash(description),
  description,
  eventTypes: eventTypeLines(),
  origin: {},
};

const A = (call: string, args: Input['args'] = {}, as?: string): Input => ({
  task: 'A',
  call,
  args,
  ...(as && { as }),
});
const MANY: Input[] = Array.from({ length: 12 }, (_, i) => [
  A('gpu.create', { fd: 'fd', size: 400 * PAGE, domain: 'vram' }, `b${i}`),
  A('mmap', { fd: 'fd', offsetOf: `b${i}`, length: 400 * PAGE }, `m${i}`),
  A('gpu.submit', { fd: 'fd', list: [`b${i}`], fills: [{ bo: `b${i}`, seed: i }] }),
  A('checkStamps', { map: `m${i}`, seed: i }),
]).flat();
const INPUTS: Input[] = [A('spawn'), A('open', { dev: 'lab_gpu' }, 'fd'), ...MANY];

/** A recording; `killedAfter` writes of the sink it stops, as a process that is killed does. */
async function record(
  killedAfter = Number.POSITIVE_INFINITY,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; digest: string }> {
  const parts: Uint8Array[] = [];
  let clock = 0;
  const recorder = new SessionRecorder(
    { write: bytes => void (parts.length < killedAfter && parts.push(bytes.slice())) },
    { header, nowMs: () => (clock += 200) },
  );
  const machine = createHostMachine(description);
  const player = new Player(bootKernel(description), machine);
  recorder.say({ kind: 'caption', position: 0, text: 'begin' });
  await player.play(INPUTS, {
    slice: 3,
    afterInput: (_, input) => recorder.took(input),
    afterBarrier: async steps => {
      await recorder.boundary(player);
      if (steps[0]!.position === 24) await recorder.keyframe(player);
      return true;
    },
  });
  await recorder.finish(player);
  await machine.dispose();
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, digest: player.kernel.trace.digest() };
}

async function replay(session: RecordedSession) {
  const machine = createHostMachine(description);
  const result = await replaySession(session, { machine });
  await machine.dispose();
  return result;
}

describe('SessionRecorder', () => {
  it('what it wrote replays to the same digests, and recording changed none', async () => {
    const { bytes, digest } = await record();
    const session = await RecordedSession.open(memorySource(bytes));
    expect(session.report).toEqual({ problems: [], finished: true });
    expect(session.inputs).toEqual(INPUTS);
    expect(session.notes).toEqual([{ kind: 'caption', position: 0, text: 'begin' }]);
    const result = await replay(session);
    expect(result).toMatchObject({ ok: true, inputs: INPUTS.length, digest, difference: null });
    expect(result.digests).toBeGreaterThan(3);
    const keyframes = [];
    for await (const image of session.keyframes()) keyframes.push(image.position);
    expect(keyframes).toEqual([27]);
  });

  it('killed anywhere: the file opens, and what it holds replays', async () => {
    const { bytes } = await record();
    const blocks = (await RecordedSession.open(memorySource(bytes))).blocks('EVNT').length;
    expect(blocks).toBeGreaterThan(3);
    for (const writes of [3, 5, 8, 13]) {
      const session = await RecordedSession.open(memorySource((await record(writes)).bytes));
      expect(session.report.finished).toBe(false);
      expect((await replay(session)).ok).toBe(true);
    }
  });

  it('a replay that differs says the first event with both sides', async () => {
    const session = await RecordedSession.open(memorySource((await record()).bytes));
    const at = session.inputs.findIndex(input => input.call === 'gpu.submit');
    session.inputs[at] = A('gpu.idle', { fd: 'fd' });
    const { ok, difference } = await replay(session);
    expect(ok).toBe(false);
    expect(difference!.event).toBeGreaterThan(0);
    expect(difference!.recorded).not.toBe(difference!.replayed);
    expect(difference!.recorded).toMatch(/ns, task \d+: \w+:\w+ /);
  });

  it('another machine description is refused with both hashes', async () => {
    const session = await RecordedSession.open(memorySource((await record()).bytes));
    const machine = createHostMachine(labMachine({ ramBytes: 64 * 1024 * 1024 }));
    await expect(replaySession(session, { machine })).rejects.toThrow(ReplayError);
    await machine.dispose();
  });
});
