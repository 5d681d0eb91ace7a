import { describe, expect, it } from 'vitest';
import { access, mapAnonymous, mapPrivate, mapShared, mmFixture } from '../testing/mm_fixture.ts';
import { UNMAP_MAPPING_BYTES, UNMAP_MAPPING_RANGE, ZAP_VMA } from '../trace/events/mm.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';
import { dupMm } from './fork.ts';
import { MM_INVARIANTS } from './invariants.ts';
import { lineOf, pagemapKindOf, whereOf } from './observe.ts';
import { unmapMappingPages, unmapMappingRange } from './unmap_mapping.ts';

function eventsOf(trace: TraceBuffer, typeId: number): (readonly number[])[] {
  const found: (readonly number[])[] = [];
  for (let i = trace.firstIndex; i < trace.count; i++) {
    const event = trace.at(i);
    if (event.typeId === typeId) found.push(event.args);
  }
  return found;
}

describe('unmapMappingRange', () => {
  it('rounds the golden example of the dossier to pages 0x100014 to 0x100016', () => {
    const { context, newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(0x100030);
    const start = mm.pageOfAddress(0x7f0000000000);
    mapShared(mm, file, start, 16, 0x100010);
    for (let i = 0; i < 16; i++) access(mm, start + i, true);
    expect(unmapMappingRange(context, file.mapping, 0x100014000, 0x2800, true)).toBe(3);
    expect(lineOf(mm, start, 16, whereOf)).toBe('rrrr...rrrrrrrrr');
    const [zap] = eventsOf(context.trace, ZAP_VMA.id);
    expect(zap!.slice(2).map((n, i) => (i < 2 ? mm.addressOf(n) : n))).toEqual([
      0x7f0000004000, 0x7f0000007000, 3,
    ]);
    expect(eventsOf(context.trace, UNMAP_MAPPING_BYTES.id)[0]!.slice(1, 3)).toEqual([0, 0x800]);
  });

  it('takes length 0 as everything to the end, in every task', () => {
    const { context, newTask, memfd } = mmFixture();
    const file = memfd(64);
    const tasks = [newTask(), newTask(), newTask()];
    for (const mm of tasks) {
      mapShared(mm, file, 1000, 32, 0);
      mapShared(mm, file, 2000, 32, 32);
      for (let i = 0; i < 32; i += 16) access(mm, 1000 + i, true);
      access(mm, 2005, true);
    }
    expect(unmapMappingRange(context, file.mapping, 16 * 4096, 0, true)).toBe(6);
    for (const mm of tasks) expect(mm.nrPtes).toBe(1);
    expect(unmapMappingRange(context, file.mapping, 0, 0, true)).toBe(3);
    for (const mm of tasks) expect(mm.nrPtes).toBe(0);
    const lengths = eventsOf(context.trace, UNMAP_MAPPING_RANGE.id).map(args => args[2]);
    expect(lengths).toEqual([0, 0]);
  });

  it('changes no VMA, no reference and no tree', () => {
    const { context, newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(8);
    mapShared(mm, file, 1000, 8, 0);
    access(mm, 1003, false);
    const before = [mm.vmas.length, file.count, file.mapping.mmapTree.size, file.mapping.mmapWritable];
    unmapMappingRange(context, file.mapping, 0, 0, true);
    expect([mm.vmas.length, file.count, file.mapping.mmapTree.size, file.mapping.mmapWritable]).toEqual(
      before,
    );
    expect(access(mm, 1003, false)).toBe(1);
  });

  it('keeps private copies without even_cows and takes them with it', () => {
    const { context, newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(8);
    mapPrivate(mm, file, 1000, 8, 0);
    access(mm, 1002, true);
    access(mm, 1003, false);
    expect(lineOf(mm, 1000, 8, pagemapKindOf)).toBe('..af....');
    unmapMappingRange(context, file.mapping, 0, 0, false);
    expect(lineOf(mm, 1000, 8, pagemapKindOf)).toBe('..a.....');
    unmapMappingRange(context, file.mapping, 0, 0, true);
    expect(mm.nrPtes).toBe(0);
    expect(mm.rssAnon).toBe(0);
  });

  it('leaves anonymous memory and other files alone', () => {
    const { context, newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(8);
    mapShared(mm, memfd(8), 1000, 8, 0);
    mapAnonymous(mm, 2000, 8);
    access(mm, 1000, true);
    access(mm, 2000, true);
    expect(unmapMappingRange(context, file.mapping, 0, 0, true)).toBe(0);
    expect(mm.nrPtes).toBe(2);
  });

  it('moves the dirty bit of an entry to the frame', () => {
    const { context, newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(1);
    mapShared(mm, file, 1000, 1, 0);
    access(mm, 1000, false);
    access(mm, 1000, true);
    unmapMappingPages(context, file.mapping, 0, 0, true);
    access(mm, 1000, false);
    const pfn = mm.pageTable.get(1000) >>> 4;
    expect(context.frames.hasFlag(pfn, 1 << 29)).toBe(true);
  });

  it('with a planted defect leaves entries that the invariants find', () => {
    for (const defect of ['skip-zap-in-one-task', 'zap-misses-last-page']) {
      const { context, newTask, memfd } = mmFixture();
      const parent = newTask();
      const file = memfd(8);
      mapShared(parent, file, 1000, 8, 0);
      const child = dupMm(parent);
      for (const mm of [parent, child]) for (let i = 0; i < 8; i++) access(mm, 1000 + i, true);
      const check = () => MM_INVARIANTS.filter(e => e.check(context).length > 0).map(e => e.number);
      unmapMappingRange(context, file.mapping, 0, 4 * 4096, true);
      expect(check()).toEqual([]);
      context.sabotage = defect;
      unmapMappingRange(context, file.mapping, 0, 0, true);
      expect(check()).toContain(4);
      expect(check()).toContain(5);
    }
  });
});
