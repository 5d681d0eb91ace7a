/**
 * What every load of a history must find, learned from the inputs and their answers alone, so that a replayed log is judged like
 * the history it came from.
 *
 * Knows      objects of DRM devices, the files that histories call `known`, private memory; by the names that inputs give
 * Rule       a history touches a mapping that has a name only at bytes [FIRST_BYTE, FIRST_BYTE + NR_BYTES) of its pages, and
 *            writes these bytes in no other way than by `touch` through such mappings and by fills of jobs
 */
import { PAGE_SIZE } from '../../base/units.ts';
import type { Input, Json } from '../../session/input.ts';

/** Bytes of a page that touches of named mappings use; the arena's touches use byte 0. */
export const FIRST_BYTE = 64;
export const NR_BYTES = 64;
/** Files of this name are written only through named mappings. */
export const KNOWN_FILE = 'known';

/** What an answer must be. @returns a sentence when it is not */
export type Expected = (ret: Json) => string | null;

/** What was written to an object or file, by everybody who knows it under any name. */
class Content {
  /** The device is out: nothing is known any more. */
  lost = false;
  /** Pages [first, end) that a job gave one value; later ones count. */
  private fills: { readonly first: number; readonly end: number; readonly value: number }[] = [];
  /** Byte position to the value stored there since. */
  private readonly bytes = new Map<number, number>();

  /** @param dev the device that holds it; empty for files */
  constructor(readonly dev: string) {}

  valueAt(at: number): number {
    const page = Math.floor(at / PAGE_SIZE);
    return (
      this.bytes.get(at) ?? this.fills.findLast(({ first, end }) => first <= page && page < end)?.value ?? 0
    );
  }

  store(at: number, value: number): void {
    this.bytes.set(at, value);
  }

  fill(first: number, end: number, value: number): void {
    for (const at of this.bytes.keys()) {
      if (at >= first * PAGE_SIZE && at < end * PAGE_SIZE) this.bytes.delete(at);
    }
    this.fills = this.fills.filter(old => old.first < first || old.end > end);
    this.fills.push({ first, end, value });
  }
}

/** The private pages of one task over a file, or over zeros. */
class PrivatePages {
  /** Bytes of the pages that were copied, by page. */
  private readonly copies = new Map<number, Uint8Array>();

  constructor(private readonly under: Content | null) {}

  valueAt(at: number): number {
    const copy = this.copies.get(Math.floor(at / PAGE_SIZE));
    return copy ? copy[at % PAGE_SIZE]! : (this.under?.valueAt(at) ?? 0);
  }

  /** The first store to a page copies it. */
  store(at: number, value: number): void {
    const page = Math.floor(at / PAGE_SIZE);
    let copy = this.copies.get(page);
    if (!copy) {
      copy = new Uint8Array(FIRST_BYTE + NR_BYTES);
      for (let byte = 0; byte < copy.length; byte++) copy[byte] = this.valueAt(page * PAGE_SIZE + byte);
      this.copies.set(page, copy);
    }
    copy[at % PAGE_SIZE] = value;
  }

  forChild(): PrivatePages {
    const child = new PrivatePages(this.under);
    for (const [page, bytes] of this.copies) child.copies.set(page, bytes.slice());
    return child;
  }
}

/** A mapping by name: what each task that has it sees. */
interface Mapping {
  readonly shared: Content | null;
  readonly views: Map<string, Content | PrivatePages>;
}

export class ByteOracle {
  private readonly deviceOfFile = new Map<string, string>();
  private readonly contents = new Map<string, Content>();
  private readonly mappings = new Map<string, Mapping>();

  /** @param incoherent devices on which what a load finds depends on caches: nothing is known of their objects */
  constructor(private readonly incoherent: ReadonlySet<string> = new Set()) {}

  /**
   * Learn from an input that was executed.
   *
   * @param ret what is known at once: the errno of a refused call, null for an answer that needs the machine
   * @returns what the answer must be, or null when nothing is known of it
   */
  note({ task, call, args, as }: Input, refused: string | null, ret: Json): Expected | null {
    if (call === 'touch') return this.touch(task, args, ret);
    if (refused !== null) return null;
    switch (call) {
      case 'open':
        if (as !== undefined && typeof args.dev === 'string') this.deviceOfFile.set(as, args.dev);
        break;
      case 'dup':
        if (as !== undefined) this.deviceOfFile.set(as, this.deviceOfFile.get(String(args.fd)) ?? '');
        break;
      case 'drm.createDumb':
      case 'gpu.create':
        if (as !== undefined) this.create(as, this.deviceOfFile.get(String(args.fd)) ?? '');
        break;
      case 'memfd':
        if (as !== undefined && args.name === KNOWN_FILE) this.contents.set(as, new Content(''));
        break;
      case 'mmap':
        if (as !== undefined) this.map(task, as, args);
        break;
      case 'munmap':
        if (typeof args.map === 'string' && args.first === undefined)
          this.mappings.get(args.map)?.views.delete(task);
        break;
      case 'fork':
        if (as !== undefined) this.fork(task, as);
        break;
      case 'exit':
        for (const { views } of this.mappings.values()) views.delete(task);
        break;
      case 'gpu.submit':
        this.submit(args.fills);
        break;
      // A reset loses what lay in video memory.
      case 'lab.gpuReset':
      case 'lab.unplug':
        for (const content of this.contents.values()) if (content.dev === args.dev) content.lost = true;
        break;
    }
    return null;
  }

  private create(name: string, dev: string): void {
    if (!this.incoherent.has(dev)) this.contents.set(name, new Content(dev));
  }

  private map(task: string, name: string, args: Input['args']): void {
    const isPrivate = String(args.flags).startsWith('private');
    const of = args.offsetOf ?? args.fd;
    const content = of === undefined ? null : this.contents.get(String(of));
    if (content === undefined || (content === null && !isPrivate)) return;
    const view = isPrivate ? new PrivatePages(content) : content!;
    this.mappings.set(name, { shared: isPrivate ? null : content, views: new Map([[task, view]]) });
  }

  private fork(parent: string, child: string): void {
    for (const { views } of this.mappings.values()) {
      const view = views.get(parent);
      if (view) views.set(child, view instanceof PrivatePages ? view.forChild() : view);
    }
  }

  private submit(fills: Json | undefined): void {
    if (!Array.isArray(fills)) return;
    type Fill = {
      readonly bo: string;
      readonly first: number;
      readonly count: number;
      readonly value: number;
    };
    for (const { bo, first, count, value } of fills as readonly Fill[])
      this.contents.get(bo)?.fill(first, first + count, value);
  }

  private touch(task: string, args: Input['args'], ret: Json): Expected | null {
    const view = this.mappings.get(String(args.map))?.views.get(task);
    if (!view || (view instanceof Content && view.lost) || isSignal(ret)) return null;
    const at = Number(args.page) * PAGE_SIZE + Number(args.byte);
    if (args.write === true) view.store(at, Number(args.value));
    const wanted = view.valueAt(at);
    return answer => checkByte(answer, wanted);
  }
}

/** True when a signal stopped the access. */
function isSignal(ret: Json): boolean {
  return typeof ret === 'object' && ret !== null && 'signal' in ret;
}

/** A touch that was not stopped by a signal must find this byte. */
function checkByte(ret: Json, wanted: number): string | null {
  if (typeof ret !== 'object' || ret === null || !('value' in ret)) return null;
  const { value } = ret as { readonly value: Json };
  return value === wanted
    ? null
    : `The page held ${wanted} at this byte, and now it holds ${JSON.stringify(value)}.`;
}
