/** Random histories of shared memory: vgem, virtio_gpu, udmabuf and the heap, imports, mappings, forks; checked after every step. */
import { expect, test } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { shutdownAndFindLeaks } from '../../lab/shutdown_leaks.ts';
import { LabFixture, PAGE } from '../../testing/lab_fixture.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import type { Json } from '../input.ts';

const STEPS = 400;
const TASKS = ['A', 'B'];
const DRM_FILES = ['vgem1', 'vgem2', 'render', 'virtio'];
const NAMES = [0, 1, 2, 3, 4, 5];

type Move = { readonly call: string; readonly args: { [name: string]: Json }; readonly as?: string };

/** A call that somebody might make next; most names mean something, not all of them what the call wants. */
function nextMove(random: SeededRandom): Move {
  const any = <T>(list: readonly T[]): T => random.pick(list);
  const fd = any(DRM_FILES);
  const bo = `bo${any(NAMES)}`;
  const buf = `d${any(NAMES)}`;
  const map = `m${any(NAMES)}`;
  const memfd = `f${any([0, 1])}`;
  const pages = 1 + random.below(6);
  const length = pages * PAGE;
  const slot = 10 + random.below(12);
  const moves: readonly Move[] = [
    { call: 'drm.createDumb', args: { fd, width: 1024, height: pages, bpp: 32 }, as: bo },
    { call: 'drm.gemClose', args: { fd, bo } },
    { call: 'drm.gemFlink', args: { fd, bo } },
    { call: 'drm.gemOpen', args: { fd, nameOf: bo }, as: `bo${any(NAMES)}` },
    { call: 'drm.primeExport', args: { fd, bo, flags: 'rdwr' }, as: buf },
    { call: 'drm.primeImport', args: { fd, dmabuf: buf }, as: bo },
    { call: 'drm.primeImport', args: { fd, dmabuf: buf }, as: bo },
    { call: 'heap.alloc', args: { len: length }, as: buf },
    { call: 'udmabuf.create', args: { memfd, offset: 0, size: length }, as: buf },
    { call: 'fallocate', args: { fd: memfd, mode: 'punch', offset: 0, length } },
    { call: 'mmap', args: { fd, offsetOf: bo, length, slot }, as: map },
    { call: 'mmap', args: { fd: buf, length, slot, offset: PAGE * random.below(2) }, as: map },
    { call: 'mmap', args: { fd: memfd, length, slot }, as: map },
    { call: 'munmap', args: { map, first: random.below(3), count: 1 } },
    { call: 'munmap', args: { map } },
    { call: 'mprotect', args: { map, first: random.below(3), count: 1, prot: any(['r', 'rw', 'n']) } },
    { call: 'touch', args: { map, page: random.below(6), write: random.chance(1, 2), value: 1 } },
    { call: 'touch', args: { map, page: random.below(6), write: random.chance(1, 2), value: 2 } },
    { call: 'close', args: { fd: buf } },
    { call: 'dup', args: { fd: buf }, as: `d${any(NAMES)}` },
    { call: 'dmabuf.setName', args: { fd: buf, name: 'x' } },
    { call: 'sendfd', args: { fd: buf, to: any(TASKS) } },
    { call: 'recvfd', args: {}, as: buf },
    { call: 'dmabuf.sync', args: { fd: buf, flags: any(['start,read', 'end,write', 'start']) } },
    { call: 'close', args: { fd } },
    {
      call: 'open',
      args: { dev: NODES[fd]! },
      as: fd,
    },
  ];
  // Device files are closed seldom.
  const move = random.pick(moves);
  return move.call === 'close' && move.args.fd === fd && random.chance(3, 4) ? moves[0]! : move;
}

/** Nodes of the device files. */
const NODES: { readonly [fd: string]: string } = {
  vgem1: 'vgem',
  vgem2: 'vgem',
  render: 'vgem:render',
  virtio: 'virtio_gpu',
};

interface History {
  readonly lab: LabFixture;
  /** How often each call gave what. */
  readonly answers: ReadonlyMap<string, number>;
  /** The first step after which an invariant did not hold, or null. */
  readonly broken: string | null;
}

async function play(seed: number, sabotage: string | null = null): Promise<History> {
  const random = new SeededRandom(seed);
  const lab = new LabFixture(machineAsset('transcripts-pc'));
  lab.kernel.context.sabotage = sabotage;
  const answers = new Map<string, number>();
  await lab.call('A', 'spawn');
  for (const name of ['f0', 'f1']) {
    await lab.call('A', 'memfd', { name, flags: 'sealing' }, name);
    await lab.call('A', 'ftruncate', { fd: name, size: 4 * PAGE });
    await lab.call('A', 'fcntl', { fd: name, op: 'addSeals', seals: 'shrink' });
  }
  // Every name of a mapping means something from the start.
  for (const name of NAMES) await lab.call('A', 'arena', { slot: 30 + name, length: 6 * PAGE }, `m${name}`);
  for (const fd of DRM_FILES) await lab.call('A', 'open', { dev: NODES[fd]! }, fd);
  await lab.call('A', 'fork', {}, 'B');
  for (let step = 0; step < STEPS; step++) {
    const task = random.pick(TASKS);
    const { call, args, as } = nextMove(random);
    const ret = await lab.call(task, call, args, as);
    const answer = `${call} ${typeof ret === 'string' ? ret : 'ok'}`;
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
    const violations = lab.kernel.check();
    if (violations.length > 0) {
      const what = `step ${step}: ${task} ${call} ${JSON.stringify(args)}`;
      return { lab, answers, broken: `${what}: ${violations.join(' ')}` };
    }
  }
  return { lab, answers, broken: null };
}

test.each([1, 2, 3, 4])(
  'seed %i: every invariant holds after every step, and nothing is left at the end',
  async seed => {
    const { lab, answers, broken } = await play(seed);
    expect(broken).toBeNull();
    expect(shutdownAndFindLeaks(lab.kernel)).toEqual([]);
    for (const wanted of ['drm.primeImport ok', 'mmap ok', 'touch ok', 'heap.alloc ok', 'udmabuf.create ok'])
      expect(answers.get(wanted) ?? 0, wanted).toBeGreaterThan(0);
  },
);

test('a handle that keeps its reference of the shared buffer is found', async () => {
  expect((await play(1, 'prime-forgets-put')).broken).toMatch(/26 File count of shared buffers/);
});
