/**
 * How long a full check of the model takes: kernel.check() on many objects that are all mapped.
 *
 * Units      milliseconds; the median over ROUNDS, after rounds that only warm the compiler
 */
import type { MachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import '../session/calls/all.ts';
import { NameTable } from '../session/name_table.ts';
import { Player } from '../session/player.ts';
import { newHostMachine } from './make_machine.ts';
import { CommandFailed } from './outcome.ts';

export const CHECK_OBJECTS = 10_000;
/** A fault installs up to 16 entries, so one touch maps the whole object. */
export const CHECK_PAGES_EACH = 10;
const WARM_UP = 10;
/** Enough that a burst of other work on the machine does not reach the median. */
const ROUNDS = 51;
const PAGE = 4096;

/** @throws CommandFailed when a call of the workload is refused or the check finds something */
export async function benchCheck(description: MachineDescription): Promise<number> {
  const kernel = bootKernel(description);
  const machine = newHostMachine(description);
  try {
    const player = new Player(kernel, machine, new NameTable());
    const call = async (name: string, args: object, as?: string) => {
      const input = { task: 'A', call: name, args: { ...args } };
      const { answer } = await player.step(as === undefined ? input : { ...input, as });
      if (typeof answer.ret === 'string') throw new CommandFailed(`${name} was refused: ${answer.ret}.`);
    };
    await call('spawn', {});
    await call('open', { dev: 'bochs' }, 'fd');
    const length = CHECK_PAGES_EACH * PAGE;
    for (let i = 0; i < CHECK_OBJECTS; i++) {
      await call('drm.createDumb', { fd: 'fd', width: 1024, height: CHECK_PAGES_EACH, bpp: 32 }, `bo${i}`);
      await call('mmap', { fd: 'fd', offsetOf: `bo${i}`, length }, `m${i}`);
      await call('touch', { map: `m${i}`, page: 0 });
    }
    const taken: number[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const begin = process.hrtime.bigint();
      const [violation] = kernel.check();
      const ms = Number(process.hrtime.bigint() - begin) / 1e6;
      if (violation !== undefined) throw new CommandFailed(`The state to check is broken: ${violation}`);
      if (round >= WARM_UP) taken.push(ms);
    }
    taken.sort((a, b) => a - b);
    return taken[taken.length >> 1]!;
  } finally {
    await machine.dispose();
  }
}
