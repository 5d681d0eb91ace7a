/** Random histories on small objects: whoever asks for a domain first reads what was written last, whatever happened in between. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HostMachine } from '../../../hw/host/host_machine.ts';
import { bootKernel } from '../../../kernel/boot.ts';
import { shutdownAndFindLeaks } from '../../../lab/shutdown_leaks.ts';
import '../../../session/calls/all.ts';
import type { CallArgs } from '../../../session/call_table.ts';
import type { Json } from '../../../session/input.ts';
import { Player } from '../../../session/player.ts';
import { machineAsset } from '../../../testing/transcript_files.ts';

/** A GTT of 72 pages, most of which the boot objects fill: three objects of 16 pages never fit together. */
const description = { ...machineAsset('i915-2008'), gartEntries: 72, ttBytes: 72 * 4096 };
const OBJECTS = 3;
const PAGES = 16;

const step = fc.record({
  what: fc.constantFrom('cpu', 'gtt', 'gpu', 'pwrite', 'evict', 'swapOut', 'time', 'pread'),
  object: fc.nat({ max: OBJECTS - 1 }),
  page: fc.nat({ max: PAGES - 1 }),
  value: fc.integer({ min: 1, max: 255 }),
});

test('each view reads what was written last, and every rule holds after every step', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async steps => {
      const machine = new HostMachine(description);
      const kernel = bootKernel(description);
      const player = new Player(kernel, machine);
      const call = async (name: string, args: CallArgs = {}, as?: string): Promise<Json> =>
        (
          await player.step(
            as === undefined ? { task: 'A', call: name, args } : { task: 'A', call: name, args, as },
          )
        ).answer.ret;
      const byteOf = (ret: Json) => (ret as { value: number }).value;
      await call('spawn');
      await call('open', { dev: 'i915' }, 'gpu');
      const bytes = Array.from({ length: OBJECTS }, () => new Uint8Array(PAGES));
      for (let i = 0; i < OBJECTS; i++) {
        await call('i915.create', { fd: 'gpu', size: PAGES * 4096 }, `b${i}`);
        await call('i915.mmap', { fd: 'gpu', bo: `b${i}` }, `cpu${i}`);
        await call('mmap', { fd: 'gpu', offsetOf: `b${i}`, length: PAGES * 4096 }, `gtt${i}`);
      }
      for (const { what, object, page, value } of steps) {
        const at = { fd: 'gpu', bo: `b${object}` };
        const held = bytes[object]!;
        if (what === 'cpu' || what === 'gtt') {
          if (what === 'gtt') await call('i915.mmapGtt', at);
          expect(await call('i915.setDomain', { ...at, read: what, write: what })).toBe(0);
          expect(byteOf(await call('touch', { map: `${what}${object}`, page, write: false }))).toBe(
            held[page],
          );
          await call('touch', { map: `${what}${object}`, page, write: true, byte: 0, value });
          held[page] = value;
        } else if (what === 'gpu') {
          const use = { bo: `b${object}`, read: 'render', write: 'render', first: page, count: 1, value };
          expect(await call('i915.exec', { fd: 'gpu', list: [use] })).toHaveProperty('seqno');
          held[page] = value;
        } else if (what === 'pwrite') {
          expect(await call('i915.pwrite', { ...at, offset: page * 4096, length: 10, value })).toBe(0);
          held[page] = value;
        } else if (what === 'pread') {
          expect(await call('i915.pread', { ...at, offset: page * 4096, length: 1 })).toEqual({
            value: held[page],
          });
        } else if (what === 'time') kernel.advanceTime(value * 1000);
        else await call(`i915.${what}`, at);
        expect(kernel.check()).toEqual([]);
      }
      expect(kernel.check(undefined, ['trace'])).toEqual([]);
      expect(shutdownAndFindLeaks(kernel)).toEqual([]);
      await player.barrier();
      await machine.dispose();
    }),
    { numRuns: 25, seed: 20080819 },
  );
}, 60_000);
