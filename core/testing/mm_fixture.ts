/** A memory manager without a kernel around it: tasks, shared-memory files and a data plane that records. */
import { snapshotClass } from '../base/snapshot.ts';
import { PAGE_SIZE, type Pages, type Pfn } from '../base/units.ts';
import { Inode, SuperBlock } from '../fs/inode.ts';
import { type AccessMode, OpenFile } from '../fs/open_file.ts';
import type { DataPlane } from '../hw/data_plane.ts';
import { createMm } from '../mm/fork.ts';
import { MmContext } from '../mm/mm_context.ts';
import { doMmap, MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, MAP_SHARED } from '../mm/mmap.ts';
import { PageFrames } from '../mm/page_frame.ts';
import { PTE_ACCESSED, PTE_DIRTY, PTE_PRESENT, PTE_WRITE } from '../mm/page_table.ts';
import type { ProcessMm } from '../mm/process_mm.ts';
import { attachShmemPages } from '../mm/shmem.ts';
import { shmemFileOps } from '../mm/shmem_file.ts';
import { handleMmFault } from '../mm/vm_fault_handler.ts';
import '../trace/events/all.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';

/** Does no work; keeps what was asked, one line a command. */
export class RecordingPlane implements DataPlane {
  readonly log: string[] = [];

  private note(...parts: (string | number)[]): number {
    this.log.push(parts.join(' '));
    return 0;
  }

  storeByte(pfn: Pfn, byte: number, value: number): void {
    this.note('store', pfn, byte, value);
  }
  storeWord(pfn: Pfn, high: number, low: number): void {
    this.note('storeWord', pfn, high, low);
  }
  storeWords(pfn: Pfn, byte: number, words: ArrayLike<number>): void {
    this.note('storeWords', pfn, byte, ...Array.from(words));
  }
  gartFlush(): void {}
  ringStart(): void {}
  ringRun(): number {
    return 0;
  }
  fillBytes(pfn: Pfn, byte: number, length: number, value: number): void {
    this.note('fillBytes', pfn, byte, length, value);
  }
  fillPages(firstPfn: Pfn, nrPages: Pages, value: number): void {
    this.note('fillPages', firstPfn, nrPages, value);
  }
  copyPages(from: ArrayLike<Pfn>, to: ArrayLike<Pfn>): void {
    this.note('copy', Array.from(from).join(), Array.from(to).join());
  }
  vramAlloc(): void {}
  vramFree(): void {}
  gartWrite(): void {}
  loadByte(): number {
    return 0;
  }
  loadWords(): number {
    return 0;
  }
  hashPages(): number {
    return 0;
  }
  hashGart(): number {
    return 0;
  }
  mark(): number {
    return 0;
  }
}

snapshotClass(RecordingPlane, 'testing.RecordingPlane');

export interface MmFixture {
  readonly context: MmContext;
  readonly plane: RecordingPlane;
  newTask(): ProcessMm;
  /** A memfd of `nrPages`. */
  memfd(nrPages: Pages, mode?: AccessMode): OpenFile;
}

/** @param ramPages frames of RAM */
export function mmFixture(ramPages: Pages = 4096): MmFixture {
  const plane = new RecordingPlane();
  const context = new MmContext(new TraceBuffer(65_536), plane, new PageFrames(ramPages, plane));
  const superBlock = new SuperBlock(1, 'tmpfs', 0x01021994);
  return {
    context,
    plane,
    newTask: () => createMm(context),
    memfd: (nrPages, mode = 'rdwr') => {
      const id = context.nextFileId++;
      const inode = new Inode(superBlock, id, 'reg', 0o777, context.nextMappingId++);
      inode.nlink = 0;
      inode.sizeBytes = nrPages * PAGE_SIZE;
      attachShmemPages(context, inode, 0);
      return new OpenFile(id, inode, shmemFileOps, mode, `/memfd:${id} (deleted)`, 0o2);
    },
  };
}

/** Map shared pages of a file at a fixed page. */
export function mapShared(
  mm: ProcessMm,
  file: OpenFile,
  page: number,
  nrPages: Pages,
  pgoff: number,
  prot = 3,
): void {
  doMmap(mm, file, { page, nrPages, pgoff, prot, flags: MAP_SHARED | MAP_FIXED });
}

/** Map private pages of a file at a fixed page. */
export function mapPrivate(
  mm: ProcessMm,
  file: OpenFile,
  page: number,
  nrPages: Pages,
  pgoff: number,
  prot = 3,
): void {
  doMmap(mm, file, { page, nrPages, pgoff, prot, flags: MAP_PRIVATE | MAP_FIXED });
}

/** Map anonymous memory at a fixed page. */
export function mapAnonymous(mm: ProcessMm, page: number, nrPages: Pages, prot = 3): void {
  doMmap(mm, null, { page, nrPages, pgoff: 0, prot, flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED });
}

/** Access a page as a processor does. @returns faults taken, or the code of the signal */
export function access(mm: ProcessMm, page: number, write: boolean): number | string {
  const needed = PTE_PRESENT | (write ? PTE_WRITE : 0);
  for (let faults = 0; faults < 10; faults++) {
    const word = mm.pageTable.get(page);
    if ((word & needed) === needed) {
      mm.pageTable.update(page, word | PTE_ACCESSED | (write ? PTE_DIRTY : 0));
      return faults;
    }
    const outcome = handleMmFault(mm, page, write);
    if (outcome.code !== null) return outcome.code;
    if (outcome.reason === 'RETRY' || outcome.reason === 'OOM') return outcome.reason;
  }
  return 'stuck';
}
