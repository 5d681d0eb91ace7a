/**
 * For each state entry of the rooms mm, drm, dma_buf and kernel something to break by hand in the scene of planted_scene.ts, and the
 * numbers of the entries that say so.
 */
import { dmaBufOfFile } from '../dma_buf/dma_buf.ts';
import { DmaBufAttachment } from '../dma_buf/dma_buf_attach.ts';
import { USAGE_KERNEL } from '../dma_buf/dma_resv.ts';
import type { HeapBuffer } from '../dma_buf/system_heap.ts';
import { type DrmMm, DrmMmNode } from '../drm/mm/drm_mm.ts';
import type { TtmBo } from '../drm/ttm/ttm_bo.ts';
import { CONTENT_UNDEFINED } from '../hw/page_contents.ts';
import { makePte, PTE_PRESENT, PTE_WRITE } from '../mm/page_table.ts';
import { TO_THE_END } from '../mm/unmap_mapping.ts';
import { VM_WRITE } from '../mm/vm_area.ts';
import { PAGE_FAULT_USER } from '../trace/events/mm.ts';
import { PAGE } from './lab_fixture.ts';
import { HEAP, MEMFD, type Open, type Scene, VGEM, VRAM } from './planted_scene.ts';

/** The window of an object becomes two, of its first and of its last page; the allocator is sound. */
function splitWindow(bo: TtmBo): void {
  const { mm } = bo.device.offsets;
  const { node } = bo.offset;
  const { start, end } = node;
  mm.remove(node);
  mm.reserve(node, start, 1);
  mm.reserve(new DrmMmNode(bo), end - 1, 1);
}

type Plant = (it: Scene) => void | Promise<void>;

