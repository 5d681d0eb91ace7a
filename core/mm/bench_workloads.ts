/**
 * Workloads of the memory hot paths, for `lab bench`: each sets up once and then runs a known number of operations.
 * No clock in here; the caller times `run`.
 */
import { PAGE_SIZE, type Pages } from '../base/units.ts';
import { Inode, SuperBlock } from '../fs/inode.ts';
import { OpenFile } from '../fs/open_file.ts';
import type { DataPlane } from '../hw/data_plane.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { createMm } from './fork.ts';
import { MmContext } from './mm_context.ts';
import { doMmap, MAP_FIXED, MAP_SHARED, PROT_READ, PROT_WRITE } from './mmap.ts';
import { unmapPages } from './munmap.ts';
import { PageFrames } from './page_frame.ts';
import type { ProcessMm } from './process_mm.ts';
import { attachShmemPages } from './shmem.ts';
import { shmemFileOps } from './shmem_file.ts';
import { unmapMappingRange } from './unmap_mapping.ts';
import { handleMmFault } from './vm_fault_handler.ts';

/** A prepared workload. */
export interface MmWorkload {
  readonly name: string;
  /** Operations that one `run` performs; what time is divided by. */
  readonly operations: number;
  /** What an operation is, `fault`, `PTE`. */
  readonly unit: string;
  /** Bring the state back to where `run` starts from; not timed. */
  reset(): void;
  run(): void;
}

/** A workload of this room: its events can be looked at. */
export interface TracedWorkload extends MmWorkload {
  readonly trace: TraceBuffer;
}

/** Room for a mapping in the benchmarks: pages far from each other. */
const FIRST_PAGE = 0x1000_0000;
const RW = PROT_READ | PROT_WRITE;

function bootMm(plane: DataPlane, ramPages: Pages): MmContext {
  // A small budget: the rows of a benchmark are of no use afterwards, the digest still runs over all of them.
  return new MmContext(new TraceBuffer(131_072), plane, new PageFrames(ramPages, plane));
}

/** A memfd-like file of `nrPages`, its first `present` pages in the cache. */
function shmemFile(context: MmContext, nrPages: Pages, present: Pages): OpenFile {
  const inode = new Inode(
    new SuperBlock(1, 'tmpfs', 0x01021994),
    context.nextMappingId,
    'reg',
    0o777,
    context.nextMappingId++,
  );
  inode.nlink = 0;
  inode.sizeBytes = nrPages * PAGE_SIZE;
  const pages = attachShmemPages(context, inode, 0);
  for (let pgoff = 0; pgoff < present; pgoff++) pages.getPage(pgoff);
  return new OpenFile(context.nextFileId++, inode, shmemFileOps, 'rdwr', '/memfd:bench (deleted)', 0o2);
}

function mapShared(mm: ProcessMm, file: OpenFile, page: number, nrPages: Pages, pgoff: number): void {
  doMmap(mm, file, { page, nrPages, pgoff, prot: RW, flags: MAP_SHARED | MAP_FIXED });
}

/** First write to every page of a shared mapping whose file is in the cache, among 64 other mappings. */
export function firstWriteWorkload(plane: DataPlane, nrPages: Pages = 16_384): TracedWorkload {
  const context = bootMm(plane, nrPages * 2 + 1024);
  const mm = createMm(context);
  const file = shmemFile(context, nrPages, nrPages);
  for (let i = 0; i < 64; i++) mapShared(mm, file, FIRST_PAGE - 0x100000 + i * 64, 16, i * 16);
  mapShared(mm, file, FIRST_PAGE, nrPages, 0);
  return {
    name: 'first write to cached shared pages',
    operations: nrPages,
    unit: 'fault',
    trace: context.trace,
    reset: () => void unmapMappingRange(context, file.mapping, 0, 0, true),
    run: () => {
      for (let i = 0; i < nrPages; i++) handleMmFault(mm, FIRST_PAGE + i, true);
    },
  };
}

/** Read faults at every 16th page of a cached file: each maps a window of 16. */
export function faultAroundWorkload(plane: DataPlane, nrPages: Pages = 16_384): TracedWorkload {
  const context = bootMm(plane, nrPages * 2 + 1024);
  const mm = createMm(context);
  const file = shmemFile(context, nrPages, nrPages);
  mapShared(mm, file, FIRST_PAGE, nrPages, 0);
  return {
    name: 'fault-around of 16 cached pages',
    operations: nrPages,
    unit: 'PTE',
    trace: context.trace,
    reset: () => void unmapMappingRange(context, file.mapping, 0, 0, true),
    run: () => {
      for (let i = 0; i < nrPages; i += 16) handleMmFault(mm, FIRST_PAGE + i, false);
    },
  };
}

/**
 * One shoot-down of all of a shared file's mappings.
 *
 * @param nrTasks  processes that map it
 * @param mapsEach mappings of the whole file in each of them
 * @param pages    pages of the file: entries that one mapping has
 */
export function shootDownWorkload(
  plane: DataPlane,
  nrTasks = 4,
  mapsEach = 16,
  pages: Pages = 1024,
): TracedWorkload {
  const context = bootMm(plane, 8192);
  const file = shmemFile(context, pages, pages);
  const tasks = Array.from({ length: nrTasks }, () => createMm(context));
  for (const mm of tasks)
    for (let i = 0; i < mapsEach; i++) mapShared(mm, file, FIRST_PAGE + i * 2048, pages, 0);
  return {
    name: `one shoot-down of ${nrTasks * mapsEach} mappings in ${nrTasks} tasks`,
    operations: nrTasks * mapsEach * pages,
    unit: 'PTE',
    trace: context.trace,
    reset: () => {
      for (const mm of tasks) {
        for (let i = 0; i < mapsEach; i++) {
          for (let k = 0; k < pages; k += 16) handleMmFault(mm, FIRST_PAGE + i * 2048 + k, false);
        }
      }
    },
    run: () => void unmapMappingRange(context, file.mapping, 0, 0, true),
  };
}

/** mmap and munmap of 16 shared pages beside 64 other mappings of the file. @param equal all at one file page, or spread */
export function mmapMunmapWorkload(plane: DataPlane, equal: boolean, rounds = 4096): TracedWorkload {
  const context = bootMm(plane, 8192);
  const mm = createMm(context);
  const file = shmemFile(context, 4096, 0);
  for (let i = 0; i < 64; i++) mapShared(mm, file, FIRST_PAGE + i * 64, 16, equal ? 0 : i * 32);
  const request = { page: null, nrPages: 16, pgoff: equal ? 0 : 1016, prot: RW, flags: MAP_SHARED };
  return {
    name: `mmap and munmap of 16 pages, 64 other mappings at ${equal ? 'equal' : 'distinct'} file pages`,
    operations: rounds,
    unit: 'mmap+munmap',
    trace: context.trace,
    reset: () => undefined,
    run: () => {
      for (let i = 0; i < rounds; i++) {
        const page = doMmap(mm, file, request);
        unmapPages(mm, page, page + 16, 'munmap');
      }
    },
  };
}

/** All of the above. */
export function mmWorkloads(plane: DataPlane): TracedWorkload[] {
  return [
    firstWriteWorkload(plane),
    faultAroundWorkload(plane),
    shootDownWorkload(plane),
    mmapMunmapWorkload(plane, false),
    mmapMunmapWorkload(plane, true),
  ];
}
