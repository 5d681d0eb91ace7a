import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { restoreSnapshot, takeSnapshot } from '../base/snapshot.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { kernelStateLines } from '../kernel/state_lines.ts';
import type { Json } from '../session/input.ts';
import { BsdFixture } from '../testing/bsd_fixture.ts';

interface Move {
  readonly kind: string;
  readonly task: number;
  readonly fd: number;
  readonly page: number;
}

const OFTEN = ['open', 'map', 'map', 'touch', 'touch', 'touch', 'dup', 'fork', 'load'];
const SELDOM = [
  'close',
  'exit',
  'munmap',
  'clear',
  'set',
  'failOpen',
  'nested',
  'copyin',
  'send',
  'recv',
  'unload',
];
const KINDS = [...OFTEN, ...OFTEN, ...SELDOM];

/** What every history begins with, so that the moves meet something. */
const BEGINNING: readonly Move[] = [
  { kind: 'open', task: 0, fd: 0, page: 0 },
  { kind: 'open', task: 1, fd: 1, page: 0 },
  { kind: 'map', task: 0, fd: 0, page: 0 },
  { kind: 'map', task: 1, fd: 1, page: 0 },
  { kind: 'fork', task: 0, fd: 0, page: 0 },
];

const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.constantFrom(...KINDS),
  task: fc.nat(2),
  fd: fc.nat(3),
  page: fc.nat(3),
});

/** One move as an input; names repeat, so most moves meet something. */
function inputOf({ kind, task, fd, page }: Move): [string, string, { [name: string]: Json }, string?] {
  const who = ['A', 'B', 'C'][task]!;
  const name = `fd${fd}`;
  switch (kind) {
    case 'open':
      return [who, 'open', { path: '/dev/session' }, name];
    case 'fork':
      return ['A', 'fork', {}, 'C'];
    case 'exit':
      return ['C', 'exit', {}];
    case 'map':
      return [who, 'mmap', { fd: name, length: 4 * 4096, prot: 'rw' }, `m${fd}`];
    case 'touch':
      return [who, 'touch', { map: `m${fd}`, page, write: page % 2 === 0 }];
    case 'munmap':
      return [who, 'munmap', { map: `m${fd}`, first: page, count: 1 }];
    case 'nested':
      return [who, 'bsd.ioctl', { fd: name, request: 'nested', other: `fd${page}` }];
    case 'copyin':
      return [who, 'bsd.ioctl', { fd: name, request: 'copyin', at: `m${page}+1p` }];
    case 'send':
      return [who, 'sendfd', { fd: name, to: 'B' }];
    case 'recv':
      return ['B', 'recvfd', {}, name];
    case 'dup':
      return [who, 'dup', { fd: name }, `fd${page}`];
    case 'close':
      return [who, 'close', { fd: name }];
    case 'unload':
      return ['K', 'bsd.unload', { name: 'session' }];
    case 'load':
      return ['K', 'bsd.load', { name: 'session' }];
    default:
      return [who, 'bsd.ioctl', { fd: name, request: kind }];
  }
}

async function play(bsd: BsdFixture, moves: readonly Move[]): Promise<number> {
  let done = 0;
  for (const [task, call, args, as] of [...BEGINNING, ...moves].map(inputOf)) {
    try {
      const ret = await bsd.call(task, call, args, as);
      if (typeof ret !== 'string') done++;
    } catch (error) {
      // A name without meaning: the move does not exist in this history.
      if (!(error instanceof Error) || error.name !== 'InputError') throw error;
    }
    expect(bsd.core.fpops.size).toBe(0);
    bsd.check();
  }
  return done;
}

describe('random histories', () => {
  test.each(['F2011', 'F9.3', 'F14'])(
    '%s: each destructor runs once, td_fpop is NULL at rest and in faults, references are those found, nothing is left',
    async era => {
      let done = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(move, { minLength: 30, maxLength: 70 }), async moves => {
          const bsd = await BsdFixture.start({ era });
          done += await play(bsd, moves);
          const { core } = bsd;
          bsd.end();
          expect(core.destructorsRun).toBe(core.recordsSet);
          const ended = new Map<number, number>();
          for (const { record } of bsd.events('lab_bsd:cdevpriv_dtor'))
            ended.set(record!, (ended.get(record!) ?? 0) + 1);
          expect([...ended.values()].every(runs => runs === 1)).toBe(true);
          expect(ended.size).toBe(core.recordsSet);
          const faults = bsd.events('lab_bsd:d_mmap').filter(event => event.context === 1);
          expect(faults.every(event => event.fileId === 0)).toBe(true);
        }),
        { numRuns: 30, seed: 3 },
      );
      expect(done).toBeGreaterThan(600);
    },
  );

  test('a snapshot in the middle goes on as the original does', async () => {
    const moves = fc.sample(fc.array(move, { minLength: 80, maxLength: 80 }), { numRuns: 1, seed: 11 })[0]!;
    const whole = await BsdFixture.start();
    await play(whole, moves.slice(0, 40));
    const { kernel } = restoreSnapshot(takeSnapshot({ kernel: whole.kernel })) as { kernel: Kernel };
    expect(kernelStateLines(kernel)).toEqual(kernelStateLines(whole.kernel));
    expect(kernel.check()).toEqual([]);
    expect(kernel.bsd!.cdevs.size).toBe(whole.core.cdevs.size);
    expect([...kernel.bsd!.cdevs].map(cdev => cdev.sw)).toEqual([...whole.core.cdevs].map(cdev => cdev.sw));
    await play(whole, moves.slice(40));
    whole.end();
  });
});
