/** The calls on ranges of an address space: what they do, refuse, and leave behind when they fail. */
import { describe, expect, it } from 'vitest';
import type { KernelError } from '../base/errno.ts';
import { access, mapAnonymous, mapShared, mmFixture } from '../testing/mm_fixture.ts';
import { doMadvise } from './madvise.ts';
import { doMlock } from './mlock.ts';
import {
  doMmap,
  MAP_ANONYMOUS,
  MAP_FIXED_NOREPLACE,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_SHARED_VALIDATE,
  MAP_SYNC,
} from './mmap.ts';
import { doMprotect } from './mprotect.ts';
import { doMremap, MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE } from './mremap.ts';
import { doMunmap } from './munmap.ts';
import { frameOf, lineOf, pagemapKindOf, permOf, vmasIn, whereOf } from './observe.ts';
import type { ProcessMm } from './process_mm.ts';
import { VM_DONTEXPAND, VM_IO, VM_PFNMAP } from './vm_area.ts';

const K = 4096;

function errnoOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as KernelError).errno;
  }
  return 'none';
}

/** [start, end, file page] of the VMAs in [100, 200). */
function rows(mm: ProcessMm): number[][] {
  return vmasIn(mm, 100, 200).map(vma => [vma.start, vma.end, vma.pgoff]);
}

describe('munmap', () => {
  it('splits a mapping around a hole and keeps the file page of every page', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(64);
    mapShared(mm, file, 100, 16, 30);
    doMunmap(mm, mm.addressOf(104), 4 * K);
    expect(rows(mm)).toEqual([
      [100, 104, 30],
      [108, 116, 38],
    ]);
    expect([file.count, file.mapping.mmapTree.size, file.mapping.mmapWritable]).toEqual([3, 2, 2]);
  });

  it('takes nothing mapped for success and a bad range for EINVAL', () => {
    const { newTask } = mmFixture();
    const mm = newTask();
    doMunmap(mm, mm.addressOf(100), K);
    expect(errnoOf(() => doMunmap(mm, mm.addressOf(100) + 1, K))).toBe('EINVAL');
    expect(errnoOf(() => doMunmap(mm, mm.addressOf(100), 0))).toBe('EINVAL');
    expect(errnoOf(() => doMunmap(mm, 0, K))).toBe('EINVAL');
  });
});

describe('mmap', () => {
  it('merges with a neighbour that continues the same file with the same rights, and with no other', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(64);
    mapShared(mm, file, 100, 4, 0);
    mapShared(mm, file, 108, 4, 8);
    mapShared(mm, file, 104, 4, 4);
    expect(rows(mm)).toEqual([[100, 112, 0]]);
    mapShared(mm, file, 112, 4, 12, 1);
    mapShared(mm, memfd(64), 116, 4, 16);
    expect(rows(mm)).toEqual([
      [100, 112, 0],
      [112, 116, 12],
      [116, 120, 16],
    ]);
  });

  it('places without a wish from high to low and refuses what it must', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    const anonymous = { nrPages: 4, pgoff: 0, prot: 3, flags: MAP_PRIVATE | MAP_ANONYMOUS };
    const first = doMmap(mm, null, { page: null, ...anonymous });
    expect(doMmap(mm, null, { page: null, ...anonymous })).toBe(first - 4);
    expect(doMmap(mm, null, { page: 500, ...anonymous })).toBe(500);
    const noReplace = { page: 502, ...anonymous, flags: anonymous.flags | MAP_FIXED_NOREPLACE };
    expect(errnoOf(() => doMmap(mm, null, noReplace))).toBe('EEXIST');
    const request = { page: null, nrPages: 1, pgoff: 0, prot: 3 };
    expect(errnoOf(() => doMmap(mm, memfd(1, 'rdonly'), { ...request, flags: MAP_SHARED }))).toBe('EACCES');
    expect(errnoOf(() => doMmap(mm, memfd(1), { ...request, flags: 0 }))).toBe('EINVAL');
    const sync = { ...request, flags: MAP_SHARED_VALIDATE | MAP_SYNC };
    expect(errnoOf(() => doMmap(mm, memfd(1), sync))).toBe('EOPNOTSUPP');
  });

  it('populates when asked, private memory by writing', () => {
    const { newTask } = mmFixture();
    const mm = newTask();
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    const page = doMmap(mm, null, { page: null, nrPages: 4, pgoff: 0, prot: 3, flags });
    expect(lineOf(mm, page, 4, pagemapKindOf)).toBe('aaaa');
  });
});

