/**
 * Covers determinism: slices, snapshots carried to another process, seeking. The inputs are recorded steps of a real kernel and
 * random histories. Not yet: sessions on the webgpu machine (lab/run_scenario.test.ts compares the machines).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { type MachineDescription, parseMachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { runHistory } from '../lab/fuzz/history.ts';
import { parseTranscript } from '../lab/transcript/transcript_file.ts';
import { runInProcess } from '../testing/run_in_process.ts';
import './calls/all.ts';
import type { Input } from './input.ts';
import { Player } from './player.ts';
import { Session } from './session.ts';
import { decodeSession, encodeSession, SessionFileError } from './session_file.ts';
import { restoreSessionImage, takeSessionImage } from './session_image.ts';

const asset = (path: string) => fileURLToPath(new URL(`../../assets/${path}`, import.meta.url));
const loadMachine = (id: string): MachineDescription =>
  parseMachineDescription(JSON.parse(readFileSync(asset(`machines/${id}.json`), 'utf8')), id);

const folder = mkdtempSync(join(tmpdir(), 'gart-lab-session-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function recordedInputs(path: string): Input[] {
  return parseTranscript(readFileSync(asset(`transcripts/${path}`), 'utf8'), path).steps.map(
    ({ task, call, args, as }) => (as === undefined ? { task, call, args } : { task, call, args, as }),
  );
}

async function histories(): Promise<
  [name: string, description: MachineDescription, inputs: readonly Input[]][]
> {
  const fuzzMachine = loadMachine('fuzz-pc');
  const random = await runHistory({
    seed: 77,
    steps: 400,
    description: fuzzMachine,
    newMachine: createHostMachine,
    checkEvery: 1000,
  });
  const recorded = loadMachine('transcripts-pc');
  return [
    ['eviction', recorded, recordedInputs('ttm/evict-refault-mixed.json')],
    ['memory', recorded, recordedInputs('vma-random/random-05.json')],
    ['random', fuzzMachine, random.inputs],
  ];
}

const HISTORIES = await histories();

function newPlayer(description: MachineDescription): Player {
  return new Player(bootKernel(description), createHostMachine(description));
}

describe.each(HISTORIES)('%s', (_name, description, inputs) => {
  test('slices of 1, 7 and 10,000 inputs: one digest', async () => {
    const digests = new Set<string>();
    for (const slice of [1, 7, 10_000]) {
      const player = newPlayer(description);
      await player.play(inputs, { slice });
      digests.add(player.kernel.trace.digest());
    }
    expect([...digests]).toHaveLength(1);
  });

  test('run(n), snapshot, restore in a new process, run(m): digest, bytes and answers of run(n + m)', async () => {
    const whole = newPlayer(description);
    const steps = await whole.play(inputs);
    const { contentHashes } = await takeSessionImage(whole);
    const n = Math.floor(inputs.length / 2);
    const first = newPlayer(description);
    await first.play(inputs.slice(0, n));
    const files = ['session', 'inputs', 'machine'].map(name => join(folder, name));
    writeFileSync(files[0]!, encodeSession(await takeSessionImage(first)));
    writeFileSync(files[1]!, JSON.stringify(inputs.slice(n)));
    writeFileSync(files[2]!, JSON.stringify(description));
    const entry = fileURLToPath(new URL('../testing/continue_session.ts', import.meta.url));
    const other = JSON.parse(runInProcess(entry, files));
    expect(other).toEqual({
      digest: whole.kernel.trace.digest(),
      events: whole.kernel.trace.count,
      contentHashes,
      violations: [],
      answers: JSON.parse(JSON.stringify(steps.slice(n).map(step => step.answer))),
    });
  });

  test('snapshot, restore, snapshot: equal files, and taking one changes nothing', async () => {
    const player = newPlayer(description);
    await player.play(inputs.slice(0, 40));
    const before = player.kernel.trace.digest();
    const file = encodeSession(await takeSessionImage(player));
    expect(player.kernel.trace.digest()).toBe(before);
    const restored = await restoreSessionImage(decodeSession(file), createHostMachine(description));
    const again = encodeSession(await takeSessionImage(restored));
    expect(Buffer.compare(Buffer.from(again), Buffer.from(file))).toBe(0);
  });

  test('seek back and forth: the digest of each position is always the same', async () => {
    const session = await Session.open(
      { createMachine: async () => createHostMachine(description), boot: () => bootKernel(description) },
      inputs.slice(0, 60),
      { keyframeEvery: 16 },
    );
    const digests: string[] = [session.kernel.trace.digest()];
    while (session.position < 60) {
      await session.run(1);
      digests.push(session.kernel.trace.digest());
    }
    for (const position of [59, 31, 32, 60, 0, 17, 16, 45]) {
      await session.seek(position);
      expect([position, session.kernel.trace.digest()]).toEqual([position, digests[position]]);
      expect(session.kernel.trace.firstIndex).toBe(0);
    }
    await session.stepBack();
    expect(session.kernel.trace.digest()).toBe(digests[44]);
    await session.close();
  });
});

describe('bad session files', () => {
  test('text that is no session: refused with a sentence', () => {
    expect(() => decodeSession(new TextEncoder().encode('hello world, this is no session'))).toThrow(
      SessionFileError,
    );
  });

  test('a file that ends too early: refused', async () => {
    const player = newPlayer(loadMachine('transcripts-pc'));
    const file = encodeSession(await takeSessionImage(player));
    expect(() => decodeSession(file.subarray(0, file.length - 64))).toThrow(/ends inside array/);
  });

  test('another machine: refused with both hashes', async () => {
    const player = newPlayer(loadMachine('transcripts-pc'));
    const image = await takeSessionImage(player);
    await expect(restoreSessionImage(image, createHostMachine(loadMachine('fuzz-pc')))).rejects.toThrow(
      /stored on a machine with hash [0-9a-f]{16}; this one \(fuzz-pc\)/,
    );
  });
});
