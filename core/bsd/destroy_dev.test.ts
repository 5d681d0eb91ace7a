import { describe, expect, test } from 'vitest';
import { kernelStateLines } from '../kernel/state_lines.ts';
import { BsdFixture } from '../testing/bsd_fixture.ts';
import { SESSION_SWITCH, SessionSoftc } from './drivers/session_dev.ts';
import { makeDev } from './make_dev.ts';

const ERAS = ['F2011', 'F9.3', 'F14'];

async function mapped(era: string): Promise<BsdFixture> {
  const bsd = await BsdFixture.start({ era });
  await bsd.open('A', 'fd');
  await bsd.map('A', 'fd', 'm');
  await bsd.load('A', 'm', 0);
  return bsd;
}

describe('destroy_dev', () => {
  test.each(ERAS)('%s: every call on an old descriptor is ENXIO, a new open finds no name', async era => {
    const bsd = await mapped(era);
    await bsd.call('A', 'mknod', { path: '/tmp/alias', like: '/dev/session' });
    expect(await bsd.call('K', 'bsd.unload', { name: 'session' })).toBe(0);
    expect(await bsd.call('A', 'read', { fd: 'fd', length: 1 })).toBe('ENXIO');
    expect(await bsd.call('A', 'write', { fd: 'fd', length: 1 })).toBe('ENXIO');
    expect(await bsd.ioctl('A', 'fd', 'whoami')).toBe('ENXIO');
    expect(await bsd.call('A', 'poll', { fd: 'fd', events: 'in' })).toBe('ENXIO');
    expect(await bsd.map('A', 'fd', 'n')).toBe('ENXIO');
    expect(await bsd.open('B', 'x')).toBe('ENOENT');
    expect(await bsd.call('B', 'open', { path: '/tmp/alias' })).toBe('ENXIO');
    bsd.end();
  });

  test('all destructors run although files are open; closing them runs none', async () => {
    const bsd = await BsdFixture.start();
    for (const fd of ['one', 'two', 'three']) await bsd.open('A', fd);
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    expect(bsd.core.destructorsRun).toBe(3);
    expect(bsd.events('lab_bsd:cdevpriv_dtor').map(event => event.why)).toEqual([3, 3, 3]);
    for (const fd of ['one', 'two', 'three']) await bsd.call('A', 'close', { fd });
    expect(bsd.core.destructorsRun).toBe(3);
    expect(bsd.core.cdevs.size).toBe(0);
    bsd.end();
  });

  test.each(ERAS)('%s: entries of a legacy mapping stay and show the device memory', async era => {
    const bsd = await mapped(era);
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    expect(bsd.events('lab_mm:unmap_mapping_pages')).toEqual([]);
    expect(await bsd.load('A', 'm', 0)).toBe(16);
    bsd.end();
  });

  test.each(['F9.3', 'F14'])('%s: a new fault finds zeros, which stay in the device object', async era => {
    const bsd = await mapped(era);
    await bsd.call('A', 'fork', {}, 'C');
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    expect(await bsd.load('A', 'm', 1)).toBe(0);
    await bsd.call('A', 'touch', { map: 'm', page: 1, write: true, value: 77 });
    expect(await bsd.load('C', 'm', 1)).toBe(77);
    expect([...bsd.core.pagers[0]!.pages.values()].map(page => page.kind)).toEqual(['device', 'zero']);
    bsd.end();
  });

  test('F2011: a new fault is a panic', async () => {
    const bsd = await mapped('F2011');
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    expect(await bsd.load('A', 'm', 1)).toBe('SIGKILL SI_KERNEL');
    expect(bsd.core.panicked).toBe('dev_pager_getpage: no cdevsw');
    expect(bsd.events('lab_bsd:panic')).toHaveLength(1);
    expect(await bsd.ioctl('A', 'fd', 'whoami')).toBe('EIO');
    bsd.end();
  });

  test('the device structure lives as long as its VM object where the pager holds it, else as long as its files', async () => {
    for (const [era, left] of [
      ['F2011', 0],
      ['F9.3', 1],
      ['F14', 1],
    ] as const) {
      const bsd = await mapped(era);
      await bsd.call('K', 'bsd.unload', { name: 'session' });
      await bsd.call('A', 'close', { fd: 'fd' });
      expect(bsd.core.cdevs.size).toBe(left);
      await bsd.call('A', 'munmap', { map: 'm' });
      expect(bsd.core.cdevs.size).toBe(0);
      bsd.end();
    }
  });

  test('the next device in the slot shows its memory through entries of the last one', async () => {
    const bsd = await mapped('F14');
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    expect(await bsd.call('K', 'bsd.load', { name: 'session' })).toBe(0);
    expect(await bsd.load('A', 'm', 0)).toBe(32);
    expect(await bsd.ioctl('A', 'fd', 'whoami')).toBe('ENXIO');
    expect(await bsd.open('A', 'again')).toBe(0);
    bsd.end();
  });

  test('children go with their parent', async () => {
    const bsd = await BsdFixture.start();
    const parent = bsd.core.modules.get('session')!;
    const softc = new SessionSoftc({ needsAuth: false, ebadf: 'allow', trackClose: false });
    makeDev(bsd.core, 'session.child', SESSION_SWITCH, softc, parent.memory, parent);
    await bsd.open('A', 'fd', 'session.child');
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    expect(await bsd.ioctl('A', 'fd', 'whoami')).toBe('ENXIO');
    bsd.end();
  });

  test('a loaded name and an existing path are refused and change nothing', async () => {
    const bsd = await BsdFixture.start();
    const before = kernelStateLines(bsd.kernel);
    expect(await bsd.call('K', 'bsd.load', { name: 'session' })).toBe('EEXIST');
    expect(await bsd.call('K', 'bsd.load', { name: 'shm' })).toBe('EEXIST');
    expect(await bsd.call('K', 'bsd.unload', { name: 'none' })).toBe('ENOENT');
    expect(await bsd.call('K', 'bsd.boot', { era: 'F4' })).toBe('EINVAL');
    expect(await bsd.call('K', 'bsd.boot', {})).toBe('EBUSY');
    expect(kernelStateLines(bsd.kernel)).toEqual(before);
    bsd.end();
  });

  test('1,000 times load, open, map, touch, unload, let go: nothing is left', async () => {
    const bsd = await BsdFixture.start();
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    const { frames } = bsd.kernel.context;
    const before = [frames.nrFree, bsd.core.cdevs.size, bsd.core.pagers.length, kernelStateLines(bsd.kernel)];
    for (let i = 0; i < 1000; i++) {
      await bsd.call('K', 'bsd.load', { name: 'session' });
      await bsd.open('A', 'fd');
      await bsd.map('A', 'fd', 'm', 2);
      await bsd.call('A', 'touchRange', { map: 'm', count: 1, write: false });
      await bsd.call('K', 'bsd.unload', { name: 'session' });
      await bsd.call('A', 'touchRange', { map: 'm', write: true });
      await bsd.call('A', 'munmap', { map: 'm' });
      await bsd.call('A', 'close', { fd: 'fd' });
    }
    expect([
      frames.nrFree,
      bsd.core.cdevs.size,
      bsd.core.pagers.length,
      kernelStateLines(bsd.kernel),
    ]).toEqual(before);
    expect(bsd.core.recordsSet).toBe(bsd.core.destructorsRun);
    bsd.end();
  });
});