describe('mprotect', () => {
  it('changes what lies before a hole, then answers ENOMEM', () => {
    const { newTask } = mmFixture();
    const mm = newTask();
    mapAnonymous(mm, 100, 4);
    mapAnonymous(mm, 106, 4);
    for (const page of [101, 103, 107]) access(mm, page, true);
    expect(errnoOf(() => doMprotect(mm, mm.addressOf(102), 6 * K, 1))).toBe('ENOMEM');
    expect(lineOf(mm, 100, 10, permOf)).toBe('.w.r...w..');
    expect(mm.vmas.map(vma => vma.flags & 7)).toEqual([3, 1, 3]);
  });

  it('keeps entries through PROT_NONE and makes own copies writable again without a fault', () => {
    const { newTask } = mmFixture();
    const mm = newTask();
    mapAnonymous(mm, 100, 2);
    access(mm, 100, true);
    const frame = frameOf(mm, 100);
    doMprotect(mm, mm.addressOf(100), 2 * K, 0);
    expect(lineOf(mm, 100, 2, permOf)).toBe('n.');
    expect(access(mm, 100, false)).toBe('SEGV_ACCERR');
    doMprotect(mm, mm.addressOf(100), 2 * K, 3);
    expect(access(mm, 100, true)).toBe(0);
    expect(frameOf(mm, 100)).toBe(frame);
  });

  it('refuses writing through a mapping of a read-only descriptor', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    mapShared(mm, memfd(4, 'rdonly'), 100, 4, 0, 1);
    expect(errnoOf(() => doMprotect(mm, mm.addressOf(100), K, 3))).toBe('EACCES');
  });
});

