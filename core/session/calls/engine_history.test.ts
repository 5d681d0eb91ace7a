/**
 * Covers one history of jobs with everything that can go wrong, on every machine: equal digests and bytes, whatever the slices, and from
 * an image taken while an engine hangs.
 */
import { describe, expect, test } from 'vitest';
import { bootKernel } from '../../kernel/boot.ts';
import { verifyFrames } from '../../lab/verify_frames.ts';
import { verifyObjects } from '../../lab/verify_objects.ts';
import { gpuForTests, ringMachineKinds } from '../../testing/hw_machines.ts';
import { labMachine, PAGE } from '../../testing/lab_fixture.ts';
import type { Input, Json } from '../input.ts';
import { Player } from '../player.ts';
import { restoreSessionImage, takeSessionImage } from '../session_image.ts';
import './all.ts';

const description = labMachine({ tlb: true });
const END: Json = ['BATCH_END'];

function history(): Input[] {
  const inputs: Input[] = [];
  const add = (call: string, args: { [name: string]: Json }, as?: string) =>
    inputs.push({ task: 'A', call, args: { fd: 'fd', ...args }, ...(as === undefined ? {} : { as }) });
  inputs.push({ task: 'A', call: 'spawn', args: {} });
  inputs.push({ task: 'A', call: 'open', args: { dev: 'lab_gpu' }, as: 'fd' });
  const make = (name: string, pages: number, domain: string) =>
    add('gpu.create', { size: pages * PAGE, domain }, name);
  for (const name of ['a', 'b', 'c']) make(name, 900, 'vram');
  make('t', 3, 'tt');
  for (let i = 0; i < 8; i++) make(`batch${i}`, 1, i % 2 === 0 ? 'vram' : 'tt');
  const write = (batch: number, commands: Json[]) =>
    add('gpu.pwriteCommands', { bo: `batch${batch}`, commands });
  const exec = (batch: number, list: Json[], durationNs: number) =>
    add('gpu.execbuffer', { list: [...list, `batch${batch}`], durationNs }, `job${batch}`);
  const into = (bo: string): Json => ({ bo, write: true });
  const both = (batch: number, bos: string[], commands: Json[], durationNs = 20_000) =>
    add(
      'gpu.execbuffer',
      { list: [...bos.map(into), { bo: `batch${batch}`, commands }], durationNs },
      `job${batch}`,
    );
  both(
    0,
    ['a', 't'],
    [['FILL', { bo: 'a' }, 900 * PAGE, 0x11], ['COPY', { bo: 't' }, { bo: 'a' }, 3 * PAGE], END],
  );
  write(2, [['BATCH_CHAIN', { bo: 'batch2' }]]);
  write(4, [['NOP'], [0x5500_0000], END]);
  // One that hangs, two innocent ones behind it, one with a bad opcode, one more.
  both(1, ['b'], [['STORE_DWORD', { bo: 'b' }, 5], END]);
  both(
    2,
    ['c'],
    [
      ['STORE_DWORD', { bo: 'c' }, 6],
      ['BATCH_CHAIN', { bo: 'batch2' }],
    ],
    40_000,
  );
  exec(1, [into('b')], 30_000);
  exec(0, [into('a'), into('t')], 30_000);
  both(4, ['a'], [['STORE_DWORD', { bo: 'a', delta: 4 }, 7], [0x5500_0000], END]);
  both(5, ['t'], [['STORE_DWORD', { bo: 't', delta: 4096 }, 8], ['STORE_DWORD', 0x03f0_0000, 9], END]);
  add('gpu.evict', { bo: 'a' });
  both(6, ['a', 'b', 'c'], [['COPY', { bo: 'b' }, { bo: 'a' }, 900 * PAGE], ['FLUSH'], END]);
  add('gpu.idle', {});
  for (let i = 0; i < 7; i++) if (i !== 3) add('gpu.jobStatus', { job: `job${i}` });
  both(7, ['c'], [['FILL', { bo: 'c', delta: 8192 }, 4096, 0x77], END], 90_000);
  inputs.push({ task: 'K', call: 'lab.gpuReset', args: {} });
  add('gpu.wait', { job: 'job7' });
  add('gpu.jobStatus', { job: 'job7' });
  both(7, ['c'], [['FILL', { bo: 'c', delta: 8192 }, 4096, 0x78], END]);
  add('gpu.idle', {});
  return inputs;
}

const inputs = history();
const kinds = ringMachineKinds(await gpuForTests());

interface Outcome {
  readonly answers: Json[];
  readonly digest: string;
  readonly contents: string;
}

async function finish(player: Player): Promise<Omit<Outcome, 'answers'>> {
  expect(player.kernel.check(undefined, ['state', 'trace'])).toEqual([]);
  const digest = player.kernel.trace.digest();
  const objects = await verifyObjects(player);
  expect([...objects.wrong, ...(await verifyFrames(player))]).toEqual([]);
  await player.machine.dispose();
  return { digest, contents: objects.digest };
}

async function play(kind: (typeof kinds)[number], slice: number): Promise<Outcome> {
  const player = new Player(bootKernel(description), await kind.create(description));
  const steps = await player.play(inputs, { slice });
  return { answers: steps.map(({ answer }) => answer.ret), ...(await finish(player)) };
}

const host = await play(kinds[0]!, 256);

test('what became of the jobs: the hang, the bad opcode and the stray address fail, all others are done', () => {
  const statuses = inputs.flatMap(({ call }, i) => (call === 'gpu.jobStatus' ? [host.answers[i]] : []));
  expect(statuses).toEqual(['done', 'done', 'EIO', 'EIO', 'EIO', 'done', 'ECANCELED']);
});

describe.each(kinds)('one history on $name', kind => {
  test.each([1, 7, 10_000])('slices of %d: answers, digest and bytes as on the host', async slice => {
    expect(await play(kind, slice)).toEqual(host);
  });

  test('images taken along the way: each goes on to the same digest', {
    timeout: 120_000,
  }, async () => {
    const player = new Player(bootKernel(description), await kind.create(description));
    for (let at = 14; at < inputs.length; at += kind.name.startsWith('host') ? 3 : 9) {
      await player.play(inputs.slice(player.position, at));
      const image = await takeSessionImage(player);
      const restored = await restoreSessionImage(image, await kind.create(description));
      await restored.play(inputs.slice(at));
      const { digest, contents } = await finish(restored);
      expect([at, digest, contents]).toEqual([at, host.digest, host.contents]);
    }
    await player.machine.dispose();
  });
});
