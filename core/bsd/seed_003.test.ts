/**
 * The exchange "cdevpriv and mmap(2)" of September 2008 (seed 003), step by step: what its text says is done, and what it says
 * happens is looked at.
 */
import { describe, expect, test } from 'vitest';
import { BsdFixture } from '../testing/bsd_fixture.ts';

describe('seed 003, what the first mail says', () => {
  test('"one time to validate the mmaped region and protection mode, and second time to obtain the physical address when serving page fault"', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 1);
    expect(bsd.events('lab_bsd:d_mmap')).toMatchObject([{ page: 0, context: 0, error: 0 }]);
    // Validation gives no page: the address was thrown away.
    expect(bsd.core.pagers[0]!.pages.size).toBe(0);
    await bsd.load('A', 'm', 0);
    expect(bsd.events('lab_bsd:d_mmap')).toMatchObject([{ context: 0 }, { page: 0, context: 1, error: 0 }]);
    expect(bsd.core.pagers[0]!.pages.size).toBe(1);
    bsd.end();
  });

  test('"This method is called by the kernel (at least) twice": n pages and f first faults are n + f calls', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 5);
    await bsd.call('A', 'touchRange', { map: 'm', step: 2, write: false });
    expect(bsd.events('lab_bsd:d_mmap')).toHaveLength(5 + 3);
    bsd.end();
  });

  test('"Support for cdevpriv for the first call(s) is trivial": the calls of mmap know the session', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fdA');
    await bsd.open('B', 'fdB');
    for (const task of ['A', 'B']) {
      const from = bsd.kernel.trace.count;
      await bsd.map(task, `fd${task}`, `m${task}`, 2);
      const files = bsd.events('lab_bsd:d_mmap', from).map(event => event.fileId);
      const opened = bsd.events('lab_bsd:cdevpriv_set').at(task === 'A' ? 0 : 1)!.fileId;
      expect(files).toEqual([opened, opened]);
    }
    bsd.end();
  });

  test('"Second calls are much harder and essentially require attaching cdevpriv bookkeeping data to the struct vm_map_entry"', async () => {
    // As it is: no file in a fault.
    const without = await BsdFixture.start();
    await without.open('A', 'fd');
    await without.map('A', 'fd', 'm', 1);
    await without.load('A', 'm', 0);
    expect(without.events('lab_bsd:d_mmap').at(-1)).toMatchObject({ context: 1, fileId: 0 });
    without.end();
    // With the data in the map entry: the file that made the mapping.
    const with_ = await BsdFixture.start({ faultFile: 'entry' });
    await with_.open('A', 'fd');
    await with_.map('A', 'fd', 'm', 1);
    await with_.load('A', 'm', 0);
    const [validated, faulted] = with_.events('lab_bsd:d_mmap');
    expect(faulted).toMatchObject({ context: 1, fileId: validated!.fileId });
    with_.end();
  });
});

