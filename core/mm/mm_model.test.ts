/** Random calls on an address space against a naive model with one record per page. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelError } from '../base/errno.ts';
import { ModelBug } from '../base/invariant.ts';
import { restoreSnapshot, takeSnapshot } from '../base/snapshot.ts';
import type { OpenFile } from '../fs/open_file.ts';
import { access, type MmFixture, mmFixture } from '../testing/mm_fixture.ts';
import { dupMm, exitMm } from './fork.ts';
import { checkMmStep, MM_INVARIANTS } from './invariants.ts';
import { doMadvise } from './madvise.ts';
import { doMlock, doMunlock } from './mlock.ts';
import { doMmap, MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, MAP_SHARED } from './mmap.ts';
import { doMprotect } from './mprotect.ts';
import { doMremap, MREMAP_FIXED, MREMAP_MAYMOVE } from './mremap.ts';
import { doMunmap } from './munmap.ts';
import type { ProcessMm } from './process_mm.ts';
import { shmemPagesOf } from './shmem.ts';
import { vfsFallocate, vfsFtruncate } from './vfs_space.ts';
import { VM_ACCESS, VM_SHARED } from './vm_area.ts';

const FIRST = 0x10000;
const PAGES = 24;

/** What one page shows: which file and page of it (or anonymous), its rights, shared or not. */
type PageRecord = string | null;

const place = fc.nat(PAGES - 1);
const length = fc.integer({ min: 1, max: 10 });
const task = fc.nat(2);
const call = fc.oneof(
  fc.record({
    do: fc.constant('mmap' as const),
    task,
    at: place,
    n: length,
    file: fc.nat(2),
    pgoff: fc.nat(12),
    prot: fc.constantFrom(0, 1, 3),
    shared: fc.boolean(),
  }),
  fc.record({ do: fc.constant('munmap' as const), task, at: place, n: length }),
  fc.record({
    do: fc.constant('mprotect' as const),
    task,
    at: place,
    n: length,
    prot: fc.constantFrom(0, 1, 3),
  }),
  fc.record({ do: fc.constant('mremap' as const), task, at: place, n: length, newN: length, to: place }),
  fc.record({
    do: fc.constant('madvise' as const),
    task,
    at: place,
    n: length,
    advice: fc.constantFrom('dontneed', 'dontfork', 'dofork', 'populate_read', 'remove', 'wipeonfork'),
  }),
  fc.record({ do: fc.constant('lock' as const), task, at: place, n: length, on: fc.boolean() }),
  fc.record({ do: fc.constant('touch' as const), task, at: place, write: fc.boolean() }),
  fc.record({ do: fc.constant('touch' as const), task, at: place, write: fc.boolean() }),
  fc.record({ do: fc.constant('fork' as const), task }),
  fc.record({ do: fc.constant('exit' as const), task }),
  fc.record({ do: fc.constant('truncate' as const), file: fc.nat(1), size: fc.nat(20 * 4096) }),
  fc.record({
    do: fc.constant('punch' as const),
    file: fc.nat(1),
    offset: fc.nat(12 * 4096),
    n: fc.integer({ min: 1, max: 8 * 4096 }),
  }),
);
type Call = typeof call extends fc.Arbitrary<infer C> ? C : never;

/** The task under test with its naive twin. */
interface Twin {
  mm: ProcessMm;
  pages: PageRecord[];
}

function recordOf(mm: ProcessMm, page: number): PageRecord {
  const vma = mm.findVma(page);
  if (vma === null) return null;
  const pgoff = vma.file === null ? 'anon' : `${vma.file.id}:${vma.pgoff + (page - vma.start)}`;
  return `${pgoff} ${vma.flags & VM_ACCESS} ${(vma.flags & VM_SHARED) !== 0 ? 's' : 'p'}`;
}

class World {
  readonly fixture: MmFixture = mmFixture(2048);
  readonly files: OpenFile[];
  twins: Twin[];

