import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { parseMachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { parseScenario } from '../lab/scenario.ts';
import '../session/calls/all.ts';
import { Player } from '../session/player.ts';
import { selectionDetails } from './details.ts';

const folder = new URL('../../assets/', import.meta.url);
const asset = (path: string) => readFileSync(new URL(path, folder), 'utf8');

it('the history of an object says why it was created, moved and evicted, newest first', async () => {
  const { machine, inputs } = parseScenario(asset('scenarios/evict-refault.json'), 'evict-refault');
  const description = parseMachineDescription(JSON.parse(asset(`machines/${machine}.json`)), machine);
  const player = new Player(bootKernel(description), createHostMachine(description));
  const evicts = inputs.findIndex(({ call }, i) => call === 'gpu.submit' && inputs[i + 1]?.call === 'touch');
  await player.play(inputs.slice(0, evicts + 1));
  const objects = [...player.kernel.devices.values()].flatMap(({ device }) => [
    ...(device as unknown as { objects: Set<{ id: number; label: string }> }).objects,
  ]);
  const lines = (label: string) =>
    selectionDetails(player.kernel, { kind: 'object', id: objects.find(o => o.label === label)!.id })
      .history.map(({ text }) => text)
      .filter(text => / to |created/.test(text));
  expect(lines('texture-0')[0]).toBe('VRAM to SYSTEM: evicted for shadow-map (lru)');
  expect(lines('texture-1').at(-1)).toBe('created in SYSTEM');
  expect(lines('texture-1').at(-2)).toMatch(/^SYSTEM to VRAM: job \d+ uses it$/);
  expect(lines('framebuffer').at(-1)).toMatch(/^created in|^SYSTEM to VRAM: pinned there$/);
});
