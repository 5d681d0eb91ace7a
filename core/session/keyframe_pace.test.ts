/** Covers where keyframes stand, that they do not depend on slices, and seeks over keyframes that cannot be read. */
import { describe, expect, test } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { bootKernel } from '../kernel/boot.ts';
import { eventfulInputs } from '../lab/eventful_inputs.ts';
import { sessionHeader } from '../lab/session_of_scenario.ts';
import { labMachine } from '../testing/lab_fixture.ts';
import './calls/all.ts';
import { memorySource } from './file/container_reader.ts';
import type { Input } from './input.ts';
import { keyframeWork } from './keyframe_pace.ts';
import { KeyframeStore } from './keyframe_store.ts';
import { Player } from './player.ts';
import { RecordedSession } from './recorded_session.ts';
import { recordedBy, SessionRecorder } from './recorder.ts';
import { Session } from './session.ts';
import { encodeSession } from './session_file.ts';
import { takeSessionImage } from './session_image.ts';

const description = labMachine();
const INPUTS = [...eventfulInputs(34)];
const ports = {
  createMachine: async () => createHostMachine(description),
  boot: () => bootKernel(description),
};
const positionsOf = (session: Session) => session.keyframes.all().map(({ position }) => position);

/** Positions of the keyframes of a recording; its boundaries come when the clock says so. */
async function recordedPositions(msALook: number): Promise<number[]> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const machine = createHostMachine(description);
  let ms = 0;
  const recorder = new SessionRecorder(
    { write: bytes => void parts.push(bytes.slice()) },
    {
      header: sessionHeader({ id: '', title: 'test', seed: 1 }, machine, '0', []),
      nowMs: () => (ms += msALook),
    },
  );
  const player = new Player(bootKernel(description), machine);
  await player.play(INPUTS, recordedBy(recorder, player));
  await recorder.finish(player);
  await machine.dispose();
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  const session = await RecordedSession.open(memorySource(bytes));
  return (await session.keyframePlaces()).map(({ position }) => position);
}

describe('where keyframes stand', () => {
  test('slices of 7 and 500, recorded with a slow and a fast clock: at the same inputs', async () => {
    const found = [];
    for (const slice of [7, 500]) {
      const session = await Session.open(ports, INPUTS);
      await session.run(INPUTS.length, { slice, collect: false });
      found.push(positionsOf(session).slice(1));
      await session.close();
    }
    expect(found[0]!.length).toBeGreaterThan(0);
    expect(found[1]).toEqual(found[0]);
    // A recording counts the boot as well.
    const recorded = await recordedPositions(0.01);
    expect(recorded.length).toBeGreaterThan(0);
    expect(await recordedPositions(3)).toEqual(recorded);
  });

  test('a kernel with more objects: a keyframe of it counts for more', () => {
    const kernel = bootKernel(description);
    const player = new Player(kernel, createHostMachine(description));
    const before = keyframeWork(kernel);
    const inputs: Input[] = [
      { task: 'A', call: 'spawn', args: {} },
      { task: 'A', call: 'open', args: { dev: 'lab_gpu' }, as: 'fd' },
      ...Array.from({ length: 50 }, (_, i) => ({
        task: 'A',
        call: 'gpu.create',
        args: { fd: 'fd', size: 4096, domain: 'system' },
        as: `b${i}`,
      })),
    ];
    return player.play(inputs).then(() => expect(keyframeWork(kernel)).toBe(before + 50 * 60));
  });
});

describe('keyframes that cannot be read', () => {
  test.each([
    ['damaged', (_: Uint8Array<ArrayBuffer>) => new TextEncoder().encode('no image')],
    [
      'of another version of the program',
      (bytes: Uint8Array<ArrayBuffer>) => {
        const text = new TextDecoder('latin1').decode(bytes);
        const at = text.indexOf('"version":1,"keys":');
        const changed = bytes.slice();
        changed[at + '"version":'.length] = '9'.charCodeAt(0);
        return changed;
      },
    ],
  ])('%s: the seek begins further back and ends with the same digest', async (_, damage) => {
    const player = new Player(bootKernel(description), createHostMachine(description));
    await player.play(INPUTS.slice(0, 300));
    const bytes = encodeSession(await takeSessionImage(player)) as Uint8Array<ArrayBuffer>;
    await player.play(INPUTS.slice(300, 340));
    const digest = player.kernel.trace.digest();
    const keyframes = new KeyframeStore();
    keyframes.addRecorded(300, async () => damage(bytes));
    const session = await Session.open(ports, INPUTS, { recorded: { keyframes } });
    await session.seek(340);
    expect(session.kernel.trace.digest()).toBe(digest);
    expect(positionsOf(session)).not.toContain(300);
    await session.close();
  });
});

describe('KeyframeStore', () => {
  test('more bytes than it may hold: every second image goes, the first one stays', async () => {
    const player = new Player(bootKernel(description), createHostMachine(description));
    const one = encodeSession(await takeSessionImage(player)).length;
    const store = new KeyframeStore(3.5 * one);
    for (let i = 0; i < 6; i++) {
      const image = await takeSessionImage(player);
      store.add(image, { position: player.position, events: 0, time: 0, digest: '' });
      await player.step(INPUTS[i]!);
    }
    const positions = store.all().map(({ position }) => position);
    expect(positions[0]).toBe(0);
    expect(positions.length).toBeLessThan(4);
    expect(positions.length).toBeGreaterThan(1);
    for (const each of store.all()) expect((await store.image(each)).position).toBe(each.position);
  });
});
