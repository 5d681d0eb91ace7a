import { describe, expect, it } from 'vitest';
import type { KernelError } from '../base/errno.ts';
import { access, mapPrivate, mapShared, mmFixture } from '../testing/mm_fixture.ts';
import { UNMAP_MAPPING_RANGE } from '../trace/events/mm.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import { unmapPages } from './munmap.ts';
import { lineOf, pagemapKindOf, whereOf } from './observe.ts';
import { addSeals, F_SEAL_GROW, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_WRITE, getSeals } from './seals.ts';
import { shmemPagesOf } from './shmem.ts';
import { unmapMappingPages } from './unmap_mapping.ts';
import { vfsFallocate, vfsFtruncate } from './vfs_space.ts';

function errnoOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as KernelError).errno;
  }
  return 'none';
}

/** [first page, pages, even cows] of the shoot-downs so far. */
function shootDowns(trace: TraceBuffer): number[][] {
  const found: number[][] = [];
  for (let i = trace.firstIndex; i < trace.count; i++) {
    const event = trace.at(i);
    if (event.typeId === UNMAP_MAPPING_RANGE.id) found.push(event.args.slice(1, 4));
  }
  return found;
}

describe('ftruncate of shared memory', () => {
  it('shoots down twice with even_cows, frees the pages and zeroes the rest of the last one', () => {
    const { context, plane, newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(8);
    mapShared(mm, file, 100, 8, 0);
    mapPrivate(mm, file, 200, 8, 0);
    for (let i = 0; i < 8; i++) access(mm, 100 + i, true);
    access(mm, 205, true);
    vfsFtruncate(file, 3 * 4096 + 100);
    expect(shootDowns(context.trace)).toEqual([
      [4, 0, 1],
      [4, 0, 1],
    ]);
    expect(lineOf(mm, 100, 8, whereOf)).toBe('rrrr....');
    expect(lineOf(mm, 200, 8, pagemapKindOf)).toBe('........');
    expect(shmemPagesOf(file.inode)!.nrPages).toBe(4);
    expect(file.inode.blocks).toBe(32);
    expect(plane.log.at(-1)).toMatch(/^fillBytes \d+ 100 3996 0$/);
    expect(access(mm, 104, false)).toBe('BUS_ADRERR');
  });

  it('only changes the size when it grows, and nothing at the same size', () => {
    const { context, memfd } = mmFixture();
    const file = memfd(2);
    vfsFtruncate(file, 5 * 4096);
    vfsFtruncate(file, 5 * 4096);
    expect(file.inode.sizeBytes).toBe(5 * 4096);
    expect(shootDowns(context.trace)).toEqual([]);
  });

  it('is refused for negative sizes and read-only descriptors', () => {
    const { memfd } = mmFixture();
    expect(errnoOf(() => vfsFtruncate(memfd(1), -1))).toBe('EINVAL');
    expect(errnoOf(() => vfsFtruncate(memfd(1, 'rdonly'), 0))).toBe('EINVAL');
  });
});

describe('fallocate of shared memory', () => {
  it('punches whole pages with one shoot-down and zeroes parts of pages', () => {
    const { context, plane, newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(8);
    mapShared(mm, file, 100, 8, 0);
    mapPrivate(mm, file, 200, 8, 0);
    for (let i = 0; i < 8; i++) access(mm, 100 + i, true);
    access(mm, 203, true);
    vfsFallocate(file, 'punch', 4096 + 100, 4 * 4096);
    expect(shootDowns(context.trace)).toEqual([[2, 3, 0]]);
    expect(lineOf(mm, 100, 8, whereOf)).toBe('rr...rrr');
    expect(lineOf(mm, 200, 8, pagemapKindOf)).toBe('...a....');
    const zeroed = plane.log
      .filter(line => line.startsWith('fillBytes'))
      .map(line => line.split(' ').slice(2).join(' '));
    expect(zeroed).toEqual(['100 3996 0', '0 100 0']);
    expect(file.inode.sizeBytes).toBe(8 * 4096);
  });

  it('shoots down nothing for a hole inside one page, but everything behind for one inside page 0', () => {
    const { context, memfd } = mmFixture();
    const file = memfd(8);
    vfsFallocate(file, 'punch', 4096, 100);
    expect(shootDowns(context.trace)).toEqual([]);
    // The kernel compares the end of the hole, -1, as an unsigned number.
    vfsFallocate(file, 'punch', 0, 100);
    expect(shootDowns(context.trace)).toEqual([[0, 0, 0]]);
  });

  it('reserves pages that are no data until they are used, and grows the file unless told to keep its size', () => {
    const { memfd } = mmFixture();
    const file = memfd(2);
    vfsFallocate(file, 'keep', 0, 4 * 4096);
    expect([file.inode.sizeBytes, file.inode.blocks]).toEqual([2 * 4096, 32]);
    expect(errnoOf(() => file.ops.llseek!(file, 0, 'data'))).toBe('ENXIO');
    vfsFallocate(file, 'none', 0, 3 * 4096);
    expect(file.inode.sizeBytes).toBe(3 * 4096);
  });

  it('refuses what shared memory does not do', () => {
    const { memfd } = mmFixture();
    expect(errnoOf(() => vfsFallocate(memfd(1), 'collapse', 0, 4096))).toBe('EOPNOTSUPP');
    expect(errnoOf(() => vfsFallocate(memfd(1), 'zero', 0, 4096))).toBe('EOPNOTSUPP');
    expect(errnoOf(() => vfsFallocate(memfd(1), 'holeonly', 0, 4096))).toBe('EOPNOTSUPP');
    expect(errnoOf(() => vfsFallocate(memfd(1), 'punch', -1, 4096))).toBe('EINVAL');
    expect(errnoOf(() => vfsFallocate(memfd(1), 'punch', 0, 0))).toBe('EINVAL');
    expect(errnoOf(() => vfsFallocate(memfd(1, 'rdonly'), 'punch', 0, 4096))).toBe('EBADF');
  });

  it('undoes its own pages when memory runs out', () => {
    const { context, memfd } = mmFixture(6);
    const file = memfd(8);
    file.ops.write!(file, 4096, 1, 7);
    expect(errnoOf(() => vfsFallocate(file, 'none', 0, 8 * 4096))).toBe('ENOMEM');
    expect([context.frames.nrFree, shmemPagesOf(file.inode)!.nrPages]).toEqual([3, 1]);
  });
});

describe('llseek of shared memory', () => {
  it('finds data and holes by page', () => {
    const { memfd } = mmFixture();
    const file = memfd(8);
    file.ops.write!(file, 2 * 4096, 2 * 4096, 1);
    const seek = (offset: number, whence: 'data' | 'hole') => file.ops.llseek!(file, offset, whence);
    expect([seek(0, 'data'), seek(0, 'hole'), seek(9000, 'hole'), seek(9000, 'data')]).toEqual([
      8192, 0, 16384, 9000,
    ]);
    expect(errnoOf(() => seek(20000, 'data'))).toBe('ENXIO');
    expect(seek(20000, 'hole')).toBe(20000);
  });
});

describe('swap of shared memory', () => {
  it('leaves a slot in the place of a page, brings it back on a fault and frees it on truncation', () => {
    const { context, newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(4);
    const pages = shmemPagesOf(file.inode)!;
    const freed: number[] = [];
    pages.swap = {
      swapIn: (_pages, _pgoff, slot) => {
        freed.push(slot);
        return context.frames.allocDirtyPage();
      },
      freeSlot: slot => void freed.push(slot),
    };
    mapShared(mm, file, 100, 4, 0);
    access(mm, 101, true);
    access(mm, 102, true);
    const { nrFree } = context.frames;
    for (const pgoff of [1, 2]) {
      unmapMappingPages(context, file.mapping, pgoff, 1, false);
      pages.moveToSwap(pgoff, 40 + pgoff);
    }
    expect([context.frames.nrFree, pages.nrPages, pages.nrSwapped, file.inode.blocks]).toEqual([
      nrFree + 2,
      0,
      2,
      16,
    ]);
    expect(file.ops.llseek!(file, 0, 'data')).toBe(4096);
    expect(access(mm, 101, false)).toBe(1);
    expect([pages.nrPages, pages.nrSwapped]).toEqual([1, 1]);
    vfsFtruncate(file, 0);
    expect(freed).toEqual([41, 42]);
    expect([pages.nrPages, pages.nrSwapped, mm.nrPtes]).toEqual([0, 0, 0]);
  });
});

describe('seals', () => {
  it('against writing wait for shared mappings that may write, read-only ones from a writable descriptor too', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(4);
    mapShared(mm, file, 100, 4, 0, 1);
    expect(errnoOf(() => addSeals(file, F_SEAL_WRITE))).toBe('EBUSY');
    unmapPages(mm, 100, 104, 'munmap');
    addSeals(file, F_SEAL_WRITE);
    expect(errnoOf(() => mapShared(mm, file, 100, 4, 0))).toBe('EPERM');
    mapShared(mm, file, 100, 4, 0, 1);
    mapPrivate(mm, file, 200, 4, 0);
    expect(access(mm, 200, true)).toBe(1);
    expect(errnoOf(() => file.ops.write!(file, 0, 4, 1))).toBe('EPERM');
    expect(errnoOf(() => vfsFallocate(file, 'punch', 0, 4096))).toBe('EPERM');
  });

  it('against growing and shrinking bind ftruncate, and F_SEAL_SEAL ends it', () => {
    const { memfd } = mmFixture();
    const file = memfd(4);
    addSeals(file, F_SEAL_GROW | F_SEAL_SHRINK);
    expect(errnoOf(() => vfsFtruncate(file, 5 * 4096))).toBe('EPERM');
    expect(errnoOf(() => vfsFtruncate(file, 3 * 4096))).toBe('EPERM');
    expect(errnoOf(() => file.ops.write!(file, 4 * 4096, 1, 1))).toBe('EPERM');
    addSeals(file, F_SEAL_SEAL);
    expect(errnoOf(() => addSeals(file, F_SEAL_WRITE))).toBe('EPERM');
    expect(getSeals(file)).toBe(F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  });
});
