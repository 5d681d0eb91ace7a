import { describe, expect, test } from 'vitest';
import { BsdFixture } from '../testing/bsd_fixture.ts';
import { allEventTypes } from '../trace/event.ts';
import { devfsClearCdevpriv, devfsGetCdevpriv, devfsSetCdevpriv } from './cdevpriv.ts';
import type { SessionSoftc } from './drivers/session_dev.ts';

function softcOf(bsd: BsdFixture): SessionSoftc {
  return bsd.core.modules.get('session')!.softc as SessionSoftc;
}

const SOME_DTOR = { name: 'some', run(): void {} };

describe('devfs_set_cdevpriv, devfs_get_cdevpriv, devfs_clear_cdevpriv', () => {
  test('without a current file: set ENOENT, get EBADF, clear silent', async () => {
    const bsd = await BsdFixture.start();
    expect(devfsSetCdevpriv(bsd.core, {}, SOME_DTOR)).toBe('ENOENT');
    expect(devfsGetCdevpriv(bsd.core)).toBe('EBADF');
    devfsClearCdevpriv(bsd.core);
    expect(bsd.core.recordsSet).toBe(0);
    bsd.end();
  });

  test('a second set of the same file is EBUSY and changes nothing', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    expect(await bsd.ioctl('A', 'fd', 'set')).toBe('EBUSY');
    expect(await bsd.ioctl('A', 'fd', 'whoami')).toBe(1);
    expect(bsd.core.recordsSet).toBe(1);
    bsd.end();
  });

  test('after clear: get ENOENT, clear again silent, set works', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.ioctl('A', 'fd', 'clear');
    expect(softcOf(bsd).ended).toEqual([1]);
    expect(await bsd.ioctl('A', 'fd', 'whoami')).toBe('ENOENT');
    expect(await bsd.ioctl('A', 'fd', 'clear')).toBe(0);
    expect(softcOf(bsd).ended).toEqual([1]);
    expect(await bsd.ioctl('A', 'fd', 'set')).toBe(0);
    expect(await bsd.ioctl('A', 'fd', 'whoami')).toBe(2);
    bsd.end();
  });

  test('a failing open ends the record that it set before open returns; ERESTART becomes EINTR', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.ioctl('A', 'fd', 'failOpen', { value: 0 });
    expect(await bsd.open('B', 'no')).toBe('EPERM');
    expect(softcOf(bsd).ended).toEqual([2]);
    await bsd.ioctl('A', 'fd', 'failOpen', { value: 1 });
    expect(await bsd.open('B', 'no')).toBe('EINTR');
    expect(softcOf(bsd).ended).toEqual([2, 3]);
    expect(bsd.events('lab_bsd:cdevpriv_dtor').map(event => event.why)).toEqual([1, 1]);
    bsd.end();
  });

  test('two opens never share a record; dup and fork do', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'one');
    await bsd.open('A', 'two');
    await bsd.call('A', 'dup', { fd: 'one' }, 'three');
    await bsd.call('A', 'fork', {}, 'C');
    expect(await bsd.ioctl('A', 'two', 'whoami')).toBe(2);
    expect(await bsd.ioctl('A', 'three', 'whoami')).toBe(1);
    expect(await bsd.ioctl('C', 'one', 'whoami')).toBe(1);
    for (const task of ['A', 'C']) {
      for (const fd of ['one', 'three']) {
        expect(softcOf(bsd).ended).toEqual([]);
        await bsd.call(task, 'close', { fd });
      }
    }
    expect(softcOf(bsd).ended).toEqual([1]);
    bsd.end();
  });

  test('a descriptor in flight keeps the record', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.call('A', 'sendfd', { fd: 'fd', to: 'B' });
    await bsd.call('A', 'close', { fd: 'fd' });
    expect(softcOf(bsd).ended).toEqual([]);
    await bsd.call('B', 'recvfd', {}, 'got');
    expect(await bsd.ioctl('B', 'got', 'whoami')).toBe(1);
    await bsd.call('B', 'exit');
    expect(softcOf(bsd).ended).toEqual([1]);
    bsd.end();
  });

  test('close: d_close with the file in td_fpop, then the destructor', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    const from = bsd.kernel.trace.count;
    await bsd.call('A', 'close', { fd: 'fd' });
    const order: string[] = [];
    for (let i = from; i < bsd.kernel.trace.count; i++) {
      const { name } = allEventTypes()[bsd.kernel.trace.at(i).typeId]!;
      if (name.startsWith('lab_bsd:')) order.push(name);
    }
    expect(order).toEqual(['lab_bsd:entry', 'lab_bsd:cdevpriv_dtor']);
    const [closed] = bsd.events('lab_bsd:entry', from);
    expect(closed).toMatchObject({ entry: 1, fileId: bsd.events('lab_bsd:cdevpriv_dtor', from)[0]!.fileId });
    bsd.end();
  });

  test('d_close comes at the last close only, or at each with track-close', async () => {
    for (const [trackClose, closes] of [
      [false, 1],
      [true, 2],
    ] as const) {
      const bsd = await BsdFixture.start({}, { trackClose });
      await bsd.open('A', 'one');
      await bsd.open('B', 'two');
      await bsd.call('A', 'close', { fd: 'one' });
      await bsd.call('B', 'close', { fd: 'two' });
      expect(softcOf(bsd).closes).toBe(closes);
      bsd.end();
    }
  });

  test('read and write see the file', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    expect(await bsd.call('A', 'read', { fd: 'fd', length: 100 })).toBe(100);
    expect(await bsd.call('A', 'write', { fd: 'fd', length: 10, fill: 1 })).toBe(10);
    await bsd.ioctl('A', 'fd', 'clear');
    expect(await bsd.call('A', 'read', { fd: 'fd', length: 1 })).toBe('ENOENT');
    bsd.end();
  });
});

