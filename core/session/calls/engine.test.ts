/**
 * Covers the ring of lab_gpu on every machine at hand: execbuffer, relocations, wrap, ring full, faults, hangs, resets, replay, ban, VRAM
 * lost; slices that never show. Not yet: a ring whose entries are themselves bad.
 */
import { describe, expect, test } from 'vitest';
import { labGpuOf } from '../../drm/drivers/lab_gpu_state.ts';
import { EngineFixture } from '../../testing/engine_fixture.ts';
import { gpuForTests, ringMachineKinds } from '../../testing/hw_machines.ts';
import { labMachine, PAGE } from '../../testing/lab_fixture.ts';
import type { Json } from '../input.ts';

const FIXED = 0x5a5a_0000;

const fill = (bo: string, bytes: number, dword: number, delta = 0): Json => [
  'FILL',
  { bo, delta },
  bytes,
  dword,
];
const END: Json = ['BATCH_END'];

const kinds = ringMachineKinds(await gpuForTests());

describe.each(kinds)('ring of lab_gpu on $name', kind => {
  const boot = (change: object = {}, device: object = {}) =>
    EngineFixture.start(kind, labMachine(change, device));

  test('execbuffer: objects come to VRAM, addresses into the batch, bytes are written by the ring', async () => {
    const lab = await boot();
    await lab.make('a', 4, 'system');
    await lab.make('batch', 1, 'system');
    const done = await lab.exec(
      ['a'],
      [fill('a', 4 * PAGE, FIXED), ['STORE_DWORD', { bo: 'a', delta: 8 }, 77], END],
    );
    expect(done).toMatchObject({ job: 1, seqno: 1, moved: 2, patched: 2 });
    expect(await lab.wait('job')).toBe('done');
    expect(await lab.words('a', [0, 2, 3, 4095])).toEqual([FIXED, 77, FIXED, FIXED]);
    expect(lab.events('lab_engine:relocation')).toHaveLength(2);
    expect(lab.events('lab_engine:request_complete')).toMatchObject([{ seqno: 1, commands: 6 }]);
    expect(await lab.close()).toEqual([]);
  });

  test('a presumed offset that is right is not written again', async () => {
    const lab = await boot();
    await lab.make('a', 1);
    await lab.make('batch', 1);
    await lab.exec(['a'], [fill('a', PAGE, 1), END]);
    expect(await lab.exec(['a'], [fill('a', PAGE, 2), END])).toMatchObject({ moved: 0, patched: 0 });
    await lab.wait('job');
    expect(await lab.words('a', [0])).toEqual([2]);
    expect(await lab.close()).toEqual([]);
  });

  test('bound system pages: what the task stored is copied by the ring and comes back', async () => {
    const lab = await boot();
    await lab.make('from', 2, 'tt');
    await lab.make('to', 2, 'tt');
    await lab.make('batch', 1);
    await lab.call('A', 'mem.storeWords', { map: 'm_from', page: 1, byte: 16, words: [5, 6, 7] });
    await lab.exec(['from', 'to'], [['COPY', { bo: 'to' }, { bo: 'from' }, 2 * PAGE], END]);
    await lab.wait('job');
    expect(await lab.words('to', [1024 + 4, 1024 + 6])).toEqual([5, 7]);
    expect(await lab.close()).toEqual([]);
  });

  test('more requests than the ring holds: it wraps with NOPs, callers wait for the oldest that frees enough', async () => {
    const lab = await boot({}, { visibleVramBytes: 1 << 18 });
    await lab.make('a', 1);
    const { ring } = labGpuOf(lab.device).engine!;
    expect(ring.size).toBe(PAGE);
    await lab.exec(['a'], [['STORE_DWORD', { bo: 'a' }, 1], END]);
    const list: Json = [{ bo: 'a', write: true }, 'batch'];
    const again = {
      task: 'A',
      call: 'gpu.execbuffer',
      args: { fd: 'fd', list, durationNs: 100_000 },
      as: 'job',
    };
    await lab.player.play(Array.from({ length: 200 }, () => again));
    expect(lab.kernel.check()).toEqual([]);
    expect(await lab.wait('job')).toBe('done');
    expect(lab.events('lab_engine:ring_wrap')).toEqual([{ engine: 0, from: 4080, nops: 4 }]);
    expect(lab.events('lab_engine:ring_full').length).toBeGreaterThan(0);
    expect(lab.events('lab_engine:request_complete').map(event => event.seqno)).toEqual(
      Array.from({ length: 201 }, (__, i) => i + 1),
    );
    expect(await lab.close()).toEqual([]);
  }, 60_000);

  test('an address that nothing is bound to: reported exactly, the job ends with EIO, the next one works', async () => {
    const lab = await boot();
    await lab.make('a', 1);
    await lab.make('batch', 1);
    const stray = 0x0300_0010;
    await lab.exec(['a'], [['STORE_DWORD', stray, 1], fill('a', PAGE, 3), END]);
    expect(await lab.wait('job')).toBe('EIO');
    expect(lab.events('lab_engine:gpu_fault')).toEqual([
      { engine: 0, seqno: 1, address: stray, access: 1, cause: 0 },
    ]);
    expect(await lab.words('a', [0])).toEqual([3]);
    await lab.exec(['a'], [fill('a', PAGE, 4), END]);
    expect(await lab.wait('job')).toBe('done');
    expect(await lab.close()).toEqual([]);
  });

  test.each<[string, (lab: EngineFixture) => readonly Json[], string, number]>([
    ['endless batch', () => [['BATCH_CHAIN', { bo: 'batch' }]], 'hang', 4],
    ['wait that is never satisfied', () => [['NOP'], ['WAIT', { bo: 'a' }, 1], END], 'hang', 4],
    ['opcode that does not exist', () => [['NOP'], [0x7700_0000], END], 'bad opcode', 5],
    ['batch in a batch', () => [['NOP'], ['BATCH_START', { bo: 'batch' }]], 'bad command', 6],
  ])('%s: the engine stops at its address, is reset, and goes on', async (title, commands, __, status) => {
    const lab = await boot();
    await lab.make('a', 1);
    await lab.make('batch', 1);
    await lab.make('batch2', 1);
    const behind = [fill('a', PAGE, 9), END];
    await lab.call('A', 'gpu.pwriteCommands', { fd: 'fd', bo: 'batch2', commands: behind });
    await lab.exec(['a'], [END]);
    await lab.wait('job');
    const address = lab.object('a').gart!.start * PAGE;
    await lab.call('A', 'gpu.pwrite', { fd: 'fd', bo: 'batch2', offset: 4, words: [address] });
    await lab.exec(['a'], commands(lab), { durationNs: 50_000 });
    await lab.exec(['a'], null, { batch: 'batch2' });
    expect(await lab.wait('job')).toBe('done');
    expect(await lab.call('A', 'gpu.jobStatus', { fd: 'fd', job: 2 })).toBe('EIO');
    const batch = lab.object('batch').gart!.start * PAGE;
    expect(lab.events('lab_engine:engine_stop')).toMatchObject([
      { seqno: 2, status, address: batch + (title === 'endless batch' ? 0 : 4) },
    ]);
    expect(lab.events('lab_engine:engine_reset')).toMatchObject([
      { guiltySeqno: 2, replayed: 1, cancelled: 0 },
    ]);
    expect(await lab.words('a', [0])).toEqual([9]);
    expect(lab.kernel.check()).toEqual([]);
    expect(await lab.close()).toEqual([]);
  });

  test('three hangs in a row: the file is banned, another one is not', async () => {
    const lab = await boot();
    await lab.make('a', 1);
    await lab.make('batch', 1);
    for (let i = 0; i < 3; i++) {
      await lab.exec(['a'], [['BATCH_CHAIN', { bo: 'batch' }]]);
      await lab.wait('job');
    }
    expect(await lab.exec(['a'], [END])).toBe('EIO');
    await lab.call('B', 'spawn');
    await lab.call('B', 'open', { dev: 'lab_gpu' }, 'fdB');
    await lab.call('B', 'gpu.create', { fd: 'fdB', size: PAGE, domain: 'vram' }, 'own');
    expect(
      await lab.call('B', 'gpu.execbuffer', { fd: 'fdB', list: [{ bo: 'own', commands: [END] }] }),
    ).toMatchObject({ moved: 0 });
    expect(await lab.close()).toEqual([]);
  });

  test('an object that the ring uses is evicted only when the ring is done with it', async () => {
    const lab = await boot();
    await lab.make('a', 256);
    await lab.make('batch', 1);
    await lab.exec(['a'], [fill('a', 256 * PAGE, 11), END], { durationNs: 500_000 });
    await lab.call('A', 'gpu.evict', { fd: 'fd', bo: 'a' });
    const [complete] = lab.indexes('lab_engine:request_complete');
    const [victim] = lab.indexes('lab_ttm:bo_move').slice(-1);
    expect(complete).toBeLessThan(victim!);
    expect(await lab.words('a', [0, 256 * 1024 - 1])).toEqual([11, 11]);
    expect(await lab.close()).toEqual([]);
  });

  test('a reset that loses VRAM: jobs in flight are cancelled, the generation rises, the engine works', async () => {
    const lab = await boot();
    await lab.make('a', 2);
    await lab.make('batch', 1);
    await lab.exec(['a'], [fill('a', PAGE, 1), END], { durationNs: 900_000 });
    expect(await lab.call('K', 'lab.gpuReset')).toEqual({ generation: 1 });
    expect(await lab.wait('job')).toBe('ECANCELED');
    expect(await lab.words('a', [0])).toEqual([0xdbdb_dbdb]);
    await lab.exec(['a'], [fill('a', PAGE, 2), END]);
    expect(await lab.wait('job')).toBe('done');
    expect(await lab.words('a', [0])).toEqual([2]);
    expect(await lab.close()).toEqual([]);
  });

  test('planted: a bad entry is reported with its address, written again, and the next job works', async () => {
    const lab = await boot();
    await lab.exec([], [END]);
    await lab.wait('job');
    lab.kernel.context.sabotage = 'bind-writes-bad-entry';
    await lab.make('a', 4);
    await lab.exec(['a'], [fill('a', 4 * PAGE, 6), END]);
    lab.kernel.context.sabotage = null;
    expect(await lab.wait('job')).toBe('EIO');
    const second = lab.object('a').gart!.start + 1;
    const faults = lab.events('lab_engine:gpu_fault');
    expect(faults.filter(({ address }) => Math.floor(address! / PAGE) === second)).toMatchObject([
      { address: second * PAGE, access: 1, cause: 1 },
    ]);
    expect(lab.events('lab_engine:gart_repair').map(({ entry }) => entry)).toContain(second);
    await lab.exec(['a'], [fill('a', 4 * PAGE, 7), END]);
    expect(await lab.wait('job')).toBe('done');
    expect(await lab.words('a', [1024, 4095])).toEqual([7, 7]);
    expect(await lab.close()).toEqual([]);
  });

  test('planted: a forgotten TLB invalidate is found at the first stale access, and repaired', async () => {
    const lab = await boot({ tlb: true });
    await lab.make('a', 2);
    await lab.make('batch', 1);
    await lab.exec(['a'], [fill('a', PAGE, 1), END]);
    expect(await lab.wait('job')).toBe('done');
    lab.kernel.context.sabotage = 'bind-forgets-tlb-flush';
    await lab.make('b', 2);
    await lab.exec(['b'], [fill('b', PAGE, 6), END]);
    lab.kernel.context.sabotage = null;
    expect(await lab.wait('job')).toBe('EIO');
    const address = lab.object('b').gart!.start * PAGE;
    expect(lab.events('lab_engine:gpu_fault')).toMatchObject([{ seqno: 2, address, access: 1, cause: 2 }]);
    await lab.exec(['b'], [fill('b', PAGE, 7), END]);
    expect(await lab.wait('job')).toBe('done');
    expect(await lab.words('b', [0])).toEqual([7]);
    expect(await lab.close()).toEqual([]);
  });

  test('refusals: empty list, twice in the list, unaligned start, relocation outside, unlisted target, unknown handle', async () => {
    const lab = await boot();
    await lab.make('a', 1);
    await lab.make('batch', 1);
    const exec = (args: { [name: string]: Json }) => lab.call('A', 'gpu.execbuffer', { fd: 'fd', ...args });
    expect(await exec({ list: [] })).toBe('EINVAL');
    expect(await exec({ list: ['a', 'a'] })).toBe('EINVAL');
    expect(await exec({ list: ['a', 'batch'], start: 4 })).toBe('EINVAL');
    expect(await exec({ list: ['a', 'batch'], length: 2 * PAGE })).toBe('EINVAL');
    const reloc = (offset: number, target: string): Json => [{ bo: 'batch', relocs: [{ offset, target }] }];
    expect(await exec({ list: reloc(PAGE, 'batch') })).toBe('EINVAL');
    expect(await exec({ list: reloc(2, 'batch') })).toBe('EINVAL');
    expect(await exec({ list: reloc(8, 'a') })).toBe('ENOENT');
    expect(await exec({ list: [{ bo: 99 }] })).toBe('ENOENT');
    expect(await lab.close()).toEqual([]);
  });

  test('a list larger than VRAM: ENOSPC; what is not in the list is evicted for one that fits', async () => {
    const lab = await boot();
    for (const name of ['a', 'b', 'c', 'd']) await lab.make(name, 1200, 'vram');
    await lab.make('batch', 1);
    const list = ['a', 'b', 'c', 'd', { bo: 'batch', commands: [END] }];
    expect(await lab.call('A', 'gpu.execbuffer', { fd: 'fd', list })).toBe('ENOSPC');
    expect(await lab.exec(['a', 'b', 'c'], [fill('a', PAGE, 1), END])).toMatchObject({ seqno: 1 });
    expect(await lab.wait('job')).toBe('done');
    expect((await lab.info('d')).placement).toBe('SYSTEM');
    expect(await lab.close()).toEqual([]);
  });

  test('wedged: jobs in flight end with EIO and new ones are refused', async () => {
    const lab = await boot();
    await lab.make('a', 1);
    await lab.make('batch', 1);
    await lab.exec(['a'], [fill('a', PAGE, 1), END], { durationNs: 900_000 });
    await lab.call('K', 'lab.gpuWedge');
    expect(await lab.wait('job')).toBe('EIO');
    expect(await lab.exec(['a'], [END])).toBe('EIO');
    expect(await lab.close()).toEqual([]);
  });
});
