/** Covers what the recordings of udmabuf and the heap do not show: pins against seals, refusals halfway, memory and descriptors that run out, leaks. */
import { beforeEach, describe, expect, test } from 'vitest';
import { SystemHeapModule } from '../../dma_buf/system_heap.ts';
import { UdmabufModule } from '../../dma_buf/udmabuf.ts';
import { MAX_DESCRIPTORS } from '../../fs/fd_table.ts';
import { parseMachineDescription } from '../../hw/machine_description.ts';
import { newKernel, runBoot } from '../../kernel/boot.ts';
import { shutdownAndFindLeaks } from '../../lab/shutdown_leaks.ts';
import { parseTranscript } from '../../lab/transcript/transcript_file.ts';
import { LabFixture, labMachine, PAGE } from '../../testing/lab_fixture.ts';
import { machineAsset, transcriptFiles } from '../../testing/transcript_files.ts';

const description = machineAsset('transcripts-pc');

let lab: LabFixture;
beforeEach(async () => {
  lab = new LabFixture(description);
  await lab.call('A', 'spawn');
});

async function memfd(as: string, pages: number): Promise<void> {
  await lab.call('A', 'memfd', { name: as, flags: 'sealing' }, as);
  await lab.call('A', 'ftruncate', { fd: as, size: pages * PAGE });
  await lab.call('A', 'fcntl', { fd: as, op: 'addSeals', seals: 'shrink' });
}
const seal = (fd: string) => lab.call('A', 'fcntl', { fd, op: 'addSeals', seals: 'write' });
const nrFree = () => lab.kernel.context.frames.nrFree;

describe('udmabuf', () => {
  test('pinned pages forbid F_SEAL_WRITE (EBUSY) until the buffer is gone', async () => {
    await memfd('f', 4);
    await lab.call('A', 'udmabuf.create', { memfd: 'f', offset: 0, size: 4 * PAGE }, 'd');
    expect(await seal('f')).toBe('EBUSY');
    expect(lab.kernel.check()).toEqual([]);
    await lab.call('A', 'close', { fd: 'd' });
    expect(await seal('f')).toBe(0);
    expect(await lab.call('A', 'udmabuf.create', { memfd: 'f', offset: 0, size: PAGE }, 'e')).toBe('EINVAL');
  });

  test('pages live as long as the buffer, not the file; the file as long as its own descriptors', async () => {
    const free = nrFree();
    await memfd('f', 4);
    await lab.call('A', 'udmabuf.create', { memfd: 'f', offset: PAGE, size: 2 * PAGE }, 'd');
    expect(nrFree()).toBe(free - 2);
    await lab.call('A', 'close', { fd: 'f' });
    await lab.call('A', 'mmap', { fd: 'd', length: 2 * PAGE }, 'm');
    await lab.call('A', 'close', { fd: 'd' });
    expect(await lab.call('A', 'touch', { map: 'm', page: 1, write: true, value: 3 })).toEqual({
      minorFaults: 1,
      value: 3,
    });
    expect([nrFree(), lab.kernel.check()]).toEqual([free - 2, []]);
    await lab.call('A', 'munmap', { map: 'm' });
    expect(nrFree()).toBe(free);
  });

  test('a bad item of a list: no pin is left, pages that the good file got for it stay', async () => {
    await memfd('good', 2);
    await lab.call('A', 'eventfd', {}, 'bad');
    const free = nrFree();
    const list = {
      n: 2,
      memfd0: 'good',
      offset0: 0,
      size0: 2 * PAGE,
      memfd1: 'bad',
      offset1: 0,
      size1: PAGE,
    };
    expect(await lab.call('A', 'udmabuf.createList', list, 'd')).toBe('EBADFD');
    expect([nrFree(), lab.kernel.dmaBufs.buffers.length]).toEqual([free - 2, 0]);
    expect(await seal('good')).toBe(0);
    expect(lab.kernel.check()).toEqual([]);
  });

  test('more than 64 MiB or 1024 items: EINVAL', async () => {
    await memfd('f', 1);
    const big = { memfd: 'f', offset: 0, size: 64 * 2 ** 20 + PAGE };
    expect(await lab.call('A', 'udmabuf.create', big, 'd')).toBe('EINVAL');
    const many: { [name: string]: string | number } = { n: 1025 };
    for (let i = 0; i < 1025; i++)
      Object.assign(many, { [`memfd${i}`]: 'f', [`offset${i}`]: 0, [`size${i}`]: PAGE });
    expect(await lab.call('A', 'udmabuf.createList', many, 'd')).toBe('EINVAL');
    expect(await lab.call('A', 'udmabuf.createList', { ...many, n: 1024 }, 'd')).toBe(0);
    expect(lab.kernel.check()).toEqual([]);
  });
});

