/** Modules in every order that is allowed, with users that come and go: refused while in use, and nothing is left at the end. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HostMachine } from '../hw/host/host_machine.ts';
import { shutdownAndFindLeaks } from '../lab/shutdown_leaks.ts';
import '../session/calls/all.ts';
import type { Json } from '../session/input.ts';
import { Player } from '../session/player.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { bootKernel } from './boot.ts';
import { heldLines } from './held_lines.ts';
import { isModuleLoaded, moduleNames } from './modules.ts';

/** Machines whose modules are all those that there are. */
const MACHINES = ['fuzz-systems', 'i915-2008'];

async function start(machine: string): Promise<Player> {
  const description = machineAsset(machine);
  const player = new Player(bootKernel(description), new HostMachine(description));
  await player.step({ task: 'A', call: 'spawn', args: {} });
  return player;
}

async function call(
  player: Player,
  name: string,
  args: { [name: string]: Json },
  as?: string,
): Promise<Json> {
  const task = name.startsWith('module.') ? 'K' : 'A';
  const input = { task, call: name, args, ...(as === undefined ? {} : { as }) };
  return (await player.step(input)).answer.ret;
}

/** A file that holds a module. */
function userOf(player: Player, module: string): { [name: string]: Json } {
  if (module === 'device_dax') return { path: '/dev/dax0.0' };
  if (module === 'udmabuf') return { path: '/dev/udmabuf' };
  if (module === 'system_heap') return { path: '/dev/dma_heap/system' };
  return { dev: player.kernel.description.devices.find(({ driver }) => driver === module)!.name };
}

/** Work in flight and grace periods come to their end. */
function settle({ kernel }: Player): void {
  while (kernel.fences.nrPending > 0) kernel.fences.advanceTo(kernel.fences.nextSignalAt);
  kernel.dax?.fs.runGracePeriods();
}

test.each(MACHINES)(
  '%s: random orders of loading, using and unloading; unloaded, all are as before the first load',
  async machine => {
    const probe = await start(machine);
    const names = moduleNames(probe.kernel);
    for (const name of names) expect(await call(probe, 'module.unload', { name })).toBe(0);
    settle(probe);
    const nothing = heldLines(probe.kernel);
    const { nrFree } = probe.kernel.context.frames;
    expect(probe.kernel.drm.allDevices.size).toBe(0);

    const step = fc.record({
      module: fc.constantFrom(...names),
      does: fc.constantFrom('load', 'unload', 'open', 'close'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
        const player = await start(machine);
        const users = new Set<string>();
        for (const { module, does } of steps) {
          const loaded = isModuleLoaded(player.kernel, module);
          if (does === 'load')
            expect(await call(player, 'module.load', { name: module })).toBe(loaded ? 'EEXIST' : 0);
          else if (does === 'unload') {
            const answer = loaded ? (users.has(module) ? 'EBUSY' : 0) : 'ENOENT';
            expect(await call(player, 'module.unload', { name: module })).toBe(answer);
          } else if (does === 'open' && loaded && !users.has(module)) {
            expect(await call(player, 'open', userOf(player, module), module)).toBe(0);
            users.add(module);
          } else if (does === 'close' && users.delete(module)) {
            expect(await call(player, 'close', { fd: module })).toBe(0);
          }
          expect(player.kernel.check()).toEqual([]);
        }
        for (const module of users) await call(player, 'close', { fd: module });
        for (const name of names) {
          if (isModuleLoaded(player.kernel, name))
            expect(await call(player, 'module.unload', { name })).toBe(0);
        }
        settle(player);
        expect(heldLines(player.kernel).filter(line => !nothing.includes(line))).toEqual([]);
        expect(player.kernel.context.frames.nrFree).toBe(nrFree);
        expect(shutdownAndFindLeaks(player.kernel)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  },
);

test('a shared buffer holds the driver of its object after the file is closed', async () => {
  const player = await start('fuzz-systems');
  expect(await call(player, 'open', { dev: 'vgem' }, 'v')).toBe(0);
  await call(player, 'drm.createDumb', { fd: 'v', width: 64, height: 64, bpp: 32 }, 'bo');
  expect(await call(player, 'drm.primeExport', { fd: 'v', bo: 'bo' }, 'buf')).toBe(0);
  expect(await call(player, 'close', { fd: 'v' })).toBe(0);
  expect(await call(player, 'module.unload', { name: 'vgem' })).toBe('EBUSY');
  expect(await call(player, 'close', { fd: 'buf' })).toBe(0);
  expect(await call(player, 'module.unload', { name: 'vgem' })).toBe(0);
  expect(await call(player, 'module.unload', { name: 'vgem' })).toBe('ENOENT');
  expect(shutdownAndFindLeaks(player.kernel)).toEqual([]);
});