/** Entry, what is broken, numbers that say so (absent: only its own). */
export const PLANTED: readonly [entry: string, plant: Plant, numbers?: readonly number[]][] = [
  [
    '1 PTE-in-VMA',
    it => it.task.mm.pageTable.install(8, makePte(77, PTE_PRESENT), it.kernel.context.nextPteSerial()),
  ],
  ['4 Zap-exact', it => void it.shot(0, 3)],
  // Length 0 is an interval too.
  ['5 Zap-all', it => void it.shot(0, TO_THE_END), [4, 5]],
  ['6 Zap-keeps', it => void (it.shot(1000, 1001).linkedAfter = 0)],
  ['7 COW', it => void (it.shot(1000, 1001, false).anonCleared = 1)],
  ['8 Tree = VMAs', it => it.vma(MEMFD).file!.mapping.mmapTree.remove(it.vma(MEMFD))],
  ['10 No merge', it => void it.vma(VRAM).bornPages--],
  ['11 Split arithmetic', it => void it.vma(MEMFD).pageDelta++],
  [
    '12 Insert rule',
    it => {
      // A table that hides its entries from insertions: they go through.
      const { pageTable } = it.task.mm;
      const get = pageTable.get.bind(pageTable);
      pageTable.get = page => (new Error('who asks').stack!.includes('vmfInsertPfn') ? 0 : get(page));
    },
  ],
  ['13 No PTE at mmap', it => void (it.vma(MEMFD).bornSerial = it.kernel.context.pteSerial)],
  // The frame's own count of entries is wrong as well.
  ['14 Fault idempotence', it => it.update(it.vma(MEMFD), it.word(it.vma(MEMFD), 1)), [14, 31]],
  [
    '15 Fork equality',
    async it => {
      await it.call('A', 'fork', {}, 'B');
      const { child } = it.kernel.context.lastFork!;
      const { start } = it.vma(VRAM);
      child.pageTable.update(start, child.pageTable.get(start) & ~PTE_WRITE);
    },
  ],
  ['16 Dead never resolves', it => void (it.task.mm.exited = true)],
  ['18 Prefault bound', it => it.kernel.trace.emit(PAGE_FAULT_USER, 1, 0, 0, 0, 17)],
  ['31 Destroy order', it => void it.task.mm.rssFile++],

  ['2 PTE-owner', it => it.update(it.vma(VRAM), it.word(it.vma(VRAM), 1))],
  ['2 PTE-owner of shmem objects', it => it.update(it.vma(VGEM), makePte(2, PTE_PRESENT))],
  [
    '2 PTE-owner of shared memory',
    it => {
      const { priv } = dmaBufOfFile(it.vma(HEAP).file!)!;
      const pages = (priv as HeapBuffer).pages as number[];
      pages[0] = pages[1]!;
    },
  ],
  [
    '3 No-stale',
    it => {
      const other = [...it.device.objects].find(object => object !== it.bo && object !== it.tt) as TtmBo;
      it.update(it.vma(VRAM), makePte(other.pfnOfPage(0), PTE_PRESENT));
    },
    [2, 3],
  ],
  [
    '9 One mapping',
    async it => {
      await it.call('A', 'open', { dev: 'lab_gpu' }, 'fd2');
      const files = [...it.task.files.entries()].map(([, file]) => file);
      const mine = files.at(-1)!;
      mine.mapping = mine.inode.data;
    },
  ],
  ['17 Permission', it => it.bo.offset.allow(it.file)],
  [
    '18 Prefault bound',
    it => {
      const vma = it.vma(VRAM);
      vma.pgoff++;
    },
    [2, 8, 11, 18],
  ],
  // Rule 1 compares with the VMA's flags, this one with the object's mapping.
  ['19 Writable', it => void (it.vma(VRAM).flags &= ~VM_WRITE), [1, 19]],
  ['19 Writable shmem objects', it => void (it.vma(VGEM).flags &= ~VM_WRITE), [1, 19]],
  ['52 Swapped has no PTE', it => void (it.tt.tt!.slots = []), [2, 44, 52]],
  [
    '64 Kernel fence first',
    async it => {
      await it.call('A', 'gpu.submit', { fd: 'fd', list: ['vram'], durationNs: 1e9 });
      it.bo.resv.list().at(-1)!.usage = USAGE_KERNEL;
    },
  ],
  ['20 Object count', it => void it.bo.refcount++],
  ['21 Handle count', it => void it.bo.handleCount++],
  ['22 Name', it => void (it.bo.name = 77)],
  ['23 Handle uniqueness', it => it.file.handles.replace(2, it.shmem), [17, 21, 23]],
  [
    '24 PRIME round trip',
    it => {
      const [[handle, buf]] = [...it.file.primeByHandle] as [[number, never]];
      it.file.primeByHandle.delete(handle);
      it.file.primeByHandle.set(handle + 1, buf);
    },
  ],
  ['24 Shared buffer identity', it => void (it.vma(HEAP).file!.inode.sizeBytes = 1)],
  ['25 No resurrection', async it => void it.device.names.add(await it.dead()), [22, 25]],
  ['26 File count of shared buffers', it => void it.vma(HEAP).file!.count++],
  [
    '26 Attachments',
    it => {
      const buf = it.bo.dmaBuf!;
      buf.attachments.push(new DmaBufAttachment(buf, 'nobody'));
    },
  ],
  ['26 File count', it => void it.vma(MEMFD).file!.count++],
  ['26 Entry count', it => void it.vma(HEAP).file!.pseudoDentry!.count++],
  ['28 inode count', it => void it.vma(MEMFD).file!.inode.count++],
  ['27 Device lifetime', it => void it.device.refs++],
  [
    '31 Destroy order',
    it => {
      // Taken off the device's list alone: mappings, handles, windows and lists still lead to it.
      it.device.objects.delete(it.bo);
    },
    [25, 26, 27, 31, 39, 41, 46],
  ],
  ['32 No overlap', it => void it.bo.offset.node.size++, [32, 33, 39, 40]],
  ['33 Holes complement', it => void it.device.offsets.mm.head.holeSize++, [33, 40]],
  [
    '34 Index agreement',
    it => {
      const { node } = it.bo.offset;
      node.next = node;
    },
  ],
  ['38 Alignment and range', it => void ((it.bo as Open<TtmBo>).alignPages = 1000)],
  [
    '39 Offset windows',
    it => {
      it.bo.offset.node.owner = it.tt;
    },
  ],
  // Its ends lead to it; a page between them lies in no window.
  ['39 Offset windows', ({ bo }) => splitWindow(bo)],
  ['40 Aperture conservation', it => void (it.device.offsets.mm as Open<DrmMm>).size++, [33, 40]],
  ['41 Unbound is scratch', it => void (it.kernel.queue.gart[it.kernel.queue.gart.length - 1] = 1)],
  [
    '42 Bound matches pages',
    it => {
      const { gart } = it.kernel.queue;
      gart[it.tt.gart!.start] = gart[it.tt.gart!.start + 1]!;
    },
  ],
  ['43 One place', it => void (it.bo.resource!.bo = it.tt), [43, 44]],
  ['44 LRU exact', it => it.bo.ttm.unevictable.addTail(it.bo.resource!.lru)],
  [
    '45 LRU order',
    async it => {
      await it.call('A', 'gpu.create', { fd: 'fd', size: PAGE, domain: 'vram' }, 'late');
      it.bo.resource!.lastUse = 1e15;
    },
  ],
  ['46 Bytes conserved', it => void it.bo.resource!.manager.usedPages++],
  ['48 Pin balance', it => void (it.bo.pinCount = -1), [44, 48]],
  ['48 Page uses balance', it => void it.shmem.pagesUseCount++],
  ['50 Zero first', it => it.kernel.queue.contents.fillPages(it.bo.pfnOfPage(1), 1, CONTENT_UNDEFINED)],
  [
    '53 Unevictable mapping',
    it => {
      it.shmem.file!.mapping.unevictable = false;
    },
  ],
  [
    '62 Fences due have signalled',
    async it => {
      await it.call('A', 'gpu.submit', { fd: 'fd', list: ['vram'], durationNs: 1e9 });
      it.kernel.fences.list()[0]!.signalled = true;
    },
  ],
  ['63 Reservation rules', it => void it.bo.resv.tryLock(99)],
];
