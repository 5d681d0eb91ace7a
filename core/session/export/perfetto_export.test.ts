/** Covers the Perfetto export with a reader of its own, which knows nothing but wire types and field numbers of the public schema. */
import { beforeAll, expect, test } from 'vitest';
import { type Recorded, recordScene } from '../../testing/recorded_scene.ts';
import { allEventTypes } from '../../trace/event.ts';
import { exportPerfetto } from './perfetto_export.ts';

type Wire = Map<number, (bigint | Uint8Array)[]>;

/** Fields of a message: varints and fixed64 as numbers, the rest as bytes. */
function fieldsOf(bytes: Uint8Array): Wire {
  const fields: Wire = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    let value: bigint | Uint8Array;
    if ((tag & 7) === 0) value = varint();
    else if ((tag & 7) === 1) {
      value = new DataView(bytes.buffer, bytes.byteOffset + at).getBigUint64(0, true);
      at += 8;
    } else if ((tag & 7) === 2) {
      const length = Number(varint());
      value = bytes.subarray(at, at + length);
      at += length;
    } else throw new Error(`wire type ${tag & 7}`);
    fields.set(tag >>> 3, [...(fields.get(tag >>> 3) ?? []), value]);
  }
  if (at !== bytes.length) throw new Error('a field ends behind its message');
  return fields;
}
const num = (wire: Wire, field: number) => Number(wire.get(field)?.[0] ?? 0);
const sub = (wire: Wire, field: number) => (wire.get(field) ?? []).map(each => fieldsOf(each as Uint8Array));
const str = (wire: Wire, field: number) =>
  new TextDecoder().decode((wire.get(field)?.[0] as Uint8Array) ?? new Uint8Array());

interface Read {
  readonly track: string;
  readonly uuid: number;
  readonly type: number;
  readonly name: string;
  readonly category: string;
  readonly time: number;
  readonly counter: number;
  readonly flows: readonly number[];
  readonly ends: readonly number[];
}

/** As Perfetto does it: interned names of the sequence, then sorted by time, ties in order of the file. */
function readTrace(bytes: Uint8Array): { readonly events: Read[]; readonly clock: number } {
  const tracks = new Map<number, string>();
  const names = new Map<number, string>();
  const categories = new Map<number, string>();
  const events: Read[] = [];
  let clock = -1;
  for (const packet of sub(fieldsOf(bytes), 1)) {
    for (const snapshot of sub(packet, 6)) clock = num(snapshot, 2);
    for (const track of sub(packet, 60)) {
      const [process, thread] = [sub(track, 3)[0], sub(track, 4)[0]];
      const name = process ? `process ${str(process, 6)}` : thread ? str(thread, 5) : str(track, 2);
      expect(tracks.has(num(track, 1))).toBe(false);
      if (track.has(5)) expect(tracks.has(num(track, 5))).toBe(true);
      tracks.set(num(track, 1), name);
    }
    for (const data of sub(packet, 12)) {
      for (const each of sub(data, 1)) categories.set(num(each, 1), str(each, 2));
      for (const each of sub(data, 2)) names.set(num(each, 1), str(each, 2));
    }
    for (const event of sub(packet, 11)) {
      expect(tracks.has(num(event, 11))).toBe(true);
      events.push({
        uuid: num(event, 11),
        track: tracks.get(num(event, 11))!,
        type: num(event, 9),
        name: names.get(num(event, 10)) ?? '',
        category: categories.get(num(event, 3)) ?? '',
        time: num(packet, 8),
        counter: num(event, 30),
        flows: (event.get(47) ?? []).map(Number),
        ends: (event.get(48) ?? []).map(Number),
      });
    }
  }
  events.sort((a, b) => a.time - b.time);
  return { events, clock };
}

let recorded: Recorded;
let events: Read[];
let clock: number;

beforeAll(async () => {
  recorded = await recordScene('evict-refault');
  const parts: Uint8Array<ArrayBuffer>[] = [];
  await exportPerfetto(recorded.session, { write: bytes => void parts.push(bytes.slice()) });
  ({ events, clock } = readTrace(new Uint8Array(await new Blob(parts).arrayBuffer())));
});