describe('td_fpop', () => {
  test.each([
    ['F2011', 'EBADF'],
    ['F9.3', 'EBADF'],
    ['F14', '1'],
  ])('%s: after an ioctl inside an ioctl the outer one finds %s', async (era, found) => {
    const bsd = await BsdFixture.start({ era });
    await bsd.open('A', 'outer');
    await bsd.open('A', 'inner');
    expect(await bsd.ioctl('A', 'outer', 'nested', { other: 'inner' })).toBe(`2, then ${found}`);
    expect(bsd.core.fpops.size).toBe(0);
    bsd.end();
  });

  test('a fault of the kernel inside an ioctl asks d_mmap without a file, and the ioctl has its own file again', async () => {
    const bsd = await BsdFixture.start();
    await bsd.call('K', 'bsd.load', { name: 'other', slot: 1 });
    await bsd.open('A', 'one');
    await bsd.open('A', 'two', 'other');
    await bsd.map('A', 'two', 'm');
    const from = bsd.kernel.trace.count;
    expect(await bsd.ioctl('A', 'one', 'copyin', { at: 'm+1p' })).toBe(1);
    expect(bsd.events('lab_bsd:d_mmap', from)).toMatchObject([{ context: 1, fileId: 0 }]);
    expect(await bsd.load('A', 'm', 1)).toBe(16);
    bsd.end();
  });

  test('without save and clear, the fault finds the file of the other device', async () => {
    const bsd = await BsdFixture.start({ faultFile: 'thread' });
    await bsd.call('K', 'bsd.load', { name: 'other', slot: 1 });
    await bsd.open('B', 'zero');
    await bsd.open('A', 'one');
    await bsd.open('A', 'two', 'other');
    await bsd.map('A', 'two', 'm');
    const from = bsd.kernel.trace.count;
    expect(await bsd.ioctl('A', 'one', 'copyin', { at: 'm+1p' })).toBe(2);
    const [asked] = bsd.events('lab_bsd:d_mmap', from);
    expect(asked).toMatchObject({ context: 1 });
    expect(asked!.fileId).toBe(bsd.events('lab_bsd:entry').find(e => e.entry === 4)!.fileId);
    // Session 2 of /dev/session is taken for a session of /dev/other: its window 2, not 1.
    expect(await bsd.load('A', 'm', 1)).toBe(18);
    bsd.end();
  });

  test('EFAULT for memory that is not there', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    expect(await bsd.ioctl('A', 'fd', 'copyin')).toBe('EFAULT');
    bsd.end();
  });
});

describe('authentication in d_mmap', () => {
  test('not authenticated: the mapping is refused; authenticated: it works, faults too although they have no file', async () => {
    const bsd = await BsdFixture.start({}, { needsAuth: true });
    await bsd.open('A', 'fd');
    // d_mmap answers EACCES; the pager makes EINVAL of every refusal.
    expect(await bsd.map('A', 'fd', 'm')).toBe('EINVAL');
    await bsd.ioctl('A', 'fd', 'auth');
    expect(await bsd.map('A', 'fd', 'm')).toBe(0);
    expect(await bsd.load('A', 'm', 0)).toBe(16);
    bsd.end();
  });

  test('a file without a record is refused', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.ioctl('A', 'fd', 'clear');
    expect(await bsd.map('A', 'fd', 'm')).toBe('EINVAL');
    bsd.end();
  });

  test('losing the rights later revokes neither entries nor faults', async () => {
    const bsd = await BsdFixture.start({}, { needsAuth: true });
    await bsd.open('A', 'fd');
    await bsd.ioctl('A', 'fd', 'auth');
    await bsd.map('A', 'fd', 'm');
    await bsd.load('A', 'm', 0);
    await bsd.ioctl('A', 'fd', 'unauth');
    expect(await bsd.load('A', 'm', 0)).toBe(16);
    expect(await bsd.load('A', 'm', 1)).toBe(16);
    expect(await bsd.map('A', 'fd', 'n')).toBe('EINVAL');
    bsd.end();
  });

  test('a child that never authenticated faults through the mapping it inherited', async () => {
    const bsd = await BsdFixture.start({}, { needsAuth: true });
    await bsd.open('A', 'fd');
    await bsd.ioctl('A', 'fd', 'auth');
    await bsd.map('A', 'fd', 'm');
    await bsd.call('A', 'fork', {}, 'C');
    await bsd.call('C', 'close', { fd: 'fd' });
    expect(await bsd.load('C', 'm', 2)).toBe(16);
    bsd.end();
  });

  test('a driver that refuses EBADF breaks every fault: zeros instead of the device', async () => {
    const bsd = await BsdFixture.start({}, { ebadf: 'refuse' });
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm');
    expect(await bsd.load('A', 'm', 0)).toBe(0);
    expect(bsd.events('lab_bsd:page_insert')).toMatchObject([{ kind: 1 }]);
    bsd.end();
  });
});