describe('the system heap', () => {
  test('no memory: ENOMEM, and all frames are where they were', async () => {
    lab = new LabFixture(parseMachineDescription({ ...description, ramBytes: 32 * PAGE }, 'test'));
    await lab.call('A', 'spawn');
    const free = nrFree();
    expect(await lab.call('A', 'heap.alloc', { len: 33 * PAGE }, 'd')).toBe('ENOMEM');
    expect(nrFree()).toBe(free);
    expect(await lab.call('A', 'heap.alloc', { len: 4 * PAGE }, 'd')).toBe(0);
    expect(nrFree()).toBe(free - 4);
  });

  test('no descriptor for the buffer: EMFILE, and the buffer is gone', async () => {
    const { files } = lab.kernel.task(1);
    while ([...files.entries()].length < MAX_DESCRIPTORS - 1) await lab.call('A', 'eventfd');
    const free = nrFree();
    // The node takes the last one.
    expect(await lab.call('A', 'heap.alloc', { len: PAGE }, 'd')).toBe('EMFILE');
    expect([nrFree(), lab.kernel.dmaBufs.buffers, [...files.entries()].length]).toEqual([
      free,
      [],
      MAX_DESCRIPTORS - 1,
    ]);
    expect(lab.kernel.check()).toEqual([]);
  });

  test('mapped without any right: entries are there, and nobody can use them until mprotect', async () => {
    await lab.call('A', 'heap.alloc', { len: 2 * PAGE }, 'd');
    await lab.call('A', 'mmap', { fd: 'd', length: 2 * PAGE, prot: 'n' }, 'm');
    expect(await lab.call('A', 'ptes', { map: 'm' })).toMatchObject({ perm: 'nn' });
    expect(await lab.call('A', 'touch', { map: 'm', page: 0, write: false })).toMatchObject({
      signal: 'SIGSEGV',
      code: 'SEGV_ACCERR',
    });
    await lab.call('A', 'mprotect', { map: 'm', prot: 'rw' });
    expect(await lab.call('A', 'touch', { map: 'm', page: 0, write: true, value: 1 })).toEqual({
      minorFaults: 0,
      value: 1,
    });
    expect(lab.kernel.check()).toEqual([]);
  });

  test('a private mapping: EINVAL, and no entry stays', async () => {
    await lab.call('A', 'heap.alloc', { len: 2 * PAGE }, 'd');
    await lab.call('A', 'arena', { slot: 5, length: 4 * PAGE }, 'ar');
    const request = { fd: 'd', length: 2 * PAGE, flags: 'private', at: 'ar' };
    expect(await lab.call('A', 'mmap', request, 'm')).toBe('EINVAL');
    expect(await lab.call('A', 'ptes', { map: 'ar' })).toEqual({ where: '....', perm: '....' });
  });
});

describe('modules', () => {
  test('a machine without them has no nodes: ENOENT', async () => {
    lab = new LabFixture(labMachine());
    await lab.call('A', 'spawn');
    await memfd('f', 1);
    expect(await lab.call('A', 'udmabuf.create', { memfd: 'f', offset: 0, size: PAGE }, 'd')).toBe('ENOENT');
    expect(await lab.call('A', 'heap.alloc', { len: PAGE }, 'd')).toBe('ENOENT');
  });

  test('loaded and unloaded again and again: nodes and device numbers as before; a boot that fails behind them, too', () => {
    const { kernel } = lab;
    const state = () => [kernel.vfs.charDevices.size, kernel.vfs.exists('/dev/udmabuf'), nrFree()];
    const before = state();
    for (let i = 0; i < 100; i++) {
      kernel.udmabuf!.shutdown();
      kernel.systemHeap!.shutdown();
      expect(kernel.vfs.exists('/dev/dma_heap/system')).toBe(false);
      kernel.systemHeap = new SystemHeapModule(kernel.dmaBufs, kernel.context);
      kernel.udmabuf = new UdmabufModule(kernel.dmaBufs, kernel.context);
    }
    expect(state()).toEqual(before);
    for (const failAt of ['udmabuf', 'system_heap', 'proc']) {
      const half = newKernel(description);
      const free = half.context.frames.nrFree;
      expect(() => runBoot(half, { failAt })).toThrow(/ENOMEM/);
      expect([half.booted, half.udmabuf, half.systemHeap, half.context.frames.nrFree]).toEqual([
        [],
        null,
        null,
        free,
      ]);
    }
  });

  test('bufinfo lists attached devices and the access mode', async () => {
    await lab.call('A', 'open', { dev: 'vgem' }, 'v');
    await lab.call('A', 'heap.alloc', { len: PAGE, fdFlags: 'wronly' }, 'd');
    await lab.call('A', 'drm.primeImport', { fd: 'v', dmabuf: 'd' }, 'i');
    const text = await lab.call('A', 'cat', { path: '/sys/kernel/debug/dma_buf/bufinfo' });
    expect(text).toContain('00004096\t00000001\t00080006\t00000004\tsystem\t');
    expect(text).toContain('\tAttached Devices:\n\tvgem\nTotal 1 devices attached\n');
  });

  test('after every recording of gem and dmabuf, cut off anywhere, shutdown leaves no frame', async () => {
    for (const file of [...transcriptFiles('gem'), ...transcriptFiles('dmabuf')]) {
      const { steps } = parseTranscript(file.text, file.path);
      const half = Math.floor(steps.length * 0.6);
      lab = new LabFixture(description);
      for (const { task, call, args, as } of steps.slice(0, half)) await lab.call(task, call, args, as);
      expect(lab.kernel.check(), file.path).toEqual([]);
      expect(shutdownAndFindLeaks(lab.kernel), file.path).toEqual([]);
    }
  });
});
