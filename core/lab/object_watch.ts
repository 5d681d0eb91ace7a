/**
 * Content conservation (invariant 49 of the dossier): what a move, an eviction, a swap or a fault leaves of an object is what it
 * held before. Compares recipes page by page, not bytes, so it costs no answer of the machine.
 *
 * Exempt     the pages that an input names to be written: those of the mapping it stores through, those that a job fills. All
 *            others must not change, those of the same object included. Of a ring's jobs: the objects in their lists, and what the console draws on. Pages whose hash
 *            the machine has not answered yet are compared once it has, with what comes after
 */
import { labGpuOf } from '../drm/drivers/lab_gpu_state.ts';
import { drmFileOf } from '../drm/drm_file.ts';
import { enginesOf } from '../drm/engine/engine_answers.ts';
import { SHOOT_DOWNS_MISS } from '../drm/invariants/subject.ts';
import { objectPages, TtmBo } from '../drm/ttm/ttm_bo.ts';
import { TTM_BO_VM_OPS } from '../drm/ttm/ttm_bo_vm.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Task } from '../kernel/task.ts';
import { pfnOfPte } from '../mm/page_table.ts';
import { fdArg, pagesArg } from '../session/calls/arguments.ts';
import type { Input, Json } from '../session/input.ts';
import type { NameTable } from '../session/name_table.ts';
import { shownObjects } from '../session/object_places.ts';
import { objectName } from './verify_objects.ts';

/** Calls that store bytes through a mapping, unless they say `write: false`. */
const WRITERS: ReadonlySet<string> = new Set(['stamp', 'touch', 'touchRange', 'mem.storeWords']);
/** Calls that write the objects that they name, or those of their list. */
const OBJECT_WRITERS: ReadonlySet<string> = new Set(['gpu.execbuffer', 'gpu.pwrite', 'gpu.pwriteCommands']);

/** Frame 1 is the shared page of zeros (mm/page_frame.ts): what an object without bytes reads as. */
const ZERO_PAGE = 1;

export class ObjectWatch {
  /** Hash of every page by object id, two words a page. */
  private seen = new Map<number, Uint32Array>();
  /** Pages that may have been written since the last check, by object; 1 each. */
  private readonly written = new Map<TtmBo, Uint8Array>();
  /** Objects that requests of a ring used at the last check: they may have run since, or again after a reset. */
  private inRing: readonly TtmBo[] = [];

  /** Note what an input that has just been executed may have written. */
  note(kernel: Kernel, names: NameTable, input: Input): void {
    const { call, args } = input;
    if (call === 'gpu.submit' && Array.isArray(args.fills)) this.noteFills(kernel, names, input, args.fills);
    if (call === 'lab.gpuReset') for (const bo of shownObjects(kernel)) this.mark(bo, 0, bo.nrPages);
    if (OBJECT_WRITERS.has(call)) this.noteObjects(kernel, names, input);
    if (call.startsWith('console.')) this.noteConsoles(kernel);
    if (!WRITERS.has(call) || args.write === false) return;
    const context = { kernel, names, task: input.task, as: input.as };
    const { task, first, count } = pagesArg(context, args);
    const one = typeof args.page === 'number';
    const from = one ? first + Number(args.page) : first;
    const end = one ? from + 1 : first + count;
    this.noteStores(task, from, end);
    if (SHOOT_DOWNS_MISS.includes(kernel.context.era.name)) this.noteStrayStores(kernel, task, from, end);
  }

  /** Where entries outlive the place they led to, a store lands in whatever lies there now: the point of such an era. */
  private noteStrayStores(kernel: Kernel, { mm }: Task, first: number, end: number): void {
    const hit = new Set<number>();
    for (let page = first; page < end; page++) hit.add(pfnOfPte(mm.pageTable.get(page)));
    for (const bo of shownObjects(kernel)) {
      objectPages(bo)?.forEach((pfn, page) => {
        if (hit.has(pfn)) this.mark(bo, page, page + 1);
      });
    }
  }

  private noteStores({ mm }: Task, first: number, end: number): void {
    for (const vma of mm.vmas) {
      if (vma.ops !== TTM_BO_VM_OPS || vma.end <= first || vma.start >= end) continue;
      const bo = vma.privateData as TtmBo;
      const toObject = vma.pgoff - vma.start - bo.offset.start;
      this.mark(bo, Math.max(first, vma.start) + toObject, Math.min(end, vma.end) + toObject);
    }
  }

  private noteFills(kernel: Kernel, names: NameTable, input: Input, fills: readonly Json[]): void {
    const find = boFinder(kernel, names, input);
    for (const fill of fills as readonly {
      readonly bo: Json;
      readonly first?: number;
      readonly count?: number;
    }[]) {
      const bo = find(fill.bo);
      if (bo === null) continue;
      const first = fill.first ?? 0;
      this.mark(bo, first, first + (fill.count ?? bo.nrPages - first));
    }
  }

