/** Covers the event columns: digest, dropping of old chunks, decoding, snapshots. Not yet: formats of other kernels. */
import { expect, test } from 'vitest';
import { restoreSnapshot, takeSnapshot } from '../base/snapshot.ts';
import { allEventTypes, eventTypeByName } from './event.ts';
import './events/all.ts';
import { PAGE_FAULT_USER, UNMAP_MAPPING_RANGE } from './events/mm.ts';
import { CHUNK_EVENTS, TraceBuffer } from './trace_buffer.ts';

test('every event is declared once, with dense ids and a findable name', () => {
  allEventTypes().forEach((type, i) => {
    expect(type.id).toBe(i);
    expect(eventTypeByName(type.name)).toBe(type);
  });
});

test('emit, then at: the row comes back with time and task', () => {
  const trace = new TraceBuffer();
  trace.now = 1_000_000_000_123;
  trace.currentTask = 7;
  trace.emit(PAGE_FAULT_USER, 1, 0xffffffff, 1, 0, 16);
  expect(trace.at(0)).toEqual({
    index: 0,
    typeId: PAGE_FAULT_USER.id,
    task: 7,
    time: 1_000_000_000_123,
    args: [1, 0xffffffff, 1, 0, 16],
  });
  expect(() => trace.at(1)).toThrow(/Event 1 is not held/);
});

test('digest: any single changed word, time, task or order changes it', () => {
  const run = (change: (trace: TraceBuffer, i: number, args: number[]) => void) => {
    const trace = new TraceBuffer();
    for (let i = 0; i < 20; i++) {
      const args = [i, i * 3, 0, 1, i & 7];
      trace.now = i * 1000;
      trace.currentTask = i & 1;
      change(trace, i, args);
      trace.emit(i & 2 ? PAGE_FAULT_USER : UNMAP_MAPPING_RANGE, args[0], args[1], args[2], args[3], args[4]);
    }
    return trace.digest();
  };
  const plain = run(() => {});
  expect(run(() => {})).toBe(plain);
  const seen = new Set([plain]);
  for (let column = 0; column < 5; column++) {
    seen.add(
      run((_, i, args) => {
        if (i === 11) args[column] = args[column]! ^ 0x80000000;
      }),
    );
  }
  seen.add(
    run((trace, i) => {
      if (i === 11) trace.now += 1;
    }),
  );
  seen.add(
    run((trace, i) => {
      if (i === 11) trace.now += 2 ** 32;
    }),
  );
  seen.add(
    run((trace, i) => {
      if (i === 11) trace.currentTask = 5;
    }),
  );
  expect(seen.size).toBe(9);
});

test('past the budget the oldest chunk is dropped, said, and the digest is that of all events', () => {
  const small = new TraceBuffer(2 * CHUNK_EVENTS);
  const large = new TraceBuffer();
  for (let i = 0; i < 3 * CHUNK_EVENTS + 5; i++) {
    small.emit(PAGE_FAULT_USER, i);
    large.emit(PAGE_FAULT_USER, i);
  }
  expect(small.firstIndex).toBe(2 * CHUNK_EVENTS);
  expect(small.at(small.count - 1).args[0]).toBe(3 * CHUNK_EVENTS + 4);
  expect(small.at(small.firstIndex).args[0]).toBe(2 * CHUNK_EVENTS);
  expect(small.digest()).toBe(large.digest());
});

test('snapshot and restore: count and digest go on as if nothing had happened', () => {
  const trace = new TraceBuffer();
  for (let i = 0; i < 1000; i++) trace.emit(PAGE_FAULT_USER, i);
  const copy = restoreSnapshot(takeSnapshot(trace)) as TraceBuffer;
  for (const t of [trace, copy]) for (let i = 0; i < 10; i++) t.emit(UNMAP_MAPPING_RANGE, i);
  expect(copy.digest()).toBe(trace.digest());
  expect(copy.count).toBe(1010);
  expect(copy.firstIndex).toBe(1000);
  expect(copy.at(1005).args[0]).toBe(5);
});

test('adoptRows after a restore: rows up to the snapshot are held, later ones of the old life are not', () => {
  const type = UNMAP_MAPPING_RANGE;
  const buffer = new TraceBuffer();
  for (let i = 0; i < CHUNK_EVENTS + 10; i++) buffer.emit(type, i);
  const image = takeSnapshot(buffer);
  for (let i = 0; i < 5; i++) buffer.emit(type, 999);
  const restored = restoreSnapshot(image) as TraceBuffer;
  restored.adoptRows(buffer);
  expect([restored.firstIndex, restored.count]).toEqual([0, CHUNK_EVENTS + 10]);
  expect(restored.at(CHUNK_EVENTS + 9).args[0]).toBe(CHUNK_EVENTS + 9);
  restored.emit(type, 7);
  expect(restored.at(CHUNK_EVENTS + 10).args[0]).toBe(7);
  expect(buffer.at(CHUNK_EVENTS + 10).args[0]).toBe(999);
});

test('adoptRows, and more events than the budget: the oldest chunk goes here, the other buffer keeps it', () => {
  const type = UNMAP_MAPPING_RANGE;
  const buffer = new TraceBuffer(2 * CHUNK_EVENTS);
  for (let i = 0; i < CHUNK_EVENTS; i++) buffer.emit(type, i);
  const restored = restoreSnapshot(takeSnapshot(buffer)) as TraceBuffer;
  restored.adoptRows(buffer);
  for (let i = 0; i < 3 * CHUNK_EVENTS; i++) restored.emit(type, CHUNK_EVENTS + i);
  expect(restored.firstIndex).toBe(2 * CHUNK_EVENTS);
  expect(restored.at(2 * CHUNK_EVENTS).args[0]).toBe(2 * CHUNK_EVENTS);
  expect(buffer.at(5).args[0]).toBe(5);
});