describe('seed 003, what the answer says', () => {
  test('"all pages mapped independently from different file descriptors on the same device are from the same set of pages"', async () => {
    // Even a driver that is told the session in every fault cannot show two sessions different pages.
    const bsd = await BsdFixture.start({ faultFile: 'entry' });
    for (const task of ['A', 'B']) {
      await bsd.open(task, `fd${task}`);
      await bsd.map(task, `fd${task}`, `m${task}`, 2);
    }
    expect(bsd.core.pagers).toHaveLength(1);
    expect(await bsd.load('A', 'mA', 0)).toBe(17);
    expect(await bsd.load('B', 'mB', 0)).toBe(17);
    // Whoever comes first decides, page by page.
    expect(await bsd.load('B', 'mB', 1)).toBe(18);
    expect(await bsd.load('A', 'mA', 1)).toBe(18);
    await bsd.call('A', 'touch', { map: 'mA', page: 1, write: true, value: 200 });
    expect(await bsd.load('B', 'mB', 1)).toBe(200);
    bsd.end();
  });

  test('"we also need to have a different VM object for each session": with both, each session sees its own pages', async () => {
    const bsd = await BsdFixture.start({ faultFile: 'entry', vmObjects: 'session' });
    for (const task of ['A', 'B']) {
      await bsd.open(task, `fd${task}`);
      await bsd.map(task, `fd${task}`, `m${task}`, 2);
    }
    expect(bsd.core.pagers).toHaveLength(2);
    expect(await bsd.load('A', 'mA', 0)).toBe(17);
    expect(await bsd.load('B', 'mB', 0)).toBe(18);
    await bsd.call('A', 'touch', { map: 'mA', page: 0, write: true, value: 200 });
    expect(await bsd.load('B', 'mB', 0)).toBe(18);
    bsd.end();
  });

  test('a VM object for each session alone is not enough: the driver does not know whose object it fills', async () => {
    const bsd = await BsdFixture.start({ vmObjects: 'session' });
    for (const task of ['A', 'B']) {
      await bsd.open(task, `fd${task}`);
      await bsd.map(task, `fd${task}`, `m${task}`, 1);
    }
    expect(await bsd.load('A', 'mA', 0)).toBe(16);
    expect(await bsd.load('B', 'mB', 0)).toBe(16);
    bsd.end();
  });

  test('"pages might someday no longer be associated with a device due to that device being removed"', async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 2);
    await bsd.call('A', 'touch', { map: 'm', page: 0, write: true, value: 5 });
    await bsd.call('K', 'bsd.unload', { name: 'session' });
    // The page is still there, and still the device's; a page that was not there is nobody's.
    expect(await bsd.load('A', 'm', 0)).toBe(5);
    expect(await bsd.load('A', 'm', 1)).toBe(0);
    expect([...bsd.core.pagers[0]!.pages.values()].map(page => page.kind)).toEqual(['device', 'zero']);
    bsd.end();
  });
});

describe('seed 003, what the reply to the answer says', () => {
  test('"kernel is allowed to fault too, vm_fault() should save/restore td_fpop"', async () => {
    const bsd = await BsdFixture.start();
    await bsd.call('K', 'bsd.load', { name: 'other', slot: 1 });
    await bsd.open('A', 'one');
    await bsd.open('A', 'two', 'other');
    await bsd.map('A', 'two', 'm', 1);
    // The kernel faults on a page of one device in the middle of an ioctl of another, which must find its own file afterwards.
    expect(await bsd.ioctl('A', 'one', 'copyin', { at: 'm' })).toBe(1);
    expect(bsd.events('lab_bsd:d_mmap').at(-1)).toMatchObject({ context: 1, fileId: 0 });
    bsd.end();
  });

  test('dri_mmap: "if (error == 0) authenticate", "Auth successfull or error == EBADF: do whatever needed to return phys address"', async () => {
    const bsd = await BsdFixture.start({}, { needsAuth: true });
    await bsd.open('A', 'fd');
    // error == 0, not authenticated.
    expect(await bsd.map('A', 'fd', 'm', 1)).toBe('EINVAL');
    // error == 0, authenticated.
    await bsd.ioctl('A', 'fd', 'auth');
    expect(await bsd.map('A', 'fd', 'm', 1)).toBe(0);
    // error == EBADF.
    expect(await bsd.load('A', 'm', 0)).toBe(16);
    // Without the last line of the idiom every fault is broken.
    const strict = await BsdFixture.start({}, { ebadf: 'refuse' });
    await strict.open('A', 'fd');
    expect(await strict.map('A', 'fd', 'm', 1)).toBe(0);
    expect(await strict.load('A', 'm', 0)).not.toBe(16);
    strict.end();
    bsd.end();
  });

  test('"the need for the new pager is actually real for GEM/TTM": an object of its own for each buffer, pages that can be taken back', async () => {
    const bsd = await BsdFixture.start();
    await bsd.call('K', 'bsd.load', { driver: 'gem', name: 'drm' });
    await bsd.open('A', 'gpu', 'drm');
    const args = { fd: 'gpu', request: 'create', value: 2 };
    const index = await bsd.call('A', 'bsd.ioctl', args, 'buffer');
    await bsd.map('A', 'gpu', 'm', 2, { offsetOf: 'buffer' });
    await bsd.call('A', 'touchRange', { map: 'm', write: true, value: 7 });
    expect(await bsd.ioctl('A', 'gpu', 'release', { value: index })).toBe(2);
    expect(await bsd.load('A', 'm', 1)).toBe(7);
    bsd.end();
  });
});
