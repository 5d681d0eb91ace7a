/** Fences and shared buffers: numbers 2, 24 (identity) and 62 of chapter 8 of the dossier. */
import type { InvariantEntry } from '../base/invariant_entry.ts';
import { PAGE_SIZE, type Pfn } from '../base/units.ts';
import type { MmContext } from '../mm/mm_context.ts';
import { isPtePresent, pfnOfPte } from '../mm/page_table.ts';
import { DMA_FENCE_EMIT, DMA_FENCE_SIGNALED } from '../trace/events/dma_buf.ts';
import { type DmaBuf, type DmaBufRegistry, dmaBufOfFile } from './dma_buf.ts';
import type { FenceQueue } from './fence_queue.ts';
import { HeapBuffer } from './system_heap.ts';
import { Udmabuf } from './udmabuf.ts';

/** What these checks look at. */
export interface DmaBufSubject {
  readonly dmaBufs: DmaBufRegistry;
  readonly fences: FenceQueue;
  readonly mm: MmContext;
}

/** Frames of a buffer that is made of pages of its own; null for others. */
function ownPages({ priv }: DmaBuf): readonly Pfn[] | null {
  return priv instanceof Udmabuf || priv instanceof HeapBuffer ? priv.pages : null;
}

export const DMA_BUF_INVARIANTS: readonly InvariantEntry<DmaBufSubject>[] = [
  {
    number: 2,
    name: 'PTE-owner of shared memory',
    kind: 'state',
    rooms: ['dma_buf'],
    eras: 'all',
    check({ dmaBufs, mm: { mms, frames } }) {
      const says: string[] = [];
      for (const buf of dmaBufs.buffers) {
        const pages = ownPages(buf);
        if (pages === null) continue;
        const free = pages.find(pfn => frames.refCount(pfn) < 1);
        if (free !== undefined) says.push(`Frame ${free} of buffer ${buf.ino} is free.`);
        if (pages.length * PAGE_SIZE !== buf.size)
          says.push(`Buffer ${buf.ino} of ${buf.size} bytes has ${pages.length} pages.`);
      }
      for (const mm of mms.values()) {
        for (const vma of mm.vmas) {
          const buf = vma.file && dmaBufOfFile(vma.file);
          const pages = buf && ownPages(buf);
          if (!pages) continue;
          for (let page = vma.start; page < vma.end; page++) {
            const word = mm.pageTable.get(page);
            const pgoff = vma.pgoff + (page - vma.start);
            if (!isPtePresent(word) || pfnOfPte(word) === pages[pgoff]) continue;
            says.push(
              `The entry for page ${pgoff} of buffer ${buf.ino} in mm ${mm.id} leads to frame ${pfnOfPte(word)}, not ${pages[pgoff]}.`,
            );
          }
        }
      }
      return says;
    },
  },
  {
    number: 24,
    name: 'Shared buffer identity',
    kind: 'state',
    rooms: ['dma_buf'],
    eras: 'all',
    check({ dmaBufs }) {
      const says: string[] = [];
      const seen = new Set<number>();
      if (!dmaBufs.inodes.inodePerBuffer) return says;
      for (const buf of dmaBufs.buffers) {
        const { inode } = buf.file;
        if (seen.has(inode.ino)) says.push(`Two buffers have inode ${inode.ino}.`);
        seen.add(inode.ino);
        if (inode.sizeBytes !== buf.size || inode.blocks * 512 !== buf.size) {
          says.push(
            `Buffer ${inode.ino} of ${buf.size} bytes shows ${inode.sizeBytes} bytes and ${inode.blocks} blocks.`,
          );
        }
        if (inode.type !== 'none' || inode.perm !== 0o600 || inode.nlink !== 1) {
          says.push(
            `The inode of buffer ${inode.ino} is ${inode.type} ${inode.perm.toString(8)} with ${inode.nlink} links.`,
          );
        }
      }
      return says;
    },
  },
  {
    number: 62,
    name: 'Fence once',
    kind: 'trace',
    rooms: ['dma_buf'],
    eras: 'all',
    check({ fences }) {
      const says: string[] = [];
      const { trace } = fences;
      const emitted = new Set<string>();
      const signalled = new Set<string>();
      trace.forEachOf([DMA_FENCE_EMIT, DMA_FENCE_SIGNALED], ({ typeId, args, index }) => {
        const key = `${args[2]}:${args[3]}`;
        if (typeId === DMA_FENCE_EMIT.id) {
          if (emitted.has(key)) says.push(`Fence ${key} is emitted twice (event ${index}).`);
          emitted.add(key);
        } else if (typeId === DMA_FENCE_SIGNALED.id) {
          if (signalled.has(key)) says.push(`Fence ${key} signals twice (event ${index}).`);
          // Events before the first one held may have been dropped.
          if (!emitted.has(key) && trace.firstIndex === 0)
            says.push(`Fence ${key} signals before it was emitted.`);
          signalled.add(key);
        }
      });
      return says;
    },
  },
  {
    number: 62,
    name: 'Fences due have signalled',
    kind: 'state',
    rooms: ['dma_buf'],
    eras: 'all',
    check({ fences }) {
      const says: string[] = [];
      let before = 0;
      let blocked = false;
      for (const fence of fences.list()) {
        if (fence.signalled)
          says.push(`Fence ${fence.context.id}:${fence.seqno} has signalled and is still pending.`);
        if (fence.signalAt < before)
          says.push(`Fence ${fence.context.id}:${fence.seqno} stands behind a later one.`);
        // What is due behind a held fence waits for the machine's answer.
        blocked ||= fence.held;
        if (!blocked && fence.signalAt < fences.trace.now) {
          says.push(
            `Fence ${fence.context.id}:${fence.seqno} was due at ${fence.signalAt} ns; it is ${fences.trace.now} ns.`,
          );
        }
        before = fence.signalAt;
      }
      return says;
    },
  },
];
