/** Covers every machine sabotage on every machine: the check that must notice it does, and notices nothing without it. */
import { describe, expect, test } from 'vitest';
import type { Pfn } from '../base/units.ts';
import { gpuForTests, machineFile, machineKinds, memoryDifferences } from '../testing/hw_machines.ts';
import { CommandQueue } from './command_queue.ts';
import { encodeGartEntry } from './gart_entry.ts';
import { pfnOf, REGION_RAM, REGION_VRAM, type Region } from './region.ts';
import { destroysToForget, MACHINE_SABOTAGES, type MachineSabotage, sabotageMachine } from './sabotage.ts';

const description = machineFile('lab-16m');
const provider = await gpuForTests();
const frames = (region: Region, first: number, count: number): Pfn[] =>
  Array.from({ length: count }, (_, i) => pfnOf(region, first + i));

/** Move an object out and in again, rebind it, and collect everything that is not as the model says. */
async function moveAndCheck(
  kind: ReturnType<typeof machineKinds>[number],
  sabotage: MachineSabotage | undefined,
): Promise<string[]> {
  const machine = sabotageMachine(await kind.create(description, destroysToForget(sabotage)), sabotage);
  const queue = new CommandQueue(description);
  const problems: string[] = [];
  const vram = frames(REGION_VRAM, 0, 16);
  const ram = frames(REGION_RAM, 0, 16);
  const elsewhere = frames(REGION_VRAM, 64, 16);
  const bind = (pfns: Pfn[]) =>
    queue.gartWrite(
      0,
      pfns.map(pfn => encodeGartEntry(description, pfn, 'read-write')),
    );
  const check = async (what: string, pfns: Pfn[]) => {
    const expected = queue.contents.hashOf(pfns);
    const ticket = queue.hashPages(pfns);
    await machine.drain(queue);
    if (`${queue.answer(ticket)}` !== `${expected}`) problems.push(`contents ${what}`);
    if (memoryDifferences(machine, queue).length > 0) problems.push(`memory ${what}`);
  };
  queue.vramAlloc(1, 0, 16);
  queue.fillPages(vram[0]!, 16, 9);
  for (const pfn of vram) queue.storeWord(pfn, 1, pfn);
  bind(vram);
  queue.copyPages(vram, ram, 'evict');
  queue.gartWrite(0, new Uint32Array(16));
  queue.vramFree(1);
  await check('after eviction', ram);
  // Known bytes again, so that only the way back is judged.
  queue.fillPages(ram[0]!, 16, 7);
  queue.vramAlloc(2, 64, 16);
  queue.fillPages(elsewhere[0]!, 16, 0);
  queue.copyPages(ram, elsewhere, 'validate');
  bind(elsewhere);
  await check('after validation', elsewhere);
  if ((await machine.verifyGart(queue)).length > 0) problems.push('gart');
  await machine.dispose();
  if (machine.ledger.liveBytes !== 0) problems.push('memory at the end');
  return problems;
}

describe.each(machineKinds(provider))('sabotage on $name', kind => {
  test('none: nothing is noticed', async () => {
    expect(await moveAndCheck(kind, undefined)).toEqual([]);
  });

  test.each(MACHINE_SABOTAGES)('%s: noticed by the check that is there for it', async sabotage => {
    const problems = await moveAndCheck(kind, sabotage);
    const expected: Record<MachineSabotage, string[]> = {
      'flip-byte-in-move': ['contents after eviction', 'contents after validation'],
      'skip-copy-out': ['contents after eviction'],
      'skip-copy-in': ['contents after validation'],
      'stale-gart-entry': ['gart'],
      'forget-destroy':
        kind.layout === 'dedicated'
          ? ['memory after eviction', 'memory after validation', 'memory at the end']
          : ['memory at the end'],
    };
    expect(problems).toEqual(expected[sabotage]);
  });
});
