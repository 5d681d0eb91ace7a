import { describe, expect, test } from 'vitest';
import { BsdFixture } from '../testing/bsd_fixture.ts';
import { PAGE } from '../testing/lab_fixture.ts';

describe('legacy pager', () => {
  test('5 pages mapped, 3 touched: d_mmap called 8 times, 5 with the file, 3 without', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 5);
    for (const page of [0, 2, 4]) await bsd.load('A', 'm', page);
    expect([bsd.core.mmapCallsWithFile, bsd.core.mmapCallsWithoutFile]).toEqual([5, 3]);
    const calls = bsd.events('lab_bsd:d_mmap');
    expect(calls).toHaveLength(8);
    expect(calls.filter(call => call.context === 0 && call.fileId !== 0)).toHaveLength(5);
    expect(calls.filter(call => call.context === 1 && call.fileId === 0)).toHaveLength(3);
    bsd.end();
  });

  test('a page that the object has is not asked for again, by anybody', async () => {
    const bsd = await BsdFixture.start();
    for (const task of ['A', 'B']) {
      await bsd.open(task, `fd${task}`);
      await bsd.map(task, `fd${task}`, `m${task}`, 2);
    }
    await bsd.load('A', 'mA', 1);
    const asked = bsd.core.mmapCallsWithoutFile;
    await bsd.load('B', 'mB', 1);
    expect(bsd.core.mmapCallsWithoutFile).toBe(asked);
    bsd.end();
  });

  test('all opens share one object, which only grows', async () => {
    const bsd = await BsdFixture.start();
    for (const task of ['A', 'B']) await bsd.open(task, `fd${task}`);
    await bsd.map('A', 'fdA', 'm1', 2);
    expect(bsd.core.pagers.map(object => object.nrPages)).toEqual([2]);
    await bsd.map('B', 'fdB', 'm2', 3, { offset: 5 * PAGE });
    await bsd.map('A', 'fdA', 'm3', 1);
    expect(bsd.core.pagers.map(object => [object.nrPages, object.refs])).toEqual([[8, 3]]);
    bsd.end();
  });

  test('the loser of a race over a new object is given itself as handle and released', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    bsd.core.loseNextRace = true;
    // The winner's own mapping: without it nothing holds the winner's reference.
    expect(await bsd.map('A', 'fd', 'm', 2)).toBe(0);
    expect(bsd.events('lab_bsd:object_dead')).toHaveLength(1);
    expect(bsd.core.pagers.map(object => [object.id, object.refs])).toEqual([[2, 2]]);
    bsd.core.pagers[0]!.refs--;
    await bsd.load('A', 'm', 0);
    bsd.end();
  });

  test('a fault asks for reading, also when the access is a store', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 1);
    expect(bsd.core.question.prot).toBe(3);
    await bsd.call('A', 'touch', { map: 'm', page: 0, write: true });
    expect(bsd.core.question.prot).toBe(1);
    bsd.end();
  });
});

describe('mmap', () => {
  test('private: EINVAL; beyond the rights of the file: EACCES; gone: ENXIO; beyond the device: EINVAL', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.call('A', 'open', { path: '/dev/session', flags: 'rdonly' }, 'ro');
    expect(await bsd.map('A', 'fd', 'm', 1, { flags: 'private' })).toBe('EINVAL');
    expect(await bsd.map('A', 'ro', 'm', 1)).toBe('EACCES');
    expect(await bsd.map('A', 'ro', 'm', 1, { prot: 'r' })).toBe(0);
    expect(await bsd.map('A', 'fd', 'm', 17)).toBe('EINVAL');
    expect(bsd.core.pagers).toHaveLength(1);
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    expect(await bsd.map('A', 'fd', 'n', 1)).toBe('ENXIO');
    bsd.end();
  });

  test('a refused page fails the whole mapping; the pages before it were asked for', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    expect(await bsd.map('A', 'fd', 'm', 4, { offset: 14 * PAGE })).toBe('EINVAL');
    expect(bsd.core.mmapCallsWithFile).toBe(3);
    expect(bsd.core.pagers).toEqual([]);
    bsd.end();
  });

  test('a mapping keeps its object, not its descriptor: the destructor runs at close', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 2);
    await bsd.call('A', 'close', { fd: 'fd' });
    expect([bsd.core.recordsSet, bsd.core.destructorsRun]).toEqual([1, 1]);
    expect(await bsd.load('A', 'm', 0)).toBe(16);
    bsd.check();
    await bsd.call('A', 'munmap', { map: 'm' });
    expect(bsd.core.pagers).toEqual([]);
    bsd.end();
  });

  test('pieces of a mapping share one hold on the object', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 5);
    await bsd.call('A', 'munmap', { map: 'm', first: 2, count: 1 });
    await bsd.call('A', 'fork', {}, 'C');
    expect(bsd.core.pagers.map(object => object.refs)).toEqual([1]);
    await bsd.call('A', 'munmap', { map: 'm' });
    expect(await bsd.load('C', 'm', 4)).toBe(16);
    bsd.check();
    await bsd.call('C', 'exit');
    expect(bsd.core.pagers).toEqual([]);
    bsd.end();
  });
});
