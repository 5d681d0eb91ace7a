/**
 * Reads the trace that assets/capture/webgpu_capture.js saves, one JSON object a line, and makes inputs of it: buffers and
 * textures become objects of lab_gpu with their sizes, submits become jobs that name the objects they use.
 *
 * Kept       what the page asked for, in its order; sizes as WebGPU defines them
 * Unknown    contents (writes leave a pattern), shaders, times on the GPU, memory of the implementation itself
 */
import * as v from 'valibot';
import { type Bytes, PAGE_SIZE, pagesUp } from '../../base/units.ts';
import type { Input, Json } from '../../session/input.ts';
import { formatBlock, textureBytes } from './texture_bytes.ts';

/** Inputs that a trace may become, and objects alive at one time. */
export const MAX_TRACE_INPUTS = 500_000;
const MAX_OBJECTS = 100_000;
const MAX_OBJECT_BYTES = 2 ** 32;
/** Pages that the CPU touches of a mapped buffer, at most; of larger ones every n-th. */
const MAX_TOUCHES = 256;
/** Pages written by one job, at most: a pattern stands for the contents anyway. */
const MAX_FILL_PAGES = 4096;

const MAP_READ = 1;
const MAP_WRITE = 2;

const id = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 40));
const extent = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(65_536));
const label = v.optional(v.string(), '');

const lineSchema = v.variant('e', [
  v.object({ e: v.literal('buffer'), id, size, usage: size, label }),
  v.object({
    e: v.literal('texture'),
    id,
    width: extent,
    height: extent,
    layers: extent,
    format: v.pipe(v.string(), v.maxLength(64)),
    mips: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(32)),
    samples: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(16)),
    dimension: v.optional(v.string(), '2d'),
    label,
  }),
  v.object({ e: v.literal('destroy'), id }),
  v.object({ e: v.literal('collected'), id }),
  v.object({ e: v.literal('write'), id, offset: v.optional(size, 0), size: v.optional(size) }),
  v.object({ e: v.literal('map'), id, mode: size, offset: v.optional(size, 0), size: v.optional(size) }),
  v.object({ e: v.literal('unmap'), id }),
  v.object({ e: v.literal('submit'), uses: v.pipe(v.array(id), v.maxLength(MAX_OBJECTS)) }),
  v.object({ e: v.literal('say'), text: v.string() }),
]);
type Line = v.InferOutput<typeof lineSchema>;

const headSchema = v.object({
  format: v.literal('gart-lab-webgpu-capture'),
  version: v.literal(1),
  page: v.optional(v.string(), ''),
  adapter: v.optional(v.string(), ''),
  userAgent: v.optional(v.string(), ''),
});
export type TraceHead = v.InferOutput<typeof headSchema>;

interface TracedObject {
  readonly name: string;
  readonly bytes: Bytes;
  mapped: boolean;
}

/** Grows line by line. */
export class WebGpuTrace {
  head: TraceHead | null = null;
  readonly inputs: Input[] = [
    { task: 'page', call: 'spawn', args: {} },
    { task: 'page', call: 'open', args: { dev: 'lab_gpu' }, as: 'fd' },
  ];
  readonly sentences: string[] = [];
  readonly counts = new Map<string, number>();
  /** The most bytes alive at one time, and of one object. */
  peakBytes = 0;
  largestBytes = 0;
  private liveBytes = 0;
  private writes = 0;
  private readonly unknownFormats = new Set<string>();
  private readonly objects = new Map<number, TracedObject>();