  constructor() {
    this.files = [this.fixture.memfd(12), this.fixture.memfd(12)];
    this.twins = [{ mm: this.fixture.newTask(), pages: Array<PageRecord>(PAGES + 16).fill(null) }];
  }

  /** Run one call on the kernel and on the twin. */
  run(c: Call): void {
    switch (c.do) {
      case 'truncate':
        vfsFtruncate(this.files[c.file]!, c.size);
        return;
      case 'punch':
        vfsFallocate(this.files[c.file]!, 'punch', c.offset, c.n);
        return;
      default:
        this.runOn(this.twins[c.task % this.twins.length]!, c);
    }
  }

  private runOn(twin: Twin, c: Exclude<Call, { do: 'truncate' | 'punch' }>): void {
    const { mm, pages } = twin;
    const page = 'at' in c ? FIRST + c.at : FIRST;
    const addr = mm.addressOf(page);
    switch (c.do) {
      case 'mmap': {
        const file = this.files[c.file] ?? null;
        const flags =
          MAP_FIXED | (file === null ? MAP_PRIVATE | MAP_ANONYMOUS : c.shared ? MAP_SHARED : MAP_PRIVATE);
        doMmap(mm, file, { page, nrPages: c.n, pgoff: c.pgoff, prot: c.prot, flags });
        for (let i = 0; i < c.n; i++) {
          const what = file === null ? 'anon' : `${file.id}:${c.pgoff + i}`;
          pages[c.at + i] = `${what} ${c.prot} ${file !== null && c.shared ? 's' : 'p'}`;
        }
        return;
      }
      case 'munmap':
        doMunmap(mm, addr, c.n * 4096);
        pages.fill(null, c.at, c.at + c.n);
        return;
      case 'mprotect': {
        const stop = pages.indexOf(null, c.at);
        const done = stop === -1 ? c.n : Math.min(c.n, stop - c.at);
        expect(failure(() => doMprotect(mm, addr, c.n * 4096, c.prot))).toBe(done < c.n ? 'ENOMEM' : null);
        for (let i = c.at; i < c.at + done; i++) pages[i] = pages[i]!.replace(/ \d /, ` ${c.prot} `);
        return;
      }
      case 'mremap':
        this.mremap(twin, c.at, c.n, c.newN, c.to);
        return;
      case 'madvise':
        failure(() => doMadvise(mm, addr, c.n * 4096, c.advice as 'dontneed'));
        return;
      case 'lock':
        failure(() => (c.on ? doMlock : doMunlock)(mm, addr, c.n * 4096));
        return;
      case 'touch': {
        const record = pages[c.at]!;
        const result = access(mm, page, c.write);
        if (record === null) expect(result).toBe('SEGV_MAPERR');
        else if (record.includes(' 0 ') || (c.write && !record.includes(' 3 ')))
          expect(result).toBe('SEGV_ACCERR');
        else if (typeof result === 'string') expect(result).toBe('BUS_ADRERR');
        return;
      }
      case 'fork':
        if (this.twins.length >= 3) return;
        this.twins.push({ mm: dupMm(mm), pages: [...pages] });
        this.dropDontfork(this.twins.at(-1)!, mm);
        return;
      case 'exit':
        if (this.twins.length === 1) return;
        exitMm(mm);
        this.twins = this.twins.filter(other => other !== twin);
    }
  }

  /** The twin of a child lacks what madvise(DONTFORK) kept back; the kernel's own flags say what. */
  private dropDontfork(child: Twin, parent: ProcessMm): void {
    for (const vma of parent.vmas) {
      if ((vma.flags & 0x20000) === 0) continue;
      child.pages.fill(null, vma.start - FIRST, vma.end - FIRST);
    }
  }

