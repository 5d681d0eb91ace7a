/**
 * Covers sessions that change machines: what ran on the host goes on in GPU memory, with the same digest and the same bytes; and the
 * checks that notice bytes that are not those of the snapshot.
 */
import { describe, expect, test } from 'vitest';
import { loadScenario } from '../cli/assets.ts';
import { createHostMachine } from '../hw/host/host_machine.ts';
import type { Machine } from '../hw/machine.ts';
import { bootKernel } from '../kernel/boot.ts';
import { verifyObjects } from '../lab/verify_objects.ts';
import { gpuForTests, machineFile, machineKinds } from '../testing/hw_machines.ts';
import './calls/all.ts';
import { Player } from './player.ts';
import { restoreSessionImage, takeSessionImage } from './session_image.ts';

const scenario = loadScenario('evict-refault');
const description = machineFile(scenario.machine);
const provider = await gpuForTests();

const first = new Player(bootKernel(description), createHostMachine(description));
await first.play(scenario.inputs.slice(0, scenario.pauseAt));
const image = await takeSessionImage(first);
const keyframe = await takeSessionImage(first, { hashes: false });
await first.play(scenario.inputs.slice(scenario.pauseAt));
const wanted = first.kernel.trace.digest();

describe.each(machineKinds(provider))('restored on $name', kind => {
  test('the rest of the scene: the digest of the whole, every object verified', async () => {
    const machine = await kind.create(description);
    const player = await restoreSessionImage(image, machine);
    await player.play(scenario.inputs.slice(scenario.pauseAt));
    expect(player.kernel.trace.digest()).toBe(wanted);
    const { objects, verified, wrong } = await verifyObjects(player);
    expect([verified, wrong]).toEqual([objects, []]);
    await machine.dispose();
  });

  test.each([
    ['an image', image],
    ['a keyframe, which has no hashes of its own', keyframe],
  ])('%s on a machine that loses bytes while it is filled: refused, with both hashes', async (_, stored) => {
    const machine = await kind.create(description);
    const forgetful: Machine = Object.create(machine, {
      restoreContents: { value: async () => undefined },
    });
    await expect(restoreSessionImage(stored, forgetful)).rejects.toThrow(/hash [0-9a-f]{16}|allocation/);
    await machine.dispose();
  });
});

test('an image whose hashes are not those of its recipes: refused', async () => {
  const changed = { ...image, contentHashes: image.contentHashes.map(() => '0123456789abcdef') };
  await expect(restoreSessionImage(changed, createHostMachine(description))).rejects.toThrow(
    /0123456789abcdef was stored/,
  );
});
