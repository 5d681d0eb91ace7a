import { describe, expect, test } from 'vitest';
import { BsdFixture } from '../testing/bsd_fixture.ts';
import { type GemSoftc, gemOffset } from './drivers/gem_dev.ts';

async function start(era: string, aperture = 8): Promise<BsdFixture> {
  const bsd = await BsdFixture.start({ era });
  expect(await bsd.call('K', 'bsd.load', { driver: 'gem', name: 'drm', aperture })).toBe(0);
  for (const task of ['A', 'B']) await bsd.open(task, `gpu${task}`, 'drm');
  return bsd;
}

async function object(bsd: BsdFixture, name: string, pages: number): Promise<number> {
  const args = { fd: 'gpuA', request: 'create', value: pages };
  return (await bsd.call('A', 'bsd.ioctl', args, name)) as number;
}

function show(bsd: BsdFixture, task: string, name: string, as: string, pages: number) {
  return bsd.map(task, `gpu${task}`, as, pages, { offsetOf: name });
}

describe('cdev_pager_allocate', () => {
  test('F2011 has no managed pager', async () => {
    const bsd = await BsdFixture.start({ era: 'F2011' });
    expect(await bsd.call('K', 'bsd.load', { driver: 'gem', name: 'drm' })).toBe('EOPNOTSUPP');
    bsd.end();
  });

  test.each(['F9.3', 'F14'])(
    '%s: one VM object for each object, shared by all mappers; d_mmap is never asked',
    async era => {
      const bsd = await start(era);
      await object(bsd, 'one', 2);
      await object(bsd, 'two', 2);
      for (const task of ['A', 'B'])
        for (const name of ['one', 'two']) await show(bsd, task, name, name + task, 2);
      expect(bsd.core.pagers.map(vm => [vm.managed, vm.refs])).toEqual([
        [true, 2],
        [true, 2],
      ]);
      await bsd.call('A', 'touch', { map: 'oneA', page: 1, write: true, value: 9 });
      expect(await bsd.load('B', 'oneB', 1)).toBe(9);
      expect(await bsd.load('B', 'twoB', 1)).toBe(0);
      expect(bsd.events('lab_bsd:d_mmap')).toEqual([]);
      bsd.end();
    },
  );

  test('an unknown index falls through to d_mmap, which this driver has not: EINVAL', async () => {
    const bsd = await start('F14');
    const from = bsd.kernel.trace.count;
    expect(await bsd.map('A', 'gpuA', 'm', 1, { offset: gemOffset(77) })).toBe('EINVAL');
    expect(bsd.events('lab_bsd:entry', from)).toMatchObject([{ entry: 5, error: 1 }]);
    expect(bsd.events('lab_bsd:d_mmap', from)).toHaveLength(1);
    bsd.end();
  });

  test('another answer of d_mmap_single than ENODEV is final', async () => {
    const bsd = await start('F14');
    await object(bsd, 'one', 2);
    const from = bsd.kernel.trace.count;
    expect(await show(bsd, 'A', 'one', 'm', 3)).toBe('EINVAL');
    expect(bsd.events('lab_bsd:d_mmap', from)).toEqual([]);
    bsd.end();
  });

  test('a race over the handle leaves one object and one hold on the driver object', async () => {
    const bsd = await start('F14');
    await object(bsd, 'one', 2);
    bsd.core.loseNextRace = true;
    await show(bsd, 'A', 'one', 'm', 2);
    expect(bsd.core.pagers).toHaveLength(1);
    const softc = bsd.core.modules.get('drm')!.softc as GemSoftc;
    expect(softc.objects.get(1)!.refs).toBe(2);
    bsd.core.pagers[0]!.refs--;
    bsd.end();
  });
});