const modelEvents = (name: string) => {
  const found: { readonly time: number; readonly args: readonly number[]; readonly index: number }[] = [];
  recorded.trace.forEachOf([allEventTypes().find(each => each.name === name)!], event => found.push(event));
  return found;
};

test('timestamps are those of the session, on the boot clock; every slice that ends has begun', () => {
  expect(clock).toBe(6);
  const known = new Set(Array.from({ length: recorded.trace.count }, (_, i) => recorded.trace.at(i).time));
  for (const event of events) if (event.category !== 'engine') expect(known.has(event.time)).toBe(true);
  const depth = new Map<number, number>();
  for (const { uuid, type } of events) {
    if (type === 1) depth.set(uuid, (depth.get(uuid) ?? 0) + 1);
    if (type === 2) depth.set(uuid, (depth.get(uuid) ?? 0) - 1);
    expect(depth.get(uuid) ?? 0).toBeGreaterThanOrEqual(0);
    expect(depth.get(uuid) ?? 0).toBeLessThanOrEqual(1);
  }
});

test('calls, faults, evictions, shoot-downs and fences: as many as the model counted', () => {
  const count = (type: number, name: string) =>
    events.filter(event => event.type === type && event.name === name).length;
  const blocked = modelEvents('lab_kernel:task_blocked').length;
  expect(count(1, 'system call')).toBe(modelEvents('raw_syscalls:sys_enter').length - blocked);
  expect(count(3, 'PTEs')).toBe(modelEvents('exceptions:page_fault_user').length);
  expect(count(3, 'waits')).toBe(blocked);
  expect(count(3, 'unmap_mapping_range')).toBe(modelEvents('lab_mm:unmap_mapping_range').length);
  expect(count(3, 'signal')).toBe(modelEvents('dma_fence:dma_fence_signaled').length);
  expect(events.filter(event => event.type === 3 && /^evict bo/.test(event.name)).length).toBe(
    modelEvents('lab_ttm:evict_victim').length,
  );
  const tasks = new Set(events.filter(event => event.name === 'system call').map(event => event.track));
  expect([...tasks].sort()).toEqual(['desktop', 'encoder', 'game']);
});

test('the counters end at the bytes that the moves add up to', () => {
  const places = new Map<number, readonly [string, number]>();
  const words = ['SYSTEM', 'TT', 'VRAM', 'VRAM', 'none'];
  for (const { args } of modelEvents('lab_ttm:bo_move')) places.set(args[0]!, [words[args[2]!]!, args[3]!]);
  for (const { args } of modelEvents('lab_drm:gem_object_free')) places.delete(args[0]!);
  for (const memory of ['VRAM', 'TT', 'SYSTEM']) {
    let bytes = 0;
    for (const [at, pages] of places.values()) if (at === memory) bytes += pages * 4096;
    expect(events.findLast(event => event.track === `bytes in ${memory}`)?.counter).toBe(bytes);
  }
});

test('the flow of an evicted object: the call, the eviction, the shoot-down, the copy, the PTEs that come back', () => {
  const victim = modelEvents('lab_ttm:evict_victim')[0]!;
  const object = victim.args[0]!;
  const move = modelEvents('lab_ttm:bo_move').find(
    event => event.index > victim.index && event.args[0] === object,
  )!;
  const flow = move.index + 1;
  const chain = events.filter(event => event.flows.includes(flow) || event.ends.includes(flow));
  expect(chain.map(event => event.category)).toEqual(['call', 'evict', 'unmap', 'engine', 'fault']);
  expect(chain[1]!.name).toBe(`evict bo ${object}`);
  expect(chain[3]!.name).toBe(`copy bo ${object}`);
  expect(chain.at(-1)!.ends).toEqual([flow]);
  expect(chain.slice(0, -1).every(event => event.ends.length === 0)).toBe(true);
});