describe('mremap', () => {
  it('moves the entries along without a fault', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    mapShared(mm, memfd(8), 100, 8, 0);
    access(mm, 102, true);
    const frame = frameOf(mm, 102);
    const to = mm.addressOf(150);
    expect(doMremap(mm, mm.addressOf(100), 8 * K, 8 * K, MREMAP_MAYMOVE | MREMAP_FIXED, to)).toBe(to);
    expect(rows(mm)).toEqual([[150, 158, 0]]);
    expect(frameOf(mm, 152)).toBe(frame);
    expect(access(mm, 152, true)).toBe(0);
    expect(mm.nrPtes).toBe(1);
  });

  it('grows where it is if there is room, else answers ENOMEM unless it may move', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    mapShared(mm, memfd(64), 100, 4, 0);
    const addr = mm.addressOf(100);
    expect(doMremap(mm, addr, 4 * K, 8 * K, 0)).toBe(addr);
    mapAnonymous(mm, 108, 1);
    expect(errnoOf(() => doMremap(mm, addr, 8 * K, 9 * K, 0))).toBe('ENOMEM');
    expect(doMremap(mm, addr, 8 * K, 9 * K, MREMAP_MAYMOVE)).not.toBe(addr);
    expect(rows(mm)).toEqual([[108, 109, 108]]);
  });

  it('to a fixed place unmaps the destination before it finds the source bad', () => {
    const { newTask } = mmFixture();
    const mm = newTask();
    mapAnonymous(mm, 150, 4);
    const move = () =>
      doMremap(mm, mm.addressOf(100), 2 * K, 2 * K, MREMAP_MAYMOVE | MREMAP_FIXED, mm.addressOf(151));
    mapAnonymous(mm, 100, 1);
    expect(errnoOf(move)).toBe('EFAULT');
    expect(rows(mm)).toEqual([
      [100, 101, 100],
      [150, 151, 150],
      [153, 154, 153],
    ]);
  });

  it('with an old length of 0 maps shared memory a second time', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    mapShared(mm, memfd(8), 100, 8, 0);
    access(mm, 103, true);
    doMremap(mm, mm.addressOf(102), 0, 4 * K, MREMAP_MAYMOVE | MREMAP_FIXED, mm.addressOf(150));
    expect(rows(mm)).toEqual([
      [100, 108, 0],
      [150, 154, 2],
    ]);
    expect(access(mm, 151, false)).toBe(1);
    expect(frameOf(mm, 151)).toBe(frameOf(mm, 103));
  });

  it('with DONTUNMAP leaves the source mapped and empty', () => {
    const { newTask } = mmFixture();
    const mm = newTask();
    mapAnonymous(mm, 100, 4);
    access(mm, 101, true);
    const flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
    doMremap(mm, mm.addressOf(100), 4 * K, 4 * K, flags, mm.addressOf(150));
    expect(lineOf(mm, 100, 4, whereOf) + lineOf(mm, 150, 4, whereOf)).toBe('.....r..');
    expect(access(mm, 101, false)).toBe(1);
    expect(frameOf(mm, 101)).not.toBe(frameOf(mm, 151));
  });

  it('refuses to grow device mappings but moves and shrinks them', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    mapShared(mm, memfd(64), 100, 8, 0);
    mm.findVma(100)!.flags |= VM_PFNMAP | VM_IO | VM_DONTEXPAND;
    const addr = mm.addressOf(100);
    expect(errnoOf(() => doMremap(mm, addr, 8 * K, 9 * K, 0))).toBe('EFAULT');
    const dontUnmap = MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
    expect(errnoOf(() => doMremap(mm, addr, 8 * K, 8 * K, dontUnmap))).toBe('EINVAL');
    doMremap(mm, addr, 8 * K, 6 * K, 0);
    doMremap(mm, addr, 6 * K, 6 * K, MREMAP_MAYMOVE | MREMAP_FIXED, mm.addressOf(150));
    expect(rows(mm)).toEqual([[150, 156, 0]]);
    expect(errnoOf(() => doMadvise(mm, mm.addressOf(150), K, 'dontneed'))).toBe('EINVAL');
    doMlock(mm, mm.addressOf(150), 6 * K);
    expect([mm.lockedPages, mm.nrPtes]).toEqual([0, 0]);
  });
});

describe('madvise and mlock', () => {
  it('DONTNEED over a hole does every mapped part, then answers ENOMEM', () => {
    const { newTask } = mmFixture();
    const mm = newTask();
    mapAnonymous(mm, 100, 2);
    mapAnonymous(mm, 104, 2);
    for (const page of [100, 101, 104, 105]) access(mm, page, true);
    expect(errnoOf(() => doMadvise(mm, mm.addressOf(101), 4 * K, 'dontneed'))).toBe('ENOMEM');
    expect(lineOf(mm, 100, 6, whereOf)).toBe('r....r');
  });

  it('POPULATE_READ stops at a hole', () => {
    const { newTask } = mmFixture();
    const mm = newTask();
    mapAnonymous(mm, 100, 2);
    mapAnonymous(mm, 104, 2);
    expect(errnoOf(() => doMadvise(mm, mm.addressOf(100), 6 * K, 'populate_read'))).toBe('ENOMEM');
    expect(lineOf(mm, 100, 6, whereOf)).toBe('zz....');
  });

  it('mlock faults pages in and counts them until munmap', () => {
    const { newTask } = mmFixture();
    const mm = newTask();
    mapAnonymous(mm, 100, 4);
    doMlock(mm, mm.addressOf(101), 2 * K);
    expect([lineOf(mm, 100, 4, whereOf), mm.lockedPages, mm.vmas.length]).toEqual(['.rr.', 2, 3]);
    doMunmap(mm, mm.addressOf(100), 4 * K);
    expect(mm.lockedPages).toBe(0);
  });
});