  private mremap(twin: Twin, at: number, n: number, newN: number, to: number): void {
    const { mm, pages } = twin;
    const vma = mm.findVma(FIRST + at);
    const overlap = at + n > to && to + newN > at;
    const from = [...pages];
    const error = failure(() =>
      doMremap(
        mm,
        mm.addressOf(FIRST + at),
        n * 4096,
        newN * 4096,
        MREMAP_MAYMOVE | MREMAP_FIXED,
        mm.addressOf(FIRST + to),
      ),
    );
    if (vma === null) {
      expect(error).toBe('EFAULT');
      return;
    }
    if (overlap) {
      expect(error).toBe('EINVAL');
      return;
    }
    // The destination, and the tail of a source that shrinks, are gone even when the source turns out bad.
    pages.fill(null, to, to + newN);
    if (n > newN) pages.fill(null, at + newN, at + n);
    if (error !== null) {
      expect(error).toBe('EFAULT');
      return;
    }
    const moved = Math.min(n, newN);
    for (let i = 0; i < newN; i++) {
      const source = from[at + Math.min(i, moved - 1)]!;
      pages[to + i] =
        i < moved ? source : source.replace(/:(\d+)/, (_, p) => `:${Number(p) + i - (moved - 1)}`);
    }
    pages.fill(null, at, at + moved);
  }

  /** The kernel's view page by page, and its invariants. */
  compare(): void {
    for (const { mm, pages } of this.twins) {
      expect(pages.map((_, i) => recordOf(mm, FIRST + i))).toEqual(pages);
    }
  }

  violations(): string[] {
    const { context } = this.fixture;
    return [
      ...checkMmStep(context),
      ...MM_INVARIANTS.flatMap(entry => entry.check(context).map(says => `${entry.number} ${says}`)),
    ];
  }
}

function failure(run: () => void): string | null {
  try {
    run();
  } catch (error) {
    if (error instanceof KernelError) return error.errno;
    throw error;
  }
  return null;
}

describe('the address space', () => {
  it('shows page by page what a naive model shows, keeps its invariants and returns every frame', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 40 }), calls => {
        const world = new World();
        for (const c of calls) {
          world.run(c);
          world.compare();
          expect(world.violations()).toEqual([]);
        }
        for (const { mm } of world.twins) exitMm(mm);
        for (const file of world.files) {
          expect([file.count, file.mapping.mmapTree.size, file.mapping.mmapWritable]).toEqual([1, 0, 0]);
          shmemPagesOf(file.inode)!.evict();
        }
        expect(world.fixture.context.frames.nrFree).toBe(2046);
      }),
      { numRuns: 250 },
    );
  });

  it('goes on after a snapshot as without one', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 20 }), fc.array(call, { maxLength: 10 }), (before, after) => {
        const world = new World();
        for (const c of before) world.run(c);
        const image = takeSnapshot({
          context: world.fixture.context,
          files: world.files,
          mms: world.twins.map(t => t.mm),
        });
        const restored = restoreSnapshot(image) as {
          context: MmFixture['context'];
          files: OpenFile[];
          mms: ProcessMm[];
        };
        const other = new World();
        Object.assign(other.fixture, { context: restored.context });
        Object.assign(other, { files: restored.files });
        other.twins = restored.mms.map((mm, i) => ({ mm, pages: [...world.twins[i]!.pages] }));
        for (const c of after) {
          world.run(c);
          other.run(c);
          other.compare();
          expect(other.violations()).toEqual([]);
        }
        expect(restored.context.trace.digest()).toBe(world.fixture.context.trace.digest());
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    'skip-zap-in-one-task',
    'zap-misses-last-page',
    'split-pgoff-off-by-one',
    'leak-frame',
    'fork-misses-tree',
    'fork-keeps-write',
    'unmap-keeps-entries',
  ])('is found out by its invariants with the planted defect %s', defect => {
    const found = fc.check(
      fc.property(fc.array(call, { minLength: 15, maxLength: 60 }), calls => {
        const world = new World();
        world.fixture.context.sabotage = defect;
        for (const c of calls) {
          try {
            world.run(c);
          } catch (error) {
            // What the twin finds does not count, a contradiction that the kernel itself runs into does.
            return !(error instanceof ModelBug);
          }
          if (world.violations().length > 0) return false;
        }
        return true;
      }),
      { numRuns: 300, seed: 7, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
  });
});
