/** The vocabulary of inputs: names, places, ranges, flags; mistakes of an author are told apart from refusals of the kernel. */
import { beforeEach, describe, expect, test } from 'vitest';
import { HostMachine } from '../../hw/host/host_machine.ts';
import { bootKernel } from '../../kernel/boot.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { callNames } from '../call_table.ts';
import type { Input, Json } from '../input.ts';
import { InputError } from '../input_error.ts';
import { Player } from '../player.ts';
import './all.ts';

const description = machineAsset('transcripts-pc');
let player: Player;

async function run(call: string, args: Input['args'] = {}, as?: string, task = 'A'): Promise<Json> {
  return (await player.step(as === undefined ? { task, call, args } : { task, call, args, as })).answer.ret;
}

beforeEach(async () => {
  player = new Player(bootKernel(description), new HostMachine(description));
  await run('spawn');
  await run('arena', { slot: 1, length: 65_536 }, 'ar');
});

describe('places and ranges', () => {
  test('`name+Np` counts pages, `name+N` bytes, and both add up', async () => {
    await run('mmap', { at: 'ar+2p', length: 8192, flags: 'private,anon' }, 'm');
    expect(await run('vmas', { map: 'ar' })).toEqual([[2, 4, 'rw-p', 0, '']]);
    expect(await run('munmap', { at: 'ar+1p+4096', length: 4096 })).toBe(0);
    expect(await run('vmas', { map: 'ar' })).toEqual([[3, 4, 'rw-p', 0, '']]);
  });

  test('`first` and `count` are pages of a mapping, the whole without them', async () => {
    await run('mmap', { at: 'ar', length: 32_768, flags: 'private,anon' }, 'm');
    await run('mprotect', { map: 'm', first: 2, count: 3, prot: 'r' });
    expect(await run('vmas', { map: 'm' })).toEqual([
      [0, 2, 'rw-p', 0, ''],
      [2, 5, 'r--p', 0, ''],
      [5, 8, 'rw-p', 0, ''],
    ]);
    await run('munmap', { map: 'm' });
    expect(await run('vmas', { map: 'ar' })).toEqual([]);
  });

  test('slots lie far from each other, slotOffset moves up', async () => {
    for (const slot of [2, 3])
      await run('mmap', { slot, slotOffset: 4096, length: 4096, flags: 'private,anon' }, `s${slot}`);
    const [a, b] = ['s2', 's3'].map(name => player.names.get(name) as { start: number });
    expect(b!.start - a!.start).toBeGreaterThanOrEqual(2 ** 30);
    expect(a!.start % 2 ** 21).toBe(4096);
  });
});

describe('names', () => {
  test('a failed call leaves the older meaning of its name', async () => {
    await run('memfd', { name: 'F' }, 'f');
    const before = player.names.get('f');
    expect(await run('open', { path: '/tmp/none' }, 'f')).toBe('ENOENT');
    expect(player.names.get('f')).toBe(before);
  });

  test('a name means the same number in a forked child, and nothing in a fresh task', async () => {
    await run('memfd', { name: 'F' }, 'f');
    await run('fork', {}, 'B');
    expect(await run('readlink', { fd: 'f' }, undefined, 'B')).toBe('/memfd:F (deleted)');
    await run('spawn', {}, undefined, 'C');
    expect(await run('readlink', { fd: 'f' }, undefined, 'C')).toBe('EBADF');
  });

  test('a descriptor name that was never given is refused by the kernel: EBADF', async () => {
    expect(await run('close', { fd: 'nothing' })).toBe('EBADF');
    expect(await run('mmap', { fd: 99, length: 4096, slot: 2 })).toBe('EBADF');
  });

  test('an exited task is unknown', async () => {
    await run('exit');
    await expect(run('memfd', { name: 'F' })).rejects.toThrow(/There is no task A/);
  });
});

describe('mistakes of the author', () => {
  test.each([
    ['an unknown call', 'make.coffee', {}, /There is no call "make\.coffee"/],
    ['an unknown mapping', 'vmas', { map: 'x' }, /x is not the name of a mapping/],
    ['a malformed place', 'munmap', { at: 'ar+2q', length: 4096 }, /ar\+2q is not a place/],
    ['an unknown protection', 'mprotect', { map: 'ar', prot: 'rq' }, /q is not a letter/],
    ['an unknown flag', 'mmap', { slot: 2, length: 4096, flags: 'sharde' }, /sharde is not a flag/],
    ['a device that the machine lacks', 'open', { dev: 'voodoo' }, /no device voodoo/],
    ['a second task of one name', 'spawn', {}, /There is a task A already/],
  ] as const)('%s: an InputError with its position', async (_, call, args, message) => {
    const wrong = run(call, args);
    await expect(wrong).rejects.toThrow(message);
    await expect(wrong).rejects.toBeInstanceOf(InputError);
  });
});

describe('looking', () => {
  test('cat reads the texts of /proc; self is the caller', async () => {
    await run('memfd', { name: 'F' }, 'f');
    await run('mmap', { fd: 'f', length: 4096, slot: 2 }, 'm');
    expect(await run('cat', { path: '/proc/self/maps' })).toMatch(/rw-s 00000000 .*\/memfd:F \(deleted\)\n$/);
    expect(await run('cat', { path: '/proc/none' })).toBe('ENOENT');
  });

  test('stamps are words that survive; others and zeros are counted apart', async () => {
    await run('mmap', { at: 'ar', length: 16_384, flags: 'private,anon' }, 'm');
    expect(await run('stamp', { map: 'm', count: 3, seed: 9 })).toEqual({ minorFaults: 3 });
    await run('touch', { map: 'm', page: 1, write: true, value: 77 });
    expect(await run('checkStamps', { map: 'm', seed: 9 })).toEqual({
      match: 2,
      zero: 1,
      other: 1,
      minorFaults: 1,
    });
  });

  test('a signal stops a range of accesses and names its page', async () => {
    await run('mmap', { at: 'ar', length: 8192, flags: 'private,anon' }, 'm');
    const ret = await run('touchRange', { map: 'ar', first: 0, count: 4, write: true });
    expect(ret).toEqual({ signal: 'SIGSEGV', code: 'SEGV_MAPERR', page: 2 });
  });
});

test('every call has a name that starts with a letter, and the families do not collide', () => {
  const names = callNames();
  expect(names.length).toBeGreaterThan(70);
  for (const name of names) expect(name).toMatch(/^[a-z]\w*(\.[a-z]\w*)?$/i);
});
