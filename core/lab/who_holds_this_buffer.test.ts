/** The scene assets/scenarios/who-holds-this-buffer.json tells what its captions say. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HostMachine } from '../hw/host/host_machine.ts';
import { bootKernel } from '../kernel/boot.ts';
import '../session/calls/all.ts';
import { type PlayedStep, Player } from '../session/player.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { parseScenario } from './scenario.ts';
import { shutdownAndFindLeaks } from './shutdown_leaks.ts';

const FILE = new URL('../../assets/scenarios/who-holds-this-buffer.json', import.meta.url);

interface Stat {
  readonly ino: string;
  readonly size: number;
}

test('one inode tells nothing apart, an inode each tells the holder; an entry keeps pages of a buffer nobody has open', async () => {
  const scenario = parseScenario(readFileSync(FILE, 'utf8'), 'who-holds-this-buffer.json');
  const description = machineAsset(scenario.machine);
  const kernel = bootKernel(description);
  const player = new Player(kernel, new HostMachine(description));
  const heldAfter: number[] = [];
  const steps = await player.play(scenario.inputs, {
    afterInput: () => heldAfter.push(kernel.dmaBufs.heldByEntry.length),
  });
  const answers = (call: string, part: readonly PlayedStep[]) =>
    part.filter(({ input }) => input.call === call).map(({ answer }) => answer.ret);
  const half = steps.findIndex(
    ({ input }) => input.call === 'dmabuf.inodes' && input.args?.design === 'per-buffer',
  );
  const [before, after] = [steps.slice(0, half), steps.slice(half)];

  const one = answers('fstat', before) as unknown as Stat[];
  expect(new Set(one.map(({ ino }) => ino)).size).toBe(1);
  expect(one.map(({ size }) => size)).toEqual([0, 0, 0]);
  expect(new Set(answers('readlink', before))).toEqual(new Set(['anon_inode:dmabuf']));
  expect(answers('mapFiles', before)).toEqual([['anon_inode:dmabuf']]);
  expect(answers('cat', before)[0]).toContain('count   \texp_name\n');

  const [front, back, shown] = answers('fstat', after) as unknown as Stat[];
  expect(front!.ino).not.toBe(back!.ino);
  expect(shown).toEqual(front);
  expect(answers('readlink', after)).toEqual([
    '/dmabuf:front',
    '/dmabuf:back',
    '/dmabuf:front',
    '/dmabuf:front',
  ]);
  expect(answers('mapFiles', after)).toEqual([['/dmabuf:front']]);
  const [listed, atEnd] = answers('cat', after) as string[];
  expect(listed).toMatch(/\tfront\n/);
  expect(atEnd).not.toMatch(/\tfront\n/);
  expect(atEnd).toMatch(/\tback\n/);
  expect(Math.max(...heldAfter)).toBe(1);
  expect(heldAfter.at(-1)).toBe(0);
  expect(kernel.dmaBufs.buffers.map(({ name }) => name)).toEqual(['back']);
  for (const { input, answer } of steps)
    expect([input.call, typeof answer.ret]).not.toEqual(['close', 'string']);
  expect(shutdownAndFindLeaks(kernel)).toEqual([]);
});