describe('shoot-down', () => {
  test('cdev_pager_free_page takes the pages of one object out of all page tables and no other', async () => {
    const bsd = await start('F9.3');
    const index = await object(bsd, 'one', 3);
    await object(bsd, 'two', 3);
    for (const task of ['A', 'B']) {
      for (const name of ['one', 'two']) {
        await show(bsd, task, name, name + task, 3);
        await bsd.call(task, 'touchRange', { map: name + task, write: true, value: 5 });
      }
    }
    expect(await bsd.ioctl('A', 'gpuA', 'release', { value: index })).toBe(6);
    expect(bsd.core.pagers.map(vm => vm.pages.size)).toEqual([0, 3]);
    expect(bsd.kernel.context.mms.size).toBe(2);
    for (const mm of bsd.kernel.context.mms.values()) expect(mm.nrPtes).toBe(3);
    bsd.check();
    expect(await bsd.load('B', 'oneB', 2)).toBe(5);
    bsd.end();
  });

  test('an object that needs room in the aperture takes the mappings of the one used longest ago', async () => {
    const bsd = await start('F14', 4);
    for (const name of ['one', 'two', 'three']) {
      await object(bsd, name, 2);
      await show(bsd, 'A', name, `m${name}`, 2);
      await bsd.call('A', 'touchRange', { map: `m${name}`, write: true, value: name.length });
    }
    const softc = bsd.core.modules.get('drm')!.softc as GemSoftc;
    expect([...softc.bound].map(bound => bound.index).sort()).toEqual([2, 3]);
    expect(softc.evictions).toBe(1);
    expect(await bsd.load('A', 'mone', 1)).toBe(3);
    bsd.end();
  });

  test('legacy pages cannot be found: unloading leaves every entry', async () => {
    const bsd = await start('F14');
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 4);
    await bsd.call('A', 'touchRange', { map: 'm', write: false });
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    expect(bsd.kernel.task(1).mm.nrPtes).toBe(4);
    bsd.end();
  });
});

describe('a managed pager that fails', () => {
  test('EAGAIN is tried again until it works', async () => {
    const bsd = await start('F14');
    const index = await object(bsd, 'one', 1);
    await show(bsd, 'A', 'one', 'm', 1);
    await bsd.ioctl('A', 'gpuA', 'failAgain', { value: index });
    expect(await bsd.load('A', 'm', 0)).toBe(0);
    bsd.end();
  });

  test.each([
    ['F9.3', 'SIGSEGV SEGV_MAPERR'],
    ['F14', 'SIGBUS BUS_OBJERR'],
  ])('%s: any other error is %s, and the next access may work', async (era, signal) => {
    const bsd = await start(era);
    const index = await object(bsd, 'one', 1);
    await show(bsd, 'A', 'one', 'm', 1);
    await bsd.ioctl('A', 'gpuA', 'failOnce', { value: index });
    expect(await bsd.load('A', 'm', 0)).toBe(signal);
    expect(await bsd.load('A', 'm', 0)).toBe(0);
    bsd.end();
  });

  test.each([
    ['F9.3', 'SIGSEGV SEGV_MAPERR'],
    ['F14', 'SIGBUS BUS_OBJERR'],
  ])('%s: a fault after the device went is %s; what is mapped stays', async (era, signal) => {
    const bsd = await start(era);
    await object(bsd, 'one', 2);
    await show(bsd, 'A', 'one', 'm', 2);
    await bsd.call('A', 'touch', { map: 'm', page: 0, write: true, value: 3 });
    await bsd.call('K', 'bsd.unload', { name: 'drm' });
    expect(await bsd.load('A', 'm', 0)).toBe(3);
    expect(await bsd.load('A', 'm', 1)).toBe(signal);
    bsd.end();
  });

  test('a closed object lives until its last mapping is gone', async () => {
    const bsd = await start('F14');
    const { frames } = bsd.kernel.context;
    const before = frames.nrFree;
    const index = await object(bsd, 'one', 4);
    await show(bsd, 'A', 'one', 'm', 4);
    await bsd.call('A', 'touchRange', { map: 'm', write: true, value: 8 });
    await bsd.ioctl('A', 'gpuA', 'close', { value: index });
    expect(await bsd.load('A', 'm', 3)).toBe(8);
    expect(frames.nrFree).toBe(before - 4);
    await bsd.call('A', 'munmap', { map: 'm' });
    expect(frames.nrFree).toBe(before);
    bsd.end();
  });
});