  /** @returns false for a line that is not understood */
  line(text: string): boolean {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return false;
    }
    if (this.head === null) {
      const head = v.safeParse(headSchema, value);
      if (head.success) this.head = head.output;
      return head.success;
    }
    const parsed = v.safeParse(lineSchema, value);
    if (!parsed.success || this.inputs.length >= MAX_TRACE_INPUTS) return false;
    const { output } = parsed;
    if (!this.take(output)) return false;
    this.counts.set(output.e, (this.counts.get(output.e) ?? 0) + 1);
    return true;
  }

  /** After the last line. */
  end(): void {
    this.call('gpu.idle', {});
    if (this.unknownFormats.size > 0) {
      const formats = [...this.unknownFormats].slice(0, 10).join(', ');
      this.sentences.push(
        `Texture formats that are not known were counted with four bytes a texel: ${formats}.`,
      );
    }
  }

  private call(call: string, args: { readonly [name: string]: Json }, as?: string): void {
    this.inputs.push({
      task: 'page',
      call,
      args: { fd: 'fd', ...args },
      ...(as === undefined ? {} : { as }),
    });
  }

  private take(line: Line): boolean {
    if (line.e === 'buffer') {
      const mappable = (line.usage & (MAP_READ | MAP_WRITE)) !== 0;
      return this.create(line.id, line.size, mappable ? 'tt' : 'vram', line.label);
    }
    if (line.e === 'texture') {
      if (!formatBlock(line.format)) this.unknownFormats.add(line.format);
      const bytes = textureBytes({ ...line, is3d: line.dimension === '3d' });
      return this.create(line.id, bytes, 'vram', line.label);
    }
    if (line.e === 'say') {
      if (this.sentences.length < 100) this.sentences.push(line.text.slice(0, 400));
      return true;
    }
    if (line.e === 'submit') return this.submit(line.uses);
    const object = this.objects.get(line.id);
    if (!object) return false;
    if (line.e === 'destroy' || line.e === 'collected') this.destroy(line.id, object);
    else if (line.e === 'write') this.write(object, line.offset, line.size ?? object.bytes);
    else if (line.e === 'map') this.map(object, line.mode, line.offset, line.size ?? object.bytes);
    return true;
  }

  private create(number: number, asked: Bytes, domain: string, text: string): boolean {
    if (this.objects.has(number) || this.objects.size >= MAX_OBJECTS || asked > MAX_OBJECT_BYTES)
      return false;
    const bytes = pagesUp(Math.max(1, asked)) * PAGE_SIZE;
    const name = `o${number}`;
    this.objects.set(number, { name, bytes, mapped: false });
    this.liveBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    this.largestBytes = Math.max(this.largestBytes, bytes);
    this.call('gpu.create', { size: bytes, domain, name: text.slice(0, 60) || name }, name);
    return true;
  }

  private destroy(number: number, object: TracedObject): void {
    if (object.mapped) this.inputs.push({ task: 'page', call: 'munmap', args: { map: `m.${object.name}` } });
    this.call('drm.gemClose', { bo: object.name });
    this.objects.delete(number);
    this.liveBytes -= object.bytes;
  }

  private pages({ bytes }: TracedObject, offset: Bytes, length: Bytes): { first: number; count: number } {
    const all = bytes / PAGE_SIZE;
    const first = Math.min(all - 1, Math.floor(offset / PAGE_SIZE));
    return { first, count: Math.max(1, Math.min(all - first, pagesUp(offset + length) - first)) };
  }

  private write(object: TracedObject, offset: Bytes, length: Bytes): void {
    const { first, count } = this.pages(object, offset, length);
    const fill = { bo: object.name, first, count: Math.min(count, MAX_FILL_PAGES), seed: ++this.writes };
    this.call('gpu.submit', { list: [object.name], fills: [fill] });
  }

  private map(object: TracedObject, mode: number, offset: Bytes, length: Bytes): void {
    this.call('gpu.wait', { bo: object.name });
    const map = `m.${object.name}`;
    if (!object.mapped) this.call('mmap', { offsetOf: object.name, length: object.bytes }, map);
    object.mapped = true;
    const { first, count } = this.pages(object, offset, length);
    const args = { map, first, count, step: Math.ceil(count / MAX_TOUCHES), write: (mode & MAP_WRITE) !== 0 };
    this.inputs.push({ task: 'page', call: 'touchRange', args });
  }

  private submit(uses: readonly number[]): boolean {
    const list: string[] = [];
    for (const number of new Set(uses)) {
      const object = this.objects.get(number);
      if (object) list.push(object.name);
    }
    // A submit without objects takes no memory; it stays countable.
    if (list.length > 0) this.call('gpu.submit', { list });
    return true;
  }
}