  private noteObjects(kernel: Kernel, names: NameTable, input: Input): void {
    const find = boFinder(kernel, names, input);
    const list = Array.isArray(input.args.list) ? (input.args.list as readonly Json[]) : [];
    for (const entry of [...list, input.args.bo ?? null, input.args.handle ?? null]) {
      const fields = typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry : null;
      const bo = find(fields === null ? entry : ((fields as { readonly bo?: Json }).bo ?? null));
      if (bo !== null) this.mark(bo, 0, bo.nrPages);
    }
  }

  /** A line of text is a request of its own, which may be over at the next check. */
  private noteConsoles(kernel: Kernel): void {
    for (const { device } of enginesOf(kernel.drm)) {
      const { console } = labGpuOf(device);
      if (console === null) continue;
      for (const bo of [console.framebuffer, console.font]) this.mark(bo, 0, bo.nrPages);
    }
  }

  private noteRing(kernel: Kernel): void {
    for (const bo of this.inRing) this.mark(bo, 0, bo.nrPages);
    const inRing = new Set<TtmBo>();
    for (const engine of enginesOf(kernel.drm)) {
      // The status page is written with every doorbell.
      if (engine.started) inRing.add(engine.statusPage).add(engine.ring.bo);
      for (const { uses } of engine.requests) for (const { bo } of uses) inRing.add(bo);
    }
    this.inRing = [...inRing];
    for (const bo of inRing) this.mark(bo, 0, bo.nrPages);
  }

  private mark(bo: TtmBo, first: number, end: number): void {
    const pages = this.written.get(bo) ?? new Uint8Array(bo.nrPages);
    pages.fill(1, first, end);
    this.written.set(bo, pages);
  }

  /** @returns one sentence per object of which pages changed since the last check that nobody wrote to */
  check(kernel: Kernel): string[] {
    this.noteRing(kernel);
    const says: string[] = [];
    const now = new Map<number, Uint32Array>();
    for (const bo of shownObjects(kernel)) {
      const hashes = pageHashes(kernel, bo);
      now.set(bo.id, hashes);
      const before = this.seen.get(bo.id);
      if (before === undefined) continue;
      const changed = changedPages(before, hashes, this.written.get(bo));
      if (changed.length === 0) continue;
      says.push(
        `49 Content conservation: ${changed.length} of ${bo.nrPages} pages of ${objectName(bo)} changed although nobody wrote to them; the first is page ${changed[0]}.`,
      );
    }
    this.seen = now;
    this.written.clear();
    return says;
  }
}

/** The buffer of a name or handle, as the task of an input knows it. */
function boFinder(kernel: Kernel, names: NameTable, { task, args, as }: Input): (of: Json) => TtmBo | null {
  const pid = names.tasks.get(task);
  const open = pid === undefined ? undefined : kernel.tasks.get(pid)?.files;
  const fd = fdArg({ kernel, names, task, as }, args);
  const found = open && [...open.entries()].find(([number]) => number === fd);
  const file = found && drmFileOf(found[1]);
  return of => {
    const thing = typeof of === 'string' ? names.get(of) : undefined;
    const handle = thing?.kind === 'bo' ? thing.handle : Number(of);
    const bo = file?.handles.get(handle);
    return bo instanceof TtmBo ? bo : null;
  };
}

/** Hashes of what the pages of an object hold; of zeros when no byte of it exists yet. */
function pageHashes(kernel: Kernel, bo: TtmBo): Uint32Array {
  const { contents } = kernel.queue;
  const pages = objectPages(bo);
  const hashes = new Uint32Array(bo.nrPages * 2);
  for (let page = 0; page < bo.nrPages; page++) {
    const pfn = pages?.[page] ?? ZERO_PAGE;
    hashes.set(contents.isHashKnown(pfn) ? contents.hashOf([pfn]) : UNKNOWN, 2 * page);
  }
  return hashes;
}

/** Words of a page of which only the machine knows the bytes until the next barrier. */
const UNKNOWN: readonly [number, number] = [0xffffffff, 0xffffffff];

function isUnknown(hashes: Uint32Array, page: number): boolean {
  return hashes[2 * page] === UNKNOWN[0] && hashes[2 * page + 1] === UNKNOWN[1];
}

function changedPages(before: Uint32Array, now: Uint32Array, written: Uint8Array | undefined): number[] {
  const changed: number[] = [];
  for (let page = 0; page < now.length / 2; page++) {
    if (before[2 * page] === now[2 * page] && before[2 * page + 1] === now[2 * page + 1]) continue;
    if (isUnknown(before, page) || isUnknown(now, page)) continue;
    if (written?.[page] !== 1) changed.push(page);
  }
  return changed;
}
